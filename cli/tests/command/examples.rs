//! The guests in `examples/wat`, run as their first lines say.

use crate::{Ran, engines, wasmrt};
use std::{
    io::Write,
    process::{Command, Stdio},
};

fn example(name: &str) -> String {
    format!("{}/../examples/wat/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn hello_greets_on_both_engines() {
    for engine in engines() {
        let ran = wasmrt(["run", "--engine", engine, &example("hello.wat")]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "Hello from WebAssembly!\n"), "{}", ran.stderr);
    }
}

#[test]
fn an_engine_that_this_build_lacks_is_refused() {
    for engine in ["jit", "interpreter"].into_iter().filter(|engine| !engines().any(|other| other == *engine)) {
        let ran = wasmrt(["run", "--engine", engine, &example("hello.wat")]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
        assert!(ran.stderr.contains("this build has no JIT for this system; use the interpreter"), "{}", ran.stderr);
    }
}

#[test]
fn both_ways_to_a_fibonacci_number_agree() {
    for func in ["fib", "fib_loop"] {
        let ran = wasmrt(["run", "--invoke", func, &example("fib.wat"), "20"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "6765\n"), "{}", ran.stderr);
    }
}

#[test]
fn divide_shows_where_it_trapped() {
    let ran = wasmrt(["run", "--invoke", "divide", &example("divide.wat"), "7", "-2"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "-3\n"), "{}", ran.stderr);
    let ran = wasmrt(["run", "--invoke", "divide", &example("divide.wat"), "7", "0"]);
    assert_eq!(ran.code, 134);
    assert!(ran.stderr.contains("0: divide.quotient") && ran.stderr.contains("1: divide.divide"), "{}", ran.stderr);
}

#[test]
fn cat_copies_its_input() {
    let text: String = (0..20_000).map(|line| format!("line {line}\n")).collect();
    let mut child = Command::new(env!("CARGO_BIN_EXE_wasmrt"))
        .args(["run", &example("cat.wat")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let writer = std::thread::spawn({
        let text = text.clone();
        move || stdin.write_all(text.as_bytes())
    });
    let ran = Ran::from(child.wait_with_output().expect("the binary ends"));
    writer.join().expect("the writer does not panic").expect("all input is read");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout == text, "{} bytes came back of {}", ran.stdout.len(), text.len());
}
