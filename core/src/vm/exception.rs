//! Exceptions: a tag and the values thrown with it, as an object in the store's heap.
//!
//! No function is in the heap, so an object whose header names a function type is an exception of a tag of that type.
//! Behind the header it has the tag's identity and then the values, laid out like the fields of a struct.

use super::gc::{
    Heap, VmHeap,
    layout::{HEADER_BYTES, OBJECT_ALIGNMENT, TYPE_OFFSET, storage_bytes},
};
use crate::types::{FuncType, StorageType, ValType};
use std::sync::atomic::{AtomicU64, Ordering};

/// The identity of a tag. Every tag that an instance defines or the host makes has its own, which no later one gets, so
/// that exceptions may outlive their tags.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct TagId(pub u64);

impl TagId {
    /// An identity that nothing else has.
    pub fn fresh() -> TagId {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        TagId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Where an exception has its tag.
const TAG_OFFSET: u32 = HEADER_BYTES;

/// The values of exceptions of a tag of type `ty`: where each is, in bytes from the object's start.
pub fn fields(ty: &FuncType) -> impl Iterator<Item = (u32, ValType)> {
    let mut end = TAG_OFFSET + 8;
    ty.params().iter().map(move |ty| {
        let bytes = storage_bytes(StorageType::Val(*ty));
        let offset = end.next_multiple_of(bytes.min(OBJECT_ALIGNMENT));
        end = offset + bytes;
        (offset, *ty)
    })
}

/// Bytes that an exception of a tag of type `ty` takes in the heap.
pub fn object_bytes(ty: &FuncType) -> u64 {
    let end = fields(ty).last().map_or(TAG_OFFSET + 8, |(offset, ty)| offset + storage_bytes(StorageType::Val(ty)));
    end.next_multiple_of(OBJECT_ALIGNMENT).into()
}

/// Makes an exception of the values in `slots`, references raw, if there is room for it; the reference to it.
/// `type_id` is the engine's number of `ty`.
///
/// # Safety
///
/// `[heap-access]`; `slots` holds the parameters of `ty`.
pub unsafe fn allocate(heap: *mut VmHeap, tag: TagId, type_id: u32, ty: &FuncType, slots: &[u64]) -> Option<u64> {
    // SAFETY: [heap-access] The caller's promise. [heap-objects] The object has these fields.
    unsafe {
        let offset = Heap::allocate(heap, type_id, 0, object_bytes(ty))?;
        let object = (*heap).base.add(offset as usize);
        object.add(TAG_OFFSET as usize).cast::<u64>().write(tag.0);
        let mut slot = 0;
        for (at, ty) in fields(ty) {
            let place = object.add(at as usize);
            match storage_bytes(StorageType::Val(ty)) {
                4 => place.cast::<u32>().write(slots[slot] as u32),
                8 => place.cast::<u64>().write(slots[slot]),
                _ => place.cast::<[u64; 2]>().write([slots[slot], slots[slot + 1]]),
            }
            slot += ty.slots();
        }
        Some(offset.into())
    }
}

/// The tag of an exception.
///
/// # Safety
///
/// `[heap-access]`; `[heap-objects]`: the reference leads to an exception.
pub unsafe fn tag(heap: *const VmHeap, exception: u64) -> TagId {
    // SAFETY: [heap-access] [heap-objects] The caller's promise.
    TagId(unsafe { (*heap).base.add(exception as usize + TAG_OFFSET as usize).cast::<u64>().read() })
}

/// The engine's number of the type of an exception's tag.
///
/// # Safety
///
/// As for [`tag`].
pub unsafe fn type_id(heap: *const VmHeap, exception: u64) -> u32 {
    // SAFETY: [heap-access] [heap-objects] The caller's promise.
    unsafe { (*heap).base.add(exception as usize + TYPE_OFFSET as usize).cast::<u32>().read() }
}

/// Writes the values of an exception of a tag of type `ty` to `slots`, references raw.
///
/// # Safety
///
/// As for [`tag`]; `slots` has room for the parameters of `ty`.
pub unsafe fn read_payload(heap: *const VmHeap, exception: u64, ty: &FuncType, mut slots: *mut u64) {
    // SAFETY: [heap-access] [heap-objects] The caller's promise.
    unsafe {
        let object = (*heap).base.add(exception as usize);
        for (at, ty) in fields(ty) {
            let place = object.add(at as usize);
            match storage_bytes(StorageType::Val(ty)) {
                4 => slots.write(place.cast::<u32>().read().into()),
                8 => slots.write(place.cast::<u64>().read()),
                _ => slots.cast::<[u64; 2]>().write(place.cast::<[u64; 2]>().read()),
            }
            slots = slots.add(ty.slots());
        }
    }
}

/// Positions among call slots of the parameters that are gc references.
pub fn reference_slots(ty: &FuncType) -> impl Iterator<Item = usize> {
    let mut slot = 0;
    ty.params().iter().filter_map(move |ty| {
        let here = slot;
        slot += ty.slots();
        matches!(ty, ValType::Ref(ty) if ty.is_gc()).then_some(here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::RefType;

    #[test]
    fn values_stand_behind_the_tag_each_at_its_alignment() {
        let exn = ValType::Ref(RefType { nullable: true, heap: crate::types::HeapType::Exn });
        let params = [ValType::I32, ValType::V128, exn, ValType::EXTERNREF, ValType::FUNCREF, ValType::F32];
        let ty = FuncType::new(params, []);
        let offsets: Vec<u32> = fields(&ty).map(|(offset, _)| offset).collect();
        assert_eq!((offsets, object_bytes(&ty)), (vec![16, 24, 40, 44, 48, 56], 64));
        assert_eq!(reference_slots(&ty).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(object_bytes(&FuncType::new([], [])), 16);
    }
}
