//! What an embedder relies on, on every engine that this build has.

mod branches;
mod calls;
mod exceptions;
mod gc;
mod lifecycle;
mod limits;
mod memories;
mod objects;
mod references;
mod shared_memories;
mod tail_calls;
mod threads;
mod vectors;

use wasmrt::{Config, Engine, ErrorKind, Instance, Module, Store, Strategy};

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

#[test]
fn an_engine_that_this_build_lacks_is_refused_by_name() {
    for strategy in [Strategy::Jit, Strategy::Interpreter] {
        let engine = Engine::new(Config::new().strategy(strategy));
        if Strategy::available().contains(&strategy) {
            assert_eq!(engine.unwrap().strategy(), strategy);
            continue;
        }
        let error = engine.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Unsupported { offset: 0, feature: "jit".into() });
        assert_eq!(error.message(), "this build has no JIT for this system; use the interpreter");
    }
    assert!(Strategy::available().contains(&Engine::default().strategy()));
}

/// An instance without imports in a store of its own.
fn instantiate(engine: &Engine, text: &str) -> (Store<()>, Instance) {
    let module = Module::new(engine, text).expect("a valid module");
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    (store, instance)
}
