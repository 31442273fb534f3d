//! What a host function gets to see of its caller.

use super::{AsContext, AsContextMut, Extern, Instance, store::check_fuel};
use crate::{
    call::{StoreContext, StoreContextMut},
    code::EngineInner,
    error::{Error, ErrorKind, FrameInfo, Result},
    store::{CallLimits, Interrupt},
};
use std::sync::Arc;

/// The store and the instance from which a host function was called.
#[derive(Debug)]
pub struct Caller<'a, T> {
    context: StoreContextMut<'a, T>,
}

impl<'a, T: 'static> Caller<'a, T> {
    pub(crate) fn new(context: StoreContextMut<'a, T>) -> Caller<'a, T> {
        Caller { context }
    }

    /// The store's host data.
    pub fn data(&self) -> &T {
        self.context.data()
    }

    /// The store's host data.
    pub fn data_mut(&mut self) -> &mut T {
        self.context.data_mut()
    }

    /// The instance that imports the function; `None` if the host called it directly.
    pub fn instance(&self) -> Option<Instance> {
        let handle = self.context.call()?.instance?;
        Some(Instance::from_handle(self.context.inner().id, handle))
    }

    /// An export of the calling instance.
    pub fn get_export(&mut self, name: &str) -> Option<Extern> {
        self.instance()?.get_export(self, name)
    }

    /// The wasm frames below the host function, innermost first.
    pub fn backtrace(&self) -> Vec<FrameInfo> {
        self.context.call().map(|call| call.backtrace()).unwrap_or_default()
    }

    /// Something to ask, while the host function works or waits, whether the call is to stop.
    pub fn watch(&self) -> CallWatch {
        let store = self.context.inner();
        let limits = self.context.call().map(|call| call.limits()).unwrap_or_default();
        CallWatch { engine: store.engine.clone(), interrupt: store.interrupt.clone(), limits }
    }

    /// Whether several threads may use the store at once, so that its memories have no exclusive view.
    pub fn is_shared(&self) -> bool {
        self.context.inner().shared
    }

    /// The fuel that is left.
    pub fn fuel(&self) -> Result<u64> {
        check_fuel(self.context.inner())?;
        Ok(self.context.inner().fuel.get())
    }

    /// Replaces the fuel that is left.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        check_fuel(self.context.inner())?;
        self.context.inner().fuel.set(fuel);
        Ok(())
    }
}

impl<T: 'static> AsContext for Caller<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        self.context.shared()
    }
}

impl<T: 'static> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.context.reborrow()
    }
}

/// Tells whether one running call is to stop; made by [`Caller::watch`]. A host function that takes its time asks now
/// and then, and returns the error.
#[derive(Clone, Debug)]
pub struct CallWatch {
    engine: Arc<EngineInner>,
    interrupt: Arc<Interrupt>,
    limits: CallLimits,
}

impl CallWatch {
    /// `Interrupted` once the call is to stop: on request, by its deadline, by its epoch.
    pub fn check(&self) -> Result<()> {
        match self.interrupt.reason(&self.limits, self.engine.epoch()) {
            None => Ok(()),
            Some(reason) => Err(Error::new(ErrorKind::Interrupted, reason)),
        }
    }
}
