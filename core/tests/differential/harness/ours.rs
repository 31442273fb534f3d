//! Runs a module on one of our engines.

use super::{
    DEPTH, Ended, HEAP_BYTES, MOST_ELEMENTS, NEIGHBOUR, Outcome, RESOURCES, STACK_OVERFLOW, digest, generate::Random,
};
use wasmrt::{
    AnyRef, Config, Engine, Error, ErrorKind, Extern, Func, HeapType, Instance, Linker, Module, OptLevel, Result,
    Store, StoreLimits, Strategy, TrapCode, Val, ValType,
};

/// Fuel of each call of the metered runs; most calls need less, some more.
const FUEL: u64 = 2_000;

/// Address space of each memory where accesses are to be checked.
const NO_RESERVATION: u64 = 1 << 20;

/// An engine with settings of its own.
#[derive(Clone)]
pub struct Runtime {
    pub name: String,
    engine: Engine,
    neighbour: Module,
}

impl Runtime {
    /// Every way to run a module that this build has: compiled for memories that need no checks, compiled for those
    /// that do, interpreted.
    pub fn all(is_metered: bool) -> Vec<Runtime> {
        let mut runtimes = Vec::new();
        for strategy in Strategy::available() {
            let mut config = Config::new();
            config.strategy(*strategy).consume_fuel(is_metered).max_stack_bytes(4 << 20);
            runtimes.push(Runtime::new(format!("{strategy:?}"), &config));
            if *strategy == Strategy::Jit {
                config.memory_reservation_bytes(NO_RESERVATION).opt_level(OptLevel::None);
                runtimes.push(Runtime::new(format!("{strategy:?} with checks"), &config));
            }
        }
        runtimes
    }

    fn new(name: String, config: &Config) -> Runtime {
        let engine = Engine::new(config).expect("an available strategy");
        let neighbour = Module::from_binary(&engine, &NEIGHBOUR).expect("a valid module");
        Runtime { name, engine, neighbour }
    }

    /// The module in this runtime's form.
    pub fn compile(&self, module: &[u8]) -> Module {
        Module::from_binary(&self.engine, module).expect("a valid module")
    }

    /// Runs everything that the module exports.
    pub fn run(&self, module: &[u8]) -> Outcome {
        self.execute(module, None)
    }

    /// The same with little fuel; what is left is part of the outcome.
    pub fn run_metered(&self, module: &[u8]) -> Outcome {
        self.execute(module, Some(FUEL))
    }

    fn execute(&self, bytes: &[u8], fuel: Option<u64>) -> Outcome {
        let module = self.compile(bytes);
        let mut store = self.store();
        let mut outcome = Outcome::default();
        let mut random = Random::new(0);
        // New instances for each function: one that ran out of rounds would do nothing any more.
        for index in 0.. {
            refuel(&mut store, fuel);
            let (neighbour, instance) = self.instantiate(&mut store, &module);
            let instance = match instance {
                Ok(instance) => instance,
                Err(error) => {
                    outcome.ends.push(Err(end(&store, &error)));
                    break;
                }
            };
            let Some(func) = functions(&store, instance).get(index).copied() else { break };
            for _ in 0..2 {
                refuel(&mut store, fuel);
                outcome.ends.extend(call(&mut store, func, &mut random));
                if fuel.is_some() {
                    outcome.state.push(format!("{} units left", store.fuel().expect("fuel is metered")));
                }
            }
            for instance in [instance, neighbour] {
                let state = state_of(&store, instance);
                outcome.state.extend(state.into_iter().map(|line| format!("{index}: {line}")));
                instance.close(&store).expect("an open instance");
            }
        }
        outcome
    }

    fn store(&self) -> Store<()> {
        let store = Store::new(&self.engine, ());
        store.set_limits(StoreLimits { heap_bytes: Some(HEAP_BYTES), ..StoreLimits::default() });
        store
    }

    /// Instances of the neighbour and of the module.
    fn instantiate(&self, store: &mut Store<()>, module: &Module) -> (Instance, Result<Instance>) {
        let mut linker = Linker::new(&self.engine);
        let neighbour = linker.instantiate(&mut *store, &self.neighbour).expect("a module without imports");
        linker.instance(&*store, "neighbour", neighbour).expect("names that are free");
        (neighbour, linker.instantiate(&mut *store, module))
    }

    /// How many functions the module exports, or none if it cannot be instantiated.
    pub fn count_functions(&self, module: &Module) -> usize {
        let mut store = self.store();
        refuel(&mut store, Some(u64::MAX));
        self.instantiate(&mut store, module).1.map_or(0, |instance| functions(&store, instance).len())
    }

    /// Instantiates and calls function `index` with so much fuel in all: how it ended, what was left, and everything
    /// that can be seen afterwards.
    pub fn run_until(&self, module: &Module, index: usize, fuel: u64) -> (Ended, u64, Vec<String>) {
        let mut store = self.store();
        refuel(&mut store, Some(fuel));
        let (neighbour, instance) = self.instantiate(&mut store, module);
        let mut state = Vec::new();
        let ended = match instance {
            Ok(instance) => {
                let func = functions(&store, instance)[index];
                let ended = call(&mut store, func, &mut Random::new(index as u64));
                state.extend(state_of(&store, instance));
                ended.unwrap_or(Ok(Vec::new()))
            }
            Err(error) => Err(end(&store, &error)),
        };
        state.extend(state_of(&store, neighbour));
        (ended, store.fuel().expect("fuel is metered"), state)
    }
}

fn refuel(store: &mut Store<()>, fuel: Option<u64>) {
    if let Some(fuel) = fuel {
        store.set_fuel(fuel).expect("fuel is metered");
    }
}

fn functions(store: &Store<()>, instance: Instance) -> Vec<Func> {
    let exports = instance.exports(store).expect("an open instance");
    exports.iter().filter_map(|(_, export)| export.into_func()).collect()
}

/// `None` if there is no argument for a parameter.
fn call(store: &mut Store<()>, func: Func, random: &mut Random) -> Option<Ended> {
    let ty = func.ty(&*store).expect("an open instance");
    let args: Vec<Val> = ty.params().iter().map(|ty| argument(*ty, random)).collect::<Option<_>>()?;
    let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for(*ty)).collect();
    Some(match func.call(&mut *store, &args, &mut results) {
        Ok(()) => Ok(results.iter().map(|value| show(store, value, DEPTH)).collect()),
        Err(error) => Err(end(store, &error)),
    })
}

fn argument(ty: ValType, random: &mut Random) -> Option<Val> {
    let bits = random.bits();
    Some(match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(bits as u32),
        ValType::F64 => Val::F64(bits),
        ValType::V128 => Val::V128(u128::from(random.bits()) << 64 | u128::from(bits)),
        ValType::Ref(ty) if matches!(ty.heap, HeapType::Any | HeapType::Eq | HeapType::I31) => {
            Val::AnyRef(Some(AnyRef::i31(bits as i32)))
        }
        ValType::Ref(reference) if reference.nullable => Val::default_for(ty),
        ValType::Ref(_) => return None,
    })
}

/// A value, and so far what is in objects.
fn show(store: &Store<()>, value: &Val, depth: usize) -> String {
    match value {
        Val::I32(value) => format!("i32 {value}"),
        Val::I64(value) => format!("i64 {value}"),
        Val::F32(bits) => format!("f32 {bits:#x}"),
        Val::F64(bits) => format!("f64 {bits:#x}"),
        Val::V128(bits) => format!("v128 {bits:#x}"),
        Val::FuncRef(func) => format!("func {}", func.is_some()),
        Val::ExternRef(object) => format!("extern {}", object.is_some()),
        Val::ExnRef(None) => "no exn".to_owned(),
        Val::ExnRef(Some(exception)) => {
            let values = exception.values(store).expect("an exception of this store");
            format!("exn({})", show_all(store, &values, depth))
        }
        Val::AnyRef(None) => "no object".to_owned(),
        Val::AnyRef(Some(object)) => show_object(store, object, depth),
    }
}

fn show_object(store: &Store<()>, object: &AnyRef, depth: usize) -> String {
    if let Some(value) = object.as_i31() {
        format!("i31 {value}")
    } else if let Some(object) = object.as_struct() {
        let fields = (0..object.field_count()).map(|index| object.field(store, index).expect("a field"));
        format!("struct({})", show_all(store, &fields.collect::<Vec<_>>(), depth))
    } else if let Some(object) = object.as_array() {
        let len = object.len(store).expect("an array of this store");
        let elements = (0..len.min(MOST_ELEMENTS)).map(|index| object.get(store, index).expect("an element"));
        format!("array of {len}({})", show_all(store, &elements.collect::<Vec<_>>(), depth))
    } else {
        "host object".to_owned()
    }
}

fn show_all(store: &Store<()>, values: &[Val], depth: usize) -> String {
    if depth == 0 {
        return "...".to_owned();
    }
    values.iter().map(|value| show(store, value, depth - 1)).collect::<Vec<_>>().join(", ")
}

/// How a call ended that did not return: the trap, or the exception with what was thrown.
fn end(store: &Store<()>, error: &Error) -> String {
    match error.kind() {
        // One trap in wasmtime.
        ErrorKind::Trap(TrapCode::UndefinedElement | TrapCode::TableOutOfBounds) => "TableOutOfBounds".to_owned(),
        ErrorKind::Trap(TrapCode::StackOverflow) => STACK_OVERFLOW.to_owned(),
        ErrorKind::Trap(code) => code.name().to_owned(),
        ErrorKind::Limit => RESOURCES.to_owned(),
        ErrorKind::Exception => {
            let exception = error.exception().expect("an exception");
            format!("exception {}", show(store, &Val::ExnRef(Some(exception)), DEPTH))
        }
        _ => panic!("only traps and exceptions are expected: {error:?}"),
    }
}

/// The contents of everything exported that is not a function.
fn state_of(store: &Store<()>, instance: Instance) -> Vec<String> {
    let exports = instance.exports(store).expect("an open instance");
    let line = |(name, export): &(String, Extern)| {
        state(store, *export).expect("an open instance").map(|state| format!("{name} = {state}"))
    };
    exports.iter().filter_map(line).collect()
}

fn state(store: &Store<()>, export: Extern) -> Result<Option<String>> {
    Ok(Some(match export {
        Extern::Func(_) | Extern::Tag(_) => return Ok(None),
        Extern::Global(global) => show(store, &global.get(store)?, DEPTH),
        Extern::Memory(memory) => match memory.to_shared(store)? {
            Some(shared) => {
                let mut bytes = vec![0; shared.data_size()];
                shared.read(0, &mut bytes)?;
                digest(&bytes)
            }
            None => digest(memory.data(store)?),
        },
        Extern::Table(table) => {
            let elements = (0..table.size(store)?).map(|index| Ok(show(store, &table.get(store, index)?, DEPTH)));
            elements.collect::<Result<Vec<_>>>()?.join(",")
        }
    }))
}
