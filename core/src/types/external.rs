//! Types of what can be imported and exported (spec: "External Types").

use super::{FuncType, RefType, ValType};
use std::fmt;

/// The type of an import or export.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag, whose exceptions carry values of the parameter types.
    Tag(FuncType),
}

/// The type of a table. Sizes are in elements.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TableType {
    /// The type of the elements.
    pub element: RefType,
    /// Initial size in elements.
    pub min: u64,
    /// Size in elements that growth never exceeds.
    pub max: Option<u64>,
    /// Whether indices are 64 bits wide.
    pub table64: bool,
}

/// The type of a memory. Sizes are in pages of `1 << page_size_log2` bytes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MemoryType {
    /// Initial size in pages.
    pub min: u64,
    /// Size in pages that growth never exceeds.
    pub max: Option<u64>,
    /// Whether indices are 64 bits wide.
    pub memory64: bool,
    /// Whether the memory may be used by several threads through atomics.
    pub shared: bool,
    /// Logarithm of the page size in bytes; 16 unless the module says otherwise.
    pub page_size_log2: u32,
}

impl MemoryType {
    /// An unshared 32-bit memory with 64 KiB pages.
    pub fn new(min: u64, max: Option<u64>) -> MemoryType {
        MemoryType { min, max, memory64: false, shared: false, page_size_log2: 16 }
    }

    /// An unshared memory with 64-bit indices and 64 KiB pages.
    pub fn new64(min: u64, max: Option<u64>) -> MemoryType {
        MemoryType { memory64: true, ..MemoryType::new(min, max) }
    }

    /// A 32-bit memory with 64 KiB pages that several threads may use.
    pub fn shared(min: u64, max: u64) -> MemoryType {
        MemoryType { shared: true, ..MemoryType::new(min, Some(max)) }
    }

    /// This type with pages of one byte; sizes keep their numbers, which now count bytes.
    pub fn with_byte_pages(self) -> MemoryType {
        MemoryType { page_size_log2: 0, ..self }
    }

    /// The most pages that this memory can ever have: its declared maximum, or what its index type can address.
    pub fn max_pages(&self) -> u64 {
        let index_bits = if self.memory64 { 64 } else { 32 };
        let addressable = match index_bits - self.page_size_log2.min(index_bits) {
            64 => u64::MAX,
            // One page less, so that a size never looks like the "failed" of `memory.grow`.
            32 if self.page_size_log2 == 0 => u32::MAX.into(),
            bits => 1 << bits,
        };
        self.max.unwrap_or(addressable).min(addressable)
    }
}

/// The type of a global.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct GlobalType {
    /// The type of the value.
    pub content: ValType,
    /// Whether `global.set` is allowed.
    pub mutable: bool,
}

fn limits(f: &mut fmt::Formatter<'_>, min: u64, max: Option<u64>) -> fmt::Result {
    match max {
        Some(max) => write!(f, "{min} {max}"),
        None => write!(f, "{min}"),
    }
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.table64 { "table i64 " } else { "table " })?;
        limits(f, self.min, self.max)?;
        write!(f, " {}", self.element)
    }
}

impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.memory64 { "memory i64 " } else { "memory " })?;
        limits(f, self.min, self.max)?;
        f.write_str(if self.shared { " shared" } else { "" })?;
        if self.page_size_log2 == 16 { Ok(()) } else { write!(f, " (pagesize {})", 1u64 << self.page_size_log2) }
    }
}

impl fmt::Display for GlobalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mutable { write!(f, "global (mut {})", self.content) } else { write!(f, "global {}", self.content) }
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExternType::Func(ty) => write!(f, "func {ty}"),
            ExternType::Table(ty) => ty.fmt(f),
            ExternType::Memory(ty) => ty.fmt(f),
            ExternType::Global(ty) => ty.fmt(f),
            ExternType::Tag(ty) => write!(f, "tag {ty}"),
        }
    }
}
