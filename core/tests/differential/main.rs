//! Random valid modules on both engines and on wasmtime: results, traps and everything left behind must be the same,
//! and with limited fuel both engines must stop at the same place, wherever that is.
//!
//! Modules are made by wasm-smith from a numbered seed, so a failure names what is needed to see it again:
//! `WASMRT_DIFFERENTIAL_SEED=17 cargo test --test differential`. `WASMRT_DIFFERENTIAL_MODULES` sets how many there are.
//! Modules that once showed a bug are files in `core/tests/corpus`.

mod generate;
mod limits;
mod ours;
mod theirs;

use ours::Runtime;
use std::{
    fs,
    hash::{DefaultHasher, Hasher},
    panic::{RefUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

/// Modules in `make test`.
const MODULES: u64 = 300;

/// Of how many modules one is stopped at every limit as well.
const LIMITED: u64 = 4;

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

/// An end that depends on how much a runtime has.
pub const RESOURCES: &str = "resources";

impl Outcome {
    fn depends_on_the_runtime(&self) -> bool {
        let depends = |trap: &String| trap == STACK_OVERFLOW || trap == RESOURCES;
        self.ends.iter().any(|ended| ended.as_ref().is_err_and(depends))
    }
}

/// The length of a memory and what it holds, in short.
pub fn digest(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{} bytes, hash {:x}", bytes.len(), hasher.finish())
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")))
}

/// What comparing a module told.
#[derive(Default)]
struct Told {
    comparable: u64,
    returned: u64,
    limits: u64,
}

/// Compares all runs of the modules of a seed, and keeps the module if something goes wrong.
fn compare(seed: u64) -> Told {
    let mut told = keeping(seed, &generate::module(seed), compare_runs);
    if seed.is_multiple_of(LIMITED) {
        told.limits = keeping(seed, &generate::small_module(seed), |_| limits::compare(seed)) as u64;
    }
    told
}

fn keeping<R>(seed: u64, module: &[u8], compare: impl Fn(&[u8]) -> R + RefUnwindSafe) -> R {
    catch_unwind(|| compare(module)).unwrap_or_else(|panic| {
        let file = std::env::temp_dir().join(format!("wasmrt-differential-{seed}.wasm"));
        let kept = fs::write(&file, module).map(|()| file.display().to_string());
        eprintln!("seed {seed} failed, its module: {kept:?}");
        resume_unwind(panic)
    })
}

fn compare_runs(module: &[u8]) -> Told {
    let expected = theirs::run(module);
    let outcomes = Runtime::all(false).into_iter().map(|runtime| (runtime.run(module), runtime.name));
    for (outcome, name) in outcomes {
        if expected.depends_on_the_runtime() || outcome.depends_on_the_runtime() {
            return Told::default();
        }
        assert_same(&name, &outcome, "wasmtime", &expected);
    }
    let metered: Vec<_> =
        Runtime::all(true).into_iter().map(|runtime| (runtime.run_metered(module), runtime.name)).collect();
    for pair in metered.windows(2) {
        let names = [&pair[0].1, &pair[1].1].map(|name| format!("{name} with fuel"));
        assert_same(&names[1], &pair[1].0, &names[0], &pair[0].0);
    }
    let returned = expected.ends.iter().filter(|ended| ended.is_ok()).count();
    Told { comparable: 1, returned: returned as u64, limits: 0 }
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
    let first = number("WASMRT_DIFFERENTIAL_FIRST").unwrap_or(0);
    let next = AtomicU64::new(first);
    let [comparable, returned, limits] = [const { AtomicU64::new(0) }; 3];
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + modules {
                return;
            }
            let told = compare(seed);
            comparable.fetch_add(told.comparable, Ordering::Relaxed);
            returned.fetch_add(told.returned, Ordering::Relaxed);
            limits.fetch_add(told.limits, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, work).expect("a thread");
        let workers: Vec<_> = (0..std::thread::available_parallelism().map_or(1, usize::from)).map(spawn).collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
    let [comparable, returned, limits] = [comparable, returned, limits].map(AtomicU64::into_inner);
    println!("differential: {comparable} of {modules} modules compared, {returned} calls returned, {limits} limits");
    assert!(comparable * 10 >= modules * 8, "{comparable} of {modules} were comparable");
    assert!(returned >= modules, "the modules do something: {returned} calls returned");
}

#[test]
fn modules_that_once_showed_a_bug_do_the_same_everywhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            println!("{}", path.display());
            compare_runs(&fs::read(&path).expect("a readable file"));
        }
    }
}
