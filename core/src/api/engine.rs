//! The engine: settings and what modules of all stores share.

use super::Config;
use crate::{
    code::{EngineInner, Strategy},
    error::{Error, Result},
    store::Interrupt,
    sys,
};
use std::sync::{Arc, Mutex, PoisonError, Weak, atomic::Ordering};

/// Compiles modules and is shared by the stores that run them. Cheap to clone; usable from all threads.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) inner: Arc<EngineInner>,
    stores: Arc<Mutex<Vec<Weak<Interrupt>>>>,
}

impl Default for Engine {
    /// An engine with the default settings, or with the interpreter if this machine has no JIT.
    fn default() -> Engine {
        let engine =
            Engine::new(&Config::new()).or_else(|_| Engine::new(Config::new().strategy(Strategy::Interpreter)));
        engine.unwrap_or_else(|error| unreachable!("the interpreter runs everywhere: {error}"))
    }
}

impl Engine {
    /// An engine with these settings; `Unsupported` if this build or machine lacks what they ask for.
    pub fn new(config: &Config) -> Result<Engine> {
        let settings = config.0.clone();
        if settings.strategy == Strategy::Jit && !sys::HAS_JIT {
            let kind = crate::error::ErrorKind::Unsupported { offset: 0, feature: "jit".into() };
            return Err(Error::new(kind, "this build has no JIT for this system; use the interpreter"));
        }
        let inner = Arc::new(EngineInner::new(settings)?);
        let engine = Engine { inner, stores: Arc::default() };
        engine.catch_faults();
        Ok(engine)
    }

    /// Makes sure that faults of compiled code become traps, whoever installed signal handlers since.
    pub(crate) fn catch_faults(&self) {
        if self.inner.settings.strategy == Strategy::Jit && self.inner.settings.signals {
            crate::call::catch_faults();
        }
    }

    /// Which engine runs the modules.
    pub fn strategy(&self) -> Strategy {
        self.inner.settings.strategy
    }

    /// Lets one epoch pass: running calls of stores whose deadline is reached stop with `Interrupted`. Any thread.
    pub fn increment_epoch(&self) {
        let epoch = self.inner.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.retain(|store| match store.upgrade() {
            Some(store) => {
                store.epoch_passed(epoch);
                true
            }
            None => false,
        });
    }

    pub(crate) fn watch(&self, interrupt: &Arc<Interrupt>) {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if stores.len() == stores.capacity() {
            stores.retain(|store| store.strong_count() > 0);
        }
        stores.push(Arc::downgrade(interrupt));
    }
}
