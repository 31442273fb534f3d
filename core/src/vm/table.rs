//! Tables of references.

use super::{FuncRef, VmContext};
use std::sync::atomic::{AtomicU32, AtomicU64};

/// The part of a table that generated code and the interpreter read.
#[repr(C)]
#[derive(Debug)]
pub struct TableDef {
    /// First entry (`[table-stable]`): [`TableEntry`] for function tables, `u64` handles for the others.
    pub base: *mut u8,
    /// Current length in elements; only grows.
    pub len: AtomicU64,
}

/// A function in a table, held inline so that an indirect call needs no further load. All zeros is null.
#[repr(C)]
#[derive(Debug)]
pub struct TableEntry {
    /// As in [`FuncRef`].
    pub code: *const u8,
    /// As in [`FuncRef`].
    pub vmctx: *mut VmContext,
    /// The signature's id, 0 for null; low half of the 8-byte word that readers check twice (`[entry-version]`).
    pub signature: AtomicU32,
    /// Grows with every write, odd while one is under way.
    pub version: AtomicU32,
    /// The function reference this entry was made from: the value that `table.get` gives.
    pub origin: *const FuncRef,
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// What generated code reads.
    pub def: Box<TableDef>,
}
