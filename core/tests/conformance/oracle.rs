//! The same scenarios on wasmtime, as far as WebAssembly itself decides what must come out: whoever wrote a scenario
//! may have been wrong, and so may all of our engines at once.

use crate::{
    scenario::{Does, Expected, HostFunction, Limits, Scenario, Settings, Step},
    values::{agrees, from_hex, parse},
};
use std::collections::HashMap;
use wasmtime::{
    AsContextMut, Caller, Engine, Error, Extern, ExternRef, Func, FuncType, Instance, Linker, Module, Ref, Result,
    Store, Trap, Val, ValType, WasmBacktrace, bail,
};

/// Arguments of all calls by `module.name`.
type Records = HashMap<String, Vec<Vec<String>>>;

/// Whether nothing in the scenario is wasmrt's own to decide.
pub fn applies(scenario: &Scenario) -> bool {
    let own = |step: &Step| matches!(step, Step::Close { .. } | Step::Fuel { .. } | Step::SetFuel { .. });
    let has_default_settings = scenario.config == Settings::default() && scenario.limits == Limits::default();
    has_default_settings && scenario.timeout_ms.is_none() && !scenario.steps.iter().any(own)
}

struct Oracle<'s> {
    scenario: &'s Scenario,
    engine: Engine,
    store: Store<Records>,
    linker: Linker<Records>,
    instances: HashMap<String, Instance>,
}

/// Runs all steps. The error says in which one wasmtime found something else.
pub fn run(scenario: &Scenario) -> std::result::Result<(), String> {
    let mut config = wasmtime::Config::new();
    config.wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable);
    let engine = Engine::new(&config).map_err(|error| error.to_string())?;
    let mut linker = Linker::new(&engine);
    for function in &scenario.host {
        define(&engine, &mut linker, function).map_err(|error| error.to_string())?;
    }
    let store = Store::new(&engine, Records::new());
    let mut oracle = Oracle { scenario, engine, store, linker, instances: HashMap::new() };
    for (index, step) in scenario.steps.iter().enumerate() {
        oracle.step(step).map_err(|found| format!("  step {index}: {step:?}\n  wasmtime: {found:?}"))?;
    }
    Ok(())
}

impl Oracle<'_> {
    fn module(&self, name: &str) -> Result<Module> {
        match self.scenario.modules[name].strip_prefix("hex:") {
            Some(digits) => Module::from_binary(&self.engine, &from_hex(digits)),
            None => Module::from_binary(&self.engine, &wat::parse_str(&self.scenario.modules[name])?),
        }
    }

    fn export(&mut self, path: &str) -> Extern {
        let (instance, name) = path.split_once('.').expect("instance.name");
        self.instances[instance].get_export(&mut self.store, name).expect("an export")
    }

    fn value(&mut self, text: &str) -> Result<Val> {
        Ok(match text.split_once(':').expect("type:value") {
            ("funcref", "null") => Val::FuncRef(None),
            ("funcref", path) => Val::FuncRef(self.export(path).into_func()),
            ("externref", "null") => Val::ExternRef(None),
            ("externref", number) => Val::ExternRef(Some(ExternRef::new(&mut self.store, number.parse::<u64>()?)?)),
            _ => match parse(text, |_| unreachable!("no reference")) {
                wasmrt::Val::I32(value) => Val::I32(value),
                wasmrt::Val::I64(value) => Val::I64(value),
                wasmrt::Val::F32(bits) => Val::F32(bits),
                wasmrt::Val::F64(bits) => Val::F64(bits),
                other => bail!("{other:?} is no number"),
            },
        })
    }

    fn reference(&mut self, text: &str) -> Result<Ref> {
        match self.value(text)? {
            Val::FuncRef(func) => Ok(Ref::Func(func)),
            Val::ExternRef(object) => Ok(Ref::Extern(object)),
            other => bail!("{other:?} is no reference"),
        }
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Compile { compile, error } => ended(self.module(compile), error),
            Step::Instantiate { instantiate, r#as, error } => {
                let instance = self.module(instantiate).and_then(|it| self.linker.instantiate(&mut self.store, &it));
                if let Ok(instance) = instance {
                    self.linker.instance(&mut self.store, r#as, instance)?;
                    self.instances.insert(r#as.clone(), instance);
                }
                ended(instance, error)
            }
            Step::Call { call, args, results, error } => {
                let func = self.export(call).into_func().expect("a function");
                let args = args.iter().map(|text| self.value(text)).collect::<Result<Vec<_>>>()?;
                let mut found = vec![Val::I32(0); func.ty(&self.store).results().len()];
                let outcome = func.call(&mut self.store, &args, &mut found);
                let is_ok = outcome.is_ok();
                ended(outcome, error)?;
                if is_ok { self.same(results, &found) } else { Ok(()) }
            }
            Step::Recorded { recorded, calls } => {
                let found = self.store.data().get(recorded).cloned().unwrap_or_default();
                let same = |(expected, found): (&Vec<String>, &Vec<String>)| {
                    expected.len() == found.len() && expected.iter().zip(found).all(|(a, b)| a == b || agrees(a, b))
                };
                if found.len() == calls.len() && calls.iter().zip(&found).all(same) {
                    Ok(())
                } else {
                    bail!("{found:?}")
                }
            }
            Step::GlobalGet { .. } | Step::GlobalSet { .. } => self.global_step(step),
            Step::TableSize { .. } | Step::TableGet { .. } | Step::TableSet { .. } | Step::TableGrow { .. } => {
                self.table_step(step)
            }
            _ => self.memory_step(step),
        }
    }

    fn memory_step(&mut self, step: &Step) -> Result<()> {
        let (Step::MemorySize { memory_size: path, .. }
        | Step::MemoryGrow { memory_grow: path, .. }
        | Step::MemoryWrite { memory_write: path, .. }
        | Step::MemoryRead { memory_read: path, .. }
        | Step::MemoryReadOutside { memory_read: path, .. }) = step
        else {
            bail!("not about memories")
        };
        let memory = self.export(path).into_memory().expect("a memory");
        match step {
            Step::MemorySize { pages, .. } => equal(*pages, memory.size(&self.store)),
            Step::MemoryGrow { delta, previous, .. } => equal(*previous, memory.grow(&mut self.store, *delta).ok()),
            Step::MemoryWrite { offset, bytes, out_of_bounds, .. } => {
                equal(*out_of_bounds, memory.write(&mut self.store, *offset, &from_hex(bytes)).is_err())
            }
            Step::MemoryRead { offset, bytes, .. } => {
                let mut found = vec![0; from_hex(bytes).len()];
                memory.read(&self.store, *offset, &mut found)?;
                equal(from_hex(bytes), found)
            }
            Step::MemoryReadOutside { offset, length, .. } => {
                equal(true, memory.read(&self.store, *offset, &mut vec![0; *length]).is_err())
            }
            _ => bail!("not about memories"),
        }
    }

    fn global_step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::GlobalGet { global_get, value, .. } => {
                let found = self.export(global_get).into_global().expect("a global").get(&mut self.store);
                self.same(value.as_slice(), &[found])
            }
            Step::GlobalSet { global_set, value, error } => {
                let (global, value) = (self.export(global_set).into_global().expect("a global"), self.value(value)?);
                ended(global.set(&mut self.store, value), error)
            }
            _ => bail!("not about globals"),
        }
    }

    fn table_step(&mut self, step: &Step) -> Result<()> {
        let (Step::TableSize { table_size: path, .. }
        | Step::TableGet { table_get: path, .. }
        | Step::TableSet { table_set: path, .. }
        | Step::TableGrow { table_grow: path, .. }) = step
        else {
            bail!("not about tables")
        };
        let table = self.export(path).into_table().expect("a table");
        match step {
            Step::TableSize { elements, .. } => equal(*elements, table.size(&self.store)),
            Step::TableGet { index, value, error, .. } => match table.get(&mut self.store, *index) {
                None => equal(true, error.is_some()),
                Some(Ref::Func(func)) => self.same(value.as_slice(), &[Val::FuncRef(func)]),
                Some(Ref::Extern(object)) => self.same(value.as_slice(), &[Val::ExternRef(object)]),
                Some(other) => bail!("{other:?}"),
            },
            Step::TableSet { index, value, error, .. } => {
                let set = self.reference(value).and_then(|value| table.set(&mut self.store, *index, value));
                // wasmtime words a wrong index as a trap.
                equal(error.is_some(), set.is_err())
            }
            Step::TableGrow { delta, value, previous, .. } => {
                let value = self.reference(value)?;
                equal(*previous, table.grow(&mut self.store, *delta, value).ok())
            }
            _ => bail!("not about tables"),
        }
    }

    fn same(&mut self, expected: &[String], found: &[Val]) -> Result<()> {
        let found = found.iter().map(|value| show(&mut self.store, value)).collect::<Result<Vec<_>>>()?;
        let is_same = expected.len() == found.len()
            && expected.iter().zip(&found).all(|(expected, found)| agrees(expected, found));
        if is_same { Ok(()) } else { bail!("{found:?}") }
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(expected: T, found: T) -> Result<()> {
    if expected == found { Ok(()) } else { bail!("{found:?}") }
}

/// Both succeed or both fail; traps are compared with their functions.
fn ended<T>(found: Result<T>, expected: &Option<Expected>) -> Result<()> {
    let (error, expected) = match (found, expected) {
        (Ok(_), None) => return Ok(()),
        (Ok(_), Some(_)) => bail!("success"),
        (Err(error), None) => return Err(error),
        (Err(error), Some(expected)) => (error, expected),
    };
    let code = error.downcast_ref::<Trap>().map(code);
    let functions: Option<Vec<Option<String>>> = error
        .downcast_ref::<WasmBacktrace>()
        .map(|trace| trace.frames().iter().map(|frame| frame.func_name().map(str::to_owned)).collect());
    let same_code = expected.code.is_none() || expected.code.as_deref() == code || is_table_access(expected, code);
    let same_functions = expected.functions.is_none() || functions.is_none() || expected.functions == functions;
    if same_code && same_functions && (code.is_some() == (expected.kind == "trap")) { Ok(()) } else { Err(error) }
}

/// wasmtime has one trap for what the specification's suite words in two ways.
fn is_table_access(expected: &Expected, code: Option<&str>) -> bool {
    expected.code.as_deref() == Some("UndefinedElement") && code == Some("TableOutOfBounds")
}

fn code(trap: &Trap) -> &'static str {
    match trap {
        Trap::StackOverflow => "StackOverflow",
        Trap::MemoryOutOfBounds => "MemoryOutOfBounds",
        Trap::TableOutOfBounds => "TableOutOfBounds",
        Trap::IndirectCallToNull => "UninitializedElement",
        Trap::BadSignature => "IndirectCallTypeMismatch",
        Trap::IntegerOverflow => "IntegerOverflow",
        Trap::IntegerDivisionByZero => "IntegerDivideByZero",
        Trap::BadConversionToInteger => "InvalidConversionToInteger",
        Trap::UnreachableCodeReached => "Unreachable",
        _ => "another trap",
    }
}

fn show(mut store: impl AsContextMut, value: &Val) -> Result<String> {
    Ok(match value {
        Val::I32(value) => format!("i32:{value}"),
        Val::I64(value) => format!("i64:{value}"),
        Val::F32(bits) => format!("f32:{bits:#010x}"),
        Val::F64(bits) => format!("f64:{bits:#018x}"),
        Val::FuncRef(func) => format!("funcref:{}", if func.is_some() { "any" } else { "null" }),
        Val::ExternRef(None) => "externref:null".to_owned(),
        Val::ExternRef(Some(object)) => {
            let object = object.data(store.as_context_mut())?.and_then(|object| object.downcast_ref::<u64>());
            format!("externref:{}", object.expect("a number"))
        }
        other => bail!("{other:?}"),
    })
}

fn define(engine: &Engine, linker: &mut Linker<Records>, function: &HostFunction) -> Result<()> {
    let types = |names: &[String]| names.iter().map(|name| value_type(name)).collect::<Vec<_>>();
    let ty = FuncType::new(engine, types(&function.params), types(&function.results));
    let name = format!("{}.{}", function.module, function.name);
    let does = function.does.clone();
    let body = move |mut caller: Caller<'_, Records>, params: &[Val], results: &mut [Val]| {
        let record = match does {
            Does::Read(_) => vec![read(&mut caller, params)?],
            _ => params.iter().map(|value| show(&mut caller, value)).collect::<Result<_>>()?,
        };
        caller.data_mut().entry(name.clone()).or_default().push(record);
        act(&does, &mut caller, params, results)
    };
    linker.func_new(&function.module, &function.name, ty, body)?;
    Ok(())
}

fn act(does: &Does, caller: &mut Caller<'_, Records>, params: &[Val], results: &mut [Val]) -> Result<()> {
    match does {
        Does::Return(values) => {
            for (result, text) in results.iter_mut().zip(values) {
                *result = match parse(text, |_| unreachable!("no reference")) {
                    wasmrt::Val::I32(value) => Val::I32(value),
                    wasmrt::Val::I64(value) => Val::I64(value),
                    wasmrt::Val::F32(bits) => Val::F32(bits),
                    wasmrt::Val::F64(bits) => Val::F64(bits),
                    other => bail!("{other:?} is no number"),
                };
            }
        }
        Does::Echo => results.copy_from_slice(params),
        Does::Fail(message) => bail!("{message}"),
        Does::Exit(code) => return Err(Error::msg(format!("exit with code {code}"))),
        Does::Call(name) => {
            let func: Func = caller.get_export(name).and_then(Extern::into_func).expect("an exported function");
            func.call(caller, params, results)?;
        }
        Does::Read(_) => {}
    }
    Ok(())
}

fn read(caller: &mut Caller<'_, Records>, params: &[Val]) -> Result<String> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory).expect("an exported memory");
    let mut bytes = vec![0; params[1].unwrap_i32() as u32 as usize];
    memory.read(caller, params[0].unwrap_i32() as u32 as usize, &mut bytes)?;
    Ok(String::from_utf8(bytes)?)
}

fn value_type(name: &str) -> ValType {
    match name {
        "i32" => ValType::I32,
        "i64" => ValType::I64,
        "f32" => ValType::F32,
        "f64" => ValType::F64,
        "funcref" => ValType::FUNCREF,
        "externref" => ValType::EXTERNREF,
        _ => panic!("no type is called {name:?}"),
    }
}
