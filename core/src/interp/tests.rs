//! Golden tests of lowering: each `.wat` in `core/tests/golden/bytecode` stands beside the bytecode it becomes.
//! `WASMRT_BLESS=1` rewrites the latter.

use super::{InterpCode, InterpSettings, disasm::disassemble};
use crate::{
    error::{ErrorKind, Result},
    module::decode,
    types::Features,
    vm::VmLayout,
};
use std::{env, fs, path::Path, sync::Arc};

fn code(binary: Vec<u8>, settings: InterpSettings) -> InterpCode {
    let info = Arc::new(decode(binary, &Features::default()).expect("a valid module"));
    let layout = Arc::new(VmLayout::new(&info));
    InterpCode::new(info, layout, settings)
}

fn bytecode(text: &str, settings: InterpSettings) -> Result<String> {
    let code = code(wat::parse_str(text).expect("the text format"), settings);
    (0..code.info().bodies.len()).map(|index| code.function(index as u32).map(disassemble)).collect()
}

#[test]
fn lowering_gives_the_bytecode_that_the_golden_files_show() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bytecode");
    let mut files: Vec<_> = fs::read_dir(directory).expect("golden files").map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wat"));
    assert!(!files.is_empty());
    for path in files {
        let settings = InterpSettings { fuel: path.ends_with("fuel.wat") };
        let actual = bytecode(&fs::read_to_string(&path).unwrap(), settings).expect("lowered functions");
        let golden = path.with_extension("bytecode");
        if env::var_os("WASMRT_BLESS").is_some() {
            fs::write(&golden, &actual).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(actual, expected, "{} (WASMRT_BLESS=1 rewrites it)", golden.display());
    }
}

#[test]
fn a_frame_with_more_slots_than_registers_is_refused_with_a_limit() {
    let locals = |count: usize| format!("(module (func (local {})))", "i64 ".repeat(count));
    assert!(bytecode(&locals(50_000), InterpSettings::default()).is_ok());
    let deep =
        format!("(module (func (local {}) {} unreachable))", "i64 ".repeat(50_000), "i32.const 1 ".repeat(20_000));
    let error = bytecode(&deep, InterpSettings::default()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Limit);
}

#[test]
fn the_size_of_branches_does_not_depend_on_how_many_values_they_carry() {
    let results = "i32 ".repeat(500);
    let values = "local.get 0 ".repeat(500);
    let branches = "local.get 0 br_if 0 ".repeat(1000);
    let text = format!("(module (func (param i32) (result {results}) {values} (block {branches}) {branches}))");
    let code = code(wat::parse_str(text).unwrap(), InterpSettings::default());
    assert!(code.function(0).unwrap().code.len() < 40_000);
}

#[test]
fn lowering_takes_time_linear_in_hostile_bodies() {
    let gets = "local.get 0 ".repeat(15_000);
    let sets = "local.get 0 local.get 1 local.set 0 drop ".repeat(100_000);
    let text = format!("(module (func (param i32 i32) {gets} {sets} unreachable))");
    let code = code(wat::parse_str(text).unwrap(), InterpSettings::default());
    let start = std::time::Instant::now();
    code.function(0).unwrap();
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn offsets_lead_back_to_the_operator() {
    let text = "(module (func (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)) (call 0)))";
    let code = code(wat::parse_str(text).unwrap(), InterpSettings::default());
    let func = code.function(0).unwrap();
    let bytes = &code.info().bytes;
    let opcodes: Vec<u8> = func.offsets.iter().map(|(_, offset)| bytes[*offset as usize]).collect();
    assert_eq!(opcodes[1..], [0x6e, 0x10], "i32.div_u and call");
    let division = func.offsets[1].0 as usize;
    assert_eq!(func.module_offset(division), func.offsets[1].1);
    assert_eq!(func.module_offset(division + 1), func.offsets[1].1);
}
