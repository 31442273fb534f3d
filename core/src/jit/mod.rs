//! `ModuleInfo` → CLIF → machine code, with Cranelift.
//!
//! In flow a decoded module, the layout of its contexts and the styles of its memories; out flows a [`CompiledModule`]:
//! one executable image with the entry of every function, registered so that a signal handler can tell which trap a
//! program counter stands for and a frame walk which function. Trampolines, which convert between the native
//! convention and slot arrays, exist once per signature and live as long as the [`Compiler`].
//!
//! Always true: code refers to nothing outside its image except through its context and the activation, and what was
//! made for one choice of memory styles runs on memories of these styles only.

use crate::{module::ModuleInfo, vm::ArrayEntry};
use std::sync::Arc;

macro_rules! on_supported_systems {
    ($($item:item)*) => {
        $(#[cfg(all(target_arch = "x86_64", target_os = "linux", not(feature = "portable")))] $item)*
    };
}

on_supported_systems! {
    mod abi;
    mod compiler;
    mod function;
    mod image;
    mod sites;
    mod target;
    mod trampoline;
    mod translate;
    #[cfg(test)]
    mod tests;

    pub use compiler::Compiler;
    pub use image::CompiledModule;
    pub use sites::{each_root, find_frame, find_landing, find_trap};
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(feature = "portable"))))]
mod absent;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(feature = "portable"))))]
pub use absent::{CompiledModule, Compiler, each_root, find_frame, find_landing, find_trap};

/// How hard the compiler tries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum OptLevel {
    /// Compile fast.
    None,
    /// Make fast code.
    #[default]
    Speed,
    /// Make fast code, but prefer smaller code where both are close.
    SpeedAndSize,
}

/// What a compiler is configured with.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "portable", expect(dead_code, reason = "the stand-in for the compiler looks at nothing"))]
pub struct JitSettings {
    /// How hard it tries.
    pub opt_level: OptLevel,
    /// Whether code may rely on hardware faults; if not, every check is explicit and traps are calls.
    pub signals: bool,
    /// Whether speculative out-of-bounds accesses to tables and checked memories are masked.
    pub spectre: bool,
    /// Whether operators consume fuel.
    pub fuel: bool,
    /// Whether loops and functions poll for interruption.
    pub interruption: bool,
    /// Whether relaxed SIMD operators give the same results on every processor.
    pub relaxed_simd_deterministic: bool,
    /// Whether to use the instruction that multiplies and adds with one rounding, where the processor has it.
    pub fused_multiply_add: bool,
    /// Threads that compile one module, at least 1.
    pub threads: usize,
}

/// The conversions between native calls and slot arrays for one signature.
#[derive(Clone, Copy, Debug)]
pub struct Trampolines {
    /// Calls a compiled function with arguments and results in slots. The activation must be in the pinned register.
    pub array_entry: ArrayEntry,
    /// Native code that calls the function described by the first `FuncRef` of its context through its array entry.
    pub host_entry: *const u8,
}

/// Where in a module a program counter is.
#[derive(Clone, Debug)]
pub struct FrameSite {
    /// The module.
    pub info: Arc<ModuleInfo>,
    /// The function's index.
    pub func_index: u32,
    /// Offset of the operator in bytes from the module's start; `u32::MAX` if unknown.
    pub module_offset: u32,
}
