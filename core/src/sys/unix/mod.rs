//! Linux: memory through `mmap`, stack bounds through pthreads.

pub mod mmap;
pub mod stack;
