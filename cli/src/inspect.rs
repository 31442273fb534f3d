//! `wasmrt inspect`: a module → a page about it.

use crate::{failure::Failure, input, options::EngineChoice};
use std::{
    fmt::Display,
    io::{self, Write},
    path::PathBuf,
};
use wasmrt::Module;

/// Arguments of `wasmrt inspect`.
#[derive(clap::Args)]
pub struct Args {
    /// The engine whose code size is shown.
    #[arg(long, value_enum, default_value_t)]
    engine: EngineChoice,
    /// The module, in binary or text form.
    file: PathBuf,
}

/// Prints the page.
pub fn run(args: Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let engine = args.engine.engine()?;
    let binary = input::read_binary(&args.file)?;
    let module = Module::new(&engine, &binary).map_err(|error| input::module_failure(&args.file, &error))?;
    writeln!(out, "module {}", module.name().unwrap_or("(unnamed)"))?;
    writeln!(out, "size: {} bytes", binary.len())?;
    externals(&module, out)?;
    entities(&module, out)?;
    contents(&module, out)?;
    writeln!(out, "code: {} bytes ({})", module.code_bytes(), args.engine)?;
    Ok(0)
}

fn externals(module: &Module, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "imports: {}", module.imports().len())?;
    for import in module.imports() {
        writeln!(out, "  {}.{}: {}", import.module(), import.name(), import.ty())?;
    }
    writeln!(out, "exports: {}", module.exports().len())?;
    for export in module.exports() {
        writeln!(out, "  {}: {}", export.name(), export.ty())?;
    }
    Ok(())
}

/// Memories and tables in full, functions and globals as numbers: a module has thousands of those.
fn entities(module: &Module, out: &mut dyn Write) -> io::Result<()> {
    let info = module.info();
    listed(out, "memories", &info.memories, info.imported_memories)?;
    listed(out, "tables", &info.tables, info.imported_tables)?;
    counted(out, "functions", info.functions.len(), info.imported_functions)?;
    counted(out, "globals", info.globals.len(), info.imported_globals)
}

fn listed<T: Display>(out: &mut dyn Write, title: &str, types: &[T], imported: u32) -> io::Result<()> {
    counted(out, title, types.len(), imported)?;
    types.iter().try_for_each(|ty| writeln!(out, "  {ty}"))
}

fn counted(out: &mut dyn Write, title: &str, count: usize, imported: u32) -> io::Result<()> {
    match imported {
        0 => writeln!(out, "{title}: {count}"),
        _ => writeln!(out, "{title}: {count} ({imported} imported)"),
    }
}

fn contents(module: &Module, out: &mut dyn Write) -> io::Result<()> {
    let info = module.info();
    let data_bytes: usize = info.data.iter().map(|segment| segment.range.len()).sum();
    let body_bytes: usize = info.bodies.iter().map(|body| body.len()).sum();
    writeln!(out, "element segments: {}", info.elements.len())?;
    writeln!(out, "data segments: {} ({data_bytes} bytes)", info.data.len())?;
    writeln!(out, "function bodies: {} ({body_bytes} bytes)", info.bodies.len())?;
    let features = module.features_used();
    writeln!(out, "features: {}", if features.is_empty() { "none".to_string() } else { features.join(", ") })?;
    let mut customs = module.custom_sections().peekable();
    if customs.peek().is_some() {
        writeln!(out, "custom sections:")?;
    }
    customs.try_for_each(|(name, bytes)| writeln!(out, "  {name}: {} bytes", bytes.len()))
}
