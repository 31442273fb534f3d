//! Objects that the collector owns: how they are laid out, and the heap they live in.
//!
//! A gc reference is a zero-extended 32-bit number: 0 is null; with the lowest bit set it is an `i31`; with the low bits
//! `10` it names a host object; else it is the offset of an object in the store's heap. Objects move when the heap is
//! collected, so a reference survives an allocation only in places that the collector knows.

pub mod collect;
pub mod heap;
pub mod layout;
pub mod stored;
pub mod trace;

pub use collect::{Roots, Visited};
pub use heap::{Full, Heap, HeapCell, HeapStats, VmHeap};
pub use layout::ObjectLayout;

/// Set in an `i31`, whose number stands in the bits above.
pub const I31_BIT: u32 = 1;
/// What kind of reference one is: zero for null and objects.
pub const KIND_BITS: u32 = 3;
/// The kind of references to host objects.
pub const HOST_KIND: u32 = 2;

/// Whether a gc reference that is not null names an object in the heap.
pub fn is_object(reference: u64) -> bool {
    reference as u32 & KIND_BITS == 0
}
