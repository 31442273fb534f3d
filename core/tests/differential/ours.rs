//! Runs a module on one of our engines.

use crate::{Ended, Outcome, STACK_OVERFLOW, generate::Random};
use wasmrt::{
    Config, Engine, Error, ErrorKind, Extern, Func, Instance, Module, Result, Store, Strategy, TrapCode, Val, ValType,
};

/// Fuel of each call of the metered runs; most calls need less, some more.
const FUEL: u64 = 2_000;

/// Runs everything that the module exports.
pub fn run(module: &[u8], strategy: Strategy) -> Outcome {
    execute(module, strategy, None)
}

/// The same with little fuel; what is left is part of the outcome.
pub fn run_metered(module: &[u8], strategy: Strategy) -> Outcome {
    execute(module, strategy, Some(FUEL))
}

fn execute(bytes: &[u8], strategy: Strategy, fuel: Option<u64>) -> Outcome {
    let mut config = Config::new();
    config.strategy(strategy).consume_fuel(fuel.is_some()).max_stack_bytes(4 << 20);
    let engine = Engine::new(&config).expect("an available strategy");
    let module = Module::from_binary(&engine, bytes).expect("a valid module");
    let mut store = Store::new(&engine, ());
    let mut outcome = Outcome::default();
    let mut random = Random::new(0);
    // A new instance for each function: one that ran out of rounds would do nothing any more.
    for index in 0.. {
        refuel(&mut store, fuel);
        let instance = match Instance::new(&mut store, &module, &[]) {
            Ok(instance) => instance,
            Err(error) => {
                outcome.ends.push(Err(trap(&error)));
                break;
            }
        };
        let exports = instance.exports(&store).expect("an open instance");
        let Some(func) = exports.iter().filter_map(|(_, export)| export.into_func()).nth(index) else { break };
        for _ in 0..2 {
            refuel(&mut store, fuel);
            outcome.ends.push(call(&mut store, func, &mut random));
            if fuel.is_some() {
                let left = store.fuel().expect("fuel is metered");
                outcome.state.push(format!("{left} units left"));
            }
        }
        for (name, export) in &exports {
            if let Some(state) = state(&mut store, *export).expect("an open instance") {
                outcome.state.push(format!("{index}: {name} = {state}"));
            }
        }
        instance.close(&store).expect("an open instance");
    }
    outcome
}

fn refuel(store: &mut Store<()>, fuel: Option<u64>) {
    if let Some(fuel) = fuel {
        store.set_fuel(fuel).expect("fuel is metered");
    }
}

fn call(store: &mut Store<()>, func: Func, random: &mut Random) -> Ended {
    let ty = func.ty(&*store).expect("an open instance");
    let args: Vec<Val> = ty.params().iter().map(|ty| argument(*ty, random.bits())).collect();
    let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for(*ty)).collect();
    match func.call(store, &args, &mut results) {
        Ok(()) => Ok(results.iter().map(show).collect()),
        Err(error) => Err(trap(&error)),
    }
}

fn argument(ty: ValType, bits: u64) -> Val {
    match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(bits as u32),
        ValType::F64 => Val::F64(bits),
        ValType::V128 => Val::V128(u128::from(bits) << 64 | u128::from(bits.rotate_left(24))),
        ty => Val::default_for(ty),
    }
}

fn show(value: &Val) -> String {
    match value {
        Val::I32(value) => format!("i32 {value}"),
        Val::I64(value) => format!("i64 {value}"),
        Val::F32(bits) => format!("f32 {bits:#x}"),
        Val::F64(bits) => format!("f64 {bits:#x}"),
        Val::FuncRef(func) => format!("func {}", func.is_some()),
        Val::ExternRef(object) => format!("extern {}", object.is_some()),
        Val::V128(bits) => format!("v128 {bits:#x}"),
    }
}

fn trap(error: &Error) -> String {
    match error.kind() {
        // One trap in wasmtime.
        ErrorKind::Trap(TrapCode::UndefinedElement | TrapCode::TableOutOfBounds) => "TableOutOfBounds".to_owned(),
        ErrorKind::Trap(TrapCode::StackOverflow) => STACK_OVERFLOW.to_owned(),
        ErrorKind::Trap(code) => code.name().to_owned(),
        _ => panic!("only traps are expected: {error:?}"),
    }
}

/// The contents of what is not a function.
fn state(store: &mut Store<()>, export: Extern) -> Result<Option<String>> {
    Ok(Some(match export {
        Extern::Func(_) | Extern::Tag(_) => return Ok(None),
        Extern::Global(global) => show(&global.get(&*store)?),
        Extern::Memory(memory) => crate::theirs::digest(memory.data(&*store)?),
        Extern::Table(table) => {
            let elements = (0..table.size(&*store)?).map(|index| table.get(&*store, index).map(|value| show(&value)));
            elements.collect::<Result<Vec<_>>>()?.join(",")
        }
    }))
}
