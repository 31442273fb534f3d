//! `wasmrt run`: a module → its exit code, or the results of one exported function.

use crate::{
    failure::Failure,
    input,
    options::{DirMapping, EngineChoice, parse_dir, parse_duration, parse_env},
    values,
};
use std::{env, ffi::OsString, io::Write, path::PathBuf, time::Duration};
use wasmrt::{Config, Engine, Func, Instance, Linker, Module, Store, StoreLimits, Val};
use wasmrt_wasi::{WasiConfig, WasiCtx};

/// Arguments of `wasmrt run`.
#[derive(clap::Args)]
pub struct Args {
    /// Set an environment variable of the guest.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_env)]
    env: Vec<(String, String)>,
    /// Give the guest all environment variables of this process.
    #[arg(long)]
    inherit_env: bool,
    /// Let the guest use a directory, under another path if one is given.
    #[arg(long, value_name = "HOST[::GUEST]", value_parser = parse_dir)]
    dir: Vec<DirMapping>,
    /// The guest's name for itself; the file's path unless given.
    #[arg(long, value_name = "NAME")]
    argv0: Option<OsString>,
    /// Call this exported function with the arguments after FILE and print its results, one per line.
    #[arg(long, value_name = "FUNC")]
    invoke: Option<String>,
    /// Which engine executes the guest.
    #[arg(long, value_enum, default_value_t = EngineChoice::Jit)]
    engine: EngineChoice,
    /// Trap after this many operators.
    #[arg(long, value_name = "N")]
    fuel: Option<u64>,
    /// Stop the guest after this time: seconds, or a number with ms, s or m.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    timeout: Option<Duration>,
    /// Never let a memory of the guest grow beyond this size.
    #[arg(long, value_name = "N")]
    max_memory_bytes: Option<u64>,
    /// The module, in binary or text form.
    file: PathBuf,
    /// Arguments for the guest, passed on untouched.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

/// Runs the guest; the answer is its exit code.
pub fn run(args: Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let guest_args = guest_args(&args, &env::args_os().collect::<Vec<_>>());
    let engine = engine(&args)?;
    let bytes = input::read(&args.file)?;
    let module = Module::new(&engine, &bytes).map_err(|error| input::module_failure(&args.file, &error))?;
    let mut store = store(&engine, &args, &guest_args)?;
    let mut linker = Linker::new(&engine);
    wasmrt_wasi::add_to_linker(&mut linker, |wasi: &mut WasiCtx| wasi)?;
    let result = start(&args, &guest_args, &linker, &mut store, &module, out);
    match result {
        Err(Failure::Runtime(error)) if error.exit_code().is_some() => {
            // An exit code has 8 bits on the systems this runs on; the guest's lower ones go through.
            Ok(error.exit_code().unwrap_or_default() as u8)
        }
        other => other.map(|()| 0),
    }
}

/// The arguments after FILE. The parser takes a `--` that comes right after FILE for its own; it is the guest's.
fn guest_args(args: &Args, command_line: &[OsString]) -> Vec<OsString> {
    let before = &command_line[..command_line.len().saturating_sub(args.args.len())];
    let taken = before.ends_with(&[args.file.clone().into_os_string(), "--".into()]);
    taken.then(|| "--".into()).into_iter().chain(args.args.iter().cloned()).collect()
}

fn engine(args: &Args) -> Result<Engine, Failure> {
    let mut config = Config::new();
    config.strategy(args.engine.strategy()).consume_fuel(args.fuel.is_some()).interruption(args.timeout.is_some());
    Ok(Engine::new(&config)?)
}

fn store(engine: &Engine, args: &Args, guest_args: &[OsString]) -> Result<Store<WasiCtx>, Failure> {
    let mut wasi = WasiConfig::new();
    wasi.inherit_stdio();
    wasi.arg(args.argv0.as_deref().unwrap_or(args.file.as_os_str()).as_encoded_bytes());
    if args.invoke.is_none() {
        wasi.args(guest_args.iter().map(|arg| arg.as_encoded_bytes()));
    }
    if args.inherit_env {
        wasi.inherit_env();
    }
    for (name, value) in &args.env {
        wasi.env(name, value);
    }
    for dir in &args.dir {
        wasi.preopen_dir(&dir.host, &dir.guest).map_err(|error| Failure::Message(format!("{}: {error}", dir.host)))?;
    }
    let mut store = Store::new(engine, wasi.build()?);
    if let Some(fuel) = args.fuel {
        store.set_fuel(fuel)?;
    }
    store.set_timeout(args.timeout);
    store.set_limits(StoreLimits { memory_bytes: args.max_memory_bytes, ..StoreLimits::default() });
    Ok(store)
}

fn start(
    args: &Args,
    guest_args: &[OsString],
    linker: &Linker<WasiCtx>,
    store: &mut Store<WasiCtx>,
    module: &Module,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let instance = linker.instantiate(&mut *store, module)?;
    let initialize = instance.get_func(&*store, "_initialize");
    if let Some(name) = &args.invoke {
        let func = exported_function(&instance, store, name)?;
        if let Some(initialize) = initialize {
            initialize.call(&mut *store, &[], &mut [])?;
        }
        return invoke(func, guest_args, store, out);
    }
    match instance.get_func(&*store, "_start").or(initialize) {
        Some(entry) => Ok(entry.call(&mut *store, &[], &mut [])?),
        None => Err(Failure::Usage(
            "the module exports neither `_start` nor `_initialize`; name a function with --invoke".to_string(),
        )),
    }
}

fn exported_function(instance: &Instance, store: &Store<WasiCtx>, name: &str) -> Result<Func, Failure> {
    instance
        .get_func(&*store, name)
        .ok_or_else(|| Failure::Usage(format!("the module exports no function named `{name}`")))
}

fn invoke(func: Func, args: &[OsString], store: &mut Store<WasiCtx>, out: &mut dyn Write) -> Result<(), Failure> {
    let ty = func.ty(&*store)?;
    if args.len() != ty.params().len() {
        let (expected, given) = (ty.params().len(), args.len());
        return Err(Failure::Usage(format!("the function has type {ty}: {expected} arguments, not {given}")));
    }
    let values = args.iter().zip(ty.params()).map(|(arg, ty)| values::parse(&arg.to_string_lossy(), *ty));
    let values = values.collect::<Result<Vec<Val>, String>>().map_err(Failure::Usage)?;
    let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for(*ty)).collect();
    func.call(&mut *store, &values, &mut results)?;
    for result in &results {
        writeln!(out, "{}", values::show(result))?;
    }
    Ok(())
}
