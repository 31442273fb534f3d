//! Who owns what: instances, and the handles by which the host names functions, memories, tables and globals.
//!
//! Everything is reached through a shared reference; what changes stands behind one lock that is never held while a
//! guest or a host function runs. A handle that outlives its object is answered with a `Usage` error.

mod arena;
mod close;
mod entries;
mod externs;
mod fuel;
mod gate;
mod interrupt;
mod limits;
mod roots;
mod thrown;

pub use arena::Handle;
pub use entries::{FuncEntry, GlobalEntry, InstanceData, OwnedHandle, State, TagEntry};
pub use externs::Object;
pub use fuel::Fuel;
pub use gate::{Calls, Gate};
pub use interrupt::{CallLimits, Interrupt, InterruptHandle, wake_at};
pub use limits::{Limiter, StoreLimits};
pub use roots::{Root, Roots, TOKEN_BIT};
pub use thrown::Thrown;

use crate::{
    code::EngineInner,
    error::{Error, Result},
    vm::{Builtins, gc::HeapCell},
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A store without its host data.
#[derive(Debug)]
pub struct StoreInner {
    /// Unique in the process; part of every handle.
    pub id: u64,
    /// The engine whose modules run here.
    pub engine: Arc<EngineInner>,
    /// Whether several threads may be inside at once.
    pub shared: bool,
    /// What generated code and the interpreter call.
    pub builtins: Box<BuiltinTable>,
    /// What the host holds of its objects.
    pub roots: Arc<Roots>,
    /// The objects of guests.
    pub heap: HeapCell,
    /// Whether some guest may have objects; never false again.
    pub has_heap: AtomicBool,
    /// In a shared store with objects, passed by who runs guest code or looks into objects.
    pub gate: Gate,
    /// The calls of a shared store.
    pub calls: Calls,
    /// Limits in force.
    pub limiter: Arc<Limiter>,
    /// Interruption state.
    pub interrupt: Arc<Interrupt>,
    /// Fuel outside leases.
    pub fuel: Fuel,
    /// Calls that run in the store, on all threads.
    pub active: AtomicUsize,
    /// Whether something waits for the store to be without calls; see [`StoreInner::settle`].
    pub unsettled: AtomicBool,
    timeout_nanos: AtomicU64,
    state: Mutex<State>,
}

/// The table of builtins in its own allocation, since contexts point to it.
pub struct BuiltinTable(pub Builtins);

impl std::fmt::Debug for BuiltinTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Builtins")
    }
}

impl StoreInner {
    /// An empty store.
    pub fn new(engine: Arc<EngineInner>, shared: bool, builtins: Builtins) -> StoreInner {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        StoreInner {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            engine,
            shared,
            builtins: Box::new(BuiltinTable(builtins)),
            roots: Arc::default(),
            heap: HeapCell::default(),
            has_heap: AtomicBool::new(false),
            gate: Gate::default(),
            calls: Calls::default(),
            limiter: Arc::default(),
            interrupt: Arc::default(),
            fuel: Fuel::default(),
            active: AtomicUsize::new(0),
            unsettled: AtomicBool::new(false),
            timeout_nanos: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    /// The lock. Nothing that runs guest or host code may be called while it is held.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that a handle belongs to this store.
    pub fn check_id(&self, id: u64, what: &str) -> Result<()> {
        if id == self.id { Ok(()) } else { Err(Error::usage(format!("the {what} belongs to another store"))) }
    }

    /// How long each outermost call may take; `None` is as long as it likes.
    pub fn set_timeout(&self, timeout: Option<Duration>) {
        let nanos = timeout.map_or(0, |timeout| u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX).max(1));
        self.timeout_nanos.store(nanos, Ordering::Relaxed);
    }

    /// How long each outermost call may take.
    pub fn timeout(&self) -> Option<Duration> {
        match self.timeout_nanos.load(Ordering::Relaxed) {
            0 => None,
            nanos => Some(Duration::from_nanos(nanos)),
        }
    }
}

/// The error for a handle whose object is gone.
pub fn stale(what: &str) -> Error {
    Error::usage(format!("the {what} no longer exists: its instance was closed"))
}

impl StoreInner {
    /// Ends host functions that only served to link an instance, which has contexts of its own for them.
    pub fn forget_host_funcs(&self, funcs: impl Iterator<Item = Handle>) {
        let funcs: Vec<_> = funcs.map(OwnedHandle::Func).collect();
        if !funcs.is_empty() {
            self.state().take_back(&funcs);
        }
    }
}
