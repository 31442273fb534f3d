//! `wasmrt run`: a module → its exit code, or the results of one exported function.

use crate::{
    failure::Failure,
    input,
    options::{DirMapping, EngineChoice, parse_dir, parse_duration, parse_env},
    values,
};
use std::{
    ffi::OsString,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};
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
    #[arg(long, value_enum, default_value_t)]
    engine: EngineChoice,
    /// Trap after this many operators.
    #[arg(long, value_name = "N")]
    fuel: Option<u64>,
    /// Stop the guest after this time: seconds, or a number with ms, s or m.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    timeout: Option<Duration>,
    /// Tell on standard error how long compiling and running took: `compile_ms=N run_ms=N`.
    #[arg(long)]
    time: bool,
    /// Never let a memory of the guest grow beyond this size.
    #[arg(long, value_name = "N")]
    max_memory_bytes: Option<u64>,
    /// The module, in binary or text form, and arguments for the guest, passed on untouched.
    // One argument for both, since the parser leaves alone only what follows the first value of the last argument.
    #[arg(required = true, trailing_var_arg = true, value_names = ["FILE", "ARGS"])]
    command: Vec<OsString>,
}

/// Runs the guest; the answer is its exit code.
pub fn run(args: Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let Some((file, guest_args)) = args.command.split_first() else {
        return Err(Failure::Usage("no module is given".to_string()));
    };
    let file = Path::new(file);
    let engine = engine(&args)?;
    let bytes = input::read(file)?;
    let compiling = Instant::now();
    let module = Module::new(&engine, &bytes).map_err(|error| input::module_failure(file, &error))?;
    let compile_time = compiling.elapsed();
    let mut store = store(&engine, &args)?;
    let mut linker = Linker::new(&engine);
    wasmrt_wasi::add_to_linker(&mut linker, |wasi: &mut WasiCtx| wasi)?;
    let running = Instant::now();
    let result = start(&args, guest_args, &linker, &mut store, &module, out);
    if args.time {
        let (compile_ms, run_ms) = (compile_time.as_millis(), running.elapsed().as_millis());
        eprintln!("compile_ms={compile_ms} run_ms={run_ms}");
    }
    match result {
        Err(Failure::Runtime(error)) if error.exit_code().is_some() => {
            // An exit code has 8 bits on the systems this runs on; the guest's lower ones go through.
            Ok(error.exit_code().unwrap_or_default() as u8)
        }
        other => other.map(|()| 0),
    }
}

fn engine(args: &Args) -> Result<Engine, Failure> {
    let mut config = Config::new();
    config.strategy(args.engine.strategy()).consume_fuel(args.fuel.is_some()).interruption(args.timeout.is_some());
    Ok(Engine::new(&config)?)
}

fn store(engine: &Engine, args: &Args) -> Result<Store<WasiCtx>, Failure> {
    let mut wasi = WasiConfig::new();
    wasi.inherit_stdio();
    // The first one is the guest's own name. With --invoke the others are the function's.
    let own_name = args.argv0.iter().chain(&args.command).take(1);
    let others = if args.invoke.is_some() { &[] } else { &args.command[1..] };
    wasi.args(own_name.chain(others).map(|arg| arg.as_encoded_bytes()));
    if args.inherit_env {
        wasi.inherit_env();
    }
    for (name, value) in &args.env {
        wasi.env(name, value);
    }
    for dir in &args.dir {
        wasi.preopen_dir(&dir.host, &dir.guest).map_err(|error| Failure::Message(format!("{}: {error}", dir.host)))?;
    }
    let store = Store::new(engine, wasi.build()?);
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
        .get_func(store, name)
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
