//! Checks that what is given for each import has the type that the module asks for (spec: "Import Matching").

use crate::{
    code::ModuleCode,
    error::{Error, ErrorKind, Result},
    module::{Import, ImportItem},
    store::{Handle, State, stale},
    types::{ExternType, GlobalType, MemoryType, TableType},
    vm::{
        ContextKind, Memory, Table, TypeRegistry,
        exception::TagId,
        pointers::{CellPtr, FuncPtr},
    },
};
use std::sync::Arc;

/// What the host gives for one import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedImport {
    /// A function.
    Func(Handle),
    /// A table.
    Table(Handle),
    /// A memory.
    Memory(Handle),
    /// A global.
    Global(Handle),
    /// A tag.
    Tag(Handle),
}

/// The imports of a module by kind, checked.
#[derive(Debug, Default)]
pub struct Resolved {
    /// Functions.
    pub funcs: Vec<FuncPtr>,
    /// Tables.
    pub tables: Vec<Arc<Table>>,
    /// Memories.
    pub memories: Vec<Arc<Memory>>,
    /// Globals.
    pub globals: Vec<CellPtr>,
    /// Tags.
    pub tags: Vec<TagId>,
    /// Instances that own what is used, each once.
    pub providers: Vec<Handle>,
    /// Whether functions may pass between the instance and others other than by direct import.
    pub shares_references: bool,
}

/// Looks every import up and checks its type.
pub fn resolve(state: &mut State, module: &ModuleCode, imports: &[ResolvedImport]) -> Result<Resolved> {
    if imports.len() != module.info.imports.len() {
        let expected = module.info.imports.len();
        return Err(Error::usage(format!("expected {expected} imports, but got {}", imports.len())));
    }
    let mut resolved = Resolved::default();
    for (import, given) in module.info.imports.iter().zip(imports) {
        let owner = resolve_one(state, module, import, *given, &mut resolved)?;
        if let Some(owner) = owner
            && !resolved.providers.contains(&owner)
        {
            let open = state.instances.get(owner).is_some_and(|data| !data.closed);
            if !open {
                return Err(stale(&format!("import `{}.{}`", import.module, import.name)));
            }
            resolved.providers.push(owner);
        }
    }
    Ok(resolved)
}

fn resolve_one(
    state: &State,
    module: &ModuleCode,
    import: &Import,
    given: ResolvedImport,
    resolved: &mut Resolved,
) -> Result<Option<Handle>> {
    let wanted = || module.info.import_type(&import.item);
    let types = &module.engine.signatures;
    match (&import.item, given) {
        (ImportItem::Func(ty), ResolvedImport::Func(handle)) => {
            let entry = state.funcs.get(handle).ok_or_else(|| stale("function"))?;
            if !types.is_subtype(entry.ptr.signature().0.get(), module.signature_ids[ty.index()]) {
                return Err(mismatch(import, &wanted(), &ExternType::Func(entry.ty.clone())));
            }
            resolved.shares_references |= entry.ty.mentions_refs();
            resolved.funcs.push(entry.ptr);
            Ok(if entry.ptr.kind() == ContextKind::Host { None } else { entry.owner })
        }
        (ImportItem::Table(ty), ResolvedImport::Table(handle)) => {
            let entry = state.tables.get(handle).ok_or_else(|| stale("table"))?;
            let actual = TableType { min: entry.table.len(), ..entry.table.ty().clone() };
            if !table_matches(&actual, ty) {
                return Err(mismatch(import, &wanted(), &ExternType::Table(actual)));
            }
            resolved.shares_references = true;
            resolved.tables.push(entry.table.clone());
            Ok(entry.owner)
        }
        (ImportItem::Memory(ty), ResolvedImport::Memory(handle)) => {
            let entry = state.memories.get(handle).ok_or_else(|| stale("memory"))?;
            let actual = MemoryType { min: entry.memory.size_pages(), ..entry.memory.ty().clone() };
            if !memory_matches(&actual, ty) {
                return Err(mismatch(import, &wanted(), &ExternType::Memory(actual)));
            }
            resolved.memories.push(entry.memory.clone());
            Ok(entry.owner)
        }
        (ImportItem::Global(ty), ResolvedImport::Global(handle)) => {
            let entry = state.globals.get(handle).ok_or_else(|| stale("global"))?;
            if !global_matches(types, &entry.ty, ty) {
                return Err(mismatch(import, &wanted(), &ExternType::Global(entry.ty.clone())));
            }
            resolved.shares_references |= ty.content.is_ref();
            resolved.globals.push(entry.cell);
            Ok(entry.owner)
        }
        (ImportItem::Tag(ty), ResolvedImport::Tag(handle)) => {
            let entry = state.tags.get(handle).ok_or_else(|| stale("tag"))?;
            if entry.signature.0.get() != module.signature_ids[ty.index()] {
                return Err(mismatch(import, &wanted(), &ExternType::Tag(entry.ty.clone())));
            }
            resolved.shares_references |= entry.ty.mentions_refs();
            resolved.tags.push(entry.id);
            Ok(entry.owner)
        }
        (_, given) => Err(mismatch(import, &wanted(), &given_type(state, given)?)),
    }
}

fn given_type(state: &State, given: ResolvedImport) -> Result<ExternType> {
    Ok(match given {
        ResolvedImport::Func(handle) => {
            ExternType::Func(state.funcs.get(handle).ok_or_else(|| stale("function"))?.ty.clone())
        }
        ResolvedImport::Table(handle) => {
            ExternType::Table(state.tables.get(handle).ok_or_else(|| stale("table"))?.table.ty().clone())
        }
        ResolvedImport::Memory(handle) => {
            ExternType::Memory(state.memories.get(handle).ok_or_else(|| stale("memory"))?.memory.ty().clone())
        }
        ResolvedImport::Global(handle) => {
            ExternType::Global(state.globals.get(handle).ok_or_else(|| stale("global"))?.ty.clone())
        }
        ResolvedImport::Tag(handle) => ExternType::Tag(state.tags.get(handle).ok_or_else(|| stale("tag"))?.ty.clone()),
    })
}

fn limits_match(actual: (u64, Option<u64>), wanted: (u64, Option<u64>)) -> bool {
    let max_matches = match (actual.1, wanted.1) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(actual), Some(wanted)) => actual <= wanted,
    };
    actual.0 >= wanted.0 && max_matches
}

fn table_matches(actual: &TableType, wanted: &TableType) -> bool {
    actual.element == wanted.element
        && actual.table64 == wanted.table64
        && limits_match((actual.min, actual.max), (wanted.min, wanted.max))
}

fn memory_matches(actual: &MemoryType, wanted: &MemoryType) -> bool {
    actual.memory64 == wanted.memory64
        && actual.shared == wanted.shared
        && actual.page_size_log2 == wanted.page_size_log2
        && limits_match((actual.min, actual.max), (wanted.min, wanted.max))
}

fn global_matches(types: &TypeRegistry, actual: &GlobalType, wanted: &GlobalType) -> bool {
    actual.mutable == wanted.mutable
        && types.val_type_matches(actual.content, wanted.content)
        && (!actual.mutable || types.val_type_matches(wanted.content, actual.content))
}

fn link_error(import: &Import, message: String) -> Error {
    Error::new(ErrorKind::Link { module: import.module.clone(), name: import.name.clone() }, message)
}

/// The error for an import that nothing was defined for.
pub fn missing(import: &Import, wanted: &ExternType) -> Error {
    let (module, name) = (&import.module, &import.name);
    link_error(import, format!("unknown import `{module}.{name}`: expected {wanted}, but nothing was defined"))
}

/// The error for an import that something of another type was given for.
pub fn mismatch(import: &Import, wanted: &ExternType, found: &ExternType) -> Error {
    let (module, name) = (&import.module, &import.name);
    link_error(import, format!("incompatible import type for `{module}.{name}`: expected {wanted}, found {found}"))
}
