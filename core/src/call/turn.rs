//! Whose turn it is: in a shared store whose guests have objects, one thread at a time runs guest code.
//!
//! A call takes the gate when it enters guest code and gives it up while a host function runs, while it waits, and when
//! it ends. What is always true here: a call that runs guest code in a store with objects holds the gate, unless the
//! store is not shared. Stores that are neither cost one load each way.

use super::state::CallState;
use crate::{
    error::Result,
    store::StoreInner,
    vm::{Activation, STATUS_OK, STATUS_RAISE, VmContext},
};
use std::{sync::atomic::Ordering, time::Duration};

/// How often somebody who opens the heap looks whether older calls have left guest code.
const LOOK_AGAIN: Duration = Duration::from_micros(200);

impl CallState {
    /// Waits until this call may run guest code. An error, by which the call is to stop, means that it may not.
    ///
    /// # Safety
    ///
    /// `[activation-live]`: the state is that of a running call on this thread.
    pub(super) unsafe fn take_turn(state: *const CallState) -> Result<()> {
        // SAFETY: [activation-live]; other threads read `in_guest` only.
        let (store, state) = unsafe { (CallState::store(state), &*state) };
        if !store.shared {
            return Ok(());
        }
        // Who opens the heap sets the flag and then looks at `in_guest`: one of both sees the other.
        state.in_guest.store(true, Ordering::SeqCst);
        if !store.has_heap.load(Ordering::SeqCst) || state.has_turn.get() {
            return Ok(());
        }
        state.in_guest.store(false, Ordering::SeqCst);
        store.gate.enter(|| match store.interrupt.word.load(Ordering::Relaxed) {
            0 => Ok(()),
            _ => store.interrupt.check(&state.limits, store.engine.epoch()),
        })?;
        state.has_turn.set(true);
        Ok(())
    }

    /// Lets others run.
    ///
    /// # Safety
    ///
    /// As for [`CallState::take_turn`].
    pub(super) unsafe fn end_turn(state: *const CallState) {
        // SAFETY: as above.
        let (store, state) = unsafe { (CallState::store(state), &*state) };
        if !store.shared {
            return;
        }
        if state.has_turn.replace(false) {
            store.gate.leave();
        }
        state.in_guest.store(false, Ordering::SeqCst);
    }

    /// Runs `work` while others may run.
    ///
    /// # Safety
    ///
    /// As for [`CallState::take_turn`]; the collector knows every reference that the call holds.
    pub(super) unsafe fn between_turns<R>(state: *const CallState, work: impl FnOnce() -> Result<R>) -> Result<R> {
        // SAFETY: the caller's promise.
        let was_running = unsafe {
            let was_running = (*state).has_turn.get() || (*state).in_guest.load(Ordering::Relaxed);
            CallState::end_turn(state);
            was_running
        };
        let result = work();
        if was_running {
            // SAFETY: the caller's promise.
            unsafe { CallState::take_turn(state)? };
        }
        result
    }
}

/// `Builtins::pause`: others may run until [`proceed`].
pub(super) unsafe extern "C" fn pause(activation: *mut Activation, _: *mut VmContext) {
    // SAFETY: [activation-live] every activation that code receives is the head of a `CallState`.
    unsafe { CallState::end_turn(activation.cast()) };
}

/// `Builtins::proceed`: ends what [`pause`] began; a status.
pub(super) unsafe extern "C" fn proceed(activation: *mut Activation, _: *mut VmContext) -> u32 {
    // SAFETY: [activation-live] as above.
    match unsafe { CallState::take_turn(activation.cast()) } {
        Ok(()) => STATUS_OK,
        Err(error) => {
            // SAFETY: [activation-live]
            unsafe { (*activation).error = Some(Box::new(error)) };
            STATUS_RAISE
        }
    }
}

/// Says that guests of the store may have objects from now on, and waits until those calls of other threads that do not
/// know it yet have left guest code.
pub fn open_heap(store: &StoreInner) -> Result<()> {
    store.has_heap.store(true, Ordering::SeqCst);
    let current = CallState::current();
    loop {
        let mut is_busy = false;
        store.calls.each(|call| {
            let state = call as *const CallState;
            // SAFETY: [activation-live] a call takes itself off the list before it ends.
            is_busy |= unsafe { (*state).in_guest.load(Ordering::SeqCst) };
        });
        if !is_busy {
            return Ok(());
        }
        // SAFETY: [activation-live] this thread's call waits for this function.
        if let Some(state) = unsafe { current.as_ref() }
            && store.interrupt.word.load(Ordering::Relaxed) != 0
        {
            store.interrupt.check(&state.limits, store.engine.epoch())?;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
