//! Assertions of the suite that do not hold, and why.

/// Directives of one file that must not do what they say.
pub struct Skip {
    /// The set that the file is in, as the suite's package names it.
    pub set: &'static str,
    /// The file's name.
    pub file: &'static str,
    /// Lines of the directives.
    pub lines: &'static [usize],
    /// What they contradict: a later edition of the standard, never a lack of ours.
    pub reason: &'static str,
}

const MEMOP_FLAGS: &str = "memory64 made alignments of 2^32 and more well-formed, so that they are invalid instead";
const NUMBERS: &str =
    "memory64 made offsets and sizes 64-bit numbers, so that larger ones are invalid instead of malformed";
const SEGMENTS: &str =
    "bulk-memory made active segments out of bounds a trap, with what was written before left in place";

/// Every skip.
pub const SKIPS: &[Skip] = &[
    Skip { set: "wasm-v2", file: "align.wast", lines: &[891, 910, 929], reason: MEMOP_FLAGS },
    Skip {
        set: "bulk-memory",
        file: "table-sub.wast",
        lines: &[1],
        reason: "function-references: the module uses a table of typed references",
    },
    Skip { set: "bulk-memory", file: "table_init.wast", lines: &[2272], reason: "gc: the module uses arrays" },
    Skip {
        set: "multi-value",
        file: "binary.wast",
        lines: &[49],
        reason: "reference-types made the reserved byte of call_indirect a table index, so that 1 is invalid instead",
    },
    Skip {
        set: "mutable-global",
        file: "linking.wast",
        lines: &[206, 227, 236, 238, 248, 298, 334, 342, 344, 354],
        reason: SEGMENTS,
    },
    Skip {
        set: "reference-types",
        file: "binary.wast",
        lines: &[1073],
        reason: "gc gave the opcode the meaning ref.eq, which is not constant, so that it is invalid instead",
    },
    Skip {
        set: "reference-types",
        file: "unreached-invalid.wast",
        lines: &[539],
        reason: "the rule that br_table's labels agree in unreachable code was dropped before 2.0",
    },
    Skip { set: "wasm-v3", file: "address.wast", lines: &[213], reason: NUMBERS },
    Skip { set: "wasm-v3", file: "align.wast", lines: &[1004, 1016], reason: NUMBERS },
    Skip { set: "wasm-v3", file: "memory.wast", lines: &[77, 81, 85, 90, 94, 98], reason: NUMBERS },
    Skip { set: "wasm-v3", file: "table.wast", lines: &[35, 39, 43], reason: NUMBERS },
];
