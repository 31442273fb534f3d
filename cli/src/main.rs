//! The `wasmrt` binary; everything is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasmrt_cli::main()
}
