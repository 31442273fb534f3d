//! Builtins that allocate objects and look at their types.

use super::control::{Caller, Stop};
use crate::{
    trap::TrapCode,
    types::{CompositeKind, TypeIdx},
    vm::{
        Activation, STATUS_OK, VmContext,
        gc::{Heap, is_object},
    },
};

/// No heap holds as much as this, in bytes: references have 32 bits.
const MAX_OBJECT_BYTES: u64 = 1 << 32;

impl Caller<'_> {
    /// A zeroed object of a type of the instance; the reference to it. May collect.
    pub fn new_object(self, type_index: u32, len: u32) -> Result<u64, Stop> {
        let bytes = self.instance.layout.object(TypeIdx(type_index)).object_bytes(len);
        if bytes >= MAX_OBJECT_BYTES {
            return Err(TrapCode::AllocationTooLarge.into());
        }
        let ty = self.type_id(type_index);
        // SAFETY: [heap-access] A builtin runs where guest code does.
        if let Some(offset) = unsafe { Heap::allocate(self.heap(), ty, len, bytes) } {
            return Ok(offset.into());
        }
        self.collect(bytes)?;
        // SAFETY: [heap-access] As above.
        let offset = unsafe { Heap::allocate(self.heap(), ty, len, bytes) };
        Ok(offset.expect("there is room now").into())
    }

    /// The reference, or 0 after recording why there is none.
    pub(super) fn report_object(self, outcome: Result<u64, Stop>) -> u64 {
        outcome.unwrap_or_else(|stop| {
            self.report(Err(stop));
            0
        })
    }
}

pub(super) unsafe extern "C" fn gc_new_struct(activation: *mut Activation, vmctx: *mut VmContext, ty: u32) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report_object(caller.new_object(ty, 0))
}

pub(super) unsafe extern "C" fn gc_new_array(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    len: u32,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report_object(caller.new_object(ty, len))
}

pub(super) unsafe extern "C" fn ref_test(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    reference: u64,
    type_index: u32,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    if !is_object(reference) {
        return 0;
    }
    let ty = caller.object_type(reference);
    u32::from(caller.instance.types.is_subtype(ty, caller.type_id(type_index)))
}

pub(super) unsafe extern "C" fn ref_is_array(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    reference: u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let ty = caller.instance.types.registered(caller.object_type(reference));
    u32::from(ty.is_some_and(|registered| registered.ty.kind() == CompositeKind::Array))
}

pub(super) unsafe extern "C" fn type_is_subtype(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    sub: u32,
    sup: u32,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    u32::from(caller.instance.types.is_subtype(sub, sup))
}

impl Caller<'_> {
    fn collect(self, bytes: u64) -> Result<(), Stop> {
        if self.call_collect(bytes) == STATUS_OK { Ok(()) } else { Err(Stop::Recorded) }
    }
}
