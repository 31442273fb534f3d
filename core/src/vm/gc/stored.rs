//! Values in objects.

use super::layout::storage_bytes;
use crate::types::StorageType;

/// Stores the value in `slots`, of which a packed field keeps the low bits.
///
/// # Safety
///
/// `place` is a field or element of this storage in an object of the heap (`[heap-objects]`).
pub unsafe fn store(place: *mut u8, storage: StorageType, slots: [u64; 2]) {
    // SAFETY: [heap-objects] The caller's promise; places may be less aligned than values are.
    unsafe {
        match storage_bytes(storage) {
            1 => place.write(slots[0] as u8),
            2 => place.cast::<u16>().write_unaligned(slots[0] as u16),
            4 => place.cast::<u32>().write_unaligned(slots[0] as u32),
            8 => place.cast::<u64>().write_unaligned(slots[0]),
            _ => place.cast::<[u64; 2]>().write_unaligned(slots),
        }
    }
}

/// The value as slots; packed ones are zero-extended.
///
/// # Safety
///
/// As for [`store`].
pub unsafe fn load(place: *const u8, storage: StorageType) -> [u64; 2] {
    // SAFETY: [heap-objects] As in `store`.
    unsafe {
        match storage_bytes(storage) {
            1 => [place.read().into(), 0],
            2 => [place.cast::<u16>().read_unaligned().into(), 0],
            4 => [place.cast::<u32>().read_unaligned().into(), 0],
            8 => [place.cast::<u64>().read_unaligned(), 0],
            _ => place.cast::<[u64; 2]>().read_unaligned(),
        }
    }
}
