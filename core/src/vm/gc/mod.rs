//! Objects that the collector owns: how they are laid out, and the heap they live in.
//!
//! A gc reference is a zero-extended 32-bit number: 0 is null; with the lowest bit set it is an `i31`; with the low bits
//! `10` it names a host object; else it is the offset of an object in the store's heap. Objects move when the heap is
//! collected, so a reference survives an allocation only in places that the collector knows.

pub mod heap;
pub mod layout;

pub use heap::{Heap, HeapCell, VmHeap};
pub use layout::ObjectLayout;
