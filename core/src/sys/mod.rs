//! The operating system behind one seam: address space, executable memory, stack bounds.
//!
//! `unix` is what x86-64 Linux runs; `portable` needs nothing but Rust's std and stands in everywhere else, and on
//! Linux too under the feature `portable`. Both offer the same functions; only `unix` has guard pages
//! ([`mmap::HAS_GUARDS`]), executable memory and signals, and knows of forks. What is always true here: a
//! [`mmap::Reservation`] never moves, and its committed bytes start as zeros.

#![expect(unsafe_code, reason = "calls into the operating system and the allocator")]

#[cfg(any(feature = "portable", not(target_os = "linux")))]
pub mod portable;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub mod unix;

#[cfg(any(feature = "portable", not(target_os = "linux")))]
pub use portable::{fork, mmap, signals, stack};
#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub use unix::{fork, mmap, signals, stack};

/// Whether this build can run compiled code.
pub const HAS_JIT: bool = cfg!(all(target_arch = "x86_64", target_os = "linux", not(feature = "portable")));

#[cfg(test)]
mod tests;
