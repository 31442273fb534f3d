//! Host → wasm: makes the activation, runs the function, turns what came out into a `Result`.

use super::{
    backtrace::{self, MAX_FRAMES},
    context::StoreContextMut,
    interpret,
    references::{slots_from_raw, slots_to_raw},
    state::CallState,
};
use crate::{
    error::{Error, Result},
    store::{CallLimits, Handle, StoreInner, stale, wake_at},
    sys,
    trap::TrapCode,
    types::FuncType,
    vm::{Activation, ContextKind, STATUS_OK, pointers::FuncPtr},
};
use std::{
    cell::Cell,
    mem::MaybeUninit,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// Less host stack than this and a call is refused, in bytes.
const MIN_STACK_BYTES: usize = 24 << 10;

/// Calls a function of the store with arguments and results in `slots`, references as handles. `slots` holds at
/// least `FuncType::call_slots`.
pub fn call<T>(cx: &mut StoreContextMut<'_, T>, func: Handle, slots: &mut [u64]) -> Result<()> {
    let store = cx.inner();
    let (ptr, ty, owner) = begin(store, func)?;
    let result = call_pinned(cx, ptr, &ty, slots);
    if let Some(owner) = owner {
        let mut state = store.state();
        let mut freed = Vec::new();
        if let Some(data) = state.instances.get_mut(owner) {
            data.active -= 1;
            let (is_last, is_closed) = (data.active == 0, data.closed);
            if is_last {
                store.interrupt.forget_instance(owner);
            }
            if is_last && is_closed {
                freed = store.collect(&mut state, owner);
            }
        }
        drop(state);
        drop(freed);
    }
    if store.unsettled.load(Ordering::Relaxed) && store.active.load(Ordering::SeqCst) == 0 {
        store.settle();
    }
    result
}

/// Looks a handle up and keeps its instance for the call.
fn begin(store: &StoreInner, func: Handle) -> Result<(FuncPtr, FuncType, Option<Handle>)> {
    let mut state = store.state();
    if store.active.load(Ordering::Relaxed) == 0 {
        state.externs.begin_call();
    }
    let entry = state.funcs.get(func).ok_or_else(|| stale("function"))?;
    let (ptr, ty, owner) = (entry.ptr, entry.ty.clone(), entry.owner);
    if let Some(owner) = owner {
        let data = state.instances.get_mut(owner).filter(|data| !data.closed).ok_or_else(|| stale("function"))?;
        data.active += 1;
    }
    Ok((ptr, ty, owner))
}

fn call_pinned<T>(cx: &mut StoreContextMut<'_, T>, func: FuncPtr, ty: &FuncType, slots: &mut [u64]) -> Result<()> {
    if slots.len() < ty.call_slots() {
        return Err(Error::usage(format!("expected {} slots, but got {}", ty.call_slots(), slots.len())));
    }
    run(cx.inner(), cx.data_ptr(), func, ty, slots)
}

/// Runs a function with handles in its slots.
fn run(store: &StoreInner, data: *mut (), func: FuncPtr, ty: &FuncType, slots: &mut [u64]) -> Result<()> {
    let parent = CallState::current();
    let compiled = func.kind() == ContextKind::Compiled;
    let mut state = new_state(store, data, parent, instance_of(func))?;
    if compiled && parent.is_null() {
        sys::signals::prepare_thread();
    }
    let stack = interpret::StackLease::new(parent, store.engine.settings.max_stack_bytes);
    state.activation.interp_stack = stack.as_ptr();
    let requests = store.interrupt.enter(&store.active, || store.engine.epoch());
    if parent.is_null() {
        state.limits.requests = requests;
    }
    if let Some(deadline) = state.limits.deadline {
        wake_at(deadline, &store.interrupt);
    }
    return_lease(parent);
    if store.engine.settings.consume_fuel {
        state.activation.fuel_enabled = 1;
        state.activation.fuel = store.fuel.lease(0, store.shared);
    }
    let state_ptr = &raw mut state;
    // SAFETY: [activation-live] the state stays in this frame until the call has returned; [slots-len] checked by the
    // callers; [vmctx-live] the function's owner is kept by `begin`.
    let result = unsafe { as_current(state_ptr, || pass(state_ptr, func, ty, slots)) };
    store.fuel.give_back(state.activation.fuel);
    store.active.fetch_sub(1, Ordering::SeqCst);
    if result.is_err() {
        stack.abandon(&raw mut state.activation);
    }
    drop(stack);
    result
}

/// Runs `work` as the innermost call of this thread, when its turn has come.
///
/// # Safety
///
/// `[activation-live]`: the state stays where it is.
pub(super) unsafe fn as_current<R>(state: *mut CallState, work: impl FnOnce() -> Result<R>) -> Result<R> {
    // SAFETY: the caller's promise.
    let (store, parent) = unsafe { (CallState::store(state), (*state).parent) };
    if store.shared {
        store.calls.begin(state as usize);
    }
    CallState::set_current(state);
    // SAFETY: the caller's promise.
    let result = unsafe { CallState::take_turn(state).and_then(|()| work()) };
    // SAFETY: the caller's promise.
    unsafe { CallState::end_turn(state) };
    CallState::set_current(parent);
    if store.shared {
        store.calls.end(state as usize);
    }
    result
}

/// Through the door, and out again.
///
/// # Safety
///
/// As for [`dispatch`], and it is this call's turn.
unsafe fn pass(state: *mut CallState, func: FuncPtr, ty: &FuncType, slots: &mut [u64]) -> Result<()> {
    // SAFETY: [heap-access] it is this call's turn.
    let store = unsafe {
        let store = CallState::store(state);
        slots_to_raw(store, ty.params(), slots)?;
        store
    };
    // SAFETY: the caller's promise.
    match unsafe { dispatch(func, state.cast(), slots.as_mut_ptr()) } {
        STATUS_OK => {
            slots_from_raw(store, ty.results(), slots);
            Ok(())
        }
        // SAFETY: [activation-live] the call has come back.
        _ => Err(unsafe { take_error(store, &mut *state) }),
    }
}

fn instance_of(func: FuncPtr) -> Option<Handle> {
    let (index, generation) = func.owner();
    (index != u32::MAX).then_some(Handle { index, generation })
}

unsafe fn dispatch(func: FuncPtr, activation: *mut Activation, slots: *mut u64) -> u32 {
    match func.kind() {
        // SAFETY: the caller's.
        #[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
        ContextKind::Compiled => unsafe { super::switch::enter(activation, func.as_ptr(), slots) },
        // SAFETY: the caller's.
        _ => unsafe { func.array_entry()(func.as_ptr(), activation, slots) },
    }
}

/// An activation whose stack budget continues the parent's, or is cut to what the thread has left.
fn new_state(store: &StoreInner, data: *mut (), parent: *mut CallState, instance: Option<Handle>) -> Result<CallState> {
    let settings = &store.engine.settings;
    let here = (&raw const parent) as usize;
    let (stack_limit, limits) = if parent.is_null() {
        let remaining = sys::stack::stack_remaining_bytes();
        if remaining < MIN_STACK_BYTES {
            return Err(Error::limit(format!("only {remaining} bytes of the thread's stack are left to call wasm")));
        }
        let usable = (remaining - settings.host_reserve_bytes.min(remaining / 2)).min(settings.max_stack_bytes);
        let deadline = store.timeout().and_then(|timeout| Instant::now().checked_add(timeout));
        let requests = store.interrupt.requests();
        (here - usable, CallLimits { requests, deadline, instances: [instance, instance] })
    } else {
        // SAFETY: [activation-live] the parent's frame is below this one on this thread's stack.
        let (stack_limit, limits, parent_store) =
            unsafe { ((*parent).activation.stack_limit, (*parent).limits, CallState::store(parent)) };
        if here <= stack_limit {
            return Err(Error::trap(TrapCode::StackOverflow));
        }
        let requests = store.interrupt.requests();
        let limits = if parent_store.id == store.id {
            CallLimits { instances: [limits.instances[0], instance], ..limits }
        } else {
            CallLimits { requests, instances: [instance, instance], ..limits }
        };
        (stack_limit, limits)
    };
    Ok(state_of(store, data, parent, stack_limit, limits))
}

/// A call that has not begun.
pub(super) fn state_of(
    store: &StoreInner,
    data: *mut (),
    parent: *mut CallState,
    stack_limit: usize,
    limits: CallLimits,
) -> CallState {
    let activation = Activation {
        store: ptr::from_ref(store).cast(),
        parent: parent.cast(),
        bell: &raw const store.interrupt.bell,
        ..Activation::new(stack_limit, &raw const store.interrupt.word)
    };
    let left = [MaybeUninit::uninit(); MAX_FRAMES];
    CallState {
        activation,
        limits,
        data,
        parent,
        left,
        left_len: 0,
        in_guest: AtomicBool::new(false),
        has_turn: Cell::new(false),
        left_interpreted: Vec::new(),
    }
}

/// Before a nested call or a host function looks at the store's fuel, the running lease goes back; the next charge
/// takes a new one.
pub(super) fn return_lease(state: *mut CallState) {
    if !state.is_null() {
        // SAFETY: [activation-live]
        let (store, activation) = unsafe { (CallState::store(state), &mut (*state).activation) };
        store.fuel.give_back(std::mem::take(&mut activation.fuel));
    }
}

/// What stopped the call, with the frames that were live.
fn take_error(store: &StoreInner, state: &mut CallState) -> Error {
    let frames = backtrace::frames(&raw mut *state);
    let activation = &mut state.activation;
    if let Some(error) = activation.error.take() {
        return error.with_backtrace(frames);
    }
    if activation.exception != 0 {
        let exception = activation.take_exception();
        let error = activation
            .carrier
            .take()
            .map_or_else(|| Error::exception_of(Arc::new(store.hold_exception(exception))), |carrier| *carrier);
        return error.with_backtrace(frames);
    }
    let code = activation.take_trap().or_else(|| crate::jit::find_trap(activation.fault_pc));
    match code {
        Some(code) => Error::trap(code).with_backtrace(frames),
        None => Error::internal(format!("left wasm at {:#x} without a reason", activation.fault_pc)),
    }
}
