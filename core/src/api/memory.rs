//! Linear memories.

use super::{AsContext, AsContextMut};
use crate::{
    error::{Error, Result},
    store::{Handle, StoreInner, stale},
    types::MemoryType,
    vm,
};
use std::sync::Arc;

/// A linear memory of a store.
///
/// ```
/// use wasmrt::{Engine, Memory, MemoryType, Store};
/// let mut store = Store::new(&Engine::default(), ());
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// memory.write(&mut store, 10, b"abc")?;
/// assert_eq!(&memory.data(&store)?[10..13], b"abc");
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Memory {
    store: u64,
    handle: Handle,
}

impl Memory {
    pub(crate) fn from_handle(store: u64, handle: Handle) -> Memory {
        Memory { store, handle }
    }

    /// A memory as numbers: store, index, generation; see [`Memory::from_parts`].
    pub fn to_parts(&self) -> (u64, u32, u32) {
        (self.store, self.handle.index, self.handle.generation)
    }

    /// The memory of [`Memory::to_parts`]. Numbers that name none are found out at use.
    pub fn from_parts(store: u64, index: u32, generation: u32) -> Memory {
        Memory { store, handle: Handle { index, generation } }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.store
    }

    /// A memory of the host's own, zeroed. A type that cannot be: `Usage`.
    pub fn new(mut cx: impl AsContextMut, ty: MemoryType) -> Result<Memory> {
        let cx = cx.as_context_mut();
        let store = cx.inner();
        let memory = Arc::new(vm::Memory::of_host(&ty, &store.engine.settings.memory)?);
        Ok(Memory { store: store.id, handle: store.state().memory_handle(&memory, None) })
    }

    pub(super) fn get(&self, store: &StoreInner) -> Result<Arc<vm::Memory>> {
        store.check_id(self.store, "memory")?;
        let state = store.state();
        state.memories.get(self.handle).map(|entry| entry.memory.clone()).ok_or_else(|| stale("memory"))
    }

    /// The type, with the current size as minimum.
    pub fn ty(&self, cx: impl AsContext) -> Result<MemoryType> {
        let memory = self.get(cx.as_context().inner())?;
        Ok(MemoryType { min: memory.size_pages(), ..memory.ty().clone() })
    }

    /// Current size in pages of the type's page size.
    pub fn size(&self, cx: impl AsContext) -> Result<u64> {
        Ok(self.get(cx.as_context().inner())?.size_pages())
    }

    /// Current size in bytes.
    pub fn data_size(&self, cx: impl AsContext) -> Result<usize> {
        Ok(self.get(cx.as_context().inner())?.len_bytes() as usize)
    }

    /// Address of the first byte. Stays the same as long as the memory exists, however it grows.
    pub fn data_ptr(&self, cx: impl AsContext) -> Result<*mut u8> {
        Ok(self.get(cx.as_context().inner())?.base())
    }

    /// The bytes, for a raw view that may be touched even after the memory has ended. Its bytes are zeros then, and
    /// belong to nobody else, until the remnants of later memories exceed [`Memory::set_quarantine_bytes`].
    pub fn lasting_view(&self, cx: impl AsContext) -> Result<(*mut u8, usize)> {
        Ok(self.get(cx.as_context().inner())?.lasting_view())
    }

    /// How much address space, in the whole process, stays mapped for views of memories that have ended, the newest
    /// first. It costs memory only where it is written to. Default 32 GiB: half a million memories of one page. On
    /// systems that take no pages back it does cost memory, and the default is 64 MiB.
    pub fn set_quarantine_bytes(bytes: u64) {
        vm::memory::quarantine::set_budget_bytes(bytes);
    }

    /// Keeps the bytes where they are, whatever happens to the instance and the store, for as long as the result lives.
    pub fn hold(&self, cx: impl AsContext) -> Result<HeldMemory> {
        Ok(HeldMemory(self.get(cx.as_context().inner())?))
    }

    /// The bytes. `Usage` for a shared memory and in a shared store, since other threads may write at the same time: use
    /// [`Memory::read`].
    pub fn data<'a, C: AsContext>(&self, cx: &'a C) -> Result<&'a [u8]> {
        let memory = self.get_exclusive(cx.as_context().inner())?;
        Ok(vm::views::view(&memory, cx))
    }

    /// The bytes. `Usage` for a shared memory and in a shared store: use [`Memory::write`].
    pub fn data_mut<'a, C: AsContextMut>(&self, cx: &'a mut C) -> Result<&'a mut [u8]> {
        let memory = self.get_exclusive(cx.as_context().inner())?;
        Ok(vm::views::view_mut(&memory, cx))
    }

    fn get_exclusive(&self, store: &StoreInner) -> Result<Arc<vm::Memory>> {
        if store.shared {
            return Err(Error::usage("the memory of a shared store has no exclusive view: use read and write"));
        }
        let memory = self.get(store)?;
        if memory.ty().shared {
            return Err(Error::usage("a shared memory has no exclusive view: use read and write"));
        }
        Ok(memory)
    }

    /// Copies bytes out, from byte `offset` on. Out of bounds: `Usage`.
    pub fn read(&self, cx: impl AsContext, offset: usize, buffer: &mut [u8]) -> Result<()> {
        let memory = self.get(cx.as_context().inner())?;
        if memory.read(offset as u64, buffer) { Ok(()) } else { Err(out_of_bounds(&memory, offset, buffer.len())) }
    }

    /// Copies bytes in, from byte `offset` on. Out of bounds: `Usage`, and nothing is written.
    pub fn write(&self, mut cx: impl AsContextMut, offset: usize, bytes: &[u8]) -> Result<()> {
        let memory = self.get(cx.as_context_mut().inner())?;
        if memory.write(offset as u64, bytes) { Ok(()) } else { Err(out_of_bounds(&memory, offset, bytes.len())) }
    }

    /// Grows by `delta_pages` zeroed pages and returns the old size in pages. Beyond the maximum or the store's
    /// limits: `Limit`.
    pub fn grow(&self, mut cx: impl AsContextMut, delta_pages: u64) -> Result<u64> {
        let cx = cx.as_context_mut();
        let memory = self.get(cx.inner())?;
        let grown = memory.grow(delta_pages, &*cx.inner().limiter);
        grown.ok_or_else(|| Error::limit(format!("the memory cannot grow by {delta_pages} pages")))
    }
}

pub(super) fn out_of_bounds(memory: &vm::Memory, offset: usize, len: usize) -> Error {
    let size = memory.len_bytes();
    Error::usage(format!("{len} bytes at offset {offset} are outside the memory of {size} bytes"))
}

/// The bytes of a memory, for those who hand out raw views of it; made by [`Memory::hold`].
#[derive(Clone, Debug)]
pub struct HeldMemory(Arc<vm::Memory>);

impl HeldMemory {
    /// Address of the first byte.
    pub fn data_ptr(&self) -> *mut u8 {
        self.0.base()
    }

    /// Current size in bytes; never less later.
    pub fn data_size(&self) -> usize {
        self.0.len_bytes() as usize
    }
}
