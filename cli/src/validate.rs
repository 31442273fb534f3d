//! `wasmrt validate`: modules → which of them are not valid, and where.

use crate::{failure::Failure, input};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use wasmrt::{Config, Engine, Module, Strategy};

/// Arguments of `wasmrt validate`.
#[derive(clap::Args)]
pub struct Args {
    /// The modules, in binary or text form. Offsets in messages are those of the binary form.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Checks every file and reports all that are wrong.
pub fn run(args: Args, _out: &mut dyn Write) -> Result<u8, Failure> {
    let mut config = Config::new();
    // Nothing is executed, so the engine that costs less to set up will do.
    config.strategy(Strategy::Interpreter);
    let engine = Engine::new(&config)?;
    let mut code = 0;
    for file in &args.files {
        if let Err(failure) = validate(&engine, file) {
            failure.report();
            code = failure.exit_code();
        }
    }
    Ok(code)
}

fn validate(engine: &Engine, file: &Path) -> Result<(), Failure> {
    let binary = input::read_binary(file)?;
    Module::validate(engine, &binary).map_err(|error| input::module_failure(file, &error))
}
