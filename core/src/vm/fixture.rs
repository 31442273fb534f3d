//! An instance made by hand, for the unit tests of this layer: its functions cannot be called, everything else works.

use super::{builtins::StoreBuiltins, exception::TagId, instance::InstanceParts, *};
use crate::{
    error::Error,
    module::ModuleInfo,
    trap::TrapCode,
    types::{FuncIdx, GlobalIdx},
};
use std::{
    num::NonZeroU32,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// An instance, and an activation to call its builtins with. The interrupt word and builtins live in boxes, so that
/// the fixture can move.
pub struct Fixture {
    pub instance: Box<Instance>,
    pub activation: Box<Activation>,
    pub builtins: Box<Builtins>,
    pub interrupt: Box<AtomicU32>,
    /// Keeps the heap alive.
    _heap: gc::HeapCell,
    /// Keeps the imported globals alive.
    _imported_globals: Box<[GlobalCell]>,
}

impl Fixture {
    /// An instance of `info` with fresh memories and tables and imported globals of these values.
    pub fn new(info: ModuleInfo, imported_globals: &[[u64; 2]]) -> Fixture {
        let builtins = Box::new(builtins::table(StoreBuiltins {
            interrupt_poll,
            fuel_exhausted,
            raise,
            gc_collect,
            pause,
            proceed,
        }));
        let interrupt = Box::new(AtomicU32::new(0));
        let mut cells: Box<[_]> = imported_globals.iter().map(|value| GlobalCell::new(*value)).collect();
        let options = MemoryOptions::default();
        let heap = gc::HeapCell::default();
        let escaping = info.escaping.clone();
        let parts = InstanceParts {
            kind: ContextKind::Interpreted,
            owner: 5,
            generation: 6,
            layout: Arc::new(VmLayout::new(&info)),
            signature_ids: (1..=info.types.len() as u32).collect(),
            builtins: &raw const *builtins,
            types: Arc::default(),
            heap: heap.as_ptr(),
            interp_code: ptr::null(),
            memories: info.memories.iter().map(|ty| Arc::new(Memory::new(ty, &options).unwrap())).collect(),
            tables: info.tables.iter().map(|ty| Arc::new(Table::new(ty, u64::MAX).unwrap())).collect(),
            imported_globals: cells.iter_mut().map(|cell| &raw mut *cell).collect(),
            imported_tags: (0..info.imported_tags).map(|_| TagId::fresh()).collect(),
            func_refs: Box::new(move |vmctx| escaping.iter().map(|func| func_ref(vmctx, *func)).collect()),
            limiter: Arc::new(Unlimited),
            info: Arc::new(info),
        };
        let instance = Instance::new(parts);
        let activation = Box::new(Activation::new(0, &raw const *interrupt));
        Fixture { instance, activation, builtins, interrupt, _heap: heap, _imported_globals: cells }
    }

    /// Consumes fuel from now on.
    pub fn set_fuel(&mut self, fuel: i64) {
        self.activation.fuel_enabled = 1;
        self.activation.fuel = fuel;
    }

    /// What builtins are called with.
    pub fn caller(&mut self) -> builtins::Caller<'_> {
        // SAFETY: [activation-live] [vmctx-live] Both live as long as the fixture.
        unsafe { builtins::Caller::new(&raw mut *self.activation, self.instance.vmctx()) }
    }

    /// Initializes the instance.
    pub fn initialize(&mut self) -> Result<(), TrapCode> {
        // SAFETY: [activation-live] As above.
        let outcome = unsafe { self.instance.initialize(&raw mut *self.activation) };
        outcome.map_err(|stop| match stop {
            builtins::Stop::Trap(code) => code,
            builtins::Stop::Recorded => self.activation.take_trap().expect("a recorded trap"),
        })
    }

    /// The outcome of a builtin that answered `status`.
    pub fn outcome(&mut self, status: u32) -> Result<(), TrapCode> {
        match (status, self.activation.take_trap()) {
            (STATUS_OK, None) => Ok(()),
            (STATUS_RAISE, Some(code)) => Err(code),
            other => panic!("a status that does not fit the activation: {other:?}"),
        }
    }

    /// A raw reference to an escaping function.
    pub fn func(&self, index: u32) -> u64 {
        self.instance.func_ref(FuncIdx(index)).unwrap().expose_provenance() as u64
    }

    /// The raw references in a table.
    pub fn elements(&self, table: usize) -> Vec<u64> {
        let table = &self.instance.tables[table];
        (0..table.len()).map(|index| table.get_raw(index).unwrap()).collect()
    }

    /// Bytes of memory 0.
    pub fn bytes(&self, offset: u64, len: usize) -> Vec<u8> {
        let from = self.instance.memories[0].range(offset, len as u64).unwrap();
        let mut bytes = vec![0; len];
        // SAFETY: [mem-stable] The range was checked.
        unsafe { from.copy_to_nonoverlapping(bytes.as_mut_ptr(), len) };
        bytes
    }

    /// Writes bytes into memory 0.
    pub fn write(&self, offset: u64, bytes: &[u8]) {
        let to = self.instance.memories[0].range(offset, bytes.len() as u64).unwrap();
        // SAFETY: [mem-stable] The range was checked.
        unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    /// The value of a global.
    pub fn global(&self, index: u32) -> [u64; 2] {
        // SAFETY: [vmctx-live] The instance is alive and nothing else runs.
        unsafe { (*self.instance.global(GlobalIdx(index))).0.get().read() }
    }
}

/// Signatures alternate between 1 and 2.
fn func_ref(vmctx: *mut VmContext, func: FuncIdx) -> FuncRef {
    let signature = SignatureId(NonZeroU32::new(1 + func.0 % 2).unwrap());
    FuncRef { code: ptr::null(), vmctx, signature, index: func.0, array_entry }
}

unsafe extern "C" fn array_entry(_: *const FuncRef, _: *mut Activation, _: *mut u64) -> u32 {
    unreachable!("functions of the fixture are not called")
}

/// Counts down the interrupt word and raises once it is zero.
unsafe extern "C" fn interrupt_poll(activation: *mut Activation, _: *mut VmContext) -> u32 {
    // SAFETY: [activation-live] The fixture's own activation, whose word is the fixture's too.
    let activation = unsafe { &mut *activation };
    // SAFETY: [activation-live] As above.
    if unsafe { (*activation.interrupt).fetch_sub(1, Ordering::Relaxed) } > 1 {
        return STATUS_OK;
    }
    activation.error = Some(Box::new(Error::limit("interrupted")));
    STATUS_RAISE
}

/// Gives the cost back and raises, as a store without more fuel does.
unsafe extern "C" fn fuel_exhausted(activation: *mut Activation, _: *mut VmContext, cost: u64) -> u32 {
    // SAFETY: [activation-live] The fixture's own activation.
    let activation = unsafe { &mut *activation };
    activation.fuel += cost as i64;
    activation.set_trap(TrapCode::OutOfFuel);
    STATUS_RAISE
}

unsafe extern "C" fn raise(_: *mut Activation, _: *mut VmContext) {
    unreachable!("no code of the fixture runs")
}

unsafe extern "C" fn gc_collect(_: *mut Activation, _: *mut VmContext, _: u64) -> u32 {
    STATUS_RAISE
}

unsafe extern "C" fn pause(_: *mut Activation, _: *mut VmContext) {}

unsafe extern "C" fn proceed(_: *mut Activation, _: *mut VmContext) -> u32 {
    STATUS_OK
}
