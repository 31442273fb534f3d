//! Imports and code → instance, in the steps and the order of the specification (section "Instantiation").
//!
//! `resolve` checks what was given for each import; `instantiate` allocates, initializes and runs the start function.
//! What fails before the instance exists leaves nothing behind; what fails after it leaves what the segments wrote.

mod instantiate;
mod resolve;

pub use instantiate::instantiate;
pub use resolve::{ResolvedImport, missing};
