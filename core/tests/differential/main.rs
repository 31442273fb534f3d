//! Random valid modules on both engines and on wasmtime: results, traps and everything left behind must be the same,
//! and with limited fuel both engines must stop at the same place, wherever that is.
//!
//! Modules are made by wasm-smith from a numbered seed, so a failure names what is needed to see it again:
//! `WASMRT_DIFFERENTIAL_SEED=17 cargo test --test differential`. `WASMRT_DIFFERENTIAL_MODULES` sets how many there are.
//! Modules that once showed a bug are files in `core/tests/corpus`.

mod harness;

use harness::{
    generate::{Size, module, module_of},
    limits,
};
use std::{
    fs,
    panic::{RefUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};
use wasmrt::{Engine, Module};

/// Modules in `make test`.
const MODULES: u64 = 300;

/// Of how many modules one is stopped at every limit as well.
const LIMITED: u64 = 4;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")))
}

/// What all seeds told.
#[derive(Default)]
struct Totals {
    comparable: AtomicUsize,
    returned: AtomicUsize,
    limits: AtomicUsize,
}

/// Compares all runs of the modules of a seed, and keeps the module if something goes wrong.
fn compare(seed: u64, totals: &Totals) {
    let told = keeping(seed, &module(seed, Size::Ordinary), harness::compare);
    totals.comparable.fetch_add(usize::from(told.is_comparable), Ordering::Relaxed);
    totals.returned.fetch_add(told.returned, Ordering::Relaxed);
    if seed.is_multiple_of(LIMITED) {
        let limits = keeping(seed, &module(seed, Size::Small), limits::compare);
        totals.limits.fetch_add(limits, Ordering::Relaxed);
    }
}

fn keeping<R>(seed: u64, module: &[u8], compare: impl Fn(&[u8]) -> R + RefUnwindSafe) -> R {
    catch_unwind(|| compare(module)).unwrap_or_else(|panic| {
        let file = std::env::temp_dir().join(format!("wasmrt-differential-{seed}.wasm"));
        let kept = fs::write(&file, module).map(|()| file.display().to_string());
        eprintln!("seed {seed} failed, its module: {kept:?}");
        resume_unwind(panic)
    })
}

#[test]
fn random_modules_do_the_same_on_every_engine_and_on_wasmtime() {
    let totals = Totals::default();
    if let Some(seed) = number("WASMRT_DIFFERENTIAL_SEED") {
        return compare(seed, &totals);
    }
    let modules = number("WASMRT_DIFFERENTIAL_MODULES").unwrap_or(MODULES) as usize;
    let first = number("WASMRT_DIFFERENTIAL_FIRST").unwrap_or(0);
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= modules {
                return;
            }
            compare(first + index as u64, &totals);
        }
    };
    std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, work).expect("a thread");
        let workers: Vec<_> = (0..std::thread::available_parallelism().map_or(1, usize::from)).map(spawn).collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
    let [comparable, returned, limits] =
        [totals.comparable, totals.returned, totals.limits].map(AtomicUsize::into_inner);
    println!("differential: {comparable} of {modules} modules compared, {returned} calls returned, {limits} limits");
    assert!(comparable * 10 >= modules * 8, "{comparable} of {modules} were comparable");
    assert!(returned >= modules, "the modules do something: {returned} calls returned");
}

#[test]
fn what_a_fuzzer_makes_up_is_a_module_too() {
    assert!(module_of(&[1, 2, 3], Size::Ordinary).is_none());
    for seed in 0..8 {
        let module = module_of(&[seed; 500], Size::Small).expect("enough bytes");
        harness::compare(&module);
        limits::compare(&module);
    }
}

#[test]
fn modules_that_once_showed_a_bug_do_the_same_everywhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            println!("{}", path.display());
            let bytes = fs::read(&path).expect("a readable file");
            if Module::from_binary(&Engine::default(), &bytes).is_ok() {
                harness::compare(&bytes);
                limits::compare(&bytes);
            }
        }
    }
}
