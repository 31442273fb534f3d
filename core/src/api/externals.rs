//! What can be imported and exported.

use super::{AsContext, Func, Global, Memory, Table, Tag};
use crate::{error::Result, link::ResolvedImport, store::StoreInner, types::ExternType};

/// A function, table, memory, global or tag of a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A global.
    Global(Global),
    /// A tag.
    Tag(Tag),
}

impl Extern {
    /// The function, if it is one.
    pub fn into_func(self) -> Option<Func> {
        if let Extern::Func(func) = self { Some(func) } else { None }
    }

    /// The table, if it is one.
    pub fn into_table(self) -> Option<Table> {
        if let Extern::Table(table) = self { Some(table) } else { None }
    }

    /// The memory, if it is one.
    pub fn into_memory(self) -> Option<Memory> {
        if let Extern::Memory(memory) = self { Some(memory) } else { None }
    }

    /// The global, if it is one.
    pub fn into_global(self) -> Option<Global> {
        if let Extern::Global(global) = self { Some(global) } else { None }
    }

    /// The tag, if it is one.
    pub fn into_tag(self) -> Option<Tag> {
        if let Extern::Tag(tag) = self { Some(tag) } else { None }
    }

    /// The type, with the current size of a table or memory.
    pub fn ty(&self, cx: impl AsContext) -> Result<ExternType> {
        Ok(match self {
            Extern::Func(func) => ExternType::Func(func.ty(cx)?),
            Extern::Table(table) => ExternType::Table(table.ty(cx)?),
            Extern::Memory(memory) => ExternType::Memory(memory.ty(cx)?),
            Extern::Global(global) => ExternType::Global(global.ty(cx)?),
            Extern::Tag(tag) => ExternType::Tag(tag.ty(cx)?),
        })
    }

    pub(crate) fn resolve(&self, store: &StoreInner) -> Result<ResolvedImport> {
        let (id, what, resolved) = match self {
            Extern::Func(func) => (func.store_id(), "function", ResolvedImport::Func(func.handle())),
            Extern::Table(table) => (table.store_id(), "table", ResolvedImport::Table(table.handle())),
            Extern::Memory(memory) => (memory.store_id(), "memory", ResolvedImport::Memory(memory.handle())),
            Extern::Global(global) => (global.store_id(), "global", ResolvedImport::Global(global.handle())),
            Extern::Tag(tag) => (tag.store_id(), "tag", ResolvedImport::Tag(tag.handle())),
        };
        store.check_id(id, what)?;
        Ok(resolved)
    }
}

macro_rules! from_externals {
    ($($noun:ident)*) => {$(
        impl From<$noun> for Extern {
            fn from(external: $noun) -> Extern {
                Extern::$noun(external)
            }
        }
    )*};
}

from_externals!(Func Table Memory Global Tag);
