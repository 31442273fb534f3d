//! The interpreter: `ModuleInfo` → register bytecode → run.
//!
//! `lower` turns a validated body into bytecode at the function's first call; `exec` runs it on an [`InterpStack`],
//! off the host stack. A call into anything that is not interpreted leaves the loop with [`Exit::CallOut`], which the
//! driver in `call` answers by running the callee and coming back through [`resume`]. What is always true here: the
//! bytecode that runs came out of `lower`, so its operands are in range, and every access to a memory is checked.

mod bytecode;
mod code;
#[cfg(test)]
mod disasm;
mod exec;
mod lower;
mod roots;
#[cfg(test)]
mod tests;
mod vector;

pub use code::InterpCode;
pub use exec::{Exit, InterpStack, abandon, catch, each_root, frames, resume, start};

/// Choices that change the bytecode.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct InterpSettings {
    /// Charge fuel.
    pub fuel: bool,
}
