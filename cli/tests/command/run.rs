//! `wasmrt run`: results, exit codes, what a guest sees of the host, and limits.

use crate::{Ran, engines, file, wasmrt};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const ARITHMETIC: &str = r#"(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "swap") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0))
  (func (export "null") (param externref) (result externref) (local.get 0))
  (func (export "spin") (loop (br 0)))
  (func (export "nothing")))"#;

fn path(path: &Path) -> &str {
    path.to_str().expect("test paths are UTF-8")
}

/// A command that ends with the given exit code, written directly to WASI.
fn exiting(code: u32) -> String {
    format!(
        r#"(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const {code}))))"#
    )
}

/// A command that writes all its arguments, or all its environment, to standard output, one per line.
fn lister(sizes: &str, get: &str) -> String {
    format!(
        r#"(module
  (import "wasi_snapshot_preview1" "{sizes}" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "{get}" (func $get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $at i32) (local $end i32)
    (drop (call $sizes (i32.const 0) (i32.const 4)))
    (drop (call $get (i32.const 1024) (i32.const 4096)))
    (local.set $at (i32.const 4096))
    (local.set $end (i32.add (i32.const 4096) (i32.load (i32.const 4))))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (if (i32.eqz (i32.load8_u (local.get $at))) (then (i32.store8 (local.get $at) (i32.const 10))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
    (i32.store (i32.const 8) (i32.const 4096))
    (i32.store (i32.const 12) (i32.load (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"#
    )
}

fn arguments() -> String {
    lister("args_sizes_get", "args_get")
}

#[test]
fn an_invoked_function_prints_its_results_one_per_line() {
    let module = file("invoke.wat", ARITHMETIC);
    for engine in engines() {
        let run = |func, a, b| wasmrt(["run", "--engine", engine, "--invoke", func, path(&module), a, b]);
        let ran = run("add", "40", "-82");
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "-42\n"), "{}", ran.stderr);
        let ran = run("swap", "-1", "0.5");
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "0.5\n-1\n"), "{}", ran.stderr);
    }
    let ran = wasmrt(["run", "--invoke", "null", path(&module), "null"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "null\n"), "{}", ran.stderr);
}

#[test]
fn times_are_told_on_request_however_the_guest_ends() {
    let exiting = file("timed-exit.wat", exiting(3));
    let trapping = file("timed-trap.wat", r#"(module (func (export "_start") unreachable))"#);
    for engine in engines() {
        for (module, code) in [(&exiting, 3), (&trapping, 134)] {
            let ran = wasmrt(["run", "--time", "--engine", engine, path(module)]);
            assert_eq!(ran.code, code, "{}", ran.stderr);
            let first = ran.stderr.lines().next().unwrap_or_default();
            let times = first.strip_prefix("compile_ms=").and_then(|rest| rest.split_once(" run_ms="));
            let (compile, run) = times.unwrap_or_else(|| panic!("{}", ran.stderr));
            assert!(compile.parse::<u64>().is_ok() && run.parse::<u64>().is_ok(), "{first}");
            assert_eq!(wasmrt(["run", "--engine", engine, path(module)]).stderr.find("compile_ms"), None);
        }
    }
}

#[test]
fn invoking_wrongly_is_a_usage_error() {
    let module = file("invoke-wrongly.wat", ARITHMETIC);
    let message_of = |ran: Ran| {
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        ran.stderr
    };
    let message = message_of(wasmrt(["run", "--invoke", "add", path(&module), "1"]));
    assert!(message.contains("[i32 i32] -> [i32]") && message.contains("2 arguments, not 1"), "{message}");
    let message = message_of(wasmrt(["run", "--invoke", "add", path(&module), "1", "x"]));
    assert!(message.contains("`x` is not a value of type i32"), "{message}");
    let message = message_of(wasmrt(["run", "--invoke", "missing", path(&module)]));
    assert!(message.contains("no function named `missing`"), "{message}");
    let message = message_of(wasmrt(["run", path(&module)]));
    assert!(message.contains("`_start`") && message.contains("--invoke"), "{message}");
}

#[test]
fn a_guests_exit_code_is_the_commands() {
    for engine in engines() {
        for code in [0, 3, 255] {
            let module = file(&format!("exit-{engine}-{code}.wat"), exiting(code));
            let ran = wasmrt(["run", "--engine", engine, path(&module)]);
            assert_eq!((ran.code, ran.stderr.as_str()), (code as i32, ""));
        }
    }
}

#[test]
fn a_trap_prints_its_backtrace_and_exits_134() {
    let module = file(
        "trap.wat",
        r#"(module $fractions
  (func $divide (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func (export "_start") (drop (call $divide (i32.const 0)))))"#,
    );
    for engine in engines() {
        let ran = wasmrt(["run", "--engine", engine, path(&module)]);
        assert_eq!((ran.code, ran.stdout.as_str()), (134, ""));
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert_eq!(lines[0], "error: wasm trap: integer divide by zero");
        assert_eq!(lines[1], "wasm backtrace:");
        assert!(lines[2].starts_with("  0: fractions.divide (offset 0x"), "{}", ran.stderr);
        assert!(lines[3].starts_with("  1: fractions."), "{}", ran.stderr);
        assert_eq!(lines.len(), 4, "{}", ran.stderr);
    }
}

#[test]
fn guest_arguments_pass_through_untouched() {
    let module = file("args.wat", arguments());
    let ran = wasmrt(["run", "--argv0", "me", path(&module), "--fuel", "-x", "--", "--help", "a b", ""]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "me\n--fuel\n-x\n--\n--help\na b\n\n"), "{}", ran.stderr);
    let ran = wasmrt(["run", path(&module), "--", "x"]);
    assert_eq!((ran.code, ran.stdout), (0, format!("{}\n--\nx\n", path(&module))), "{}", ran.stderr);
    let ran = wasmrt(["run", "--argv0", "me", path(&module), "--help"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "me\n--help\n"), "{}", ran.stderr);
}

#[test]
fn a_guest_sees_only_the_environment_it_is_given() {
    let module = file("env.wat", lister("environ_sizes_get", "environ_get"));
    let ran = wasmrt(["run", "--env", "A=1", "--env", "B=x=y", path(&module)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "A=1\nB=x=y\n"), "{}", ran.stderr);
    let output = Command::new(env!("CARGO_BIN_EXE_wasmrt"))
        .args(["run", "--inherit-env", path(&module)])
        .env_clear()
        .env("FROM_HOST", "yes")
        .output();
    let ran = Ran::from(output.expect("the binary starts"));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "FROM_HOST=yes\n"), "{}", ran.stderr);
}

#[test]
fn a_guest_opens_files_only_in_directories_it_is_given() {
    // Answers with the error number of opening `given/data.txt` below the first preopened directory.
    let module = file(
        "open.wat",
        r#"(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "data.txt")
  (func (export "open") (result i32)
    (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 8) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))))"#,
    );
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("given");
    std::fs::create_dir_all(&dir).expect("the test directory is writable");
    std::fs::write(dir.join("data.txt"), "x").expect("the test directory is writable");
    let mapping = format!("{}::/data", path(&dir));
    let ran = wasmrt(["run", "--dir", &mapping, "--invoke", "open", path(&module)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "0\n"), "{}", ran.stderr);
    let ran = wasmrt(["run", "--invoke", "open", path(&module)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "8\n"), "badf: {}", ran.stderr);
    let ran = wasmrt(["run", "--dir", "no/such/directory", "--invoke", "open", path(&module)]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("no/such/directory"), "{}", ran.stderr);
}

#[test]
fn fuel_and_time_end_a_guest_that_would_not() {
    let module = file("spin.wat", ARITHMETIC);
    for engine in engines() {
        let ran = wasmrt(["run", "--engine", engine, "--fuel", "10000", "--invoke", "spin", path(&module)]);
        assert_eq!(ran.code, 134, "{}", ran.stderr);
        assert!(ran.stderr.contains("all fuel consumed"), "{}", ran.stderr);
        let ran = wasmrt(["run", "--engine", engine, "--timeout", "50ms", "--invoke", "spin", path(&module)]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
        let ran = wasmrt(["run", "--engine", engine, "--timeout", "60", "--invoke", "nothing", path(&module)]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}

#[test]
fn a_memory_does_not_grow_beyond_the_limit() {
    let module = file(
        "grow.wat",
        r#"(module (memory 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    for (pages, answer) in [("1", "1\n"), ("2", "-1\n")] {
        let ran = wasmrt(["run", "--max-memory-bytes", "131072", "--invoke", "grow", path(&module), pages]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, answer), "{}", ran.stderr);
    }
}

#[test]
fn a_reactor_is_initialized_before_anything_is_called() {
    let module = file(
        "reactor.wat",
        r#"(module
  (global $ready (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $ready (i32.const 1)))
  (func (export "ready") (result i32) (global.get $ready)))"#,
    );
    assert_eq!(wasmrt(["run", path(&module)]).code, 0);
    let ran = wasmrt(["run", "--invoke", "ready", path(&module)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "1\n"), "{}", ran.stderr);
}

#[test]
fn other_errors_exit_1_and_say_what_is_missing() {
    let ran = wasmrt(["run", "no-such-file.wasm"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("no-such-file.wasm"), "{}", ran.stderr);
    let module = file("link.wat", r#"(module (import "nowhere" "nothing" (func)) (func (export "_start")))"#);
    let ran = wasmrt(["run", path(&module)]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("nowhere") && ran.stderr.contains("nothing"), "{}", ran.stderr);
}
