//! Runs one scenario on one engine.

use crate::{
    hosts::{self, Records},
    scenario::{Expected, Scenario, Step},
    values::{from_hex, matches, parse, show},
};
use std::{collections::HashMap, time::Duration};
use wasmrt::{
    Config, Engine, Error, Extern, Func, Global, Instance, Linker, Memory, Module, Result, Store, StoreLimits,
    Strategy, Table, Val, types::ValType,
};

struct Replay<'s> {
    scenario: &'s Scenario,
    engine: Engine,
    store: Store<Records>,
    linker: Linker<Records>,
    instances: HashMap<String, Instance>,
    /// By `instance.name`, looked up once.
    exports: HashMap<String, Extern>,
}

/// What went wrong in a step.
type Outcome = std::result::Result<(), String>;

/// Runs all steps. The error says which one failed, what was expected and what was found.
pub fn run(scenario: &Scenario, strategy: Strategy) -> Outcome {
    let mut replay = Replay::new(scenario, strategy).map_err(|error| format!("  before the first step: {error:?}"))?;
    for (index, step) in scenario.steps.iter().enumerate() {
        replay.step(step).map_err(|failure| format!("  step {index}: {step:?}\n  {failure}"))?;
    }
    Ok(())
}

impl<'s> Replay<'s> {
    fn new(scenario: &'s Scenario, strategy: Strategy) -> Result<Replay<'s>> {
        let mut config = Config::new();
        config.strategy(strategy).consume_fuel(scenario.config.fuel).interruption(scenario.config.interruption);
        if let Some(bytes) = scenario.config.max_stack_bytes {
            config.max_stack_bytes(bytes);
        }
        let engine = Engine::new(&config)?;
        let store = Store::new(&engine, Records::new());
        let limits = &scenario.limits;
        store.set_limits(StoreLimits {
            memory_bytes: limits.memory_bytes,
            table_elements: limits.table_elements,
            instances: limits.instances,
            memories: limits.memories,
            tables: limits.tables,
            ..StoreLimits::default()
        });
        store.set_timeout(scenario.timeout_ms.map(Duration::from_millis));
        if let Some(fuel) = scenario.fuel {
            store.set_fuel(fuel)?;
        }
        let mut linker = Linker::new(&engine);
        scenario.host.iter().try_for_each(|function| hosts::define(&mut linker, function))?;
        Ok(Replay { scenario, engine, store, linker, instances: HashMap::new(), exports: HashMap::new() })
    }

    fn module(&self, name: &str) -> Result<Module> {
        let text = self.scenario.modules.get(name).unwrap_or_else(|| panic!("no module is called {name:?}"));
        match text.strip_prefix("hex:") {
            Some(digits) => Module::from_binary(&self.engine, &from_hex(digits)),
            None => Module::new(&self.engine, text),
        }
    }

    fn instantiate(&mut self, module: &str, name: &str) -> Result<()> {
        let module = self.module(module)?;
        let instance = self.linker.instantiate(&mut self.store, &module)?;
        self.linker.instance(&self.store, name, instance)?;
        for (export, item) in instance.exports(&self.store)? {
            self.exports.insert(format!("{name}.{export}"), item);
        }
        self.instances.insert(name.to_owned(), instance);
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Compile { compile, error } => ended(self.module(compile), error.as_ref()),
            Step::Instantiate { instantiate, r#as, error } => {
                ended(self.instantiate(instantiate, r#as), error.as_ref())
            }
            Step::Call { call, args, results, error } => self.call(call, args, results, error.as_ref()),
            Step::Fuel { fuel } => equal(fuel, &self.store.fuel().map_err(unexpected)?),
            Step::SetFuel { set_fuel } => self.store.set_fuel(*set_fuel).map_err(unexpected),
            Step::Close { close, error } => ended(self.instances[close].close(&self.store), error.as_ref()),
            Step::Recorded { recorded, calls } => {
                let found = self.store.data().get(recorded).map_or(&[][..], Vec::as_slice);
                let is_same = found.len() == calls.len()
                    && found.iter().zip(calls).all(|(found, expected)| found.matches(expected));
                if is_same { Ok(()) } else { Err(format!("expected {calls:?}, found {found:?}")) }
            }
            Step::MemorySize { .. }
            | Step::MemoryGrow { .. }
            | Step::MemoryWrite { .. }
            | Step::MemoryRead { .. }
            | Step::MemoryReadOutside { .. } => self.memory_step(step),
            _ => self.global_or_table_step(step),
        }
    }

    fn call(&mut self, path: &str, args: &[String], expected: &[String], error: Option<&Expected>) -> Outcome {
        let func = self.func(path);
        let args: Vec<Val> = args.iter().map(|text| self.value(text)).collect();
        // A function that is gone has no type any more; the call itself says why.
        let count = func.ty(&self.store).map_or(expected.len(), |ty| ty.results().len());
        let mut results = vec![Val::default_for(ValType::I32); count];
        let outcome = func.call(&mut self.store, &args, &mut results);
        let is_ok = outcome.is_ok();
        ended(outcome, error)?;
        let same = results.len() == expected.len()
            && expected.iter().zip(&results).all(|(expected, found)| matches(expected, found));
        if same || !is_ok { Ok(()) } else { Err(format!("expected {expected:?}, found {:?}", all(&results))) }
    }

    fn memory_step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::MemorySize { memory_size, pages } => {
                equal(pages, &self.memory(memory_size).size(&self.store).map_err(unexpected)?)
            }
            Step::MemoryGrow { memory_grow, delta, previous } => {
                grown(self.memory(memory_grow).grow(&mut self.store, *delta), *previous)
            }
            Step::MemoryWrite { memory_write, offset, bytes, out_of_bounds } => {
                let written = self.memory(memory_write).write(&mut self.store, *offset, &from_hex(bytes));
                ended(written, out_of_bounds.then(Expected::usage).as_ref())
            }
            Step::MemoryRead { memory_read, offset, bytes } => {
                let expected = from_hex(bytes);
                let mut found = vec![0; expected.len()];
                self.memory(memory_read).read(&self.store, *offset, &mut found).map_err(unexpected)?;
                equal(&expected, &found)
            }
            Step::MemoryReadOutside { memory_read, offset, length, out_of_bounds } => {
                assert!(out_of_bounds, "a length is given where reading is refused");
                let read = self.memory(memory_read).read(&self.store, *offset, &mut vec![0; *length]);
                ended(read, Some(&Expected::usage()))
            }
            _ => unreachable!("not about memories: {step:?}"),
        }
    }

    fn global_or_table_step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::GlobalGet { global_get, value, error } => {
                got(self.global(global_get).get(&self.store), value.as_deref(), error.as_ref())
            }
            Step::GlobalSet { global_set, value, error } => {
                let (global, value) = (self.global(global_set), self.value(value));
                ended(global.set(&mut self.store, value), error.as_ref())
            }
            Step::TableSize { table_size, elements } => {
                equal(elements, &self.table(table_size).size(&self.store).map_err(unexpected)?)
            }
            Step::TableGet { table_get, index, value, error } => {
                got(self.table(table_get).get(&self.store, *index), value.as_deref(), error.as_ref())
            }
            Step::TableSet { table_set, index, value, error } => {
                let (table, value) = (self.table(table_set), self.value(value));
                ended(table.set(&mut self.store, *index, value), error.as_ref())
            }
            Step::TableGrow { table_grow, delta, value, previous } => {
                let (table, value) = (self.table(table_grow), self.value(value));
                grown(table.grow(&mut self.store, *delta, value), *previous)
            }
            _ => unreachable!("neither about globals nor about tables: {step:?}"),
        }
    }

    fn export(&self, path: &str) -> Extern {
        *self.exports.get(path).unwrap_or_else(|| panic!("{path:?} was never exported"))
    }

    fn func(&self, path: &str) -> Func {
        self.export(path).into_func().unwrap_or_else(|| panic!("{path:?} is no function"))
    }

    fn memory(&self, path: &str) -> Memory {
        self.export(path).into_memory().unwrap_or_else(|| panic!("{path:?} is no memory"))
    }

    fn global(&self, path: &str) -> Global {
        self.export(path).into_global().unwrap_or_else(|| panic!("{path:?} is no global"))
    }

    fn table(&self, path: &str) -> Table {
        self.export(path).into_table().unwrap_or_else(|| panic!("{path:?} is no table"))
    }

    fn value(&self, text: &str) -> Val {
        parse(text, |path| self.func(path))
    }
}

fn all(values: &[Val]) -> Vec<String> {
    values.iter().map(show).collect()
}

fn unexpected(error: Error) -> String {
    format!("expected success, found {error:?}")
}

fn equal<T: PartialEq + std::fmt::Debug>(expected: &T, found: &T) -> Outcome {
    if expected == found { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
}

fn got(found: Result<Val>, value: Option<&str>, error: Option<&Expected>) -> Outcome {
    assert!(value.is_some() != error.is_some(), "either a value or an error is expected");
    match (found, value) {
        (Ok(found), Some(value)) if matches(value, &found) => Ok(()),
        (Ok(found), Some(value)) => Err(format!("expected {value}, found {}", show(&found))),
        (found, _) => ended(found, error),
    }
}

fn grown(found: Result<u64>, previous: Option<u64>) -> Outcome {
    match (found, previous) {
        (Ok(found), Some(previous)) => equal(&previous, &found),
        (found, None) => ended(found, Some(&Expected::of_kind("limit"))),
        (Err(error), Some(_)) => Err(unexpected(error)),
    }
}

/// Checks success or failure.
fn ended<T>(found: Result<T>, expected: Option<&Expected>) -> Outcome {
    match (found, expected) {
        (Ok(_), None) => Ok(()),
        (Ok(_), Some(expected)) => Err(format!("expected {expected:?}, found success")),
        (Err(error), None) => Err(unexpected(error)),
        (Err(error), Some(expected)) if expected.holds_for(&error) => Ok(()),
        (Err(error), Some(expected)) => Err(format!("expected {expected:?}\n  found {error:?}")),
    }
}

impl Expected {
    fn of_kind(kind: &str) -> Expected {
        Expected {
            kind: kind.to_owned(),
            code: None,
            message: None,
            message_has: Vec::new(),
            functions: None,
            exit_code: None,
        }
    }

    fn usage() -> Expected {
        Expected::of_kind("usage")
    }

    fn holds_for(&self, error: &Error) -> bool {
        let functions: Vec<Option<&str>> = error.backtrace().iter().map(|frame| frame.func_name.as_deref()).collect();
        error.kind().name().to_lowercase() == self.kind
            && self.code.as_deref().is_none_or(|code| error.trap_code().is_some_and(|found| found.name() == code))
            && self.message.as_deref().is_none_or(|message| error.message() == message)
            && self.message_has.iter().all(|part| error.message().contains(part))
            && self.exit_code.is_none_or(|code| error.exit_code() == Some(code))
            && self.functions.as_ref().is_none_or(|names| names.iter().map(Option::as_deref).eq(functions))
    }
}
