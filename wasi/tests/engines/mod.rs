//! Every engine that this build has.

use wasmrt::{Config, Engine, Strategy};

/// One engine of each kind, all of which can be interrupted.
pub fn all() -> Vec<Engine> {
    let config = |strategy| Engine::new(Config::new().strategy(strategy).interruption(true));
    Strategy::available().iter().map(|strategy| config(*strategy).expect("an available strategy")).collect()
}
