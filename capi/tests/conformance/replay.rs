//! Runs one scenario on one engine.

use crate::{
    hosts::{self, Records},
    library::{Answer, Failure, call, get, lent},
    scenario::{Expected, Scenario, Step},
    values::{Pins, matches, parse, show, unpin},
};
use std::{
    collections::HashMap,
    ptr,
    sync::{Arc, Mutex},
};
use wasmrt_capi::*;

struct Replay<'s> {
    scenario: &'s Scenario,
    engine: *mut wasmrt_engine,
    store: *mut wasmrt_store,
    linker: *mut wasmrt_linker,
    instances: HashMap<String, wasmrt_instance>,
    /// By `instance.name`, looked up once.
    exports: HashMap<String, wasmrt_extern>,
    records: Arc<Mutex<Records>>,
    pins: Pins,
}

/// What went wrong in a step.
type Outcome = Result<(), String>;

/// Runs all steps. The error says which one failed, what was expected and what was found.
pub fn run(scenario: &Scenario, strategy: wasmrt_strategy) -> Outcome {
    let mut replay =
        Replay::new(scenario, strategy).map_err(|failure| format!("  before the first step: {failure:?}"))?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let outcome = replay.step(step);
        unpin(replay.store, &mut replay.pins);
        unpin(replay.store, &mut replay.records.lock().expect("no callback panics").pins);
        outcome.map_err(|failure| format!("  step {index}: {step:?}\n  {failure}"))?;
    }
    Ok(())
}

impl Drop for Replay<'_> {
    fn drop(&mut self) {
        // SAFETY: [c-owned] made by `new`, and nothing uses them any more.
        unsafe {
            wasmrt_linker_delete(self.linker);
            wasmrt_store_delete(self.store);
            wasmrt_engine_delete(self.engine);
        }
        assert_eq!(Arc::strong_count(&self.records), 1, "every host function's finalizer has run");
    }
}

fn engine(scenario: &Scenario, strategy: wasmrt_strategy) -> Answer<*mut wasmrt_engine> {
    let config = wasmrt_config_new();
    let settings = &scenario.config;
    call!(wasmrt_config_set_strategy(config, strategy as u32))?;
    call!(wasmrt_config_set_consume_fuel(config, settings.fuel.into()))?;
    call!(wasmrt_config_set_interruption(config, settings.interruption.into()))?;
    if let Some(bytes) = settings.max_stack_bytes {
        call!(wasmrt_config_set_max_stack_bytes(config, bytes))?;
    }
    let engine = get!(wasmrt_engine_new(config));
    // SAFETY: [c-owned]
    unsafe { wasmrt_config_delete(config) };
    engine
}

impl<'s> Replay<'s> {
    fn new(scenario: &'s Scenario, strategy: wasmrt_strategy) -> Answer<Replay<'s>> {
        let engine = engine(scenario, strategy)?;
        let store = get!(wasmrt_store_new(engine))?;
        let given = &scenario.limits;
        let limit = |limit: Option<u64>| {
            assert_ne!(limit, Some(0), "0 stands for no limit in C: not_in");
            limit.unwrap_or(0)
        };
        let limits = wasmrt_store_limits {
            size: size_of::<wasmrt_store_limits>(),
            memory_bytes: limit(given.memory_bytes),
            table_elements: limit(given.table_elements),
            instances: limit(given.instances),
            memories: limit(given.memories),
            tables: limit(given.tables),
        };
        call!(wasmrt_store_set_limits(store, &raw const limits))?;
        call!(wasmrt_store_set_timeout(store, scenario.timeout_ms.unwrap_or(0) * 1_000_000))?;
        if let Some(fuel) = scenario.fuel {
            call!(wasmrt_store_set_fuel(store, fuel))?;
        }
        let linker = get!(wasmrt_linker_new(engine))?;
        let (instances, exports, records) = (HashMap::new(), HashMap::new(), Arc::default());
        let replay = Replay { scenario, engine, store, linker, instances, exports, records, pins: Pins::new() };
        for function in &scenario.host {
            hosts::define(linker, function, &replay.records)?;
        }
        Ok(replay)
    }

    fn module(&self, name: &str) -> Answer<*mut wasmrt_module> {
        let text = self.scenario.modules.get(name).unwrap_or_else(|| panic!("no module is called {name:?}"));
        match text.strip_prefix("hex:") {
            Some(digits) => {
                let bytes = from_hex(digits);
                get!(wasmrt_module_from_binary(self.engine, bytes.as_ptr(), bytes.len()))
            }
            None => get!(wasmrt_module_new(self.engine, text.as_ptr(), text.len())),
        }
    }

    fn compile(&self, name: &str) -> Answer<()> {
        let module = self.module(name)?;
        // SAFETY: [c-owned]
        unsafe { wasmrt_module_delete(module) };
        Ok(())
    }

    fn instantiate(&mut self, module: &str, name: &str) -> Answer<()> {
        let module = self.module(module)?;
        let instantiated = self.instantiate_module(module, name);
        // SAFETY: [c-owned] instances keep what they need of it.
        unsafe { wasmrt_module_delete(module) };
        instantiated
    }

    fn instantiate_module(&mut self, module: *mut wasmrt_module, name: &str) -> Answer<()> {
        let instance = get!(wasmrt_linker_instantiate(self.linker, self.store, module))?;
        call!(wasmrt_linker_define_instance(
            self.linker,
            self.store,
            name.as_ptr().cast(),
            name.len(),
            &raw const instance
        ))?;
        // SAFETY: [c-borrow]
        for index in 0..unsafe { wasmrt_module_exports_len(module) } {
            let export = get!(wasmrt_module_export(module, index))?;
            let item = get!(wasmrt_instance_export(self.store, &raw const instance, export.name, export.name_len))?;
            // SAFETY: [c-slice] the name is borrowed from the module, which is alive.
            let export = unsafe { lent(export.name, export.name_len) };
            self.exports.insert(format!("{name}.{export}"), item);
        }
        self.instances.insert(name.to_owned(), instance);
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Compile { compile, error } => ended(self.compile(compile), error.as_ref()),
            Step::Instantiate { instantiate, r#as, error } => {
                ended(self.instantiate(instantiate, r#as), error.as_ref())
            }
            Step::Call { call, args, results, error } => self.call(call, args, results, error.as_ref()),
            Step::Fuel { fuel } => equal(fuel, &get!(wasmrt_store_fuel(self.store)).map_err(unexpected)?),
            Step::SetFuel { set_fuel } => call!(wasmrt_store_set_fuel(self.store, *set_fuel)).map_err(unexpected),
            Step::Close { close, error } => {
                ended(call!(wasmrt_instance_close(self.store, &raw const self.instances[close])), error.as_ref())
            }
            Step::Recorded { recorded, calls } => {
                self.records.lock().expect("no callback panics").check(recorded, calls)
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
        let args: Vec<wasmrt_val> = args.iter().map(|text| self.value(text)).collect();
        // A function that is gone has no type any more; the call itself says why.
        let count = get!(wasmrt_func_ty(self.store, &raw const func)).map_or(expected.len(), |ty| ty.results_len);
        let nothing = wasmrt_val { r#type: 0, reserved: 0, of: wasmrt_val_payload { v128: [0; 2] } };
        let mut results = vec![nothing; count];
        let outcome = call!(wasmrt_func_call(
            self.store,
            &raw const func,
            args.as_ptr(),
            args.len(),
            results.as_mut_ptr(),
            results.len()
        ));
        let is_ok = outcome.is_ok();
        ended(outcome, error)?;
        let found: Vec<String> = results.iter().map(|result| show(self.store, result)).collect();
        let same = found.len() == expected.len()
            && expected.iter().zip(&found).all(|(expected, found)| matches(expected, found));
        if same || !is_ok { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
    }

    fn memory_step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::MemorySize { memory_size, pages } => {
                let memory = self.memory(memory_size);
                equal(pages, &get!(wasmrt_memory_size(self.store, &raw const memory)).map_err(unexpected)?)
            }
            Step::MemoryGrow { memory_grow, delta, previous } => {
                let memory = self.memory(memory_grow);
                grown(get!(wasmrt_memory_grow(self.store, &raw const memory, *delta)), *previous)
            }
            Step::MemoryWrite { memory_write, offset, bytes, out_of_bounds } => {
                let (memory, bytes, offset) = (self.memory(memory_write), from_hex(bytes), *offset as u64);
                let (data, len) = (bytes.as_ptr(), bytes.len());
                let written = call!(wasmrt_memory_write(self.store, &raw const memory, offset, data, len));
                ended(written, out_of_bounds.then(|| Expected::of_kind("usage")).as_ref())
            }
            Step::MemoryRead { memory_read, offset, bytes } => {
                let expected = from_hex(bytes);
                equal(&expected, &self.read(memory_read, *offset, expected.len()).map_err(unexpected)?)
            }
            Step::MemoryReadOutside { memory_read, offset, length, out_of_bounds } => {
                assert!(out_of_bounds, "a length is given where reading is refused");
                ended(self.read(memory_read, *offset, *length), Some(&Expected::of_kind("usage")))
            }
            _ => unreachable!("not about memories: {step:?}"),
        }
    }

    fn read(&self, path: &str, offset: usize, len: usize) -> Answer<Vec<u8>> {
        let (memory, mut bytes) = (self.memory(path), vec![0; len]);
        call!(wasmrt_memory_read(self.store, &raw const memory, offset as u64, bytes.as_mut_ptr(), len))?;
        Ok(bytes)
    }

    fn global_or_table_step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::GlobalGet { global_get, value, error } => {
                let global = self.global(global_get);
                let found = get!(wasmrt_global_get(self.store, &raw const global));
                self.got(found, value.as_deref(), error.as_ref())
            }
            Step::GlobalSet { global_set, value, error } => {
                let (global, value) = (self.global(global_set), self.value(value));
                ended(call!(wasmrt_global_set(self.store, &raw const global, &raw const value)), error.as_ref())
            }
            Step::TableSize { table_size, elements } => {
                let table = self.table(table_size);
                equal(elements, &get!(wasmrt_table_size(self.store, &raw const table)).map_err(unexpected)?)
            }
            Step::TableGet { table_get, index, value, error } => {
                let table = self.table(table_get);
                let found = get!(wasmrt_table_get(self.store, &raw const table, *index));
                self.got(found, value.as_deref(), error.as_ref())
            }
            Step::TableSet { table_set, index, value, error } => {
                let (table, value) = (self.table(table_set), self.value(value));
                let set = call!(wasmrt_table_set(self.store, &raw const table, *index, &raw const value));
                ended(set, error.as_ref())
            }
            Step::TableGrow { table_grow, delta, value, previous } => {
                let (table, value) = (self.table(table_grow), self.value(value));
                grown(get!(wasmrt_table_grow(self.store, &raw const table, *delta, &raw const value)), *previous)
            }
            _ => unreachable!("neither about globals nor about tables: {step:?}"),
        }
    }

    fn got(&self, found: Answer<wasmrt_val>, value: Option<&str>, error: Option<&Expected>) -> Outcome {
        assert!(value.is_some() != error.is_some(), "either a value or an error is expected");
        match (found.map(|found| show(self.store, &found)), value) {
            (Ok(found), Some(value)) if matches(value, &found) => Ok(()),
            (Ok(found), Some(value)) => Err(format!("expected {value}, found {found}")),
            (found, _) => ended(found, error),
        }
    }

    fn export(&self, path: &str) -> *const wasmrt_extern {
        ptr::from_ref(self.exports.get(path).unwrap_or_else(|| panic!("{path:?} was never exported")))
    }

    fn func(&self, path: &str) -> wasmrt_func {
        get!(wasmrt_extern_as_func(self.export(path))).expect("the export is a function")
    }

    fn memory(&self, path: &str) -> wasmrt_memory {
        get!(wasmrt_extern_as_memory(self.export(path))).expect("the export is a memory")
    }

    fn global(&self, path: &str) -> wasmrt_global {
        get!(wasmrt_extern_as_global(self.export(path))).expect("the export is a global")
    }

    fn table(&self, path: &str) -> wasmrt_table {
        get!(wasmrt_extern_as_table(self.export(path))).expect("the export is a table")
    }

    fn value(&mut self, text: &str) -> wasmrt_val {
        let mut pins = std::mem::take(&mut self.pins);
        let value = parse(text, self.store, &mut pins, |path| self.func(path));
        self.pins = pins;
        value
    }
}

fn unexpected(failure: Failure) -> String {
    format!("expected success, found {failure:?}")
}

fn equal<T: PartialEq + std::fmt::Debug>(expected: &T, found: &T) -> Outcome {
    if expected == found { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
}

fn grown(found: Answer<u64>, previous: Option<u64>) -> Outcome {
    match (found, previous) {
        (Ok(found), Some(previous)) => equal(&previous, &found),
        (found, None) => ended(found, Some(&Expected::of_kind("limit"))),
        (Err(failure), Some(_)) => Err(unexpected(failure)),
    }
}

/// Checks success or failure.
fn ended<T>(found: Answer<T>, expected: Option<&Expected>) -> Outcome {
    match (found, expected) {
        (Ok(_), None) => Ok(()),
        (Ok(_), Some(expected)) => Err(format!("expected {expected:?}, found success")),
        (Err(failure), None) => Err(unexpected(failure)),
        (Err(failure), Some(expected)) if expected.holds_for(&failure) => Ok(()),
        (Err(failure), Some(expected)) => Err(format!("expected {expected:?}\n  found {failure:?}")),
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|digit| !digit.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("two digits");
    digits.chunks(2).map(byte).collect()
}
