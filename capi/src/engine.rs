//! Engines: what modules, stores and linkers share.

use crate::{
    config::{wasmrt_config, wasmrt_strategy},
    error::wasmrt_error,
    external::FuncTypes,
    ffi::{borrow, boundary, delete, out},
    store::Stores,
};
use std::sync::Arc;
use wasmrt::{Config, Engine, Strategy};

/// A configured compiler or interpreter. Owned by the caller: free it with `wasmrt_engine_delete`, at any time, since
/// modules, stores and linkers keep what they need of it. Any number of threads may use an engine at once.
pub struct wasmrt_engine {
    pub(crate) engine: Engine,
    pub(crate) home: Arc<Home>,
}

/// What everything made from one engine shares on this side of the border.
#[derive(Debug, Default)]
pub(crate) struct Home {
    /// Function types lent out.
    pub(crate) types: FuncTypes,
    /// The engine's stores, for host functions to find theirs.
    pub(crate) stores: Stores,
}

/// Makes an engine from `config`, or from the defaults if that is NULL. Fails with Unsupported when the machine cannot
/// do what is asked for.
///
/// Ownership: `*out_engine` is the caller's; `config` stays the caller's.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_engine_new(
    config: *const wasmrt_config,
    out_engine: *mut *mut wasmrt_engine,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_engine = unsafe { out(out_engine, "out_engine") }?;
        // SAFETY: [c-borrow]
        let engine = match unsafe { config.as_ref() } {
            Some(config) => Engine::new(&config.config)?,
            None => Engine::new(&Config::new())?,
        };
        out_engine.give(wasmrt_engine { engine, home: Arc::default() })
    })
}

/// Frees an engine; NULL is nothing.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_engine_delete(engine: *mut wasmrt_engine) {
    // SAFETY: [c-owned]
    unsafe { delete(engine) }
}

/// Moves the engine's epoch on by one tick. Calls in stores whose deadline is reached end with Interrupted; see
/// `wasmrt_store_set_epoch_deadline`.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_engine_increment_epoch(engine: *const wasmrt_engine) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow(engine, "engine") }?.engine.increment_epoch();
        Ok(())
    })
}

/// How this engine runs guests: a `wasmrt_strategy`.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_engine_strategy(
    engine: *const wasmrt_engine,
    out_strategy: *mut u32,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_strategy = unsafe { out(out_strategy, "out_strategy") }?;
        // SAFETY: [c-borrow]
        let strategy = unsafe { borrow(engine, "engine") }?.engine.strategy();
        out_strategy.put(match strategy {
            Strategy::Interpreter => wasmrt_strategy::Interpreter,
            _ => wasmrt_strategy::Jit,
        } as u32)
    })
}
