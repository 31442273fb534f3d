//! Drives the interpreter: runs it until it has to call out, calls, and goes on.

use super::state::CallState;
use crate::{
    interp::{self, Exit, InterpStack},
    vm::{Activation, FuncRef, STATUS_OK, STATUS_RAISE},
};
use std::cell::RefCell;

/// The uniform entry of every interpreted function.
///
/// # Safety
///
/// As for every [`crate::vm::ArrayEntry`]: `[activation-live]`, `[vmctx-live]`, `[slots-len]`.
pub(crate) unsafe extern "C" fn interpreted_array_entry(
    func: *const FuncRef,
    activation: *mut Activation,
    slots: *mut u64,
) -> u32 {
    // SAFETY: [activation-live] the interpreter's stack is leased for as long as the activation.
    let stack = unsafe { (*activation).interp_stack.cast::<InterpStack>() };
    // SAFETY: the caller's.
    let mut exit = unsafe { interp::start(stack, activation, func, slots) };
    loop {
        exit = match exit {
            Exit::Done => return STATUS_OK,
            // SAFETY: [activation-live]
            Exit::Raise => match unsafe { catch(stack, activation) } {
                Some(exit) => exit,
                None => return STATUS_RAISE,
            },
            Exit::CallOut { func, slots } => {
                // SAFETY: [vmctx-live] the interpreter got the reference from its instance or a table; [slots-len] it
                // reserved the slots for the callee's type.
                let status = unsafe { ((*func).array_entry)(func, activation, slots) };
                if status == STATUS_OK {
                    // SAFETY: [activation-live] the callee has returned and the interpreter waits for it.
                    unsafe { interp::resume(stack, activation) }
                } else {
                    Exit::Raise
                }
            }
        }
    }
}

/// Goes on where the pending exception is caught; `None` if the call ends, be it for an exception or for anything else.
///
/// # Safety
///
/// `[activation-live]`; the interpreter stopped in a call of this activation that raises.
unsafe fn catch(stack: *mut InterpStack, activation: *mut Activation) -> Option<Exit> {
    // SAFETY: [activation-live] every activation is the head of a `CallState`.
    let state = unsafe { &mut *activation.cast::<CallState>() };
    if state.activation.exception == 0 {
        return None;
    }
    if std::mem::take(&mut state.activation.exception_is_new) {
        state.note_interpreted();
    }
    // SAFETY: [activation-live] as the caller says.
    unsafe { interp::catch(stack, activation) }
}

/// The interpreter's stack for one thread's nested calls: the parent's, or one that the thread keeps for next time.
pub(super) struct StackLease {
    stack: *mut InterpStack,
    owned: Option<(usize, Box<InterpStack>)>,
}

thread_local! {
    static SPARE: RefCell<Option<(usize, Box<InterpStack>)>> = const { RefCell::new(None) };
}

impl StackLease {
    pub(super) fn new(parent: *mut CallState, limit_bytes: usize) -> StackLease {
        if !parent.is_null() {
            // SAFETY: [activation-live]
            return StackLease { stack: unsafe { (*parent).activation.interp_stack.cast() }, owned: None };
        }
        let spare = SPARE.take().filter(|(bytes, _)| *bytes == limit_bytes);
        let (bytes, mut stack) = spare.unwrap_or_else(|| (limit_bytes, Box::new(InterpStack::new(limit_bytes))));
        StackLease { stack: &raw mut *stack, owned: Some((bytes, stack)) }
    }

    pub(super) fn as_ptr(&self) -> *mut () {
        self.stack.cast()
    }

    /// Drops the frames that a raised call left behind.
    pub(super) fn abandon(&self, activation: *mut Activation) {
        // SAFETY: [activation-live]; no interpreter loop of this activation runs any more.
        unsafe { interp::abandon(self.stack, activation) };
    }
}

impl Drop for StackLease {
    fn drop(&mut self) {
        if let Some(owned) = self.owned.take() {
            SPARE.set(Some(owned));
        }
    }
}
