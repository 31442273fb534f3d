//! `wasmrt validate`: silence for valid modules, file and offset for others.

use crate::{file, wasmrt};

#[test]
fn valid_modules_are_accepted_in_silence() {
    let text = file("valid.wat", "(module (func (export \"f\")))");
    let binary = file("valid.wasm", b"\0asm\x01\0\0\0");
    let ran = wasmrt(["validate", text.to_str().expect("UTF-8"), binary.to_str().expect("UTF-8")]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
}

#[test]
fn an_invalid_module_is_named_with_the_offset() {
    let good = file("good.wat", "(module)");
    let bad = file("type-mismatch.wat", "(module (func (result i32) (i64.const 0)))");
    let ran = wasmrt(["validate", bad.to_str().expect("UTF-8"), good.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("type-mismatch.wat: invalid module: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("type mismatch") && ran.stderr.contains("(at offset 0x"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("good.wat"), "{}", ran.stderr);
}

#[test]
fn bytes_that_are_no_module_are_told_apart() {
    let cut = file("cut.wasm", b"\0asm\x01\0\0\0\x01\x05");
    let ran = wasmrt(["validate", cut.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("cut.wasm: malformed module: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("(at offset 0x"), "{}", ran.stderr);
}

#[test]
fn broken_text_is_shown_with_its_line() {
    let broken = file("broken.wat", "(module\n  (fun))");
    let ran = wasmrt(["validate", broken.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("broken.wat:2:4"), "{}", ran.stderr);
}

#[test]
fn a_missing_proposal_is_named() {
    let module = file("component.wasm", b"\0asm\x0d\0\x01\0");
    let ran = wasmrt(["validate", module.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("component-model") && ran.stderr.contains("(at offset 0x4)"), "{}", ran.stderr);
}
