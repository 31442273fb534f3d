//! Linear memories.

use crate::{
    error::wasmrt_error,
    ffi::{answer, array, array_mut, borrow, boundary, out},
    store::wasmrt_store,
};
use wasmrt::{Error, Memory, Result, types::MemoryType};

/// A linear memory of a store. A value: copied freely, never freed.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct wasmrt_memory {
    /// Which store.
    pub store: u64,
    /// Which of the store's memories.
    pub index: u32,
    /// Which use of the index.
    pub generation: u32,
}

/// The type of a memory. Sizes are in pages of `1 << page_size_log2` bytes.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct wasmrt_memory_type {
    /// Initial size in pages; of an existing memory, its current size.
    pub min: u64,
    /// Size in pages that growth never exceeds; `UINT64_MAX` if there is no such size.
    pub max: u64,
    /// 1 if indices are 64 bits wide, else 0.
    pub memory64: u32,
    /// 1 if several threads of the guest may use it through atomics, else 0.
    pub shared: u32,
    /// Logarithm of the page size in bytes; in an input, 0 stands for 16.
    pub page_size_log2: u32,
    /// Zero.
    pub reserved: u32,
}

impl wasmrt_memory_type {
    /// The type for C.
    pub(crate) fn from_core(ty: &MemoryType) -> wasmrt_memory_type {
        wasmrt_memory_type {
            min: ty.min,
            max: ty.max.unwrap_or(u64::MAX),
            memory64: u32::from(ty.memory64),
            shared: u32::from(ty.shared),
            page_size_log2: ty.page_size_log2,
            reserved: 0,
        }
    }

    fn to_core(self) -> Result<MemoryType> {
        let mut ty = MemoryType::new(self.min, (self.max != u64::MAX).then_some(self.max));
        if self.memory64 != 0 || self.shared != 0 || !matches!(self.page_size_log2, 0 | 16) {
            return Err(Error::usage("the host makes 32-bit unshared memories with pages of 64 KiB only"));
        }
        ty.page_size_log2 = 16;
        Ok(ty)
    }
}

impl wasmrt_memory {
    /// The core's memory.
    pub(crate) fn core(&self) -> Memory {
        Memory::from_parts(self.store, self.index, self.generation)
    }
}

/// Makes a zeroed memory of the host's own. Fails with Limit if there is not enough memory.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_memory_new(
    store: *mut wasmrt_store,
    r#type: *const wasmrt_memory_type,
    out_memory: *mut wasmrt_memory,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_memory = unsafe { out(out_memory, "out_memory") }?;
        // SAFETY: [c-borrow]
        let (store, ty) = unsafe { (borrow(store, "store")?, borrow(r#type, "type")?) };
        let (store, index, generation) = Memory::new(store.access(), ty.to_core()?)?.to_parts();
        out_memory.put(wasmrt_memory { store, index, generation })
    })
}

/// The memory's type, with its current size as minimum.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_memory_ty(
    store: *const wasmrt_store,
    memory: *const wasmrt_memory,
    out_type: *mut wasmrt_memory_type,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_type = unsafe { out(out_type, "out_type") }?;
        // SAFETY: [c-borrow]
        let (store, memory) = unsafe { (borrow(store, "store")?, borrow(memory, "memory")?) };
        out_type.put(wasmrt_memory_type::from_core(&memory.core().ty(store.access())?))
    })
}

/// The memory's bytes and its current size in bytes. The address stays the same as long as the memory exists, however
/// it grows; the bytes up to the size may be read and written directly, as the guest does.
///
/// Ownership: borrowed from the memory, which ends with its instance, or with the store if the host made it. The bytes
/// up to `*out_len` may still be touched then: they are zeros of nobody's, until the quarantine is exceeded, see
/// `wasmrt_memory_set_quarantine_bytes`.
/// Threads: accesses race with guests that run at the same time; what they share is for the embedder to order.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_memory_data(
    store: *const wasmrt_store,
    memory: *const wasmrt_memory,
    out_data: *mut *mut u8,
    out_len: *mut usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let (out_data, out_len) = unsafe { (out(out_data, "out_data")?, out(out_len, "out_len")?) };
        // SAFETY: [c-borrow]
        let (store, memory) = unsafe { (borrow(store, "store")?, borrow(memory, "memory")?.core()) };
        let (data, len) = memory.lasting_view(store.access())?;
        out_data.put(data)?;
        out_len.put(len)
    })
}

/// How much address space, in the whole process, stays mapped for those who touch memories after their end, the newest
/// first; 32 GiB unless set. It costs memory only where it is written to. On systems that take no pages back it does
/// cost memory, and is 64 MiB unless set.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_memory_set_quarantine_bytes(bytes: u64) {
    answer((), || Memory::set_quarantine_bytes(bytes));
}

/// The memory's current size in pages.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_memory_size(
    store: *const wasmrt_store,
    memory: *const wasmrt_memory,
    out_pages: *mut u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_pages = unsafe { out(out_pages, "out_pages") }?;
        // SAFETY: [c-borrow]
        let (store, memory) = unsafe { (borrow(store, "store")?, borrow(memory, "memory")?) };
        out_pages.put(memory.core().size(store.access())?)
    })
}

/// Grows the memory by `delta_pages` zeroed pages. `*out_previous_pages` is the old size. Fails with Limit, changing
/// nothing, beyond the memory's maximum or the store's limits.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_memory_grow(
    store: *mut wasmrt_store,
    memory: *const wasmrt_memory,
    delta_pages: u64,
    out_previous_pages: *mut u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_previous_pages = unsafe { out(out_previous_pages, "out_previous_pages") }?;
        // SAFETY: [c-borrow]
        let (store, memory) = unsafe { (borrow(store, "store")?, borrow(memory, "memory")?) };
        out_previous_pages.put(memory.core().grow(store.access(), delta_pages)?)
    })
}

fn checked(offset: u64) -> Result<usize> {
    usize::try_from(offset).map_err(|_| Error::usage("the offset is outside the memory"))
}

/// Copies `bytes_len` bytes out of the memory, from byte `offset` on. Fails with Usage out of bounds.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_memory_read(
    store: *const wasmrt_store,
    memory: *const wasmrt_memory,
    offset: u64,
    out_bytes: *mut u8,
    bytes_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, memory) = unsafe { (borrow(store, "store")?, borrow(memory, "memory")?) };
        // SAFETY: [c-out]
        let bytes = unsafe { array_mut(out_bytes, bytes_len, "out_bytes") }?;
        memory.core().read(store.access(), checked(offset)?, bytes)
    })
}

/// Copies `bytes_len` bytes into the memory, from byte `offset` on. Fails with Usage, writing nothing, out of bounds.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_memory_write(
    store: *mut wasmrt_store,
    memory: *const wasmrt_memory,
    offset: u64,
    bytes: *const u8,
    bytes_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, memory) = unsafe { (borrow(store, "store")?, borrow(memory, "memory")?) };
        // SAFETY: [c-slice]
        let bytes = unsafe { array(bytes, bytes_len, "bytes") }?;
        memory.core().write(store.access(), checked(offset)?, bytes)
    })
}
