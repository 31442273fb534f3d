//! Constant expressions at the door: they enter no function, but may allocate objects, and so run as a call.

use super::{
    StoreContextMut,
    enter::{as_current, state_of},
    heap::with_heap,
    state::CallState,
    turn::open_heap,
};
use crate::{
    error::{Error, Result},
    store::{CallLimits, Handle, StoreInner},
    vm::{self, builtins::Stop},
};

/// Gives a new instance, which counts as active, its state: globals, tables and segments.
pub fn initialize<T>(cx: &mut StoreContextMut<'_, T>, instance: Handle) -> Result<()> {
    let (store, parent) = (cx.inner(), CallState::current());
    let vm: *const vm::Instance = match store.state().instances.get(instance) {
        Some(data) => &raw const *data.vm,
        None => return Err(Error::internal("the new instance vanished")),
    };
    // SAFETY: [vmctx-live] an active instance stays.
    prepare_heap(store, unsafe { &*vm })?;
    let limits = CallLimits { requests: store.interrupt.requests(), deadline: None, instances: [Some(instance); 2] };
    let mut state = state_of(store, cx.data_ptr(), parent, 0, limits);
    let state_ptr = &raw mut state;
    // Not under the store's lock: whoever makes room in the heap looks at all instances.
    // SAFETY: [vmctx-live] an active instance stays. [activation-live] the state stays in this frame.
    let outcome = unsafe { as_current(state_ptr, || Ok((*vm).initialize(state_ptr.cast())))? };
    outcome.map_err(|stop| match (stop, state.activation.error.take(), state.activation.take_trap()) {
        (Stop::Trap(code), ..) | (Stop::Recorded, None, Some(code)) => Error::trap(code),
        (Stop::Recorded, Some(error), _) => *error,
        (Stop::Recorded, None, None) => Error::internal("a constant expression stopped without a reason"),
    })
}

/// Makes the types of an instance known to the collector, if it can make objects of them.
fn prepare_heap(store: &StoreInner, instance: &vm::Instance) -> Result<()> {
    let info = &*instance.info;
    if info.tags.is_empty() && info.types.iter().all(|ty| ty.as_func().is_some()) {
        return Ok(());
    }
    open_heap(store)?;
    with_heap(store, |access| {
        if store.engine.settings.gc_stress {
            access.heap().stress();
        }
        access.heap().register(instance.type_ids().zip(&info.types));
    });
    Ok(())
}
