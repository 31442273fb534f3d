//! Bytes → `ModuleInfo`: decoding and validation.
//!
//! wasmparser reads and validates; what flows out owns its bytes and holds everything that compilation, lowering
//! and linking ask for. What is always true here: a `ModuleInfo` that exists is valid, so later layers index
//! without checks of their own.

pub mod cast;
mod const_expr;
mod decode;
pub mod fuel;
mod info;
mod names;
mod proposals;
mod reject;
#[cfg(test)]
mod tests;
mod types;
mod validate;

pub use decode::decode;
pub use info::*;
