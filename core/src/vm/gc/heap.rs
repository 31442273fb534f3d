//! A store's heap: bump allocation in one space.
//!
//! Code finds the head, a [`VmHeap`], through its context and allocates from it without further ado as long as there is
//! room. What is always true here: bytes from `top` up to `end` are zeros, and everything below `top` is objects.

use super::layout::{LENGTH_OFFSET, OBJECT_ALIGNMENT, TYPE_OFFSET};
use crate::sys::mmap::Reservation;
use std::{cell::UnsafeCell, ptr};

/// What code reads and writes. All is zero before the first allocation.
#[repr(C)]
#[derive(Debug)]
pub struct VmHeap {
    /// Where offsets count from; changes with every collection.
    pub base: *mut u8,
    /// Offset of the next object.
    pub top: u64,
    /// Objects may be put up to here.
    pub end: u64,
}

/// The whole heap.
#[repr(C)]
#[derive(Debug)]
pub struct Heap {
    /// First, so that a pointer to one is a pointer to the other.
    vm: VmHeap,
    space: Option<Reservation>,
}

/// Bytes of the only space.
const SPACE_BYTES: usize = 64 << 20;

impl Heap {
    /// A place for `bytes`, a multiple of 8; its offset. Writes the header; everything else is zero. `None` if there is
    /// no room.
    ///
    /// # Safety
    ///
    /// `[heap-access]`.
    pub unsafe fn allocate(heap: *mut VmHeap, ty: u32, len: u32, bytes: u64) -> Option<u32> {
        // SAFETY: [heap-access] The caller's promise.
        let heap = unsafe { &mut *heap };
        let offset = heap.top;
        if bytes > heap.end - offset {
            return None;
        }
        heap.top = offset + bytes;
        // SAFETY: [heap-objects] The object lies between what were `top` and `end`.
        unsafe {
            let object = heap.base.add(offset as usize);
            object.add(TYPE_OFFSET as usize).cast::<u32>().write(ty);
            object.add(LENGTH_OFFSET as usize).cast::<u32>().write(len);
        }
        Some(offset as u32)
    }

    /// Makes room for `bytes`; whether it could.
    pub fn make_room(&mut self, bytes: u64) -> bool {
        if self.space.is_none()
            && let Ok(space) = Reservation::zeroed(SPACE_BYTES, SPACE_BYTES)
        {
            self.vm = VmHeap { base: space.base(), top: u64::from(OBJECT_ALIGNMENT), end: space.len() as u64 };
            self.space = Some(space);
        }
        bytes <= self.vm.end - self.vm.top
    }
}

/// The heap of a store, in its own allocation since contexts point to it.
#[derive(Debug)]
pub struct HeapCell(Box<UnsafeCell<Heap>>);

// SAFETY: [heap-access] Whoever uses the heap is the only one.
unsafe impl Send for HeapCell {}
// SAFETY: [heap-access] As above.
unsafe impl Sync for HeapCell {}

impl Default for HeapCell {
    fn default() -> HeapCell {
        let vm = VmHeap { base: ptr::null_mut(), top: 0, end: 0 };
        HeapCell(Box::new(UnsafeCell::new(Heap { vm, space: None })))
    }
}

impl HeapCell {
    /// The heap as contexts name it.
    pub fn as_ptr(&self) -> *mut VmHeap {
        self.0.get().cast()
    }
}
