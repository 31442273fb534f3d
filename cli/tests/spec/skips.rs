//! Assertions of the suite that do not hold, and why.

/// Directives of one file that must not do what they say.
pub struct Skip {
    /// The set that the file is in, as the suite's package names it; other sets may have the same file.
    pub set: &'static str,
    /// The file's name.
    pub file: &'static str,
    /// Lines of the directives.
    pub lines: &'static [usize],
    /// What they contradict: a later edition of the standard, never a lack of ours.
    pub reason: &'static str,
}

const MEMORIES: &str = "multi-memory: a module may have several memories";
const MEMORY_INDEX: &str = "multi-memory made the reserved byte of operators on memories a memory's index";
const MEMOP_FLAGS: &str =
    "multi-memory and memory64 gave memory arguments flags, so that large alignments are read and then invalid";
const NUMBERS: &str =
    "memory64 made offsets and sizes 64-bit numbers, so that larger ones are invalid instead of malformed";
const TABLES: &str = "reference-types: a module may have several tables";
const TABLE_INDEX: &str = "reference-types made the reserved byte of call_indirect a table's index";
const REF_EQ: &str = "gc gave the opcode the meaning ref.eq, which is not constant, so that it is invalid instead";
const LABELS: &str = "the rule that br_table's labels agree in unreachable code was dropped before 2.0";
const SEGMENTS: &str =
    "bulk-memory made active segments out of bounds a trap, with what was written before left in place";

/// Every skip.
pub const SKIPS: &[Skip] = &[
    Skip {
        set: "mutable-global",
        file: "linking.wast",
        lines: &[206, 227, 236, 238, 248, 298, 334, 342, 344, 354],
        reason: SEGMENTS,
    },
    Skip { set: "wasm-v1", file: "address.wast", lines: &[206], reason: NUMBERS },
    Skip {
        set: "wasm-v1",
        file: "binary-leb128.wast",
        lines: &[216, 224, 403, 460, 524, 532, 540, 549, 729, 748, 842, 861],
        reason: NUMBERS,
    },
    Skip { set: "wasm-v1", file: "imports.wast", lines: &[404, 408, 412], reason: MEMORIES },
    Skip { set: "wasm-v1", file: "memory.wast", lines: &[8, 9], reason: MEMORIES },
    Skip { set: "wasm-v2", file: "address.wast", lines: &[213], reason: NUMBERS },
    Skip { set: "wasm-v2", file: "align.wast", lines: &[891, 910, 929, 948, 967], reason: MEMOP_FLAGS },
    Skip { set: "wasm-v2", file: "binary-leb128.wast", lines: &[217, 225, 525, 533, 541, 550], reason: NUMBERS },
    Skip {
        set: "wasm-v2",
        file: "binary.wast",
        lines: &[125, 145, 165, 184, 203, 223, 242, 261, 279, 297],
        reason: MEMORY_INDEX,
    },
    Skip { set: "wasm-v2", file: "imports.wast", lines: &[487, 491, 495], reason: MEMORIES },
    Skip { set: "wasm-v2", file: "memory.wast", lines: &[10, 11], reason: MEMORIES },
    Skip { set: "wasm-v2", file: "memory.wast", lines: &[79, 83, 87], reason: NUMBERS },
    Skip { set: "wasm-v2", file: "table.wast", lines: &[27, 31, 35], reason: NUMBERS },
    Skip {
        set: "function-references",
        file: "binary.wast",
        lines: &[125, 145, 165, 184, 203, 223, 242, 261, 279, 297],
        reason: MEMORY_INDEX,
    },
    Skip { set: "function-references", file: "table.wast", lines: &[35, 39, 43], reason: NUMBERS },
    Skip {
        set: "memory64",
        file: "binary.wast",
        lines: &[856, 876, 896, 915, 934, 954, 973, 992, 1010, 1028],
        reason: MEMORY_INDEX,
    },
    Skip { set: "memory64", file: "memory.wast", lines: &[10, 11], reason: MEMORIES },
    Skip { set: "memory64", file: "memory64.wast", lines: &[8, 9], reason: MEMORIES },
    Skip { set: "multi-value", file: "binary.wast", lines: &[49], reason: TABLE_INDEX },
    Skip {
        set: "multi-value",
        file: "binary.wast",
        lines: &[142, 162, 182, 201, 220, 240, 259, 278, 296, 314],
        reason: MEMORY_INDEX,
    },
    Skip {
        set: "reference-types",
        file: "binary-leb128.wast",
        lines: &[217, 225, 404, 461, 525, 533, 541, 550, 730, 749, 843, 862],
        reason: NUMBERS,
    },
    Skip {
        set: "reference-types",
        file: "binary.wast",
        lines: &[157, 210, 218, 354, 362, 419, 483, 491, 499, 518, 612, 631],
        reason: NUMBERS,
    },
    Skip {
        set: "reference-types",
        file: "binary.wast",
        lines: &[736, 756, 776, 795, 814, 834, 853, 872, 890, 908],
        reason: MEMORY_INDEX,
    },
    Skip { set: "reference-types", file: "binary.wast", lines: &[1073], reason: REF_EQ },
    Skip { set: "reference-types", file: "imports.wast", lines: &[416, 420, 424], reason: MEMORIES },
    Skip { set: "reference-types", file: "unreached-invalid.wast", lines: &[539], reason: LABELS },
    Skip { set: "threads", file: "imports.wast", lines: &[309, 313, 317], reason: TABLES },
    Skip { set: "threads", file: "imports.wast", lines: &[404, 408, 412], reason: MEMORIES },
    Skip { set: "threads", file: "memory.wast", lines: &[14, 15], reason: MEMORIES },
    Skip { set: "threads", file: "memory.wast", lines: &[83, 87, 91], reason: NUMBERS },
];
