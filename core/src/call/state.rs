//! What a running call carries beyond its activation, and the builtins that need it: polling and fuel.

use super::{
    backtrace::MAX_FRAMES,
    heap::gc_collect,
    turn::{pause, proceed},
};
use crate::{
    store::{CallLimits, StoreInner},
    trap::TrapCode,
    vm::{Activation, RawFrame, STATUS_OK, STATUS_RAISE, VmContext, builtins::StoreBuiltins},
};
use std::{cell::Cell, mem::MaybeUninit, ptr, sync::atomic::AtomicBool};

/// A running call. The activation comes first, so that a pointer to one is a pointer to the other.
#[repr(C)]
pub(super) struct CallState {
    pub activation: Activation,
    pub limits: CallLimits,
    /// The host data of the store, behind the access that made the call.
    pub data: *mut (),
    /// The call below this one on the same thread.
    pub parent: *mut CallState,
    /// Program counters of the compiled frames that were left early, innermost first.
    pub left: [MaybeUninit<usize>; MAX_FRAMES],
    /// How many of `left` are known.
    pub left_len: usize,
    /// Whether the call runs guest code without having passed the gate; see `turn`.
    pub in_guest: AtomicBool,
    /// Whether the call has passed the gate.
    pub has_turn: Cell<bool>,
    /// The interpreted frames that the pending exception has passed or will pass, innermost first.
    pub left_interpreted: Vec<RawFrame>,
}

thread_local! {
    /// The innermost call on this thread. Read afresh at every use, never kept across a host call.
    static CURRENT: Cell<*mut CallState> = const { Cell::new(ptr::null_mut()) };
}

impl CallState {
    /// The innermost call on this thread, null if none.
    pub(super) fn current() -> *mut CallState {
        CURRENT.with(Cell::get)
    }

    /// Makes `state` the innermost call of this thread.
    pub(super) fn set_current(state: *mut CallState) {
        CURRENT.with(|current| current.set(state));
    }

    /// The store that the call runs in.
    ///
    /// # Safety
    ///
    /// `[activation-live]`: the state belongs to a running call, and its store outlives it.
    pub(super) unsafe fn store<'a>(state: *const CallState) -> &'a StoreInner {
        // SAFETY: [activation-live]
        unsafe { &*(*state).activation.store.cast::<StoreInner>() }
    }
}

/// The builtins that belong to a store's policy. `raise` is where compiled code leaves.
pub fn store_builtins() -> StoreBuiltins {
    StoreBuiltins { interrupt_poll, fuel_exhausted, raise: raise_entry(), gc_collect, pause, proceed }
}

#[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
fn raise_entry() -> unsafe extern "C" fn(*mut Activation, *mut VmContext) {
    super::switch::raise
}

#[cfg(not(all(target_arch = "x86_64", unix, not(feature = "portable"))))]
fn raise_entry() -> unsafe extern "C" fn(*mut Activation, *mut VmContext) {
    raise_unsupported
}

/// Stands in the table of builtins where nothing is compiled, and so is never called.
#[cfg(not(all(target_arch = "x86_64", unix, not(feature = "portable"))))]
unsafe extern "C" fn raise_unsupported(_: *mut Activation, _: *mut VmContext) {
    std::process::abort();
}

unsafe extern "C" fn interrupt_poll(activation: *mut Activation, _: *mut VmContext) -> u32 {
    let state = activation.cast::<CallState>();
    // SAFETY: [activation-live] every activation that code receives is the head of a `CallState`.
    let (store, limits) = unsafe { (CallState::store(state), (*state).limits) };
    // SAFETY: [activation-live]; whoever polls has its references where the collector finds them.
    let outcome = unsafe { CallState::between_turns(state, || store.interrupt.check(&limits, store.engine.epoch())) };
    match outcome {
        Ok(()) => STATUS_OK,
        Err(error) => {
            // SAFETY: [activation-live]
            unsafe { (*activation).error = Some(Box::new(error)) };
            STATUS_RAISE
        }
    }
}

unsafe extern "C" fn fuel_exhausted(activation: *mut Activation, _: *mut VmContext, cost: u64) -> u32 {
    // SAFETY: [activation-live] as above.
    let (store, activation) = unsafe { (CallState::store(activation.cast()), &mut *activation) };
    activation.fuel = activation.fuel.wrapping_add(cost as i64);
    let missing = cost.saturating_sub(activation.fuel.max(0) as u64);
    activation.fuel += store.fuel.lease(missing, store.shared);
    if activation.fuel >= 0 && activation.fuel as u64 >= cost {
        activation.fuel -= cost as i64;
        return STATUS_OK;
    }
    activation.set_trap(TrapCode::OutOfFuel);
    STATUS_RAISE
}
