//! Instances: the context that generated code and the interpreter read, and the Rust side that owns it.
//!
//! In flows what linking resolved ([`InstanceParts`]); out flows a context whose address never changes. The arrays
//! behind the context's head are laid out by [`VmLayout`].

use super::{
    Builtins, FuncRef, GlobalCell, GrowthLimiter, Memory, SignatureId, Table, TypeRegistry, VmLayout,
    exception::TagId,
    gc::VmHeap,
    layout::{VmMemory, VmTable},
    segment::Segments,
};
use crate::{
    module::ModuleInfo,
    trap::TrapCode,
    types::{DataIdx, FuncIdx, GlobalIdx, MemoryIdx, TableIdx, TagIdx},
};
use std::{
    alloc::{self, Layout},
    fmt,
    num::NonZeroU32,
    sync::Arc,
};

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

/// Head of a context. Heads of host functions have `builtins`, `func_refs` (one entry) and zeros elsewhere.
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
    /// The store's heap; null for host functions.
    pub heap: *mut VmHeap,
    /// Zero.
    pub reserved_end: u64,
}

/// What linking hands over. Memories, tables and imported globals are in index order, imports first; builtins and
/// interpreter code outlive the instance.
pub struct InstanceParts {
    /// Which engine runs the instance.
    pub kind: ContextKind,
    /// The instance's index in its store's arena.
    pub owner: u32,
    /// The instance's generation in that arena.
    pub generation: u32,
    /// The module.
    pub info: Arc<ModuleInfo>,
    /// The layout computed from `info`.
    pub layout: Arc<VmLayout>,
    /// The engine's number of each type of the module.
    pub signature_ids: Arc<[u32]>,
    /// The store's builtins.
    pub builtins: *const Builtins,
    /// The engine's types.
    pub types: Arc<TypeRegistry>,
    /// The store's heap.
    pub heap: *mut VmHeap,
    /// The module's `interp::InterpCode`, or null.
    pub interp_code: *const (),
    /// All memories.
    pub memories: Vec<Arc<Memory>>,
    /// All tables.
    pub tables: Vec<Arc<Table>>,
    /// The imported globals, which outlive the instance.
    pub imported_globals: Vec<*mut GlobalCell>,
    /// The imported tags.
    pub imported_tags: Vec<TagId>,
    /// Makes the references to the escaping functions, in the order of `ModuleInfo::escaping`, given the context.
    pub func_refs: Box<dyn FnOnce(*mut VmContext) -> Vec<FuncRef>>,
    /// Asked before memories and tables grow.
    pub limiter: Arc<dyn GrowthLimiter>,
}

/// The Rust side of an instance.
pub struct Instance {
    /// The module.
    pub info: Arc<ModuleInfo>,
    /// Where things stand in the context.
    pub layout: Arc<VmLayout>,
    /// All memories, imported ones first.
    pub memories: Vec<Arc<Memory>>,
    /// All tables, imported ones first.
    pub tables: Vec<Arc<Table>>,
    /// Asked before memories and tables grow.
    pub limiter: Arc<dyn GrowthLimiter>,
    /// The engine's types.
    pub types: Arc<TypeRegistry>,
    /// Which segments are still there.
    pub segments: Segments,
    context: *mut VmContext,
    /// The engine's number of each type of the module; the context points to them.
    signature_ids: Arc<[u32]>,
}

// SAFETY: [vmctx-live] The context moves between threads with its owner; threads that run in one instance at the
// same time read constants in it and guest state whose races are the guest's own.
unsafe impl Send for Instance {}
// SAFETY: [vmctx-live] As for `Send`.
unsafe impl Sync for Instance {}

impl Instance {
    /// Makes the instance and its context. Defined globals are zero until [`Instance::initialize`].
    pub fn new(parts: InstanceParts) -> Box<Instance> {
        let InstanceParts { info, layout, memories, tables, imported_globals, imported_tags, signature_ids, .. } =
            parts;
        assert_eq!(memories.len(), info.memories.len(), "one memory per index");
        assert_eq!(tables.len(), info.tables.len(), "one table per index");
        assert_eq!(imported_globals.len(), info.imported_globals as usize, "one cell per imported global");
        assert_eq!(imported_tags.len(), info.imported_tags as usize, "one identity per imported tag");
        assert_eq!(signature_ids.len(), info.types.len(), "one signature per type");
        let context = allocate(&layout);
        let head = VmContext {
            kind: parts.kind,
            owner: parts.owner,
            generation: parts.generation,
            reserved: 0,
            builtins: parts.builtins,
            func_refs: context.cast::<u8>().wrapping_add(layout.func_refs() as usize).cast(),
            interp_code: parts.interp_code,
            instance: std::ptr::null(),
            signature_ids: signature_ids.as_ptr(),
            heap: parts.heap,
            reserved_end: 0,
        };
        // SAFETY: [context-layout] The allocation starts with the head.
        unsafe { context.write(head) };
        let segments = Segments::new(&info);
        let instance = Box::new(Instance {
            info,
            layout,
            memories,
            tables,
            limiter: parts.limiter,
            types: parts.types,
            segments,
            context,
            signature_ids,
        });
        // SAFETY: [context-layout] The head was written above, and nobody else knows the context yet.
        unsafe { (*context).instance = &raw const *instance };
        instance.fill_arrays(&imported_globals, &imported_tags, parts.func_refs);
        instance
    }

    fn fill_arrays(
        &self,
        imported_globals: &[*mut GlobalCell],
        imported_tags: &[TagId],
        func_refs: Box<dyn FnOnce(*mut VmContext) -> Vec<FuncRef>>,
    ) {
        for (index, memory) in (0..).zip(&self.memories) {
            let entry = VmMemory { base: memory.base(), def: &raw const *memory.def };
            // SAFETY: [context-layout] The layout has a place for every memory of the module.
            unsafe { self.at::<VmMemory>(self.layout.memory(MemoryIdx(index))).write(entry) };
        }
        for (index, table) in (0..).zip(&self.tables) {
            let entry = VmTable { base: table.def.base, def: &raw const *table.def };
            // SAFETY: [context-layout] The layout has a place for every table of the module.
            unsafe { self.at::<VmTable>(self.layout.table(TableIdx(index))).write(entry) };
        }
        for (index, cell) in (0..).zip(imported_globals) {
            let offset = self.layout.imported_global(GlobalIdx(index)).expect("imported globals come first");
            // SAFETY: [context-layout] The layout has a place for every imported global.
            unsafe { self.at::<*mut GlobalCell>(offset).write(*cell) };
        }
        for index in 0..self.info.tags.len() {
            let id = imported_tags.get(index).copied().unwrap_or_else(TagId::fresh);
            let offset = self.layout.tag(TagIdx(index as u32));
            // SAFETY: [context-layout] The layout has a place for every tag of the module.
            unsafe { self.at::<TagId>(offset).write(id) };
        }
        let func_refs = func_refs(self.context);
        assert_eq!(func_refs.len(), self.info.escaping.len(), "one reference per escaping function");
        let to = self.at::<FuncRef>(self.layout.func_refs());
        // SAFETY: [context-layout] The layout has a place for every escaping function.
        unsafe { to.copy_from_nonoverlapping(func_refs.as_ptr(), func_refs.len()) };
    }

    /// The context, whose address is the instance's identity.
    pub fn vmctx(&self) -> *mut VmContext {
        self.context
    }

    /// The reference to an escaping function; `None` for one that nothing can refer to.
    pub fn func_ref(&self, func: FuncIdx) -> Option<*const FuncRef> {
        self.layout.func_ref(&self.info, func).map(|offset| self.at::<FuncRef>(offset).cast_const())
    }

    /// The identity of a tag, imported or defined, and the engine's number of its type.
    pub fn tag(&self, tag: TagIdx) -> (TagId, SignatureId) {
        // SAFETY: [context-layout] Every tag was written at creation.
        let id = unsafe { self.at::<TagId>(self.layout.tag(tag)).read() };
        let ty = NonZeroU32::new(self.signature_ids[self.info.tags[tag.index()].index()]);
        (id, SignatureId(ty.expect("numbers of types start at 1")))
    }

    /// The engine's number of each type of the module.
    pub fn type_ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.signature_ids.iter().copied()
    }

    /// The cell of a global, imported or defined.
    pub fn global(&self, global: GlobalIdx) -> *mut GlobalCell {
        match self.layout.imported_global(global) {
            // SAFETY: [context-layout] Every imported global's pointer was written at creation.
            Some(offset) => unsafe { self.at::<*mut GlobalCell>(offset).read() },
            None => {
                let offset = self.layout.defined_global(global).expect("a global is imported or defined");
                self.at(offset)
            }
        }
    }

    /// Bytes `from..from + len` of a data segment; a dropped one is empty.
    pub fn data_bytes(&self, data: DataIdx, from: u64, len: u64) -> Result<&[u8], TrapCode> {
        let bytes = self.segments.data_bytes(&self.info, data);
        let end = from.checked_add(len).filter(|end| *end <= bytes.len() as u64);
        end.map(|end| &bytes[from as usize..end as usize]).ok_or(TrapCode::MemoryOutOfBounds)
    }

    /// The raw reference to a function that something in the module refers to.
    pub(super) fn raw_func(&self, func: FuncIdx) -> u64 {
        self.func_ref(func).expect("functions in segments and `ref.func` escape").expose_provenance() as u64
    }

    fn at<T>(&self, offset: u32) -> *mut T {
        self.context.cast::<u8>().wrapping_add(offset as usize).cast()
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("vmctx", &self.context).finish_non_exhaustive()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: [vmctx-live] The store drops an instance when nothing names its context any more.
        unsafe { alloc::dealloc(self.context.cast(), allocation(&self.layout)) };
    }
}

/// Zeroed memory for a context.
fn allocate(layout: &VmLayout) -> *mut VmContext {
    let allocation = allocation(layout);
    // SAFETY: [context-layout] A context holds at least its head, so its size is not 0.
    let context = unsafe { alloc::alloc_zeroed(allocation) };
    if context.is_null() {
        alloc::handle_alloc_error(allocation);
    }
    context.cast()
}

fn allocation(layout: &VmLayout) -> Layout {
    Layout::from_size_align(layout.size_bytes(), align_of::<VmContext>()).expect("the size of a context fits")
}

mod initialize;
#[cfg(test)]
mod tests;
