//! `wasmrt wast`: script files → how many of their assertions hold.

use super::{Report, execute};
use crate::{
    failure, input,
    options::{EngineChoice, parse_features},
};
use clap::ValueEnum;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};
use wasmrt::Features;

/// Arguments of `wasmrt wast`.
#[derive(clap::Args)]
pub struct Args {
    /// Which engines execute the scripts.
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    engine: Engines,
    /// Proposals to switch on, or with `-` in front off, separated by commas.
    #[arg(long, value_name = "NAMES", value_parser = parse_features, allow_hyphen_values = true)]
    features: Option<Features>,
    /// Collect objects before every allocation, to find references that the collector does not know.
    #[arg(long)]
    gc_stress: bool,
    /// The scripts.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Engines {
    /// Machine code made by Cranelift.
    Jit,
    /// The bytecode interpreter.
    Interpreter,
    /// One after the other.
    Both,
}

impl Engines {
    fn choices(self) -> Vec<EngineChoice> {
        match self {
            Engines::Jit => vec![EngineChoice::Jit],
            Engines::Interpreter => vec![EngineChoice::Interpreter],
            Engines::Both => EngineChoice::available(),
        }
    }
}

/// Executes every script; the exit code is 1 if any directive failed.
pub(crate) fn run(args: Args, out: &mut dyn Write) -> Result<u8, failure::Failure> {
    let mut total = Report::default();
    for file in &args.files {
        let source = String::from_utf8(input::read(file)?).map_err(|error| failure::Failure::of_file(file, error))?;
        for choice in args.engine.choices() {
            let features = args.features.unwrap_or_default();
            let engine = choice.engine_with(|config| config.features(features).gc_stress(args.gc_stress))?;
            let report = execute(&engine, &source, &[]);
            print(out, file, choice, &report)?;
            total += report;
        }
    }
    writeln!(out, "total: {} passed, {} failed", total.passed, total.failures.len())?;
    Ok(u8::from(!total.failures.is_empty()))
}

fn print(out: &mut dyn Write, file: &Path, engine: EngineChoice, report: &Report) -> io::Result<()> {
    let file = file.display();
    for failure in &report.failures {
        writeln!(out, "{file}:{}: {} ({engine}): {}", failure.place, failure.directive, failure.message)?;
    }
    writeln!(out, "{file} ({engine}): {} passed, {} failed", report.passed, report.failures.len())
}
