//! Exceptions as the host makes them and looks into them, with handles in slots.

use super::{
    heap::with_heap,
    references::{slots_from_raw, slots_to_raw},
    turn::open_heap,
};
use crate::{
    error::{Error, Result},
    store::{StoreInner, TagEntry, Thrown},
    vm::{SignatureId, exception},
};
use std::num::NonZeroU32;

/// Makes an exception of a tag of the values in `slots`, which hold handles.
pub fn new_exception(store: &StoreInner, tag: &TagEntry, slots: &mut [u64]) -> Result<Thrown> {
    open_heap(store)?;
    with_heap(store, |access| {
        access.heap().register_exception(tag.signature.0.get(), &tag.ty);
        access.reserve(exception::object_bytes(&tag.ty))?;
        // SAFETY: [heap-access] `with_heap`. Nothing is collected from here on.
        unsafe { slots_to_raw(store, tag.ty.params(), slots)? };
        let (id, number) = (tag.id, tag.signature.0.get());
        // SAFETY: [heap-access] as above. [slots-len] the caller's promise.
        let made = unsafe { exception::allocate(store.heap.as_ptr(), id, number, &tag.ty, slots) };
        Ok(store.hold_exception(made.ok_or_else(|| Error::internal("no room where room was made"))?))
    })
}

/// The tag of an exception.
pub fn tag_of(store: &StoreInner, thrown: &Thrown) -> Result<TagEntry> {
    store.check_id(thrown.store_id(), "exception")?;
    let heap = store.heap.as_ptr();
    // SAFETY: [heap-access] `with_heap`. [heap-objects] a root is up to date.
    let (id, number) = with_heap(store, |_| unsafe {
        let exception = thrown.reference(store)?;
        Ok::<_, Error>((exception::tag(heap, exception), exception::type_id(heap, exception)))
    })?;
    let signature = NonZeroU32::new(number).map(SignatureId);
    let ty = signature.and_then(|signature| Some((signature, store.engine.signatures.get(signature)?)));
    let (signature, ty) = ty.ok_or_else(|| Error::internal("an exception of an unknown type"))?;
    Ok(TagEntry { id, ty, signature, owner: None })
}

/// The values of an exception of this tag as slots with handles, of which tokens are to be taken.
pub fn payload_of(store: &StoreInner, thrown: &Thrown, tag: &TagEntry) -> Result<Vec<u64>> {
    let mut slots = vec![0; tag.ty.param_slots()];
    with_heap(store, |_| {
        let exception = thrown.reference(store)?;
        // SAFETY: [heap-access] `with_heap`. [heap-objects] a root is up to date; the tag is the exception's own.
        unsafe { exception::read_payload(store.heap.as_ptr(), exception, &tag.ty, slots.as_mut_ptr()) };
        slots_from_raw(store, tag.ty.params(), &mut slots);
        Ok(slots)
    })
}
