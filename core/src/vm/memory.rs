//! Linear memories.

use std::sync::atomic::AtomicU64;

/// The part of a memory that generated code and the interpreter read.
#[repr(C)]
#[derive(Debug)]
pub struct MemoryDef {
    /// First byte (`[mem-stable]`).
    pub base: *mut u8,
    /// Current length in bytes; only grows.
    pub len_bytes: AtomicU64,
}

/// A linear memory.
#[derive(Debug)]
pub struct Memory {
    /// What generated code reads.
    pub def: Box<MemoryDef>,
}
