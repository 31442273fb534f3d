//! Linear memories: reserved once, committed as they grow, never moved (`[mem-stable]`).
//!
//! A memory in reserved style owns its whole 32-bit index range plus a guard, so compiled code may leave the check
//! of an access to the hardware. One in checked style may be shorter than its type allows: growing past what could
//! be reserved fails as the specification permits.

use super::{GrowthLimiter, waiting::Waiters};
use crate::{
    error::{Error, Result},
    sys::mmap,
    types::MemoryType,
};
use space::Space;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

pub mod quarantine;
mod space;

/// What a 32-bit index can reach, in bytes.
const INDEX_RANGE_BYTES: u64 = 1 << 32;

/// The part of a memory that generated code and the interpreter read.
#[repr(C)]
#[derive(Debug)]
pub struct MemoryDef {
    /// First byte (`[mem-stable]`).
    pub base: *mut u8,
    /// Current length in bytes; only grows.
    pub len_bytes: AtomicU64,
}

// SAFETY: [mem-stable] The base is a constant, the length is atomic, and what is behind them belongs to the guest.
unsafe impl Send for MemoryDef {}
// SAFETY: [mem-stable] As for `Send`.
unsafe impl Sync for MemoryDef {}

/// How a new memory is laid out in the address space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryOptions {
    /// Bytes of address space set aside for a memory that may grow. Below 4 GiB no memory is in reserved style.
    pub reservation_bytes: u64,
    /// As `reservation_bytes`, for memories with 64-bit indices.
    pub reservation64_bytes: u64,
    /// Inaccessible bytes behind the index range of a memory in reserved style.
    pub guard_bytes: u64,
    /// Whether memories may be in reserved style at all.
    pub allow_reserved_style: bool,
}

impl Default for MemoryOptions {
    fn default() -> MemoryOptions {
        MemoryOptions {
            reservation_bytes: INDEX_RANGE_BYTES,
            reservation64_bytes: 64 << 30,
            guard_bytes: 32 << 20,
            allow_reserved_style: true,
        }
    }
}

/// What compiled code may rely on when it accesses a memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MemoryStyle {
    /// Any 32-bit index plus any offset of at most `guard_bytes` less the size of the access is in bounds or faults.
    Reserved {
        /// Inaccessible bytes behind the 4 GiB index range.
        guard_bytes: u64,
    },
    /// Every access is compared with the current length.
    Checked,
}

/// A linear memory.
#[derive(Debug)]
pub struct Memory {
    /// What generated code reads.
    pub def: Box<MemoryDef>,
    ty: MemoryType,
    style: MemoryStyle,
    space: Space,
    growing: Mutex<()>,
    /// Who waits on its cells.
    pub(super) waiters: Waiters,
}

impl Memory {
    /// A memory of `ty`'s minimum size, all zeros.
    pub fn new(ty: &MemoryType, options: &MemoryOptions) -> Result<Memory> {
        let (min_len, max_bytes) = (bytes_of(ty, ty.min), bytes_of(ty, ty.max_pages()).unwrap_or(u64::MAX));
        let min_len = min_len.filter(|bytes| *bytes <= max_bytes && usize::try_from(*bytes).is_ok());
        let min_bytes = min_len.ok_or_else(|| Error::limit(format!("a memory of {} pages is too large", ty.min)))?;
        let (space, style) = match reserve_index_range(ty, options) {
            Some(reserved) => reserved,
            None => {
                // Who starts beyond the usual is to have room to grow too.
                let usual = if ty.memory64 { options.reservation64_bytes } else { options.reservation_bytes };
                let wanted = max_bytes.min(usual.max(min_bytes.saturating_mul(2)));
                let space = Space::at_least(min_bytes as usize, to_len(wanted));
                (space.map_err(|error| cannot_have(min_bytes, &error))?, MemoryStyle::Checked)
            }
        };
        space.commit(0, min_bytes as usize).map_err(|error| cannot_have(min_bytes, &error))?;
        let def = Box::new(MemoryDef { base: space.base(), len_bytes: AtomicU64::new(min_bytes) });
        Ok(Memory { def, ty: ty.clone(), style, space, growing: Mutex::new(()), waiters: Waiters::default() })
    }

    /// As [`Memory::new`], of a type that the host made up.
    pub fn of_host(ty: &MemoryType, options: &MemoryOptions) -> Result<Memory> {
        let page_size_log2 = ty.page_size_log2;
        if page_size_log2 != 0 && page_size_log2 != 16 {
            return Err(Error::usage(format!(
                "pages of 2^{page_size_log2} bytes: there are only pages of 1 and 65536"
            )));
        }
        if ty.min > ty.max_pages() {
            return Err(Error::usage(format!("the minimum of {} pages is above the maximum", ty.min)));
        }
        if ty.shared && ty.max.is_none() {
            return Err(Error::usage("a shared memory needs a maximum"));
        }
        Memory::new(ty, options)
    }

    /// The type that the memory was made with.
    pub fn ty(&self) -> &MemoryType {
        &self.ty
    }

    /// What compiled code may rely on.
    pub fn style(&self) -> MemoryStyle {
        self.style
    }

    /// Current size in pages.
    pub fn size_pages(&self) -> u64 {
        self.len_bytes() >> self.ty.page_size_log2
    }

    /// Current length in bytes.
    #[inline]
    pub fn len_bytes(&self) -> u64 {
        self.def.len_bytes.load(Ordering::Acquire)
    }

    /// First byte; the same for the memory's life.
    #[inline]
    pub fn base(&self) -> *mut u8 {
        self.def.base
    }

    /// First byte and current length, for a view that may be touched after the memory's end: see [`quarantine`].
    pub fn lasting_view(&self) -> (*mut u8, usize) {
        let len = self.len_bytes() as usize;
        self.space.note_view(len);
        (self.base(), len)
    }

    /// Address of `len` bytes from `offset`, if all of them exist. Other threads may use the same bytes.
    #[inline]
    pub fn range(&self, offset: u64, len: u64) -> Option<*mut u8> {
        let end = offset.checked_add(len)?;
        (end <= self.len_bytes()).then(|| self.def.base.wrapping_add(offset as usize))
    }

    /// Grows by `delta_pages`, which read as zeros, and returns the size in pages before. `None`, with nothing
    /// changed, if the type, the reservation, `limiter` or the system does not allow it.
    pub fn grow(&self, delta_pages: u64, limiter: &dyn GrowthLimiter) -> Option<u64> {
        let _growing = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let current_bytes = self.len_bytes();
        let current_pages = current_bytes >> self.ty.page_size_log2;
        if delta_pages == 0 {
            return Some(current_pages);
        }
        let desired_pages = current_pages.checked_add(delta_pages).filter(|pages| *pages <= self.ty.max_pages())?;
        let desired_bytes = bytes_of(&self.ty, desired_pages).filter(|bytes| *bytes <= self.capacity_bytes())?;
        if !limiter.memory_growing(current_bytes, desired_bytes) {
            return None;
        }
        self.space.commit(current_bytes as usize, desired_bytes as usize).ok()?;
        self.def.len_bytes.store(desired_bytes, Ordering::Release);
        Some(current_pages)
    }

    /// Bytes that the memory can have without moving.
    fn capacity_bytes(&self) -> u64 {
        match self.style {
            MemoryStyle::Reserved { .. } => INDEX_RANGE_BYTES,
            MemoryStyle::Checked => self.space.len() as u64,
        }
    }
}

/// Whether a memory of this type is to have its whole index range reserved.
pub(super) fn has_reserved_style(ty: &MemoryType, options: &MemoryOptions) -> bool {
    let bounds_are_pages = mmap::HAS_GUARDS && 1 << ty.page_size_log2 >= mmap::page_size() as u64;
    let is_wished = options.allow_reserved_style && options.reservation_bytes >= INDEX_RANGE_BYTES;
    !ty.memory64 && bounds_are_pages && is_wished
}

/// Address space for reserved style, if `ty` and `options` allow it and the system has it.
fn reserve_index_range(ty: &MemoryType, options: &MemoryOptions) -> Option<(Space, MemoryStyle)> {
    if !has_reserved_style(ty, options) {
        return None;
    }
    let len = to_len(INDEX_RANGE_BYTES.checked_add(options.guard_bytes)?);
    Some((Space::exactly(len).ok()?, MemoryStyle::Reserved { guard_bytes: options.guard_bytes }))
}

fn bytes_of(ty: &MemoryType, pages: u64) -> Option<u64> {
    pages.checked_mul(1u64.checked_shl(ty.page_size_log2)?)
}

fn to_len(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn cannot_have(bytes: u64, error: &std::io::Error) -> Error {
    Error::limit(format!("cannot reserve a memory of {bytes} bytes: {error}"))
}

#[cfg(test)]
mod tests;
