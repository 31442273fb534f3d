//! Where things stand behind the head of a `VmContext`, computed once per module.
//!
//! Order: memories, tables, pointers to imported globals, defined globals, function references.

use super::{FuncRef, GlobalCell, MemoryDef, TableDef, VmContext};
use crate::{
    module::ModuleInfo,
    types::{FuncIdx, GlobalIdx, MemoryIdx, TableIdx},
};
use std::mem::size_of;

/// A memory as the context names it: its base, which never changes (`[mem-stable]`), and its definition.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VmMemory {
    /// First byte.
    pub base: *mut u8,
    /// Where the current length is.
    pub def: *const MemoryDef,
}

/// A table as the context names it: its base, which never changes (`[table-stable]`), and its definition.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VmTable {
    /// First entry.
    pub base: *mut u8,
    /// Where the current length is.
    pub def: *const TableDef,
}

/// Byte offsets from the start of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmLayout {
    memories: u32,
    tables: u32,
    imported_globals: u32,
    imported_globals_len: u32,
    defined_globals: u32,
    func_refs: u32,
    size_bytes: u32,
}

impl VmLayout {
    /// The layout of an instance of `info`.
    pub fn new(info: &ModuleInfo) -> VmLayout {
        let memories = size_of::<VmContext>() as u32;
        let tables = memories + info.memories.len() as u32 * size_of::<VmMemory>() as u32;
        let imported_globals = tables + info.tables.len() as u32 * size_of::<VmTable>() as u32;
        let defined_globals = (imported_globals + info.imported_globals * 8).next_multiple_of(16);
        let defined_len = info.globals.len() as u32 - info.imported_globals;
        let func_refs = defined_globals + defined_len * size_of::<GlobalCell>() as u32;
        let size_bytes = func_refs + info.escaping.len() as u32 * size_of::<FuncRef>() as u32;
        VmLayout {
            memories,
            tables,
            imported_globals,
            imported_globals_len: info.imported_globals,
            defined_globals,
            func_refs,
            size_bytes,
        }
    }

    /// Size of the whole context in bytes.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes as usize
    }

    /// Offset of a [`VmMemory`].
    pub fn memory(&self, memory: MemoryIdx) -> u32 {
        self.memories + memory.0 * size_of::<VmMemory>() as u32
    }

    /// Offset of a [`VmTable`].
    pub fn table(&self, table: TableIdx) -> u32 {
        self.tables + table.0 * size_of::<VmTable>() as u32
    }

    /// Offset of an imported global's `*mut GlobalCell`, or `None` if `global` is defined here.
    pub fn imported_global(&self, global: GlobalIdx) -> Option<u32> {
        (global.0 < self.imported_globals_len).then(|| self.imported_globals + global.0 * 8)
    }

    /// Offset of a defined global's [`GlobalCell`], or `None` if `global` is imported.
    pub fn defined_global(&self, global: GlobalIdx) -> Option<u32> {
        let index = global.0.checked_sub(self.imported_globals_len)?;
        Some(self.defined_globals + index * size_of::<GlobalCell>() as u32)
    }

    /// Offset of the [`FuncRef`] of an escaping function. Imports always have one.
    pub fn func_ref(&self, info: &ModuleInfo, func: FuncIdx) -> Option<u32> {
        info.escaping_index(func).map(|index| self.func_refs + (index * size_of::<FuncRef>()) as u32)
    }

    /// Offset of the first [`FuncRef`].
    pub fn func_refs(&self) -> u32 {
        self.func_refs
    }
}

const _: () = assert!(size_of::<FuncRef>() == 32 && size_of::<GlobalCell>() == 16);
const _: () = assert!(size_of::<VmContext>().is_multiple_of(16));
