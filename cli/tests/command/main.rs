//! The `wasmrt` binary as a person meets it: what it prints, where, and its exit code.

mod examples;
mod inspect;
mod run;
mod validate;
mod wast;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};
use wasmrt::Strategy;

/// Writes a file for one test and answers with its path. Names must be unique among all tests.
fn file(name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, contents).expect("the test directory is writable");
    path
}

/// The engines of this build, as `--engine` names them.
fn engines() -> impl Iterator<Item = &'static str> {
    Strategy::available().iter().map(|strategy| if *strategy == Strategy::Jit { "jit" } else { "interpreter" })
}

/// What one execution of the binary left behind.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Executes the binary with the given arguments.
fn wasmrt<const N: usize>(args: [&str; N]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_wasmrt")).args(args).output();
    Ran::from(output.expect("the binary starts"))
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code().expect("the binary ends by itself"),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

#[test]
fn the_version_is_the_packages() {
    let ran = wasmrt(["--version"]);
    assert_eq!((ran.code, ran.stdout), (0, format!("wasmrt {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn an_unknown_option_is_a_usage_error() {
    let ran = wasmrt(["run", "--no-such-option", "x.wasm"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--no-such-option"), "{}", ran.stderr);
}
