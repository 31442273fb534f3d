//! What the spec-suite test leaves out, and why.

/// Directives of one file that are not executed.
pub struct Skip {
    /// The set that the file is in, as the suite's package names it.
    pub set: &'static str,
    /// The file's name.
    pub file: &'static str,
    /// Lines of the directives; none means the whole file.
    pub lines: &'static [usize],
    /// Why they are left out: a decision about what wasmrt is, never a lack of time.
    pub reason: &'static str,
}

const MEMOP_FLAGS: &str = "memory64 made alignments of 2^32 and more well-formed, so that they are invalid instead";
const NUMBERS: &str =
    "memory64 made offsets and sizes 64-bit numbers, so that larger ones are invalid instead of malformed";
const FUNCTION_REFERENCES: &str = "function-references: typed references and calls through them";
const GC: &str = "gc: recursive types, their canonical form, and values of them";
const TAIL_CALL: &str = "tail-call: return_call";
const SEGMENTS: &str =
    "bulk-memory made active segments out of bounds a trap, with what was written before left in place";

const WHOLE: &[usize] = &[];

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
    Skip { set: "wasm-v3", file: "br_on_non_null.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "br_on_null.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "br_table.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "call_ref.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "data.wast", lines: &[89, 90], reason: GC },
    Skip {
        set: "wasm-v3",
        file: "data.wast",
        lines: &[178, 183, 188, 195],
        reason: "extended-const: arithmetic in the offset",
    },
    Skip { set: "wasm-v3", file: "elem.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip {
        set: "wasm-v3",
        file: "global.wast",
        lines: WHOLE,
        reason: "extended-const: arithmetic in the first module's globals",
    },
    Skip {
        set: "wasm-v3",
        file: "imports.wast",
        lines: WHOLE,
        reason: "exception-handling: the module that all others import from exports tags",
    },
    Skip {
        set: "wasm-v3",
        file: "instance.wast",
        lines: WHOLE,
        reason: "function-references and multi-memory: in every module",
    },
    Skip { set: "wasm-v3", file: "linking.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "local_init.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "memory.wast", lines: &[77, 81, 85, 90, 94, 98], reason: NUMBERS },
    Skip { set: "wasm-v3", file: "ref.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "ref_as_non_null.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "ref_is_null.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "ref_null.wast", lines: WHOLE, reason: GC },
    Skip { set: "wasm-v3", file: "return_call.wast", lines: WHOLE, reason: TAIL_CALL },
    Skip { set: "wasm-v3", file: "return_call_indirect.wast", lines: WHOLE, reason: TAIL_CALL },
    Skip { set: "wasm-v3", file: "return_call_ref.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "table.wast", lines: &[14, 19, 20, 21, 86, 93], reason: FUNCTION_REFERENCES },
    Skip { set: "wasm-v3", file: "table.wast", lines: &[35, 39, 43], reason: NUMBERS },
    Skip { set: "wasm-v3", file: "type-canon.wast", lines: WHOLE, reason: GC },
    Skip { set: "wasm-v3", file: "type-equivalence.wast", lines: WHOLE, reason: GC },
    Skip { set: "wasm-v3", file: "type-rec.wast", lines: WHOLE, reason: GC },
    Skip { set: "wasm-v3", file: "unreached-valid.wast", lines: WHOLE, reason: FUNCTION_REFERENCES },
];
