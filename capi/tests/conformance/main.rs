//! Runs the scenarios in `core/tests/conformance/` through the C functions, on every engine. `README.md` there describes
//! their format.

#![expect(unsafe_code, reason = "the functions of the C ABI are unsafe to call")]

mod hosts;
mod library;
mod replay;
#[allow(dead_code, reason = "other runners ask more of a scenario")]
#[path = "../../../core/tests/conformance/scenario.rs"]
mod scenario;
mod values;

use scenario::Theme;
use std::{fs, path::Path};
use wasmrt::Strategy;
use wasmrt_capi::wasmrt_strategy;

/// This runner's name in `not_in`.
const FACE: &str = "c";

/// The strategies of this build.
fn strategies() -> Vec<wasmrt_strategy> {
    let all = [(Strategy::Jit, wasmrt_strategy::Jit), (Strategy::Interpreter, wasmrt_strategy::Interpreter)];
    let available = all.into_iter().filter(|(strategy, _)| Strategy::available().contains(strategy));
    available.map(|(_, strategy)| strategy).collect()
}

#[test]
fn every_scenario_holds_on_every_engine() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/tests/conformance");
    let entries = fs::read_dir(&directory).expect("the scenarios are readable");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let strategies = strategies();
    let (mut passed, mut failures) = (0, 0);
    for path in paths {
        let file = path.file_name().expect("a name").to_string_lossy();
        let text = fs::read_to_string(&path).expect("UTF-8");
        let theme: Theme = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for scenario in theme.scenarios.iter().filter(|scenario| !scenario.not_in.contains_key(FACE)) {
            passed += 1;
            for strategy in strategies.iter().copied() {
                if let Err(failure) = replay::run(scenario, strategy) {
                    failures += 1;
                    eprintln!("{file} ({}) {}\n  engine: {strategy:?}\n{failure}", theme.about, scenario.name);
                }
            }
        }
    }
    assert!(passed > 0, "there are scenarios in {}", directory.display());
    assert_eq!(failures, 0, "conformance: {failures} of {} runs failed", passed * strategies.len());
    println!("conformance: {passed} scenarios × {} engines passed", strategies.len());
}
