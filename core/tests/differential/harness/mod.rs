//! One module on every runtime, and what may be different: nothing that a guest or its host can see.

pub mod generate;
pub mod limits;
mod ours;
mod theirs;

use ours::Runtime;
use std::{
    hash::{DefaultHasher, Hasher},
    sync::LazyLock,
};

/// The module that others import from, and its imports as one of them would have them.
pub static NEIGHBOUR: LazyLock<Vec<u8>> = LazyLock::new(|| binary(include_str!("neighbour.wat")));
static IMPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| binary(include_str!("imports.wat")));

fn binary(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a module")
}

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

/// Bytes that the objects of a module may take, so that none spends its time on zeroing.
const HEAP_BYTES: u64 = 16 << 20;

/// A trap that depends on how large a runtime's frames are.
pub const STACK_OVERFLOW: &str = "StackOverflow";

/// An end that depends on how much a runtime has.
pub const RESOURCES: &str = "resources";

/// How far objects are followed, and how many elements of each array are looked at.
const DEPTH: usize = 3;
const MOST_ELEMENTS: u32 = 8;

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

/// What comparing told.
#[derive(Default)]
pub struct Told {
    /// Whether the runs could be compared: an end that depends on what a runtime has tells nothing.
    pub is_comparable: bool,
    /// How many calls returned.
    pub returned: usize,
}

/// Compares the runs of a module on both engines and wasmtime.
pub fn compare(module: &[u8]) -> Told {
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
    Told { is_comparable: true, returned }
}

fn assert_same(name: &str, found: &Outcome, other: &str, expected: &Outcome) {
    assert!(found == expected, "{name}: {found:#?}\n{other}: {expected:#?}");
}
