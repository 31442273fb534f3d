//! Stores: state, limits, fuel and interruption, in an exclusive and a shared form.

use super::Engine;
use crate::{
    call::{StoreContext, StoreContextMut, StoreOwner, collect_now, heap_stats, store_builtins},
    error::{Error, Result},
    store::{InterruptHandle, StoreInner, StoreLimits},
    vm::{builtins, gc::HeapStats},
};
use std::{sync::Arc, time::Duration};

/// Shared access to a store.
pub trait AsContext {
    /// The store's host data.
    type Data: 'static;
    /// The access.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// Exclusive access to a store.
pub trait AsContextMut: AsContext {
    /// The access.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

/// Instances, memories and everything else that guests hold, together with host data of type `T`. One thread at a
/// time.
///
/// ```
/// use wasmrt::{Engine, Store};
/// let mut store = Store::new(&Engine::default(), 5);
/// *store.data_mut() += 1;
/// assert_eq!(store.into_data(), 6);
/// ```
#[derive(Debug)]
pub struct Store<T> {
    owner: StoreOwner<T>,
    engine: Engine,
}

fn new_inner(engine: &Engine, shared: bool) -> StoreInner {
    let inner = StoreInner::new(engine.inner.clone(), shared, builtins::table(store_builtins()));
    engine.watch(&inner.interrupt);
    inner
}

impl<T: 'static> Store<T> {
    /// An empty store.
    pub fn new(engine: &Engine, data: T) -> Store<T> {
        Store { owner: StoreOwner::new(new_inner(engine, false), data), engine: engine.clone() }
    }

    /// The host data.
    pub fn data(&self) -> &T {
        self.owner.data()
    }

    /// The host data.
    pub fn data_mut(&mut self) -> &mut T {
        self.owner.data_mut()
    }

    /// Ends the store and gives the host data back.
    pub fn into_data(self) -> T {
        self.owner.into_data()
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// A store that several threads may use at once, even inside one instance. Cheap to clone; host functions keep their
/// state in their closures.
#[derive(Clone, Debug)]
pub struct SharedStore {
    inner: Arc<StoreInner>,
    engine: Engine,
}

impl SharedStore {
    /// An empty store.
    pub fn new(engine: &Engine) -> SharedStore {
        SharedStore { inner: Arc::new(new_inner(engine, true)), engine: engine.clone() }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A number that no other store of this process has.
    pub fn id(&self) -> u64 {
        self.inner.id
    }
}

macro_rules! policy {
    ($($store:ty, [$($generics:tt)*], $self:ident => $inner:expr;)*) => {$(
        impl $($generics)* $store {
            /// Replaces the fuel that guests may still consume; `Usage` if the engine does not meter fuel.
            pub fn set_fuel(&$self, fuel: u64) -> Result<()> {
                check_fuel($inner)?;
                $inner.fuel.set(fuel);
                Ok(())
            }

            /// The fuel that is left, without what running calls have leased.
            pub fn fuel(&$self) -> Result<u64> {
                check_fuel($inner)?;
                Ok($inner.fuel.get())
            }

            /// Replaces the limits; what exists already stays.
            pub fn set_limits(&$self, limits: StoreLimits) {
                $inner.limiter.set(limits);
            }

            /// Collects the objects of the garbage collection proposal that nothing refers to, and host objects that only
            /// such ones referred to. Those that crossed to or from the host since the last collection are spared once.
            pub fn gc(&$self) -> Result<()> {
                collect_now($inner)
            }

            /// How the heap for objects is doing; all zeros if no module has any.
            pub fn heap_stats(&$self) -> HeapStats {
                heap_stats($inner)
            }

            /// How long each outermost call may take before it stops with `Interrupted`; `None`, the default, is as
            /// long as it likes. Compiled code needs `Config::interruption`.
            pub fn set_timeout(&$self, timeout: Option<Duration>) {
                $inner.set_timeout(timeout);
            }

            /// Stops calls once the engine's epoch has passed `ticks` more times.
            pub fn set_epoch_deadline(&$self, ticks: u64) {
                $inner.interrupt.set_epoch_deadline($inner.engine.epoch().saturating_add(ticks));
            }

            /// What a running call does when [`InterruptHandle::poke`] asks for it: on the call's own thread, between
            /// two steps of the guest. An error stops that call with it. The hook must not panic.
            pub fn set_interrupt_hook(&$self, hook: impl Fn() -> Result<()> + Send + Sync + 'static) {
                $inner.interrupt.set_hook(Some(Arc::new(hook)));
            }

            /// A handle that stops running calls from any thread.
            pub fn interrupt_handle(&$self) -> InterruptHandle {
                InterruptHandle($inner.interrupt.clone())
            }
        }
    )*};
}

policy! {
    Store<T>, [<T: 'static>], self => self.owner.inner();
    SharedStore, [], self => &self.inner;
}

pub(crate) fn check_fuel(store: &StoreInner) -> Result<()> {
    if store.engine.settings.consume_fuel {
        return Ok(());
    }
    Err(Error::usage("fuel is not metered: make the engine with Config::consume_fuel"))
}

impl<T: 'static> AsContext for Store<T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        self.owner.context()
    }
}

impl<T: 'static> AsContextMut for Store<T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.owner.context_mut()
    }
}

impl AsContext for SharedStore {
    type Data = ();
    fn as_context(&self) -> StoreContext<'_, ()> {
        StoreContext::of_shared(&self.inner)
    }
}

impl AsContextMut for SharedStore {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, ()> {
        StoreContextMut::of_shared(&self.inner)
    }
}

impl<T: 'static> AsContext for StoreContext<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        *self
    }
}

impl<T: 'static> AsContext for StoreContextMut<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        self.shared()
    }
}

impl<T: 'static> AsContextMut for StoreContextMut<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.reborrow()
    }
}

impl<C: AsContext> AsContext for &C {
    type Data = C::Data;
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContext> AsContext for &mut C {
    type Data = C::Data;
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContextMut> AsContextMut for &mut C {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        C::as_context_mut(self)
    }
}
