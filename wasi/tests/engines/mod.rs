//! Every engine that this build has.

use wasmrt::{Config, Engine, Strategy};

/// One engine of each kind, all of which can be interrupted.
pub fn all() -> Vec<Engine> {
    let config = |strategy| Engine::new(Config::new().strategy(strategy).interruption(true));
    let jit = config(Strategy::Jit).ok();
    jit.into_iter().chain(config(Strategy::Interpreter)).collect()
}
