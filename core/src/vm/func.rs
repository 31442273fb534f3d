//! References to functions, as generated code and tables see them.

use super::{Activation, SignatureId, VmContext};

/// Status of an array entry or builtin: go on.
pub const STATUS_OK: u32 = 0;
/// Status of an array entry or builtin: the activation holds a trap or an error; whoever called raises it.
pub const STATUS_RAISE: u32 = 1;

/// The uniform entry of every function: arguments come in from slot 0, results go out from slot 0 (`[slots-len]`).
/// References in slots are raw here: a `*const FuncRef`, or an externref handle.
pub type ArrayEntry = unsafe extern "C" fn(func: *const FuncRef, activation: *mut Activation, slots: *mut u64) -> u32;

/// A function and what it needs to run. Lives in its instance's context (or in a host function's); never moves.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FuncRef {
    /// Native entry in Cranelift's `tail` convention, `(vmctx, args…)`; null when the engine has no compiled code.
    pub code: *const u8,
    /// Context of the callee.
    pub vmctx: *mut VmContext,
    /// The signature's id in its engine; never 0.
    pub signature: SignatureId,
    /// Index of the function in its own module (`FuncIdx`); for a host function, its number in the store.
    pub index: u32,
    /// The uniform entry.
    pub array_entry: ArrayEntry,
}
