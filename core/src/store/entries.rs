//! The objects of a store and the handles that name them.

use super::{
    arena::{Arena, Handle},
    externs::Externs,
};
use crate::{
    code::ModuleCode,
    jit::CompiledModule,
    types::{FuncIdx, FuncType, GlobalType},
    vm::{
        self, Memory, SignatureId, Table,
        exception::TagId,
        pointers::{CellPtr, FuncPtr},
    },
};
use std::{any::Any, collections::HashMap, sync::Arc};

/// Everything that a store's lock guards.
#[derive(Debug, Default)]
pub struct State {
    /// The instances.
    pub instances: Arena<InstanceData>,
    /// Functions that the host can name.
    pub funcs: Arena<FuncEntry>,
    /// Memories that the host can name.
    pub memories: Arena<MemoryEntry>,
    /// Tables that the host can name.
    pub tables: Arena<TableEntry>,
    /// Globals that the host can name.
    pub globals: Arena<GlobalEntry>,
    /// Tags that the host can name.
    pub tags: Arena<TagEntry>,
    /// Host objects that guests can name.
    pub externs: Externs,
    func_handles: HashMap<FuncPtr, Handle>,
    memory_handles: HashMap<usize, Handle>,
    table_handles: HashMap<usize, Handle>,
    global_handles: HashMap<CellPtr, Handle>,
    tag_handles: HashMap<TagId, Handle>,
    /// Memories and tables made so far that may still exist, for the limits on their number.
    pub memories_made: Vec<std::sync::Weak<Memory>>,
    /// As `memories_made`.
    pub tables_made: Vec<std::sync::Weak<Table>>,
}

/// An instance and what it keeps alive.
#[derive(Debug)]
pub struct InstanceData {
    /// Its state.
    pub vm: Box<vm::Instance>,
    /// Its module.
    pub module: Arc<ModuleCode>,
    /// The code that its functions run, if compiled.
    pub compiled: Option<Arc<CompiledModule>>,
    /// Contexts of the host functions that it imports, owned for their addresses.
    pub host_contexts: Vec<Box<dyn Any + Send + Sync>>,
    /// Instances whose functions or globals it imports, each counted in their `importers`.
    pub providers: Vec<Handle>,
    /// Number of instances that import from this one.
    pub importers: usize,
    /// Calls from the host that run its functions now.
    pub active: usize,
    /// Whether the host has closed it.
    pub closed: bool,
    /// Whether references to its functions may stand in tables or globals that it does not own alone.
    pub leaked: bool,
    /// Handles to take back when it is freed.
    pub handles: Vec<OwnedHandle>,
}

/// A handle that ends with its instance.
#[derive(Clone, Copy, Debug)]
pub enum OwnedHandle {
    /// Of a function.
    Func(Handle),
    /// Of a memory.
    Memory(Handle),
    /// Of a table.
    Table(Handle),
    /// Of a global.
    Global(Handle),
    /// Of a tag.
    Tag(Handle),
}

/// A function that the host can name.
#[derive(Debug)]
pub struct FuncEntry {
    /// The reference.
    pub ptr: FuncPtr,
    /// Its type.
    pub ty: FuncType,
    /// The instance whose context it lies in; `None` for host functions.
    pub owner: Option<Handle>,
    /// The context of a host function, owned for its address.
    pub host_context: Option<Box<dyn Any + Send + Sync>>,
}

/// A memory that the host can name.
#[derive(Debug)]
pub struct MemoryEntry {
    /// The memory.
    pub memory: Arc<Memory>,
    /// The instance through which the host got it; `None` if the host made it.
    pub owner: Option<Handle>,
}

/// A table that the host can name.
#[derive(Debug)]
pub struct TableEntry {
    /// The table.
    pub table: Arc<Table>,
    /// The instance through which the host got it; `None` if the host made it.
    pub owner: Option<Handle>,
}

/// A global that the host can name.
#[derive(Debug)]
pub struct GlobalEntry {
    /// Its cell.
    pub cell: CellPtr,
    /// Its type.
    pub ty: GlobalType,
    /// The instance in whose context the cell lies; `None` if the host made it.
    pub owner: Option<Handle>,
    /// The cell of a global that the host made, owned for its address.
    pub host_cell: Option<Box<vm::GlobalCell>>,
}

/// A tag that the host can name.
#[derive(Clone, Debug)]
pub struct TagEntry {
    /// Its identity.
    pub id: TagId,
    /// Its type.
    pub ty: FuncType,
    /// The engine's number of its type.
    pub signature: SignatureId,
    /// The instance through which the host got it; `None` if the host made it, or got it from an exception.
    pub owner: Option<Handle>,
}

impl State {
    /// The handle of a function reference, which is first made canonical: the one in its own instance's context.
    pub fn func_handle(&mut self, ptr: FuncPtr) -> Option<Handle> {
        let (index, generation) = ptr.owner();
        let owner = Handle { index, generation };
        let data = self.instances.get(owner);
        let canonical = match (ptr.kind(), data) {
            (vm::ContextKind::Host, _) => FuncPtr::from_raw(ptr.context_func_refs() as u64)?,
            (_, Some(data)) => FuncPtr::of(&data.vm, FuncIdx(ptr.index()))?,
            (_, None) => return None,
        };
        if let Some(handle) = self.func_handles.get(&canonical) {
            return Some(*handle);
        }
        let data = data?;
        let ty = data.module.engine.signatures.get(ptr.signature())?;
        let entry = FuncEntry { ptr: canonical, ty, owner: Some(owner), host_context: None };
        let handle = self.funcs.insert(entry);
        self.func_handles.insert(canonical, handle);
        self.instances.get_mut(owner)?.handles.push(OwnedHandle::Func(handle));
        Some(handle)
    }

    /// Registers a host function.
    pub fn add_host_func(&mut self, entry: FuncEntry) -> Handle {
        let ptr = entry.ptr;
        let handle = self.funcs.insert(entry);
        self.func_handles.insert(ptr, handle);
        handle
    }

    /// The handle of a memory that `owner` defines or imports.
    pub fn memory_handle(&mut self, memory: &Arc<Memory>, owner: Option<Handle>) -> Handle {
        let key = Arc::as_ptr(memory) as usize;
        if let Some(handle) = self.memory_handles.get(&key) {
            return *handle;
        }
        let handle = self.memories.insert(MemoryEntry { memory: memory.clone(), owner });
        self.memory_handles.insert(key, handle);
        self.note_handle(owner, OwnedHandle::Memory(handle));
        handle
    }

    /// The handle of a memory that the host brings along. If an instance has brought it already, that handle no longer
    /// ends with the instance.
    pub fn host_memory_handle(&mut self, memory: &Arc<Memory>) -> Handle {
        let handle = self.memory_handle(memory, None);
        if let Some(entry) = self.memories.get_mut(handle) {
            entry.owner = None;
        }
        handle
    }

    /// The handle of a table that `owner` defines or imports.
    pub fn table_handle(&mut self, table: &Arc<Table>, owner: Option<Handle>) -> Handle {
        let key = Arc::as_ptr(table) as usize;
        if let Some(handle) = self.table_handles.get(&key) {
            return *handle;
        }
        let handle = self.tables.insert(TableEntry { table: table.clone(), owner });
        self.table_handles.insert(key, handle);
        self.note_handle(owner, OwnedHandle::Table(handle));
        handle
    }

    /// The handle of a global.
    pub fn global_handle(&mut self, entry: GlobalEntry) -> Handle {
        if let Some(handle) = self.global_handles.get(&entry.cell) {
            return *handle;
        }
        let (cell, owner) = (entry.cell, entry.owner);
        let handle = self.globals.insert(entry);
        self.global_handles.insert(cell, handle);
        self.note_handle(owner, OwnedHandle::Global(handle));
        handle
    }

    /// The handle of a tag.
    pub fn tag_handle(&mut self, entry: TagEntry) -> Handle {
        if let Some(handle) = self.tag_handles.get(&entry.id) {
            return *handle;
        }
        let (id, owner) = (entry.id, entry.owner);
        let handle = self.tags.insert(entry);
        self.tag_handles.insert(id, handle);
        self.note_handle(owner, OwnedHandle::Tag(handle));
        handle
    }

    fn note_handle(&mut self, owner: Option<Handle>, handle: OwnedHandle) {
        if let Some(data) = owner.and_then(|owner| self.instances.get_mut(owner)) {
            data.handles.push(handle);
        }
    }

    /// Makes the handles of a freed instance stale, except those of memories and tables that others still use.
    pub fn take_back(&mut self, handles: &[OwnedHandle]) {
        for handle in handles {
            match *handle {
                OwnedHandle::Func(handle) => {
                    if let Some(entry) = self.funcs.remove(handle) {
                        self.func_handles.remove(&entry.ptr);
                    }
                }
                OwnedHandle::Memory(handle) if self.memories.get(handle).is_some_and(|entry| entry.owner.is_none()) => {
                }
                OwnedHandle::Memory(handle) => {
                    if let Some(entry) = self.memories.remove(handle) {
                        self.memory_handles.remove(&(Arc::as_ptr(&entry.memory) as usize));
                    }
                }
                OwnedHandle::Table(handle) => {
                    if let Some(entry) = self.tables.remove(handle) {
                        self.table_handles.remove(&(Arc::as_ptr(&entry.table) as usize));
                    }
                }
                OwnedHandle::Tag(handle) => {
                    if let Some(entry) = self.tags.remove(handle) {
                        self.tag_handles.remove(&entry.id);
                    }
                }
                OwnedHandle::Global(handle) => {
                    if let Some(entry) = self.globals.remove(handle) {
                        self.global_handles.remove(&entry.cell);
                    }
                }
            }
        }
    }
}
