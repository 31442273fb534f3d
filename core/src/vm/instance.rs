//! The context of an instance: the fixed head that generated code and the interpreter read. The arrays behind the
//! head are laid out by [`super::VmLayout`].

use super::{Builtins, FuncRef};

/// What a context belongs to; tells how to call a function that names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum ContextKind {
    /// An instance whose functions are compiled.
    Compiled = 1,
    /// An instance whose functions are interpreted.
    Interpreted = 2,
    /// A host function.
    Host = 3,
}

/// Head of a context. Heads of host functions have `func_refs` (one entry) and zeros elsewhere.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct VmContext {
    /// What this belongs to.
    pub kind: ContextKind,
    /// The owner's index in its store's arena.
    pub owner: u32,
    /// The owner's generation in that arena.
    pub generation: u32,
    /// Zero.
    pub reserved: u32,
    /// Functions that generated code and the interpreter call for what is not worth inlining.
    pub builtins: *const Builtins,
    /// The references to this context's functions; see `ModuleInfo::escaping`.
    pub func_refs: *const FuncRef,
    /// The module's `interp::InterpCode` for interpreted instances, else null.
    pub interp_code: *const (),
    /// The Rust side of an instance; null for host functions.
    pub instance: *const Instance,
    /// The module's signature ids, by type index.
    pub signature_ids: *const u32,
}

/// The Rust side of an instance.
#[derive(Debug)]
pub struct Instance {}
