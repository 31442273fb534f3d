//! Random valid modules on both engines and on wasmtime: results, traps and everything left behind must be the same.
//!
//! Modules are made by wasm-smith from a numbered seed, so a failure names what is needed to see it again:
//! `WASMRT_DIFFERENTIAL_SEED=17 cargo test --test differential`. `WASMRT_DIFFERENTIAL_MODULES` sets how many there are.

mod generate;
mod ours;
mod theirs;

use std::{
    panic::{catch_unwind, resume_unwind},
    sync::atomic::{AtomicU64, Ordering},
};
use wasmrt::Strategy;

/// Modules in `make test`.
const MODULES: u64 = 300;

/// What came of running a module, in words that all runtimes share.
#[derive(PartialEq, Debug, Default)]
pub struct Outcome {
    /// How each call ended, and instantiation if it failed.
    pub ends: Vec<Ended>,
    /// Contents of everything exported, after the calls of each function.
    pub state: Vec<String>,
}

/// Results, or the trap.
pub type Ended = Result<Vec<String>, String>;

/// A trap that depends on how large a runtime's frames are.
pub const STACK_OVERFLOW: &str = "StackOverflow";

impl Outcome {
    fn depends_on_the_stack(&self) -> bool {
        self.ends.iter().any(|ended| ended.as_ref().is_err_and(|trap| trap == STACK_OVERFLOW))
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")))
}

/// Compares all runs of the module of a seed, and keeps the module if something goes wrong.
fn compare(seed: u64) -> (bool, usize) {
    let module = generate::module(seed);
    catch_unwind(|| compare_runs(&module)).unwrap_or_else(|panic| {
        let file = std::env::temp_dir().join(format!("wasmrt-differential-{seed}.wasm"));
        let kept = std::fs::write(&file, &module).map(|()| file.display().to_string());
        eprintln!("seed {seed} failed, its module: {kept:?}");
        resume_unwind(panic)
    })
}

/// Answers whether anything was comparable, and how many calls returned.
fn compare_runs(module: &[u8]) -> (bool, usize) {
    let expected = theirs::run(module);
    let outcomes = Strategy::available().iter().map(|strategy| (*strategy, ours::run(module, *strategy)));
    for (strategy, outcome) in outcomes {
        if expected.depends_on_the_stack() || outcome.depends_on_the_stack() {
            return (false, 0);
        }
        assert_same(&format!("{strategy:?}"), &outcome, "wasmtime", &expected);
    }
    let metered: Vec<_> =
        Strategy::available().iter().map(|strategy| (*strategy, ours::run_metered(module, *strategy))).collect();
    for pair in metered.windows(2) {
        let names = [pair[0].0, pair[1].0].map(|strategy| format!("{strategy:?} with fuel"));
        assert_same(&names[1], &pair[1].1, &names[0], &pair[0].1);
    }
    (true, expected.ends.iter().filter(|ended| ended.is_ok()).count())
}

fn assert_same(name: &str, found: &Outcome, other: &str, expected: &Outcome) {
    assert!(found == expected, "{name}: {found:#?}\n{other}: {expected:#?}");
}

#[test]
fn random_modules_do_the_same_on_every_engine_and_on_wasmtime() {
    if let Some(seed) = number("WASMRT_DIFFERENTIAL_SEED") {
        compare(seed);
        return;
    }
    let modules = number("WASMRT_DIFFERENTIAL_MODULES").unwrap_or(MODULES);
    let (next, comparable, returned) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= modules {
                return;
            }
            let (is_comparable, calls) = compare(seed);
            comparable.fetch_add(u64::from(is_comparable), Ordering::Relaxed);
            returned.fetch_add(calls as u64, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, work).expect("a thread");
        let workers: Vec<_> = (0..std::thread::available_parallelism().map_or(1, usize::from)).map(spawn).collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
    let (comparable, returned) = (comparable.into_inner(), returned.into_inner());
    println!("differential: {comparable} of {modules} modules compared, {returned} calls returned");
    assert!(comparable * 10 >= modules * 9, "{comparable} of {modules} were comparable");
    assert!(returned >= modules, "the modules do something: {returned} calls returned");
}
