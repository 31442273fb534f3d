//! Scripts of our own, beside this file, on both engines: what the specification's suite leaves open.

use std::{fs, path::Path};
use wasmrt::{Config, Engine, Strategy};
use wasmrt_cli::wast::{Report, execute};

/// The scripts, by name.
fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let paths = fs::read_dir(folder).expect("the folder is readable").map(|entry| entry.expect("an entry").path());
    let mut scripts: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "wast"))
        .map(|path| {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a script is text"))
        })
        .collect();
    scripts.sort();
    scripts
}

#[test]
fn every_script_holds_on_every_engine() {
    let mut total = Report::default();
    for strategy in Strategy::available() {
        let mut config = Config::new();
        config.strategy(*strategy);
        let engine = Engine::new(&config).expect("the engine is available");
        for (name, text) in scripts() {
            let report = execute(&engine, &text, &[]);
            for failure in &report.failures {
                println!("{name}:{}: {} ({strategy:?}): {}", failure.place, failure.directive, failure.message);
            }
            assert!(report.passed > 0, "{name} asserts nothing that holds on {strategy:?}");
            total += report;
        }
    }
    println!("scripts: {} assertions passed", total.passed);
    assert!(total.failures.is_empty(), "{} directives failed", total.failures.len());
}
