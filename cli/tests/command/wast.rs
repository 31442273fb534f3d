//! `wasmrt wast`: counts, and each failure with its line.

use crate::{engines, file, wasmrt};

const HOLDING: &str = r#"(module $m
  (import "spectest" "print_i32" (func $print (param i32)))
  (func (export "id") (param i32) (result i32) (call $print (local.get 0)) (local.get 0))
  (func (export "nan") (result f32) (f32.div (f32.const 0) (f32.const 0)))
  (func (export "keep") (param externref) (result externref) (local.get 0))
  (func (export "trap") (unreachable))
  (func $deep (export "deep") (call $deep))
  (global (export "g") i64 (i64.const 7)))
(register "m" $m)
(module (import "m" "id" (func (param i32) (result i32))) (export "again" (func 0)))
(assert_return (invoke "again" (i32.const 3)) (i32.const 3))
(assert_return (invoke $m "id" (i32.const 4)) (either (i32.const 5) (i32.const 4)))
(assert_return (invoke $m "nan") (f32.const nan:canonical))
(assert_return (invoke $m "keep" (ref.extern 9)) (ref.extern 9))
(assert_return (invoke $m "keep" (ref.null extern)) (ref.null extern))
(assert_return (get $m "g") (i64.const 7))
(assert_trap (invoke $m "trap") "unreachable")
(assert_exhaustion (invoke $m "deep") "call stack exhausted")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_malformed (module binary "") "unexpected end")
(assert_malformed (module quote "(func") "unexpected token")
(assert_unlinkable (module (import "m" "missing" (func))) "unknown import")
(module definition $d (func (export "one") (result i32) (i32.const 1)))
(module instance $i $d)
(assert_return (invoke $i "one") (i32.const 1))
"#;

#[test]
fn a_script_that_holds_exits_0_on_every_engine() {
    let script = file("holds.wast", HOLDING);
    let script = script.to_str().expect("UTF-8");
    let ran = wasmrt(["wast", script]);
    let each: String = engines().map(|engine| format!("{script} ({engine}): 13 passed, 0 failed\n")).collect();
    assert_eq!(ran.stdout, format!("{each}total: {} passed, 0 failed\n", 13 * engines().count()));
    assert_eq!(ran.code, 0);
}

#[test]
fn each_failure_is_named_with_its_line() {
    let script = file(
        "fails.wast",
        r#"(module (func (export "two") (result i32) (i32.const 2)))
(assert_return (invoke "two") (i32.const 2))
(assert_return (invoke "two") (i32.const 3))
(assert_trap (invoke "two") "unreachable")
(assert_invalid (module) "type mismatch")
(invoke "missing")
"#,
    );
    let script = script.to_str().expect("UTF-8");
    let ran = wasmrt(["wast", "--engine", "interpreter", script]);
    assert_eq!(ran.code, 1);
    let failures = [
        "3:2: assert_return (interpreter): expected (i32.const 3), got (i32.const 2)",
        "4:2: assert_trap (interpreter): expected trap \"unreachable\", got (i32.const 2)",
        "5:2: assert_invalid (interpreter): expected a module that is invalid, \"type mismatch\", got a valid one",
        "6:2: invoke (interpreter): no function `missing` is exported",
    ];
    for failure in failures {
        let line = format!("{script}:{failure}");
        assert!(ran.stdout.lines().any(|other| other == line), "{line} is missing in\n{}", ran.stdout);
    }
    assert!(ran.stdout.contains("1 passed, 4 failed"), "{}", ran.stdout);
}

#[test]
fn proposals_are_switched_by_name() {
    let script = file(
        "features.wast",
        r#"(module (func (export "lanes") (result v128) (v128.const i32x4 1 2 3 4)))
(assert_return (invoke "lanes") (v128.const i64x2 0x200000001 0x400000003))
"#,
    );
    let script = script.to_str().expect("UTF-8");
    assert_eq!(wasmrt(["wast", script]).code, 0);
    assert_eq!(wasmrt(["wast", "--features", "simd,-threads", script]).code, 0);
    let ran = wasmrt(["wast", "--engine", "interpreter", "--features", "-relaxed-simd,-simd", script]);
    assert_eq!(ran.code, 1);
    let refused = "features.wast:1:2: module (interpreter): expected a valid module, got Unsupported error \"the simd";
    assert!(ran.stdout.contains(refused), "{}", ran.stdout);
    let ran = wasmrt(["wast", "--features", "telepathy", script]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("unknown feature `telepathy`"), "{}", ran.stderr);
}

#[test]
fn threads_run_parts_of_a_script_and_report_their_failures() {
    let script = file(
        "threads.wast",
        r#"(module $m (memory (export "m") 1 1 shared) (func (export "set") (i32.atomic.store (i32.const 0) (i32.const 1))))
(thread $t (shared (module $m))
  (register "m" $m)
  (module
    (memory (import "m" "m") 1 1 shared)
    (func (export "spin") (loop (br_if 0 (i32.eqz (i32.atomic.load (i32.const 0)))))))
  (assert_return (invoke "spin"))
  (assert_return (invoke "spin") (i32.const 7)))
(invoke $m "set")
(wait $t)
(wait $t)
"#,
    );
    let script = script.to_str().expect("UTF-8");
    let ran = wasmrt(["wast", "--engine", "interpreter", script]);
    assert!(
        ran.stdout.contains(":8:4: assert_return (interpreter): expected (i32.const 7), got nothing\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains(":11:2: wait (interpreter): no thread $t is running\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("total: 1 passed, 2 failed\n"), "{}", ran.stdout);
}

#[test]
fn a_script_that_cannot_be_read_is_a_failure() {
    let script = file("unreadable.wast", "(module)\n(assert_retur)");
    let ran = wasmrt(["wast", "--engine", "interpreter", script.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("unreadable.wast:2:2: script"), "{}", ran.stdout);
}
