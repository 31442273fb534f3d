//! Every set of the suite's package, with what becomes of it.

/// The files of one edition or proposal.
pub struct Set {
    /// The set's name in the package.
    pub name: &'static str,
    /// How many files it has.
    pub files: usize,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a set.
#[derive(PartialEq)]
pub enum Fate {
    /// All of its assertions hold, except those in `skips.rs`.
    Holds,
    /// It is not executed, for this reason.
    LeftOut(&'static str),
}

const fn set(name: &'static str, files: usize, fate: Fate) -> Set {
    Set { name, files, fate }
}

/// The sets: editions, then proposals in the order in which editions took them in.
pub const SETS: &[Set] = &[
    set("wasm-v1", 73, Fate::Holds),
    set("wasm-v2", 90, Fate::Holds),
    set("wasm-v3", 97, Fate::Holds),
    set("wasm-latest", 97, Fate::Holds),
    set("mutable-global", 2, Fate::Holds),
    set("sign-extension-ops", 2, Fate::Holds),
    set("nontrapping-float-to-int-conversions", 1, Fate::Holds),
    set("multi-value", 10, Fate::Holds),
    set("bulk-memory", 8, Fate::Holds),
    set("reference-types", 30, Fate::Holds),
    set("simd", 59, Fate::Holds),
    set("relaxed-simd", 7, Fate::Holds),
    set("extended-const", 3, Fate::Holds),
    set("tail-call", 2, Fate::Holds),
    set("multi-memory", 41, Fate::Holds),
    set("memory64", 14, Fate::Holds),
    set("function-references", 26, Fate::Holds),
    set("exceptions", 4, Fate::Holds),
    set("gc", 17, Fate::Holds),
    set("annotations", 4, Fate::Holds),
    set("threads", 4, Fate::Holds),
    set("wide-arithmetic", 1, Fate::Holds),
    set("custom-page-sizes", 5, Fate::Holds),
    set("custom-descriptors", 14, Fate::LeftOut("a proposal that no edition has taken in and wasmrt does not have")),
];
