//! Any system that has Rust's std: memory from the allocator, an estimate of the stack, no guard pages.

pub mod fork;
pub mod mmap;
pub mod signals;
pub mod stack;
