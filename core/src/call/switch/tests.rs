//! Compiled code from end to end without a store: instances made by hand, entered through the switch.

use super::{enter, raise};
use crate::{
    call::{backtrace::MAX_FRAMES, catch_faults, state::CallState},
    error::Error,
    jit::{CompiledModule, Compiler, JitSettings, OptLevel, Trampolines, find_frame, find_trap},
    module::{self, ExportItem, ModuleInfo},
    store::CallLimits,
    sys::{signals, stack},
    trap::TrapCode,
    types::{Features, FuncIdx},
    vm::{
        Activation, Builtins, ContextKind, FuncRef, GrowthLimiter, Instance, Memory, STATUS_OK, STATUS_RAISE,
        SignatureId, Table, TypeRegistry, VmContext, VmLayout,
        builtins::{self, StoreBuiltins},
        instance::InstanceParts,
        memory::{MemoryOptions, MemoryStyle},
    },
};
use std::{
    cell::Cell,
    collections::HashMap,
    mem::MaybeUninit,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
};

#[derive(Debug)]
struct Unlimited;

impl GrowthLimiter for Unlimited {
    fn memory_growing(&self, _: u64, _: u64) -> bool {
        true
    }

    fn table_growing(&self, _: u64, _: u64) -> bool {
        true
    }
}

const DEFAULT: JitSettings = JitSettings {
    opt_level: OptLevel::Speed,
    signals: true,
    spectre: true,
    fuel: false,
    interruption: false,
    relaxed_simd_deterministic: true,
    fused_multiply_add: true,
    threads: 2,
};

/// Every combination of settings that changes how traps come about.
fn variants() -> Vec<(JitSettings, bool)> {
    let mut variants = Vec::new();
    for signals in [true, false] {
        for spectre in [true, false] {
            for reserved in [true, false] {
                variants.push((JitSettings { signals, spectre, ..DEFAULT }, reserved && signals));
            }
        }
    }
    variants.push((JitSettings { opt_level: OptLevel::None, fuel: true, interruption: true, ..DEFAULT }, true));
    variants
}

/// A host function: doubles its argument, or raises if that is negative.
unsafe extern "C" fn double(_: *const FuncRef, activation: *mut Activation, slots: *mut u64) -> u32 {
    // SAFETY: [slots-len] and [activation-live] as for every array entry.
    unsafe {
        HOST_CALL_SITE.store((*activation).last_pc as u64, Ordering::Relaxed);
        let value = *slots as u32;
        if (value as i32) < 0 {
            (*activation).error = Some(Box::new(Error::usage("negative")));
            return STATUS_RAISE;
        }
        *slots = u64::from(value * 2);
    }
    STATUS_OK
}

static HOST_CALL_SITE: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" fn poll(activation: *mut Activation, _: *mut VmContext) -> u32 {
    // SAFETY: [activation-live]
    unsafe { (*activation).error = Some(Box::new(Error::usage("interrupted"))) };
    STATUS_RAISE
}

unsafe extern "C" fn no_fuel(activation: *mut Activation, _: *mut VmContext, cost: u64) -> u32 {
    // SAFETY: [activation-live]
    let activation = unsafe { &mut *activation };
    activation.fuel += cost as i64;
    activation.set_trap(TrapCode::OutOfFuel);
    STATUS_RAISE
}

unsafe extern "C" fn gc_collect(_: *mut Activation, _: *mut VmContext, _: u64) -> u32 {
    unreachable!("no guest of these tests has objects")
}

/// A module, compiled and instantiated; its imports are all `double`.
struct Guest {
    instance: Box<Instance>,
    info: Arc<ModuleInfo>,
    interrupt: Box<AtomicU32>,
    fuel: i64,
    stack_bytes: usize,
    fuel_left: i64,
    fault: (usize, bool),
    // Dropped last: the instance's references point into these.
    _code: Arc<CompiledModule>,
    _compiler: Compiler,
    _builtins: Box<Builtins>,
    _host: Box<(VmContext, FuncRef)>,
}

impl Guest {
    fn new(text: &str) -> Guest {
        Guest::with(text, DEFAULT, true)
    }

    fn with(text: &str, settings: JitSettings, reserved: bool) -> Guest {
        catch_faults();
        let binary = wat::parse_str(text).unwrap();
        let mut info = module::decode(binary, &Features::default()).unwrap();
        let signatures = Arc::new(TypeRegistry::default());
        let signature_ids = signatures.intern_module(&info.types, &info.rec_groups);
        info.renumber(&signature_ids);
        let info = Arc::new(info);
        let layout = Arc::new(VmLayout::new(&info));
        let compiler = Compiler::new(settings).unwrap();
        let options = MemoryOptions { allow_reserved_style: reserved, ..MemoryOptions::default() };
        let memories: Vec<_> = info.memories.iter().map(|ty| Arc::new(Memory::new(ty, &options).unwrap())).collect();
        let styles: Vec<MemoryStyle> = memories.iter().map(|memory| memory.style()).collect();
        let code = Arc::new(compiler.compile(&info, &layout, &styles).unwrap());
        let builtins = Box::new(builtins::table(StoreBuiltins {
            interrupt_poll: poll,
            fuel_exhausted: no_fuel,
            raise,
            gc_collect,
            pause,
            proceed,
        }));
        let trampolines: HashMap<SignatureId, Trampolines> = info
            .types
            .iter()
            .filter_map(|ty| ty.as_func())
            .map(|ty| (signatures.intern(ty), compiler.trampolines(signatures.intern(ty), ty).unwrap()))
            .collect();
        let host = host_function(&builtins);
        let make_refs = {
            let signatures = signatures.clone();
            let (info, code, host) = (info.clone(), code.clone(), ptr::from_ref(&*host).cast_mut());
            let signatures = signatures.clone();
            move |vmctx: *mut VmContext| -> Vec<FuncRef> {
                let func_ref = |func: &FuncIdx| {
                    let signature = signatures.intern(info.func_type(*func));
                    let Trampolines { array_entry, host_entry } = trampolines[&signature];
                    match info.defined_index(*func) {
                        Some(_) => FuncRef { code: code.entry(*func), vmctx, signature, index: func.0, array_entry },
                        None => {
                            FuncRef { code: host_entry, vmctx: host.cast(), signature, index: 0, array_entry: double }
                        }
                    }
                };
                info.escaping.iter().map(func_ref).collect()
            }
        };
        let instance = Instance::new(InstanceParts {
            kind: ContextKind::Compiled,
            owner: 0,
            generation: 0,
            info: info.clone(),
            layout,
            signature_ids,
            builtins: &raw const *builtins,
            heap: ptr::null_mut(),
            interp_code: ptr::null(),
            memories,
            tables: info.tables.iter().map(|ty| Arc::new(Table::new(ty, 1 << 20).unwrap())).collect(),
            imported_globals: Vec::new(),
            imported_tags: Vec::new(),
            func_refs: Box::new(make_refs),
            limiter: Arc::new(Unlimited),
            types: signatures,
        });
        // SAFETY: [activation-live] No constant expression of the tests looks at it.
        unsafe { instance.initialize(ptr::null_mut()) }.unwrap();
        Guest {
            instance,
            info,
            interrupt: Box::new(AtomicU32::new(0)),
            fuel: 1 << 40,
            stack_bytes: 256 << 10,
            fuel_left: 0,
            fault: (0, false),
            _code: code,
            _compiler: compiler,
            _builtins: builtins,
            _host: host,
        }
    }

    /// Calls an export; the first slots afterwards, or what was raised.
    fn call(&mut self, name: &str, args: &[u64]) -> Result<[u64; 8], String> {
        signals::prepare_thread();
        let export = self.info.exports.iter().find(|export| &*export.name == name).unwrap();
        let ExportItem::Func(func) = export.item else { panic!("{name} is no function") };
        let mut slots = [0; 8];
        slots[..args.len()].copy_from_slice(args);
        let mut state = CallState {
            activation: self.activation(),
            limits: CallLimits::default(),
            data: ptr::null_mut(),
            parent: ptr::null_mut(),
            left: [MaybeUninit::uninit(); MAX_FRAMES],
            left_len: 0,
            left_interpreted: Vec::new(),
            in_guest: AtomicBool::new(false),
            has_turn: Cell::new(false),
        };
        let func = self.instance.func_ref(func).unwrap();
        // SAFETY: [slots-len] no function of these tests has more; the rest belongs to `self`.
        let status = unsafe { enter((&raw mut state).cast(), func, slots.as_mut_ptr()) };
        let activation = &mut state.activation;
        self.fuel_left = activation.fuel;
        self.fault = (activation.fault_pc, activation.raised_by_signal != 0);
        if status == STATUS_OK {
            return Ok(slots);
        }
        if let Some(error) = activation.error.take() {
            return Err(error.message().to_owned());
        }
        let trap = activation.take_trap().or_else(|| find_trap(activation.fault_pc)).unwrap();
        Err(trap.message().to_owned())
    }

    fn activation(&self) -> Activation {
        assert!(stack::stack_remaining_bytes() > self.stack_bytes + (128 << 10));
        let here = (&raw const self) as usize;
        let activation = Activation::new(here - self.stack_bytes, &raw const *self.interrupt);
        Activation { fuel_enabled: 1, fuel: self.fuel, ..activation }
    }
}

fn host_function(builtins: &Builtins) -> Box<(VmContext, FuncRef)> {
    let head = VmContext {
        kind: ContextKind::Host,
        owner: 0,
        generation: 0,
        reserved: 0,
        builtins: &raw const *builtins,
        func_refs: ptr::null(),
        interp_code: ptr::null(),
        instance: ptr::null(),
        signature_ids: ptr::null(),
        heap: ptr::null_mut(),
        reserved_end: 0,
    };
    let signature = SignatureId(std::num::NonZeroU32::MIN);
    let func = FuncRef { code: ptr::null(), vmctx: ptr::null_mut(), signature, index: 0, array_entry: double };
    let mut host = Box::new((head, func));
    host.0.func_refs = &raw const host.1;
    host
}

const TRAPS: &str = r#"(module
    (type $unary (func (param i32) (result i32)))
    (memory 1)
    (table 3 funcref)
    (elem (i32.const 0) $other $same)
    (func $other (result i32) (i32.const 1))
    (func $same (type $unary) (i32.add (local.get 0) (i32.const 1)))
    (func (export "unreachable") (param i32) (result i32) unreachable)
    (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 0x80000000) (local.get 0)))
    (func (export "remainder") (param i32) (result i32) (i32.rem_s (i32.const 0x80000000) (local.get 0)))
    (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
    (func (export "load") (param i32) (result i32) (i32.load offset=4 (local.get 0)))
    (func (export "far") (param i32) (result i32) (i32.load offset=0x7fffffff (local.get 0)))
    (func (export "store") (param i32) (result i32) (i64.store (local.get 0) (i64.const -1)) (i32.const 0))
    (func (export "copy") (param i32) (result i32)
        (memory.copy (i32.const 0) (local.get 0) (i32.const 16)) (i32.const 0))
    (func (export "get") (param i32) (result i32) (ref.is_null (table.get (local.get 0))))
    (func (export "indirect") (param i32) (result i32) (call_indirect (type $unary) (i32.const 41) (local.get 0)))
    (func $recurse (export "recurse") (param i32) (result i32)
        (i32.add (call $recurse (local.get 0)) (i32.const 1))))"#;

#[test]
fn every_trap_is_reported_in_every_configuration() {
    let nan = f64::NAN.to_bits();
    let traps: &[(&str, u64, Result<u64, TrapCode>)] = &[
        ("unreachable", 0, Err(TrapCode::Unreachable)),
        ("divide", 2, Ok(0xc000_0000)),
        ("divide", 0, Err(TrapCode::IntegerDivideByZero)),
        ("divide", 0xffff_ffff, Err(TrapCode::IntegerOverflow)),
        ("remainder", 0, Err(TrapCode::IntegerDivideByZero)),
        ("remainder", 0xffff_ffff, Ok(0)),
        ("truncate", nan, Err(TrapCode::InvalidConversionToInteger)),
        ("truncate", (-2147483648.9f64).to_bits(), Ok(0x8000_0000)),
        ("truncate", (-2147483649.0f64).to_bits(), Err(TrapCode::IntegerOverflow)),
        ("truncate", 2147483648f64.to_bits(), Err(TrapCode::IntegerOverflow)),
        ("load", 65528, Ok(0)),
        ("load", 65529, Err(TrapCode::MemoryOutOfBounds)),
        ("load", 0xffff_ffff, Err(TrapCode::MemoryOutOfBounds)),
        ("far", 0, Err(TrapCode::MemoryOutOfBounds)),
        ("far", 0xffff_ffff, Err(TrapCode::MemoryOutOfBounds)),
        ("store", 65529, Err(TrapCode::MemoryOutOfBounds)),
        ("load", 65520, Ok(0)),
        ("copy", 65521, Err(TrapCode::MemoryOutOfBounds)),
        ("get", 2, Ok(1)),
        ("get", 0, Ok(0)),
        ("get", 3, Err(TrapCode::TableOutOfBounds)),
        ("get", 0xffff_ffff, Err(TrapCode::TableOutOfBounds)),
        ("indirect", 0, Err(TrapCode::IndirectCallTypeMismatch)),
        ("indirect", 1, Ok(42)),
        ("indirect", 2, Err(TrapCode::UninitializedElement)),
        ("indirect", 3, Err(TrapCode::UndefinedElement)),
        ("indirect", 0xffff_ffff, Err(TrapCode::UndefinedElement)),
        ("recurse", 0, Err(TrapCode::StackOverflow)),
    ];
    for (settings, reserved) in variants() {
        let mut guest = Guest::with(TRAPS, settings.clone(), reserved);
        for (name, argument, expected) in traps {
            let outcome = guest.call(name, &[*argument]).map(|slots| slots[0]);
            let expected = expected.map_err(|code| code.message().to_owned());
            assert_eq!(outcome, expected, "{name}({argument:#x}) with {settings:?}, reserved: {reserved}");
            assert!(settings.signals || !guest.fault.1, "{name} raised a signal");
        }
    }
}

#[test]
fn traps_and_host_calls_tell_the_operator() {
    let mut guest = Guest::new(
        r#"(module
            (import "" "" (func $double (param i32) (result i32)))
            (func (export "f") (param i32) (result i32) (drop (call $double (local.get 0))) unreachable))"#,
    );
    let body = guest.info.bodies[0].clone();
    assert_eq!(guest.call("f", &[1]).unwrap_err(), "unreachable");
    let trap = find_frame(guest.fault.0).unwrap();
    // Operators, from the end of the body: end, unreachable, drop, call (two bytes).
    assert_eq!((trap.func_index, trap.module_offset as usize), (1, body.end - 2));
    let call = find_frame(HOST_CALL_SITE.load(Ordering::Relaxed) as usize).unwrap();
    assert_eq!((call.func_index, call.module_offset as usize), (1, body.end - 5));
}

#[test]
fn host_functions_answer_and_raise() {
    for (settings, reserved) in variants() {
        let text = r#"(module
            (import "" "" (func $double (param i32) (result i32)))
            (func (export "f") (param i32) (result i32) (i32.add (call $double (local.get 0)) (i32.const 1))))"#;
        let mut guest = Guest::with(text, settings, reserved);
        assert_eq!(guest.call("f", &[20]).unwrap()[0], 41);
        assert_eq!(guest.call("f", &[u64::from(u32::MAX)]).unwrap_err(), "negative");
        assert_eq!(guest.call("f", &[3]).unwrap()[0], 7);
    }
}

#[test]
fn many_results_go_through_memory() {
    let text = r#"(module
        (type $many (func (param i64 f32) (result i32 i64 f32 f64 i32 i64)))
        (table 1 funcref)
        (elem (i32.const 0) $callee)
        (func $callee (type $many)
            (i32.const -1) (local.get 0) (local.get 1) (f64.const 2) (i32.const 5) (i64.const 6))
        (func (export "direct") (type $many) (call $callee (local.get 0) (local.get 1)))
        (func (export "indirect") (type $many) (call_indirect (type $many) (local.get 0) (local.get 1) (i32.const 0)))
        (func (export "pair") (param i64) (result i64 i32) (local.get 0) (i32.const -2)))"#;
    let mut guest = Guest::new(text);
    let one = u64::from(1f32.to_bits());
    let expected = [0xffff_ffff, 77, one, 2f64.to_bits(), 5, 6, 0, 0];
    // What is above a 32-bit argument does not matter.
    let arguments = [77, one | 0xdead_beef << 32];
    assert_eq!(guest.call("direct", &arguments).unwrap(), expected);
    assert_eq!(guest.call("indirect", &arguments).unwrap(), expected);
    assert_eq!(guest.call("pair", &[3]).unwrap()[..2], [3, 0xffff_fffe]);
}

#[test]
fn loops_stop_when_asked_and_when_fuel_runs_out() {
    let text = r#"(module
        (func (export "spin") (loop br 0))
        (func (export "two") (result i32) (i32.add (i32.const 1) (i32.const 1))))"#;
    let settings = JitSettings { interruption: true, ..DEFAULT };
    let mut guest = Guest::with(text, settings, true);
    assert_eq!(guest.call("two", &[]).unwrap()[0], 2);
    guest.interrupt.store(1, Ordering::Relaxed);
    assert_eq!(guest.call("spin", &[]).unwrap_err(), "interrupted");

    let mut guest = Guest::with(text, JitSettings { fuel: true, ..DEFAULT }, true);
    guest.fuel = 3;
    assert_eq!((guest.call("two", &[]).unwrap()[0], guest.fuel_left), (2, 0));
    guest.fuel = 2;
    assert_eq!(guest.call("two", &[]).unwrap_err(), TrapCode::OutOfFuel.message());
    assert_eq!(guest.fuel_left, 2, "a segment that does not fit does not start");
    guest.fuel = 1000;
    assert_eq!(guest.call("spin", &[]).unwrap_err(), TrapCode::OutOfFuel.message());
    assert_eq!(guest.fuel_left, 0);
}

#[test]
fn large_frames_are_checked_before_they_are_touched() {
    // Each local is live across the call, so the frame holds them all.
    let count = 3_000;
    let locals = "i64 ".repeat(count);
    let sets: String =
        (0..count).map(|local| format!("(local.set {} (i64.load (i32.const {}))) ", local + 1, local)).collect();
    let sum: String = (0..count).map(|local| format!("(local.get {}) i64.add ", local + 1)).collect();
    let text = format!(
        "(module (memory 1) (func $f (export \"f\") (param i32) (result i64) (local {locals}) {sets}
            (if (local.get 0) (then (drop (call $f (i32.const 0))))) (i64.const 0) {sum}))"
    );
    for signals in [true, false] {
        let mut guest = Guest::with(&text, JitSettings { signals, opt_level: OptLevel::None, ..DEFAULT }, true);
        guest.stack_bytes = 20 << 10;
        assert_eq!(guest.call("f", &[1]).unwrap_err(), TrapCode::StackOverflow.message());
        guest.stack_bytes = 1 << 20;
        assert_eq!(guest.call("f", &[1]).unwrap()[0], 0);
    }
}

#[test]
fn threads_trap_side_by_side() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut guest = Guest::new(TRAPS);
                for _ in 0..200 {
                    assert_eq!(guest.call("load", &[70000]).unwrap_err(), "out of bounds memory access");
                    assert_eq!(guest.call("divide", &[2]).unwrap()[0], 0xc000_0000);
                }
            });
        }
    });
}

#[test]
fn without_the_instruction_a_product_is_added_with_one_rounding_all_the_same() {
    let text = r#"(module
        (func (export "single") (param f32 f32) (result i32)
            (i32x4.extract_lane 2 (f32x4.relaxed_madd
                (f32x4.splat (local.get 0)) (f32x4.splat (local.get 0)) (f32x4.splat (local.get 1)))))
        (func (export "negated") (param f32 f32) (result i32)
            (i32x4.extract_lane 3 (f32x4.relaxed_nmadd
                (f32x4.splat (local.get 0)) (f32x4.splat (local.get 0)) (f32x4.splat (local.get 1)))))
        (func (export "double") (param f64 f64) (result i64)
            (i64x2.extract_lane 1 (f64x2.relaxed_madd
                (f64x2.splat (local.get 0)) (f64x2.splat (local.get 0)) (f64x2.splat (local.get 1))))))"#;
    // The square of 1 + x is 1 + 2x + x², whose last term is lost if the product is rounded.
    let single = |sign: f32| [(1.0 + 2f32.powi(-12)), sign * (1.0 + 2f32.powi(-11))].map(|it| u64::from(it.to_bits()));
    let double = [1.0 + 2f64.powi(-30), -(1.0 + 2f64.powi(-29))].map(f64::to_bits);
    for fused_multiply_add in [true, false] {
        let mut guest = Guest::with(text, JitSettings { fused_multiply_add, ..DEFAULT }, true);
        assert_eq!(guest.call("single", &single(-1.0)).unwrap()[0], u64::from(2f32.powi(-24).to_bits()));
        assert_eq!(guest.call("negated", &single(1.0)).unwrap()[0], u64::from((-2f32.powi(-24)).to_bits()));
        assert_eq!(guest.call("double", &double).unwrap()[0], 2f64.powi(-60).to_bits());
    }
}

unsafe extern "C" fn pause(_: *mut Activation, _: *mut VmContext) {}

unsafe extern "C" fn proceed(_: *mut Activation, _: *mut VmContext) -> u32 {
    STATUS_OK
}
