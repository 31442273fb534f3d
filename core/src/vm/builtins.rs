//! What generated code and the interpreter call for everything that is not worth inlining: implemented once, used
//! by both engines through this table.
//!
//! Functions that return a status leave the reason in the activation when it is [`super::STATUS_RAISE`]. Indices are
//! module indices of the instance whose context is passed. Lengths and offsets are zero-extended.

use super::{Activation, FuncRef, VmContext};

macro_rules! builtins {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        /// The table of builtins, one per store, named by every context.
        #[repr(C)]
        #[derive(Clone, Copy)]
        #[expect(missing_debug_implementations, reason = "a table of function pointers")]
        pub struct Builtins {
            $($(#[$doc])* pub $name: unsafe extern "C" fn(*mut Activation, *mut VmContext $(, $ty)*) $(-> $ret)?,)*
        }
    };
}

builtins! {
    /// Grows a memory; the old size in pages, or `u64::MAX`.
    memory_grow(memory: u32, delta_pages: u64) -> u64;
    /// `memory.copy`; a status.
    memory_copy(to_memory: u32, from_memory: u32, to: u64, from: u64, len: u64) -> u32;
    /// `memory.fill`; a status.
    memory_fill(memory: u32, to: u64, byte: u32, len: u64) -> u32;
    /// `memory.init`; a status.
    memory_init(memory: u32, data: u32, to: u64, from: u32, len: u32) -> u32;
    /// `data.drop`.
    data_drop(data: u32);
    /// `table.get`: writes the raw reference to `*out`; a status.
    table_get(table: u32, index: u64, out: *mut u64) -> u32;
    /// `table.set` with a raw reference; a status.
    table_set(table: u32, index: u64, reference: u64) -> u32;
    /// `table.grow` with a raw reference; the old size in elements, or `u64::MAX`.
    table_grow(table: u32, delta: u64, reference: u64) -> u64;
    /// `table.fill` with a raw reference; a status.
    table_fill(table: u32, to: u64, reference: u64, len: u64) -> u32;
    /// `table.copy`; a status.
    table_copy(to_table: u32, from_table: u32, to: u64, from: u64, len: u64) -> u32;
    /// `table.init`; a status.
    table_init(table: u32, elem: u32, to: u64, from: u32, len: u32) -> u32;
    /// `elem.drop`.
    elem_drop(elem: u32);
    /// The function behind an indirect call whose fast check failed: null after recording
    /// `UndefinedElement`, `UninitializedElement` or `IndirectCallTypeMismatch`.
    call_indirect_slow(table: u32, index: u64, signature: u32) -> *const FuncRef;
    /// Leaves compiled code for the activation's entry with [`super::STATUS_RAISE`], recording from where. Never
    /// returns. The reason is already in the activation. Not for the interpreter.
    raise();
    /// Called when the interrupt word is non-zero; a status.
    interrupt_poll() -> u32;
    /// Called when `activation.fuel` has gone below zero by charging `cost`: either tops the lease up, or gives
    /// `cost` back, records `OutOfFuel` and asks to raise; a status.
    fuel_exhausted(cost: u64) -> u32;
}
