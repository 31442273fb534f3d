//! Linear memories that several stores use at once.

use super::{AsContext, AsContextMut, Engine, Memory, memory::out_of_bounds};
use crate::{
    error::{Error, Result},
    trap::TrapCode,
    types::MemoryType,
    vm::{
        self,
        limits::Unlimited,
        waiting::{Expected, WaitResult},
    },
};
use std::{sync::Arc, time::Duration};

/// A linear memory that guests and hosts use on several threads, in several stores and engines, at once. Clones are
/// the same memory, which lives as long as any of them or any store that imports it.
///
/// ```
/// use wasmrt::{Engine, Memory, MemoryType, SharedMemory, Store};
/// let engine = Engine::default();
/// let shared = SharedMemory::new(&engine, MemoryType::shared(1, 4))?;
/// let mut store = Store::new(&engine, ());
/// let memory = Memory::from_shared(&mut store, &shared)?; // to import in this store
/// shared.write(8, b"abc")?;
/// let mut bytes = [0; 3];
/// memory.read(&store, 8, &mut bytes)?;
/// assert_eq!(&bytes, b"abc");
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SharedMemory(Arc<vm::Memory>);

impl SharedMemory {
    /// A memory, zeroed, of a type that is shared and has a maximum.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<SharedMemory> {
        if !ty.shared {
            return Err(Error::usage("the type of a shared memory must say that it is shared"));
        }
        vm::Memory::of_host(&ty, &engine.inner.settings.memory).map(|memory| SharedMemory(Arc::new(memory)))
    }

    /// The type, with the current size as minimum.
    pub fn ty(&self) -> MemoryType {
        MemoryType { min: self.size(), ..self.0.ty().clone() }
    }

    /// Current size in pages of the type's page size.
    pub fn size(&self) -> u64 {
        self.0.size_pages()
    }

    /// Address of the first byte; the same for the memory's life.
    pub fn data_ptr(&self) -> *mut u8 {
        self.0.base()
    }

    /// Current size in bytes; never less later.
    pub fn data_size(&self) -> usize {
        self.0.len_bytes() as usize
    }

    /// Copies bytes out, from byte `offset` on. Out of bounds: `Usage`. What others write meanwhile may be seen in part.
    pub fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<()> {
        if self.0.read(offset as u64, buffer) { Ok(()) } else { Err(out_of_bounds(&self.0, offset, buffer.len())) }
    }

    /// Copies bytes in, from byte `offset` on. Out of bounds: `Usage`, and nothing is written.
    pub fn write(&self, offset: usize, bytes: &[u8]) -> Result<()> {
        if self.0.write(offset as u64, bytes) { Ok(()) } else { Err(out_of_bounds(&self.0, offset, bytes.len())) }
    }

    /// Grows by `delta_pages` zeroed pages and returns the old size in pages. Beyond the maximum: `Limit`. The limits of
    /// stores concern what their guests grow.
    pub fn grow(&self, delta_pages: u64) -> Result<u64> {
        let grown = self.0.grow(delta_pages, &Unlimited);
        grown.ok_or_else(|| Error::limit(format!("the memory cannot grow by {delta_pages} pages")))
    }

    /// Wakes up to `count` threads that wait on the cell at byte `address`, those first that wait longest, and returns
    /// how many. The cell has 4 bytes; one that is not aligned or out of bounds: `Usage`.
    pub fn atomic_notify(&self, address: u64, count: u32) -> Result<u32> {
        self.0.notify(address, count).map_err(|trap| no_cell(address, trap))
    }

    /// Waits until another thread notifies the 4-byte cell at byte `address`, if it holds `expected`, for at most
    /// `timeout`; `None` is for ever. A cell that is not aligned or out of bounds: `Usage`.
    pub fn atomic_wait32(&self, address: u64, expected: u32, timeout: Option<Duration>) -> Result<WaitResult> {
        self.wait(address, Expected::Bits32(expected), timeout)
    }

    /// As [`SharedMemory::atomic_wait32`], for a cell of 8 bytes.
    pub fn atomic_wait64(&self, address: u64, expected: u64, timeout: Option<Duration>) -> Result<WaitResult> {
        self.wait(address, Expected::Bits64(expected), timeout)
    }

    fn wait(&self, address: u64, expected: Expected, timeout: Option<Duration>) -> Result<WaitResult> {
        let outcome = self.0.wait::<TrapCode>(address, expected, timeout, None, || Ok(false));
        outcome.map_err(|trap| no_cell(address, trap))
    }
}

fn no_cell(address: u64, trap: TrapCode) -> Error {
    Error::usage(format!("there is no cell for atomic access at address {address}: {trap}"))
}

impl Memory {
    /// The shared memory as one of this store, to import there. It lives as long as the store.
    pub fn from_shared(mut cx: impl AsContextMut, shared: &SharedMemory) -> Result<Memory> {
        let cx = cx.as_context_mut();
        let store = cx.inner();
        Ok(Memory::from_handle(store.id, store.state().host_memory_handle(&shared.0)))
    }

    /// This memory as one that other stores can use too; `None` if its type is not shared.
    pub fn to_shared(&self, cx: impl AsContext) -> Result<Option<SharedMemory>> {
        let memory = self.get(cx.as_context().inner())?;
        Ok(memory.ty().shared.then_some(SharedMemory(memory)))
    }
}
