//! Constant expressions at the door: they enter no function, but may allocate objects, and so run as a call.

use super::{StoreContextMut, enter::state_of, state::CallState};
use crate::{
    error::{Error, Result},
    store::{CallLimits, Handle},
    vm::{self, builtins::Stop},
};

/// Gives a new instance, which counts as active, its state: globals, tables and segments.
pub fn initialize<T>(cx: &mut StoreContextMut<'_, T>, instance: Handle) -> Result<()> {
    let (store, parent) = (cx.inner(), CallState::current());
    let vm: *const vm::Instance = match store.state().instances.get(instance) {
        Some(data) => &raw const *data.vm,
        None => return Err(Error::internal("the new instance vanished")),
    };
    let limits = CallLimits { requests: store.interrupt.requests(), deadline: None, instances: [Some(instance); 2] };
    let mut state = state_of(store, cx.data_ptr(), parent, 0, limits);
    let state_ptr = &raw mut state;
    CallState::set_current(state_ptr);
    // Not under the store's lock: whoever makes room in the heap looks at all instances.
    // SAFETY: [vmctx-live] an active instance stays. [activation-live] the state stays in this frame.
    let outcome = unsafe { (*vm).initialize(state_ptr.cast()) };
    CallState::set_current(parent);
    outcome.map_err(|stop| match (stop, state.activation.error.take(), state.activation.take_trap()) {
        (Stop::Trap(code), ..) | (Stop::Recorded, None, Some(code)) => Error::trap(code),
        (Stop::Recorded, Some(error), _) => *error,
        (Stop::Recorded, None, None) => Error::internal("a constant expression stopped without a reason"),
    })
}
