//! What a running call carries beyond its activation, and the builtins that need it: polling and fuel.

use super::backtrace::MAX_FRAMES;
use crate::{
    error::Error,
    store::{CallLimits, StoreInner},
    trap::TrapCode,
    vm::{Activation, RawFrame, STATUS_OK, STATUS_RAISE, VmContext, builtins::StoreBuiltins, gc::Heap},
};
use std::{cell::Cell, mem::MaybeUninit, ptr};

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
    StoreBuiltins { interrupt_poll, fuel_exhausted, raise: raise_entry(), gc_collect }
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
    match store.interrupt.check(&limits, store.engine.epoch()) {
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

unsafe extern "C" fn gc_collect(activation: *mut Activation, _: *mut VmContext, bytes: u64) -> u32 {
    // SAFETY: [activation-live] as above.
    let (store, activation) = unsafe { (CallState::store(activation.cast()), &mut *activation) };
    // SAFETY: [heap-access] a builtin runs where guest code does.
    if unsafe { (*store.heap.as_ptr().cast::<Heap>()).make_room(bytes) } {
        return STATUS_OK;
    }
    activation.error = Some(Box::new(Error::limit("the heap is full")));
    STATUS_RAISE
}
