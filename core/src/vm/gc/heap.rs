//! A store's heap: bump allocation in one space of two.
//!
//! Code finds the head, a [`VmHeap`], through its context and allocates from it without further ado as long as there is
//! room. What is always true here: bytes from `top` up to `end` are zeros, and everything below `top` is objects. The
//! two spaces have offsets of their own, the upper one from [`UPPER_SPACE`] on, so that a reference tells in which it
//! is: a place that the collector comes to twice is changed once.

use super::{
    collect::{self, Roots, Visited},
    layout::{LENGTH_OFFSET, OBJECT_ALIGNMENT, TYPE_OFFSET},
    trace::Traces,
};
use crate::{
    sys::mmap::Reservation,
    types::{FuncType, SubType},
};
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

/// Offsets in the upper space have this bit.
pub const UPPER_SPACE: u32 = 1 << 31;
/// Most bytes of objects in a heap.
pub const MAX_HEAP_BYTES: u64 = UPPER_SPACE as u64 - FIRST_OBJECT;
/// Where a space has its first object: offset 0 stands for null.
const FIRST_OBJECT: u64 = OBJECT_ALIGNMENT as u64;
/// Fewer bytes than this are not worth a collection.
const MIN_ROOM_BYTES: u64 = 1 << 20;
/// A space that was used before is zeroed in pieces of this many bytes, just before they are used again.
const PIECE_BYTES: u64 = 64 << 10;

/// The whole heap.
#[repr(C)]
#[derive(Debug)]
pub struct Heap {
    /// First, so that a pointer to one is a pointer to the other.
    vm: VmHeap,
    space: Option<Space>,
    /// The space that was collected last, if it is worth keeping.
    spare: Option<Space>,
    /// Offset at which a collection is due.
    limit: u64,
    traces: Traces,
    /// Whether to collect before every allocation.
    is_stressed: bool,
    collections: u64,
    live_bytes: u64,
}

/// Memory for objects.
#[derive(Debug)]
pub(super) struct Space {
    memory: Reservation,
    /// Bytes from its start that may not be zeros.
    dirty_bytes: usize,
}

impl Space {
    fn new(min_bytes: u64, wanted_bytes: u64) -> std::io::Result<Space> {
        let memory = Reservation::zeroed(min_bytes as usize, wanted_bytes as usize)?;
        Ok(Space { memory, dirty_bytes: 0 })
    }

    /// Bytes that objects may take.
    fn room_bytes(&self) -> u64 {
        (self.memory.len() as u64).min(FIRST_OBJECT + MAX_HEAP_BYTES) - FIRST_OBJECT
    }
}

/// Why there is no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Full {
    /// The objects in use and the wanted one exceed the limit, which is this many bytes.
    Limit(u64),
    /// The system has no memory.
    System,
}

/// How a heap is doing. All sizes are in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct HeapStats {
    /// Objects that the last collection found in use.
    pub live_bytes: u64,
    /// Objects now, used or not.
    pub used_bytes: u64,
    /// What objects may take before the next collection.
    pub capacity_bytes: u64,
    /// How many collections there were.
    pub collections: u64,
}

impl Heap {
    fn new() -> Heap {
        Heap {
            vm: VmHeap { base: ptr::null_mut(), top: 0, end: 0 },
            space: None,
            spare: None,
            limit: 0,
            traces: Traces::default(),
            is_stressed: false,
            collections: 0,
            live_bytes: 0,
        }
    }

    /// A place for `bytes`, a multiple of 8; its offset. Writes the header; everything else is zero. `None` if there is
    /// no room.
    ///
    /// # Safety
    ///
    /// `[heap-access]`.
    #[inline]
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
            let object = heap.base.wrapping_add(offset as usize);
            object.add(TYPE_OFFSET as usize).cast::<u32>().write(ty);
            object.add(LENGTH_OFFSET as usize).cast::<u32>().write(len);
        }
        Some(offset as u32)
    }

    /// The engine's number of an object's type.
    ///
    /// # Safety
    ///
    /// `[heap-access]`, `[heap-objects]`
    pub unsafe fn object_type(heap: *const VmHeap, reference: u64) -> u32 {
        // SAFETY: The caller's promise.
        unsafe { (*heap).base.wrapping_add(reference as usize + TYPE_OFFSET as usize).cast::<u32>().read() }
    }

    /// Makes objects of these types known, given by the engine's numbers.
    pub fn register<'a>(&mut self, types: impl Iterator<Item = (u32, &'a SubType)>) {
        types.for_each(|(id, ty)| self.traces.register(id, ty));
    }

    /// Makes exceptions of tags of this function type known.
    pub fn register_exception(&mut self, id: u32, ty: &FuncType) {
        self.traces.register(id, &SubType::func(ty.clone()));
    }

    /// Collects before every allocation from now on, and spoils what was moved away, so that a reference which the
    /// collector does not know is found out.
    pub fn stress(&mut self) {
        self.is_stressed = true;
    }

    /// How the heap is doing.
    pub fn stats(&self) -> HeapStats {
        let Some(start) = self.space.as_ref().map(|_| self.start()) else { return HeapStats::default() };
        HeapStats {
            live_bytes: self.live_bytes,
            used_bytes: self.vm.top - start,
            capacity_bytes: self.limit - start,
            collections: self.collections,
        }
    }

    /// Makes room for `bytes`, by a collection if need be. All objects together never exceed `max_bytes`.
    ///
    /// # Safety
    ///
    /// `[heap-access]`, and `roots` shows every reference outside the heap (`[heap-objects]`).
    pub unsafe fn make_room(&mut self, bytes: u64, max_bytes: u64, roots: &mut dyn Roots) -> Result<(), Full> {
        if !self.is_stressed && self.extend(bytes) {
            return Ok(());
        }
        // SAFETY: The caller's promise.
        unsafe { self.collect(bytes, max_bytes, roots)? };
        if self.extend(bytes) { Ok(()) } else { Err(Full::Limit(max_bytes.min(MAX_HEAP_BYTES))) }
    }

    /// Moves every object in use to another space, which has room for `bytes` more if `max_bytes` allows it.
    ///
    /// # Safety
    ///
    /// As for [`Heap::make_room`].
    pub unsafe fn collect(&mut self, bytes: u64, max_bytes: u64, roots: &mut dyn Roots) -> Result<(), Full> {
        let max_bytes = max_bytes.min(MAX_HEAP_BYTES);
        let used = self.stats().used_bytes;
        let wanted = (2 * used).saturating_add(bytes).max(MIN_ROOM_BYTES).min(max_bytes).max(used);
        let mut to = match self.spare.take().filter(|space| space.room_bytes() >= wanted) {
            Some(spare) => spare,
            None => Space::new(used + FIRST_OBJECT, wanted + FIRST_OBJECT).map_err(|_| Full::System)?,
        };
        let room = to.room_bytes().min(max_bytes.max(used));
        let from = self.space.take();
        let is_upper = from.is_some() && !self.is_upper();
        let start = FIRST_OBJECT + if is_upper { u64::from(UPPER_SPACE) } else { 0 };
        let base = to.memory.base().wrapping_sub((start - FIRST_OBJECT) as usize);
        // SAFETY: [heap-objects] The other space has room for every object of this one.
        let top = unsafe { collect::evacuate(&self.traces, self.vm.base, base, start, roots) };
        self.live_bytes = top - start;
        let dirty = &mut to.dirty_bytes;
        *dirty = (*dirty).max((top - start + FIRST_OBJECT) as usize);
        self.limit = start + (2 * self.live_bytes).saturating_add(bytes).max(MIN_ROOM_BYTES).min(room);
        let old = std::mem::replace(&mut self.vm, VmHeap { base, top, end: top });
        self.space = Some(to);
        self.collections += 1;
        self.keep(from, &old);
        Ok(())
    }

    /// Keeps a space that was left if it is not too large for what is in use.
    fn keep(&mut self, from: Option<Space>, old: &VmHeap) {
        let Some(mut from) = from else { return };
        let bias = bias(old.top);
        from.dirty_bytes = from.dirty_bytes.max((old.end - bias) as usize);
        if self.is_stressed {
            // SAFETY: [mapping-owned] The memory is this space's, and nothing refers to what was there.
            unsafe { from.memory.base().write_bytes(SPOILED, from.dirty_bytes) };
        }
        if from.room_bytes() <= 2 * (self.limit - self.start()) + MIN_ROOM_BYTES {
            self.spare = Some(from);
        }
    }

    /// Raises `end` so that an object of `bytes` fits, if that is possible before the next collection.
    fn extend(&mut self, bytes: u64) -> bool {
        let Some(space) = &mut self.space else { return false };
        let VmHeap { base, top, end } = self.vm;
        let Some(needed) = top.checked_add(bytes).filter(|needed| *needed <= self.limit) else { return false };
        if needed <= end {
            return true;
        }
        let dirty_end = bias(top) + space.dirty_bytes as u64;
        let to = match (self.is_stressed, dirty_end <= end) {
            (true, _) => needed,
            (false, true) => self.limit,
            (false, false) => needed.max(end + PIECE_BYTES).min(self.limit),
        };
        if dirty_end > end {
            let zeroed = (to.min(dirty_end) - end) as usize;
            // SAFETY: [mapping-owned] What lies between `end` and the limit belongs to the space and holds no objects.
            unsafe { base.wrapping_add(end as usize).write_bytes(0, zeroed) };
        }
        self.vm.end = to;
        true
    }

    fn is_upper(&self) -> bool {
        bias(self.vm.top) != 0
    }

    /// Offset of the first object.
    fn start(&self) -> u64 {
        FIRST_OBJECT + bias(self.vm.top)
    }

    pub(super) fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Where something in the heap is, until the next collection.
    pub fn address(&self, offset: u64) -> *mut u8 {
        self.vm.base.wrapping_add(offset as usize)
    }

    pub(super) fn base(&self) -> *mut u8 {
        self.vm.base
    }
}

/// The offset at which the space begins that has its next object at `top`.
fn bias(top: u64) -> u64 {
    if top > u64::from(UPPER_SPACE) { u64::from(UPPER_SPACE) } else { 0 }
}

/// What stressed heaps leave where objects were: no type has such a number.
const SPOILED: u8 = 0xdb;

/// The heap of a store, in its own allocation since contexts point to it.
#[derive(Debug)]
pub struct HeapCell(Box<UnsafeCell<Heap>>);

// SAFETY: [heap-access] Whoever uses the heap is the only one.
unsafe impl Send for HeapCell {}
// SAFETY: [heap-access] As above.
unsafe impl Sync for HeapCell {}

impl Default for HeapCell {
    fn default() -> HeapCell {
        HeapCell(Box::new(UnsafeCell::new(Heap::new())))
    }
}

impl HeapCell {
    /// The heap as contexts name it.
    pub fn as_ptr(&self) -> *mut VmHeap {
        self.0.get().cast()
    }

    /// Shows the functions that can be reached through the objects from `reference` on, but for what was visited. Only
    /// while no call runs in the store.
    pub fn each_function_from(&self, reference: u64, visited: &mut Visited, visit: impl FnMut(u64)) {
        // SAFETY: [heap-access] nobody runs guest code, and the caller has passed the gate. [heap-objects] the reference comes from a place that the collector knows.
        unsafe { self.get().each_function_from(reference, visited, visit) }
    }

    /// The heap.
    ///
    /// # Safety
    ///
    /// `[heap-access]`, and no other reference to the heap is in use.
    #[expect(clippy::mut_from_ref, reason = "the heap has one user at a time")]
    pub unsafe fn get(&self) -> &mut Heap {
        // SAFETY: [heap-access] The caller's promise.
        unsafe { &mut *self.0.get() }
    }
}

#[cfg(test)]
mod tests;
