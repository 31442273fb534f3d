//! What an embedder relies on, on every engine that this build has.

mod branches;
mod calls;
mod lifecycle;
mod limits;
mod references;
mod threads;
mod vectors;

use wasmrt::{Config, Engine, Instance, Module, Store, Strategy};

/// One engine of each kind, configured by `configure`.
fn engines(configure: impl Fn(&mut Config) -> &mut Config) -> Vec<Engine> {
    let engine = |strategy: &Strategy| {
        let mut config = Config::new();
        config.strategy(*strategy);
        configure(&mut config);
        Engine::new(&config).expect("an available strategy")
    };
    Strategy::available().iter().map(engine).collect()
}

/// An instance without imports in a store of its own.
fn instantiate(engine: &Engine, text: &str) -> (Store<()>, Instance) {
    let module = Module::new(engine, text).expect("a valid module");
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    (store, instance)
}
