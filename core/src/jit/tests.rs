//! Golden CLIF: what a few small modules become before Cranelift optimizes. `WASMRT_BLESS=1` rewrites the files.

use super::{JitSettings, OptLevel, target, translate::ModuleContext};
use crate::{
    module,
    types::{Features, FuncIdx},
    vm::{VmLayout, memory::MemoryStyle},
};
use cranelift_codegen::{ir::Function, verify_function};
use cranelift_frontend::FunctionBuilderContext;
use std::{fmt::Write, fs, path::Path};

const PLAIN: JitSettings = JitSettings {
    opt_level: OptLevel::Speed,
    signals: true,
    spectre: true,
    fuel: false,
    interruption: false,
    relaxed_simd_deterministic: true,
    fused_multiply_add: true,
    threads: 1,
};
const CAREFUL: JitSettings = JitSettings { signals: false, fuel: true, interruption: true, ..PLAIN };
const RESERVED: MemoryStyle = MemoryStyle::Reserved { guard_bytes: 32 << 20 };

fn golden(source: &str, variant: &str, settings: &JitSettings, style: MemoryStyle) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let binary = wat::parse_file(directory.join(format!("{source}.wat"))).unwrap();
    let info = module::decode(binary, &Features::default()).unwrap();
    let isa = target::isa(settings.opt_level).unwrap();
    let context = ModuleContext {
        info: &info,
        layout: &VmLayout::new(&info),
        styles: &vec![style; info.memories.len()],
        settings,
        frontend: isa.frontend_config(),
        has_fma: true,
    };
    let mut text = String::new();
    let mut builder_context = FunctionBuilderContext::new();
    for defined in 0..info.bodies.len() as u32 {
        let mut func = Function::new();
        context.translate(FuncIdx(info.imported_functions + defined), &mut func, &mut builder_context).unwrap();
        verify_function(&func, &*isa).unwrap();
        writeln!(text, "{func}").unwrap();
    }
    let path = directory.join(format!("{source}-{variant}.clif"));
    if std::env::var_os("WASMRT_BLESS").is_some() {
        fs::write(path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{} differs (WASMRT_BLESS=1 rewrites it):\n{text}", path.display());
}

#[test]
fn arithmetic_becomes_one_instruction_per_operator() {
    golden("arithmetic", "plain", &PLAIN, RESERVED);
}

#[test]
fn without_signals_every_trap_is_an_explicit_check() {
    golden("arithmetic", "careful", &CAREFUL, RESERVED);
}

#[test]
fn accesses_to_a_reserved_memory_have_no_check() {
    golden("memory", "reserved", &PLAIN, RESERVED);
}

#[test]
fn accesses_to_a_checked_memory_are_masked() {
    golden("memory", "checked", &PLAIN, MemoryStyle::Checked);
}

#[test]
fn objects_are_allocated_and_looked_at_inline() {
    golden("objects", "plain", &PLAIN, RESERVED);
}

#[test]
fn without_mitigations_a_checked_access_is_one_comparison() {
    golden("memory", "unmasked", &JitSettings { spectre: false, ..PLAIN }, MemoryStyle::Checked);
}

#[test]
fn calls_go_to_symbols_imports_and_table_entries() {
    golden("calls", "plain", &PLAIN, RESERVED);
}

#[test]
fn vectors_are_seen_as_the_lanes_that_each_operator_wants() {
    golden("vectors", "plain", &PLAIN, RESERVED);
}

#[test]
fn relaxed_operators_may_become_instructions_of_the_processor() {
    golden("vectors", "relaxed", &JitSettings { relaxed_simd_deterministic: false, ..PLAIN }, RESERVED);
}

#[test]
fn accesses_through_64_bit_indices_are_compared_without_overflow() {
    golden("memory64", "plain", &PLAIN, MemoryStyle::Checked);
}

#[test]
fn atomic_accesses_are_checked_for_alignment_first() {
    golden("atomic", "reserved", &PLAIN, RESERVED);
    golden("atomic", "checked", &PLAIN, MemoryStyle::Checked);
}

#[test]
fn calls_inside_try_table_lead_to_a_landing_pad() {
    golden("exceptions", "plain", &PLAIN, RESERVED);
}
