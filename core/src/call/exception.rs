//! Exceptions as the host makes them and looks into them, with raw references in slots.

use crate::{
    error::{Error, Result},
    store::{StoreInner, TagEntry, Thrown},
    vm::{SignatureId, exception, gc::Heap},
};
use std::num::NonZeroU32;

/// Makes an exception of a tag of the values in `slots`, with raw references.
pub fn new_exception(store: &StoreInner, tag: &TagEntry, slots: &[u64]) -> Result<Thrown> {
    let heap = store.heap.as_ptr();
    // SAFETY: [heap-access] whoever makes an exception has access to the store. [slots-len] the caller's promise.
    let allocate = || unsafe { exception::allocate(heap, tag.id, tag.signature.0.get(), &tag.ty, slots) };
    let made = allocate().or_else(|| {
        // SAFETY: [heap-access] as above.
        let has_room = unsafe { (*heap.cast::<Heap>()).make_room(exception::object_bytes(&tag.ty)) };
        has_room.then(allocate).flatten()
    });
    Ok(store.hold_exception(made.ok_or_else(|| Error::limit("the heap is full"))?))
}

/// The tag of an exception.
pub fn tag_of(store: &StoreInner, thrown: &Thrown) -> Result<TagEntry> {
    let exception = thrown.reference(store)?;
    let heap = store.heap.as_ptr();
    // SAFETY: [heap-access] as above; [heap-objects] a root is up to date.
    let (id, number) = unsafe { (exception::tag(heap, exception), exception::type_id(heap, exception)) };
    let signature = NonZeroU32::new(number).map(SignatureId);
    let ty = signature.and_then(|signature| Some((signature, store.engine.signatures.get(signature)?)));
    let (signature, ty) = ty.ok_or_else(|| Error::internal("an exception of an unknown type"))?;
    Ok(TagEntry { id, ty, signature, owner: None })
}

/// The values of an exception of this tag as slots with raw references.
pub fn payload_of(store: &StoreInner, thrown: &Thrown, tag: &TagEntry) -> Result<Vec<u64>> {
    let exception = thrown.reference(store)?;
    let mut slots = vec![0; tag.ty.param_slots()];
    // SAFETY: [heap-access] and [heap-objects] as above; the tag is the exception's own.
    unsafe { exception::read_payload(store.heap.as_ptr(), exception, &tag.ty, slots.as_mut_ptr()) };
    Ok(slots)
}
