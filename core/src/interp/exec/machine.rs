//! The registers of the loop, and reading and writing operands and slots.
//!
//! A `Machine` is a small `Copy` value that lives in host registers while the loop runs. What is always true here:
//! only inlined methods get a reference to the running one; slow paths get a copy and write what changed through the
//! stack's entry, so that nothing forces it into memory. It stands at an instruction of lowered code (`[bytecode]`)
//! with a frame that has the function's slots (`[interp-stack]`): that is what makes its methods sound.

use super::{
    super::{
        bytecode::{Op, Unit},
        code::{Func, InterpCode},
    },
    Exit,
    stack::{Frame, InterpStack},
};
use crate::{
    trap::TrapCode,
    vm::{Activation, Builtins, STATUS_OK, VmContext, layout::VmMemory},
};
use std::{
    ptr,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

/// The length of the memory of an instance that has none.
static NO_MEMORY: AtomicU64 = AtomicU64::new(0);

/// Where execution stands.
#[derive(Clone, Copy)]
pub(super) struct Machine {
    /// The instruction at hand.
    pub pc: *const Unit,
    /// Slot 0 of the frame.
    pub slots: *mut u64,
    /// The innermost call frame.
    pub frame: *mut Frame,
    /// First byte of memory 0.
    pub memory: *mut u8,
    /// Length of memory 0.
    pub memory_len: *const AtomicU64,
    /// The instance.
    pub vmctx: *mut VmContext,
    /// The instance's code.
    pub code: *const InterpCode,
    pub act: *mut Activation,
    pub interrupt: *const AtomicU32,
    pub stack: *mut InterpStack,
}

/// A value of a slot.
pub(super) trait Slot: Copy {
    /// The value that the slot holds.
    fn from_slot(slot: u64) -> Self;
    /// The slot that holds the value.
    fn to_slot(self) -> u64;
    /// The value of an immediate.
    fn from_immediate(value: i32) -> Self;
}

macro_rules! slots {
    ($($ty:ty: $from:expr, $to:expr, $imm:expr;)*) => {$(
        impl Slot for $ty {
            #[inline(always)]
            fn from_slot(slot: u64) -> $ty {
                $from(slot)
            }

            #[inline(always)]
            fn to_slot(self) -> u64 {
                $to(self)
            }

            #[inline(always)]
            fn from_immediate(value: i32) -> $ty {
                $imm(value)
            }
        }
    )*};
}

slots! {
    u32: |slot| slot as u32, |value| value as u64, |value| value as u32;
    i32: |slot| slot as i32, |value| value as u32 as u64, |value| value;
    u64: |slot| slot, |value| value, |value| value as i64 as u64;
    i64: |slot| slot as i64, |value| value as u64, |value| value as i64;
    f32: |slot| f32::from_bits(slot as u32), |value: f32| value.to_bits() as u64, |value| value as f32;
    f64: f64::from_bits, f64::to_bits, |value| value as f64;
    bool: |slot| slot != 0, |value| value as u64, |value| value != 0;
}

impl Machine {
    /// The machine that stands where the stack's innermost entry says.
    ///
    /// # Safety
    ///
    /// `[interp-stack]`: the stack has an entry, made by `start`. `[activation-live]`: both belong to this thread.
    pub unsafe fn new(stack: *mut InterpStack, act: *mut Activation) -> Machine {
        // SAFETY: [interp-stack] [activation-live] the caller's promise.
        let (entry, interrupt) = unsafe { (*(*stack).entry, (*act).interrupt) };
        let mut machine = Machine {
            pc: entry.pc,
            slots: entry.slots,
            frame: entry.frame,
            memory: ptr::null_mut(),
            memory_len: &NO_MEMORY,
            vmctx: entry.vmctx,
            code: ptr::null(),
            act,
            interrupt,
            stack,
        };
        machine.set_context(entry.vmctx);
        machine
    }

    /// Goes on in another instance.
    #[inline(always)]
    pub fn set_context(&mut self, vmctx: *mut VmContext) {
        self.vmctx = vmctx;
        // SAFETY: [vmctx-live] an interpreted context has its code, and its memories behind the head.
        unsafe {
            self.code = (*vmctx).interp_code.cast();
            self.memory_len = &NO_MEMORY;
            if !(*self.code).info().memories.is_empty() {
                let memory = &*vmctx.add(1).cast::<VmMemory>();
                self.memory = memory.base;
                self.memory_len = &raw const (*memory.def).len_bytes;
            }
        }
    }

    /// The opcode at hand.
    #[inline(always)]
    pub fn op(&self) -> Op {
        // SAFETY: [bytecode] an instruction starts with the number of an opcode.
        unsafe { std::mem::transmute::<Unit, Op>(*self.pc) }
    }

    /// The operand of one unit at `at`.
    #[inline(always)]
    pub fn unit(&self, at: usize) -> usize {
        // SAFETY: [bytecode] operands follow the opcode.
        unsafe { usize::from(*self.pc.add(at)) }
    }

    /// The operand of two units at `at`.
    #[inline(always)]
    pub fn word(&self, at: usize) -> u32 {
        // SAFETY: [bytecode] operands follow the opcode.
        unsafe { self.pc.add(at).cast::<u32>().read_unaligned() }
    }

    /// The immediate at `at`.
    #[inline(always)]
    pub fn immediate(&self, at: usize) -> i32 {
        self.word(at) as i32
    }

    /// The operand of four units at `at`.
    #[inline(always)]
    pub fn long(&self, at: usize) -> u64 {
        // SAFETY: [bytecode] operands follow the opcode.
        unsafe { self.pc.add(at).cast::<u64>().read_unaligned() }
    }

    /// The slot named by the operand at `at`.
    #[inline(always)]
    pub fn slot(&self, at: usize) -> *mut u64 {
        // SAFETY: [bytecode] [interp-stack] a register is a slot of the frame.
        unsafe { self.slots.add(self.unit(at)) }
    }

    /// The value of the register named at `at`.
    #[inline(always)]
    pub fn get<T: Slot>(&self, at: usize) -> T {
        // SAFETY: [interp-stack] as in `slot`; every slot was initialized when the stack was made.
        T::from_slot(unsafe { *self.slot(at) })
    }

    /// Sets the register named at `at`.
    #[inline(always)]
    pub fn set<T: Slot>(&mut self, at: usize, value: T) {
        // SAFETY: [interp-stack] as in `slot`.
        unsafe { *self.slot(at) = value.to_slot() }
    }

    /// Goes on after an instruction of `units`.
    #[inline(always)]
    pub fn advance(&mut self, units: usize) {
        // SAFETY: [bytecode] code does not end with an instruction that goes on.
        self.pc = unsafe { self.pc.add(units) };
    }

    /// Jumps as the operand at `at` says. Backward jumps poll.
    #[inline(always)]
    pub fn jump(&mut self, at: usize) -> Result<(), Exit> {
        let distance = self.immediate(at) as isize;
        // SAFETY: [bytecode] jumps lead to instructions of the same function.
        self.pc = unsafe { self.pc.offset(distance) };
        if distance < 0 && self.is_interrupted() { poll(*self) } else { Ok(()) }
    }

    /// Whether somebody asks for attention.
    #[inline(always)]
    pub fn is_interrupted(&self) -> bool {
        // SAFETY: [activation-live] the request word lives as long as the store.
        unsafe { (*self.interrupt).load(Ordering::Relaxed) != 0 }
    }

    /// Polls at the entry of a function.
    #[inline(always)]
    pub fn poll_at_entry(&self) -> Result<(), Exit> {
        if self.is_interrupted() { poll(*self) } else { Ok(()) }
    }

    /// The builtins.
    #[inline(always)]
    pub fn builtins(&self) -> &Builtins {
        // SAFETY: [vmctx-live] the store's table outlives its contexts.
        unsafe { &*(*self.vmctx).builtins }
    }

    /// Writes down where execution stands, for walks and nested calls.
    pub fn save(&self) {
        // SAFETY: [interp-stack] the entry is live; the frame's function says where its slots end.
        unsafe {
            let stack = &mut *self.stack;
            let entry = &mut *stack.entry;
            entry.pc = self.pc;
            entry.slots = self.slots;
            entry.frame = self.frame;
            entry.vmctx = self.vmctx;
            stack.frames = self.frame.cast();
            stack.top = self.slots.add((*(*self.frame).func).frame_slots as usize);
        }
    }

    /// The function at hand.
    pub fn func(&self) -> &Func {
        // SAFETY: [interp-stack] [code-live] the frame's function outlives the frame.
        unsafe { &*(*self.frame).func }
    }
}

/// Stops with a trap.
#[cold]
#[inline(never)]
pub(super) fn raise(machine: Machine, code: TrapCode) -> Exit {
    machine.save();
    // SAFETY: [activation-live]
    unsafe { (*machine.act).set_trap(code) };
    Exit::Raise
}

/// Answers a request for attention.
#[cold]
#[inline(never)]
pub(super) fn poll(machine: Machine) -> Result<(), Exit> {
    machine.save();
    // SAFETY: [activation-live] [vmctx-live]
    status(unsafe { (machine.builtins().interrupt_poll)(machine.act, machine.vmctx) })
}

/// Asks for more fuel after `cost` did not fit.
#[cold]
#[inline(never)]
pub(super) fn refuel(machine: Machine, cost: u64) -> Result<(), Exit> {
    machine.save();
    // SAFETY: [activation-live] [vmctx-live]
    status(unsafe { (machine.builtins().fuel_exhausted)(machine.act, machine.vmctx, cost) })
}

/// What a builtin's status means.
#[inline(always)]
pub(super) fn status(status: u32) -> Result<(), Exit> {
    if status == STATUS_OK { Ok(()) } else { Err(Exit::Raise) }
}
