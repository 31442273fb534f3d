//! What the long builtins share — charging, working in pieces, reporting — and the slow path of indirect calls.

use crate::{
    trap::TrapCode,
    types::TableIdx,
    vm::{Activation, FuncRef, Instance, STATUS_OK, STATUS_RAISE, VmContext, gc::VmHeap, waiting::Bell},
};
use std::{ops::Range, sync::atomic::Ordering};

/// A running call's activation and the context it runs in, as a builtin receives them.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    activation: *mut Activation,
    vmctx: *mut VmContext,
    /// The instance that the context belongs to.
    pub instance: &'a Instance,
}

impl<'a> Caller<'a> {
    /// # Safety
    ///
    /// `[activation-live]`, and `vmctx` is the context of an instance that lives during `'a` (`[vmctx-live]`).
    pub unsafe fn new(activation: *mut Activation, vmctx: *mut VmContext) -> Caller<'a> {
        // SAFETY: [vmctx-live] The caller vouches for the context; an instance's context names its instance.
        Caller { activation, vmctx, instance: unsafe { &*(*vmctx).instance } }
    }

    /// The status that goes with `outcome`, whose trap is recorded.
    pub fn report(self, outcome: Result<(), Stop>) -> u32 {
        match outcome {
            Ok(()) => STATUS_OK,
            Err(Stop::Recorded) => STATUS_RAISE,
            Err(Stop::Trap(code)) => {
                // SAFETY: [activation-live] The activation is this thread's and nothing else borrows it now.
                unsafe { (*self.activation).set_trap(code) };
                STATUS_RAISE
            }
        }
    }

    /// The store's heap.
    pub fn heap(self) -> *mut VmHeap {
        // SAFETY: [vmctx-live] As in `new`.
        unsafe { (*self.vmctx).heap }
    }

    /// The engine's number of a type of the instance.
    pub fn type_id(self, type_index: u32) -> u32 {
        // SAFETY: [valid-module] The context has a number for every type of its module.
        unsafe { *(*self.vmctx).signature_ids.add(type_index as usize) }
    }

    /// References that the collector knows as long as they are here.
    #[expect(clippy::mut_from_ref, reason = "the activation is this thread's, and each borrow ends in its statement")]
    pub(super) fn temporaries(&self) -> &mut Vec<u64> {
        // SAFETY: [activation-live] As in `report`.
        unsafe { &mut (*self.activation).temporaries }
    }

    /// Asks the store for room in its heap; a status.
    pub fn call_collect(self, bytes: u64) -> u32 {
        // SAFETY: [vmctx-live] A context's builtins live as long as its store.
        unsafe { ((*(*self.vmctx).builtins).gc_collect)(self.activation, self.vmctx, bytes) }
    }

    /// Runs `work`, which waits, while other threads may run guest code.
    pub(super) fn paused<R>(self, work: impl FnOnce() -> Result<R, Stop>) -> Result<R, Stop> {
        // SAFETY: [vmctx-live] A context's builtins live as long as its store.
        let builtins = unsafe { &*(*self.vmctx).builtins };
        // SAFETY: [activation-live] [vmctx-live] As in `new`.
        unsafe { (builtins.pause)(self.activation, self.vmctx) };
        let result = work();
        // SAFETY: As above.
        match unsafe { (builtins.proceed)(self.activation, self.vmctx) } {
            STATUS_OK => result,
            _ => Err(Stop::Recorded),
        }
    }

    /// Keeps references that the collector must know while `work` may collect; then they are what they have become.
    pub fn keeping<R>(self, references: &mut [u64], work: impl FnOnce() -> R) -> R {
        let start = self.temporaries().len();
        self.temporaries().extend_from_slice(references);
        let result = work();
        references.copy_from_slice(&self.temporaries()[start..]);
        self.temporaries().truncate(start);
        result
    }

    /// Takes `units` of fuel if the call consumes any.
    pub fn charge(self, units: u64) -> Result<(), Stop> {
        // SAFETY: [activation-live] As in `report`; the borrow ends before any other code runs.
        let activation = unsafe { &mut *self.activation };
        if activation.fuel_enabled == 0 || units == 0 {
            return Ok(());
        }
        activation.fuel = activation.fuel.saturating_sub_unsigned(units);
        if activation.fuel >= 0 {
            return Ok(());
        }
        // SAFETY: [vmctx-live] A context's builtins live as long as its store.
        let status = unsafe { ((*(*self.vmctx).builtins).fuel_exhausted)(self.activation, self.vmctx, units) };
        if status == STATUS_OK { Ok(()) } else { Err(Stop::Recorded) }
    }

    /// Whether the store asks for attention.
    pub fn is_asked(self) -> bool {
        // SAFETY: [activation-live] The word belongs to the store, which outlives its calls.
        unsafe { (*(*self.activation).interrupt).load(Ordering::Relaxed) != 0 }
    }

    /// What rings when the store begins to ask for attention.
    pub fn bell(self) -> Option<&'a Bell> {
        // SAFETY: [activation-live] The bell belongs to the store too.
        unsafe { (*self.activation).bell.as_ref() }
    }

    /// Stops if the store asks for it.
    pub fn poll(self) -> Result<(), Stop> {
        if !self.is_asked() {
            return Ok(());
        }
        // SAFETY: [vmctx-live] As in `charge`.
        let status = unsafe { ((*(*self.vmctx).builtins).interrupt_poll)(self.activation, self.vmctx) };
        if status == STATUS_OK { Ok(()) } else { Err(Stop::Recorded) }
    }

    /// Runs `work` on pieces of `0..len` of at most `piece` each, front to back or back to front, and polls between
    /// them. A poll may find the memory or table grown, never shorter.
    pub(super) fn in_pieces(
        self,
        len: u64,
        piece: u64,
        direction: Direction,
        mut work: impl FnMut(Range<u64>) -> Result<(), TrapCode>,
    ) -> Result<(), Stop> {
        self.in_pieces_with(&mut [], len, piece, direction, |_, range| work(range))
    }

    /// As [`Caller::in_pieces`], with gc references, which a poll may change.
    pub(super) fn in_pieces_with(
        self,
        references: &mut [u64],
        len: u64,
        piece: u64,
        direction: Direction,
        mut work: impl FnMut(&[u64], Range<u64>) -> Result<(), TrapCode>,
    ) -> Result<(), Stop> {
        let mut done = 0;
        loop {
            let next = piece.min(len - done);
            let start = if direction == Direction::Forward { done } else { len - done - next };
            work(references, start..start + next)?;
            done += next;
            if done == len {
                return Ok(());
            }
            self.keeping(references, || self.poll())?;
        }
    }
}

/// Why a builtin does not finish.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// The trap is still to be recorded.
    Trap(TrapCode),
    /// The activation already knows.
    Recorded,
}

impl From<TrapCode> for Stop {
    fn from(code: TrapCode) -> Stop {
        Stop::Trap(code)
    }
}

/// From which end to work, so that an overlapping copy reads every part before it is overwritten.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl Direction {
    pub fn of_copy(to: u64, from: u64) -> Direction {
        if to <= from { Direction::Forward } else { Direction::Backward }
    }
}

pub(super) unsafe extern "C" fn call_indirect_slow(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    table: u32,
    index: u64,
    signature: u32,
) -> *const FuncRef {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let found = match caller.instance.tables[TableIdx(table).index()].lookup(index) {
        Ok(None) => Err(TrapCode::UninitializedElement),
        // SAFETY: [raw-ref] A table holds live references.
        Ok(Some(func)) if caller.instance.types.is_subtype(unsafe { (*func).signature.0.get() }, signature) => Ok(func),
        Ok(Some(_)) => Err(TrapCode::IndirectCallTypeMismatch),
        Err(code) => Err(code),
    };
    found.unwrap_or_else(|code| {
        caller.report(Err(code.into()));
        std::ptr::null()
    })
}
