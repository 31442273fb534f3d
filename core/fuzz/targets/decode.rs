//! Any bytes: an error that says why they are no module, or a module that compiles.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use wasmrt::{Config, Engine, ErrorKind, Module, OptLevel, Strategy};

static ENGINES: LazyLock<Vec<Engine>> = LazyLock::new(|| {
    let engine = |strategy: &Strategy| {
        let mut config = Config::new();
        config.strategy(*strategy).opt_level(OptLevel::None).compile_threads(1);
        Engine::new(&config).expect("an available strategy")
    };
    Strategy::available().iter().map(engine).collect()
});

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = Module::validate(&ENGINES[0], bytes) {
        let is_expected = matches!(
            error.kind(),
            ErrorKind::Decode { .. } | ErrorKind::Validate { .. } | ErrorKind::Unsupported { .. } | ErrorKind::Limit
        );
        assert!(is_expected, "{error:?}");
        return;
    }
    for engine in &*ENGINES {
        Module::from_binary(engine, bytes).expect("a valid module compiles");
    }
});
