//! `wasmrt inspect`: a page about a module.

use crate::{engines, file, wasmrt};

#[test]
fn everything_at_the_modules_border_is_listed() {
    let module = file(
        "inspect.wat",
        r#"(module $sample
  (import "env" "log" (func (param i32)))
  (import "env" "base" (global i64))
  (memory (export "memory") 1 4)
  (table 2 funcref)
  (data (i32.const 0) "abc")
  (func (export "twice") (param i32) (result i32) (i32.add (local.get 0) (local.get 0))))"#,
    );
    for engine in engines() {
        let ran = wasmrt(["inspect", "--engine", engine, module.to_str().expect("UTF-8")]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let lines: Vec<&str> = ran.stdout.lines().collect();
        for expected in [
            "module sample",
            "imports: 2",
            "  env.log: func [i32] -> []",
            "  env.base: global i64",
            "exports: 2",
            "  memory: memory 1 4",
            "  twice: func [i32] -> [i32]",
            "memories: 1",
            "tables: 1",
            "  table 2 funcref",
            "functions: 2 (1 imported)",
            "globals: 1 (1 imported)",
            "data segments: 1 (3 bytes)",
        ] {
            assert!(lines.contains(&expected), "{expected} is missing in\n{}", ran.stdout);
        }
        assert!(lines.iter().any(|line| line.starts_with("code: ") && line.contains(engine)), "{}", ran.stdout);
    }
}

#[test]
fn used_features_are_named() {
    let module = file("features.wat", "(module (func (result i32 i32) (i32.const 1) (i32.extend8_s (i32.const 2))))");
    let ran = wasmrt(["inspect", module.to_str().expect("UTF-8")]);
    let features = ran.stdout.lines().find(|line| line.starts_with("features: ")).expect("a line about features");
    assert!(features.contains("multi-value") && features.contains("sign-ext"), "{features}");
}
