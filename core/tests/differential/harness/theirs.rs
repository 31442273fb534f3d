//! Runs a module on wasmtime.

use super::{
    DEPTH, Ended, HEAP_BYTES, MOST_ELEMENTS, NEIGHBOUR, Outcome, RESOURCES, STACK_OVERFLOW, digest, generate::Random,
};
use wasmtime::{
    AnyRef, Config, Engine, Extern, Func, GcHeapOutOfMemory, HeapType, I31, Instance, Linker, Module, OptLevel, Ref,
    Rooted, SharedMemory, Store, ThrownException, Trap, Val, ValType,
};

/// Runs everything that the module exports.
pub fn run(bytes: &[u8]) -> Outcome {
    let engine = engine();
    let module = Module::from_binary(&engine, bytes).expect("a valid module");
    let mut outcome = Outcome::default();
    let mut random = Random::new(0);
    let neighbour = Module::from_binary(&engine, &NEIGHBOUR).expect("a valid module");
    for index in 0.. {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let neighbour = linker.instantiate(&mut store, &neighbour).expect("a module without imports");
        linker.instance(&mut store, "neighbour", neighbour).expect("names that are free");
        let instance = match linker.instantiate(&mut store, &module) {
            Ok(instance) => instance,
            Err(error) => {
                outcome.ends.push(Err(end(&mut store, &error)));
                break;
            }
        };
        let exports = exports(&mut store, instance);
        let Some(func) = exports.iter().filter_map(|(_, export)| export.clone().into_func()).nth(index) else { break };
        for _ in 0..2 {
            outcome.ends.extend(call(&mut store, func, &mut random));
        }
        for (name, export) in exports.into_iter().chain(self::exports(&mut store, neighbour)) {
            if let Some(state) = state(&mut store, export) {
                outcome.state.push(format!("{index}: {name} = {state}"));
            }
        }
    }
    outcome
}

fn exports(store: &mut Store<()>, instance: Instance) -> Vec<(String, Extern)> {
    instance.exports(store).map(|export| (export.name().to_owned(), export.into_extern())).collect()
}

fn engine() -> Engine {
    let mut config = Config::new();
    config.max_wasm_stack(1 << 20).cranelift_opt_level(OptLevel::None);
    config.wasm_multi_memory(true).wasm_memory64(true).wasm_wide_arithmetic(true).wasm_custom_page_sizes(true);
    config.wasm_tail_call(true).wasm_function_references(true).wasm_gc(true).wasm_exceptions(true);
    config.wasm_relaxed_simd(true).relaxed_simd_deterministic(true).wasm_threads(true).shared_memory(true);
    config.gc_heap_reservation(HEAP_BYTES).gc_heap_reservation_for_growth(0).gc_heap_may_move(false);
    Engine::new(&config).expect("a supported host")
}

/// `None` if there is no argument for a parameter.
fn call(store: &mut Store<()>, func: Func, random: &mut Random) -> Option<Ended> {
    let ty = func.ty(&*store);
    let args: Vec<Val> = ty.params().map(|ty| argument(store, &ty, random)).collect::<Option<_>>()?;
    let mut results: Vec<Val> = ty.results().map(|ty| Val::default_for_ty(&ty).unwrap_or(Val::I32(0))).collect();
    Some(match func.call(&mut *store, &args, &mut results) {
        Ok(()) => Ok(results.iter().map(|value| show(store, value, DEPTH)).collect()),
        Err(error) => Err(end(&mut *store, &error)),
    })
}

fn argument(store: &mut Store<()>, ty: &ValType, random: &mut Random) -> Option<Val> {
    let bits = random.bits();
    Some(match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(bits as u32),
        ValType::F64 => Val::F64(bits),
        ValType::V128 => Val::V128((u128::from(random.bits()) << 64 | u128::from(bits)).into()),
        ValType::Ref(ty) if matches!(ty.heap_type(), HeapType::Any | HeapType::Eq | HeapType::I31) => {
            Val::AnyRef(Some(AnyRef::from_i31(store, I31::wrapping_i32(bits as i32))))
        }
        ValType::Ref(ty) if ty.is_nullable() => Val::null_ref(ty.heap_type()),
        ValType::Ref(_) => return None,
    })
}

/// A value, and so far what is in objects.
fn show(store: &mut Store<()>, value: &Val, depth: usize) -> String {
    match value {
        Val::I32(value) => format!("i32 {value}"),
        Val::I64(value) => format!("i64 {value}"),
        Val::F32(bits) => format!("f32 {bits:#x}"),
        Val::F64(bits) => format!("f64 {bits:#x}"),
        Val::V128(bits) => format!("v128 {:#x}", bits.as_u128()),
        Val::FuncRef(func) => format!("func {}", func.is_some()),
        Val::ExternRef(object) => format!("extern {}", object.is_some()),
        Val::ExnRef(None) => "no exn".to_owned(),
        Val::ExnRef(Some(exception)) => {
            let values: Vec<Val> = exception.fields(&mut *store).expect("a live one").collect();
            format!("exn({})", show_all(store, &values, depth))
        }
        Val::AnyRef(None) => "no object".to_owned(),
        Val::AnyRef(Some(object)) => show_object(store, object, depth),
        Val::ContRef(_) => unreachable!("not generated"),
    }
}

fn show_object(store: &mut Store<()>, object: &Rooted<AnyRef>, depth: usize) -> String {
    if let Some(value) = object.as_i31(&*store).expect("a live one") {
        format!("i31 {}", value.get_i32())
    } else if let Some(object) = object.as_struct(&*store).expect("a live one") {
        let fields: Vec<Val> = object.fields(&mut *store).expect("a live one").collect();
        format!("struct({})", show_all(store, &fields, depth))
    } else if let Some(object) = object.as_array(&*store).expect("a live one") {
        let len = object.len(&*store).expect("a live one");
        let elements = object.elems(&mut *store).expect("a live one");
        let elements: Vec<Val> = elements.take(MOST_ELEMENTS as usize).collect();
        format!("array of {len}({})", show_all(store, &elements, depth))
    } else {
        "host object".to_owned()
    }
}

fn show_all(store: &mut Store<()>, values: &[Val], depth: usize) -> String {
    if depth == 0 {
        return "...".to_owned();
    }
    values.iter().map(|value| show(store, value, depth - 1)).collect::<Vec<_>>().join(", ")
}

/// How a call ended that did not return: the trap, or the exception with what was thrown.
fn end(store: &mut Store<()>, error: &wasmtime::Error) -> String {
    if error.is::<ThrownException>() {
        let exception = store.take_pending_exception().expect("an exception");
        return format!("exception {}", show(store, &Val::ExnRef(Some(exception)), DEPTH));
    }
    if error.is::<GcHeapOutOfMemory<()>>() {
        return RESOURCES.to_owned();
    }
    let trap = error.downcast_ref::<Trap>().unwrap_or_else(|| panic!("only traps are expected: {error:?}"));
    match trap {
        Trap::StackOverflow => STACK_OVERFLOW,
        Trap::MemoryOutOfBounds => "MemoryOutOfBounds",
        Trap::TableOutOfBounds => "TableOutOfBounds",
        Trap::IndirectCallToNull => "UninitializedElement",
        Trap::BadSignature => "IndirectCallTypeMismatch",
        Trap::IntegerOverflow => "IntegerOverflow",
        Trap::IntegerDivisionByZero => "IntegerDivideByZero",
        Trap::BadConversionToInteger => "InvalidConversionToInteger",
        Trap::UnreachableCodeReached => "Unreachable",
        Trap::HeapMisaligned => "UnalignedAtomic",
        Trap::AtomicWaitNonSharedMemory => "ExpectedSharedMemory",
        Trap::NullReference => "NullReference",
        Trap::CastFailure => "CastFailure",
        Trap::ArrayOutOfBounds => "ArrayOutOfBounds",
        Trap::AllocationTooLarge => RESOURCES,
        other => unreachable!("no such trap in WebAssembly: {other}"),
    }
    .to_owned()
}

fn state(store: &mut Store<()>, export: Extern) -> Option<String> {
    match export {
        Extern::Global(global) => {
            let value = global.get(&mut *store);
            Some(show(store, &value, DEPTH))
        }
        Extern::Memory(memory) => Some(digest(memory.data(&*store))),
        Extern::SharedMemory(memory) => Some(digest(&bytes_of(&memory))),
        Extern::Table(table) => {
            let mut elements = Vec::new();
            for index in 0..table.size(&*store) {
                let value = match table.get(&mut *store, index).expect("within the table") {
                    Ref::Func(func) => Val::FuncRef(func),
                    Ref::Extern(object) => Val::ExternRef(object),
                    Ref::Any(object) => Val::AnyRef(object),
                    Ref::Exn(exception) => Val::ExnRef(exception),
                };
                elements.push(show(store, &value, DEPTH));
            }
            Some(elements.join(","))
        }
        _ => None,
    }
}

#[expect(unsafe_code, reason = "bytes that other threads could change")]
fn bytes_of(memory: &SharedMemory) -> Vec<u8> {
    // SAFETY: the guest has returned, and no other thread knows the memory.
    memory.data().iter().map(|cell| unsafe { *cell.get() }).collect()
}
