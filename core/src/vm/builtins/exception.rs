//! Builtins on exceptions. What throws answers [`STATUS_RAISE`] with the exception in the activation.

use super::control::{Caller, Stop};
use crate::{
    trap::TrapCode,
    types::TagIdx,
    vm::{Activation, STATUS_OK, STATUS_RAISE, VmContext, exception},
};
use std::slice;

pub(super) unsafe extern "C" fn throw(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    tag: u32,
    payload: *mut u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let ty = caller.instance.info.tag_type(TagIdx(tag));
    // SAFETY: [slots-len] The engine passes as many slots as the tag's parameters take.
    let payload = unsafe { slice::from_raw_parts_mut(payload, ty.param_slots()) };
    match caller.new_exception(TagIdx(tag), payload) {
        // SAFETY: [activation-live] The activation is this thread's and nothing else borrows it now.
        Ok(exception) => unsafe { (*activation).set_exception(exception) },
        Err(stop) => return caller.report(Err(stop)),
    }
    STATUS_RAISE
}

impl Caller<'_> {
    /// An exception of the values in `payload`. May collect.
    fn new_exception(self, tag: TagIdx, payload: &mut [u64]) -> Result<u64, Stop> {
        let (id, type_id) = self.instance.tag(tag);
        let ty = self.instance.info.tag_type(tag);
        // SAFETY: [heap-access] A builtin runs where guest code does.
        let allocate = |payload: &[u64]| unsafe { exception::allocate(self.heap(), id, type_id.0.get(), ty, payload) };
        if let Some(exception) = allocate(payload) {
            return Ok(exception);
        }
        let mut references: Vec<u64> = exception::reference_slots(ty).map(|slot| payload[slot]).collect();
        let status = self.keeping(&mut references, || self.call_collect(exception::object_bytes(ty)));
        for (slot, reference) in exception::reference_slots(ty).zip(references) {
            payload[slot] = reference;
        }
        if status != STATUS_OK {
            return Err(Stop::Recorded);
        }
        Ok(allocate(payload).expect("there is room now"))
    }
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

pub(super) unsafe extern "C" fn exception_tag(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    exception: u64,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    // SAFETY: [heap-access] A builtin runs where guest code does. [heap-objects] The engine passes an exception.
    unsafe { exception::tag(caller.heap(), exception) }.0
}

pub(super) unsafe extern "C" fn exception_payload(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    exception: u64,
    tag: u32,
    to: *mut u64,
) {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let ty = caller.instance.info.tag_type(TagIdx(tag));
    // SAFETY: [heap-access] [heap-objects] As above; the engine compared the tag. [slots-len] It passes as many slots as
    // the tag's parameters take.
    unsafe { exception::read_payload(caller.heap(), exception, ty, to) };
}
