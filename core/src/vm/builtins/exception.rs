//! Builtins on exceptions. What throws answers [`STATUS_RAISE`] with the exception in the activation.

use super::control::Caller;
use crate::{
    trap::TrapCode,
    types::TagIdx,
    vm::{Activation, STATUS_RAISE, VmContext, exception::Exceptions},
};

/// The exceptions of the store that the call runs in.
///
/// # Safety
///
/// `[activation-live]`
unsafe fn exceptions<'a>(activation: *mut Activation) -> &'a Exceptions {
    // SAFETY: [activation-live] The store outlives its calls.
    unsafe { &*(*activation).exceptions }
}

pub(super) unsafe extern "C" fn throw(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    tag: u32,
    payload: *const u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let (id, ty) = caller.instance.tag(TagIdx(tag));
    let len = caller.instance.info.tag_type(TagIdx(tag)).param_slots();
    // SAFETY: [slots-len] The engine passes as many slots as the tag's parameters take.
    let payload = unsafe { std::slice::from_raw_parts(payload, len) };
    // SAFETY: [activation-live]
    unsafe {
        let exception = exceptions(activation).allocate(id, ty, payload);
        (*activation).set_exception(exception);
    }
    STATUS_RAISE
}

pub(super) unsafe extern "C" fn throw_ref(activation: *mut Activation, _: *mut VmContext, exception: u64) -> u32 {
    // SAFETY: [activation-live] The activation is this thread's and nothing else borrows it now.
    let activation = unsafe { &mut *activation };
    match exception {
        0 => activation.set_trap(TrapCode::NullReference),
        exception => activation.set_exception(exception),
    }
    STATUS_RAISE
}

pub(super) unsafe extern "C" fn exception_tag(activation: *mut Activation, _: *mut VmContext, exception: u64) -> u64 {
    // SAFETY: [activation-live]
    unsafe { exceptions(activation) }.tag(exception).0
}

pub(super) unsafe extern "C" fn exception_payload(
    activation: *mut Activation,
    _: *mut VmContext,
    exception: u64,
    to: *mut u64,
) {
    // SAFETY: [activation-live]
    let exceptions = unsafe { exceptions(activation) };
    // SAFETY: [slots-len] The engine compared the tag and passes as many slots as its parameters take.
    exceptions.with_payload(exception, |payload| unsafe {
        to.copy_from_nonoverlapping(payload.as_ptr(), payload.len());
    });
}
