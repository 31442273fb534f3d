//! Runs the scenarios beside this file on every engine. `README.md` describes their format.

mod hosts;
mod oracle;
mod replay;
mod scenario;
mod values;

use scenario::{Scenario, Theme};
use std::{collections::BTreeSet, fs, path::Path};
use wasmrt::Strategy;

/// This runner's name in `not_in`.
const FACE: &str = "rust";

/// Every theme with its file's name, in alphabetical order.
fn themes() -> Vec<(String, Theme)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let entries =
        fs::read_dir(&directory).expect("the scenarios are readable").map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    paths.sort();
    let theme = |path: std::path::PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("UTF-8");
        let theme = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, theme)
    };
    paths.into_iter().map(theme).collect()
}

#[test]
fn every_scenario_holds_on_every_engine() {
    let themes = themes();
    let all: Vec<(&str, &Scenario)> = themes
        .iter()
        .flat_map(|(file, theme)| theme.scenarios.iter().map(move |scenario| (file.as_str(), scenario)))
        .filter(|(_, scenario)| !scenario.not_in.contains_key(FACE))
        .collect();
    let strategies = Strategy::available();
    let mut failures = 0;
    for (file, scenario) in &all {
        for strategy in strategies {
            if let Err(failure) = replay::run(scenario, *strategy) {
                failures += 1;
                let name = &scenario.name;
                eprintln!("{file}: {name}\n  engine: {strategy:?}\n{failure}");
            }
        }
    }
    assert_eq!(failures, 0, "conformance: {failures} of {} runs failed", all.len() * strategies.len());
    println!("conformance: {} scenarios × {} engines passed", all.len(), strategies.len());
}

#[test]
fn wasmtime_agrees_with_what_scenarios_expect() {
    let themes = themes();
    let all = themes.iter().flat_map(|(file, theme)| theme.scenarios.iter().map(move |scenario| (file, scenario)));
    let (mut asked, mut failures) = (0, 0);
    for (file, scenario) in all.filter(|(_, scenario)| oracle::applies(scenario)) {
        asked += 1;
        if let Err(failure) = oracle::run(scenario) {
            failures += 1;
            eprintln!("{file}: {}\n{failure}", scenario.name);
        }
    }
    assert_eq!(failures, 0, "wasmtime disagrees with {failures} of {asked} scenarios");
    assert!(asked >= 60, "{asked} scenarios that wasmtime can run");
}

#[test]
fn scenarios_are_many_and_each_has_a_name_of_its_own() {
    let themes = themes();
    let mut names = BTreeSet::new();
    for (file, theme) in &themes {
        assert!(theme.about.ends_with('.'), "{file} says what it is about");
        for scenario in &theme.scenarios {
            assert!(names.insert(&scenario.name), "{file}: a second scenario is called {:?}", scenario.name);
            assert!(
                scenario.not_in.keys().all(|face| ["rust", "c", "python", "go"].contains(&face.as_str())),
                "{file}"
            );
        }
    }
    assert!(names.len() >= 70, "{} scenarios", names.len());
}
