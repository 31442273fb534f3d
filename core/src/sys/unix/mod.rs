//! Linux: memory through `mmap`, stack bounds through pthreads.

#[cfg(target_arch = "x86_64")]
pub mod fork;
pub mod mmap;
#[cfg(target_arch = "x86_64")]
pub mod signals;
pub mod stack;
