//! The `wasmrt` command.
//!
//! `main` reads the command line and hands over to one module per subcommand; each takes its own arguments and a
//! writer for what it prints, and answers with an exit code or a [`Failure`]. What is always true here: only public
//! items of the core and of `wasmrt-wasi` are used, and nothing but `main` ends the process.
//!
//! ```text
//! options  arguments that several subcommands share
//! failure  how a subcommand can fail, and the exit code of each way
//! input    a file's bytes, or an error that names the file
//! run      `wasmrt run`; values: guest values as text
//! validate `wasmrt validate`
//! inspect  `wasmrt inspect`
//! wast     `wasmrt wast`, and the executor of test scripts that the spec-suite test uses too
//! ```

mod failure;
mod input;
mod inspect;
mod options;
mod run;
mod validate;
mod values;
pub mod wast;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Run and examine WebAssembly modules, in binary or text form.
#[derive(Parser)]
#[command(name = "wasmrt", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a WASI command, or call one exported function.
    Run(run::Args),
    /// Check modules without running them.
    Validate(validate::Args),
    /// Show what a module imports, exports and contains.
    Inspect(inspect::Args),
    /// Execute test scripts in the format of the WebAssembly test suite.
    Wast(wast::Args),
}

/// Reads the process's command line, does what it says, and answers with the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = io::stdout();
    let result = match cli.command {
        Command::Run(args) => run::run(args, &mut out),
        Command::Validate(args) => validate::run(args, &mut out),
        Command::Inspect(args) => inspect::run(args, &mut out),
        Command::Wast(args) => wast::run(args, &mut out),
    };
    let result = result.and_then(|code| out.flush().map(|()| code).map_err(Failure::from));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.exit_code())
        }
    }
}
