//! Where things stand behind the head of a `VmContext`, computed once per module.
//!
//! Order: memories, tables, pointers to imported globals, tags, defined globals, function references.

use super::{FuncRef, GlobalCell, MemoryDef, TableDef, TableEntry, VmContext, exception::TagId, gc::ObjectLayout};
use crate::{
    module::ModuleInfo,
    types::{FuncIdx, GlobalIdx, MemoryIdx, TableIdx, TagIdx, TypeIdx},
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
    tags: u32,
    defined_globals: u32,
    func_refs: u32,
    size_bytes: u32,
    objects: Box<[ObjectLayout]>,
}

impl VmLayout {
    /// The layout of an instance of `info`.
    pub fn new(info: &ModuleInfo) -> VmLayout {
        let memories = size_of::<VmContext>() as u32;
        let tables = memories + info.memories.len() as u32 * size_of::<VmMemory>() as u32;
        let imported_globals = tables + info.tables.len() as u32 * size_of::<VmTable>() as u32;
        let tags = imported_globals + info.imported_globals * 8;
        let defined_globals = (tags + info.tags.len() as u32 * size_of::<TagId>() as u32).next_multiple_of(16);
        let defined_len = info.globals.len() as u32 - info.imported_globals;
        let func_refs = defined_globals + defined_len * size_of::<GlobalCell>() as u32;
        let size_bytes = func_refs + info.escaping.len() as u32 * size_of::<FuncRef>() as u32;
        VmLayout {
            memories,
            tables,
            imported_globals,
            imported_globals_len: info.imported_globals,
            tags,
            defined_globals,
            func_refs,
            size_bytes,
            objects: info.types.iter().map(ObjectLayout::of).collect(),
        }
    }

    /// The layout of the objects of a type of the module.
    pub fn object(&self, ty: TypeIdx) -> &ObjectLayout {
        &self.objects[ty.index()]
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

    /// Offset of a tag's [`TagId`].
    pub fn tag(&self, tag: TagIdx) -> u32 {
        self.tags + tag.0 * size_of::<TagId>() as u32
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

/// Byte offsets of the fields that generated code names.
#[allow(dead_code, reason = "which ones are used depends on the engines in the build")]
pub mod offsets {
    use super::{VmMemory, VmTable};
    use crate::vm::{Activation, FuncRef, MemoryDef, TableDef, TableEntry, VmContext, gc::VmHeap};
    use std::mem::offset_of;

    macro_rules! offsets {
        ($($name:ident = $ty:ident.$field:ident;)*) => {$(
            #[doc = concat!("Where a [`", stringify!($ty), "`] has its `", stringify!($field), "`.")]
            pub const $name: i32 = {
                assert!(offset_of!($ty, $field).is_multiple_of(4) && offset_of!($ty, $field) < 4096);
                offset_of!($ty, $field) as i32
            };
        )*};
    }

    offsets! {
        ACTIVATION_STACK_LIMIT = Activation.stack_limit;
        ACTIVATION_INTERRUPT = Activation.interrupt;
        ACTIVATION_FUEL = Activation.fuel;
        ACTIVATION_EXIT_SP = Activation.exit_sp;
        ACTIVATION_ENTRY_FP = Activation.entry_fp;
        ACTIVATION_LAST_FP = Activation.last_fp;
        ACTIVATION_LAST_PC = Activation.last_pc;
        ACTIVATION_FAULT_PC = Activation.fault_pc;
        ACTIVATION_FAULT_FP = Activation.fault_fp;
        ACTIVATION_TRAP = Activation.trap;
        ACTIVATION_RAISED_BY_SIGNAL = Activation.raised_by_signal;
        CONTEXT_KIND = VmContext.kind;
        CONTEXT_BUILTINS = VmContext.builtins;
        CONTEXT_FUNC_REFS = VmContext.func_refs;
        CONTEXT_INTERP_CODE = VmContext.interp_code;
        CONTEXT_INSTANCE = VmContext.instance;
        CONTEXT_SIGNATURE_IDS = VmContext.signature_ids;
        CONTEXT_HEAP = VmContext.heap;
        HEAP_BASE = VmHeap.base;
        HEAP_TOP = VmHeap.top;
        HEAP_END = VmHeap.end;
        MEMORY_BASE = VmMemory.base;
        MEMORY_DEF = VmMemory.def;
        MEMORY_DEF_LEN_BYTES = MemoryDef.len_bytes;
        TABLE_BASE = VmTable.base;
        TABLE_DEF = VmTable.def;
        TABLE_DEF_LEN = TableDef.len;
        TABLE_ENTRY_CODE = TableEntry.code;
        TABLE_ENTRY_VMCTX = TableEntry.vmctx;
        TABLE_ENTRY_SIGNATURE = TableEntry.signature;
        TABLE_ENTRY_VERSION = TableEntry.version;
        TABLE_ENTRY_ORIGIN = TableEntry.origin;
        FUNC_REF_CODE = FuncRef.code;
        FUNC_REF_VMCTX = FuncRef.vmctx;
        FUNC_REF_SIGNATURE = FuncRef.signature;
        FUNC_REF_ARRAY_ENTRY = FuncRef.array_entry;
    }
}

const _: () = assert!(size_of::<usize>() == 8, "layouts hold 8-byte addresses");
const _: () = assert!(size_of::<FuncRef>() == 32 && size_of::<GlobalCell>() == 16 && size_of::<TableEntry>() == 32);
const _: () = assert!(size_of::<VmMemory>() == 16 && size_of::<VmTable>() == 16 && size_of::<TagId>() == 8);
const _: () = assert!(size_of::<VmContext>().is_multiple_of(16) && align_of::<VmContext>() == 16);
// Readers of a table entry load signature and version as one aligned word, the signature in the low half.
const _: () = assert!(offsets::TABLE_ENTRY_SIGNATURE % 8 == 0);
const _: () = assert!(offsets::TABLE_ENTRY_VERSION == offsets::TABLE_ENTRY_SIGNATURE + 4);
// Pointers and 64-bit counters are loaded with aligned 8-byte accesses.
const _: () = assert!(offsets::ACTIVATION_STACK_LIMIT % 8 == 0 && offsets::ACTIVATION_FUEL % 8 == 0);
const _: () = assert!(offsets::MEMORY_DEF_LEN_BYTES % 8 == 0 && offsets::TABLE_DEF_LEN % 8 == 0);
