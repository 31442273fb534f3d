//! Reservations from the allocator: zeroed on demand, never grown in place beyond what was taken at the start.
//!
//! Everything is committed at once; large blocks of zeros cost nothing on most systems until they are written.
//! Memory is owned by one value, which frees it when dropped (`[mapping-owned]`).

use std::{
    alloc::{self, Layout},
    io,
};

/// Whether bytes of a reservation that are not committed fault on every access.
pub const HAS_GUARDS: bool = false;
/// Whether wiped bytes cost no memory until they are written again.
pub const WIPING_FREES: bool = false;

/// Most bytes taken in advance for something that may grow.
const MAX_ADVANCE_BYTES: usize = 1 << 30;
/// The strictest alignment that allocators serve with zeroed pages rather than by writing zeros.
const ALIGN_BYTES: usize = 16;

/// Granularity in bytes of reservations.
pub fn page_size() -> usize {
    4096
}

/// Memory for something that grows in place.
#[derive(Debug)]
pub struct Reservation {
    base: *mut u8,
    layout: Layout,
}

// SAFETY: [mapping-owned] The block belongs to the process, not to a thread.
unsafe impl Send for Reservation {}
// SAFETY: [mapping-owned] Shared access gives out addresses only.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// As [`Reservation::zeroed`]: nothing can be made inaccessible here.
    pub fn inaccessible(min: usize, wanted: usize) -> io::Result<Reservation> {
        Reservation::zeroed(min, wanted)
    }

    /// Takes up to `wanted` zeroed bytes, as many as the system gives, and at least `min`.
    pub fn zeroed(min: usize, wanted: usize) -> io::Result<Reservation> {
        let mut len = wanted.min(min.max(MAX_ADVANCE_BYTES));
        loop {
            match Reservation::exact(len) {
                Some(reservation) => return Ok(reservation),
                None if len > min => len = (len / 2).max(min),
                None => return Err(io::ErrorKind::OutOfMemory.into()),
            }
        }
    }

    fn exact(len: usize) -> Option<Reservation> {
        let len = len.max(1).checked_next_multiple_of(page_size())?;
        let layout = Layout::from_size_align(len, ALIGN_BYTES).ok()?;
        // SAFETY: [mapping-owned] The layout's size is not 0.
        let base = unsafe { alloc::alloc_zeroed(layout) };
        (!base.is_null()).then_some(Reservation { base, layout })
    }

    /// First byte.
    pub fn base(&self) -> *mut u8 {
        self.base
    }

    /// Length in bytes, a multiple of the page size and never 0.
    pub fn len(&self) -> usize {
        self.layout.size()
    }

    /// Everything is committed from the start.
    pub fn commit(&self, from: usize, to: usize) -> io::Result<()> {
        assert!(from <= to && to <= self.len(), "committing bytes outside a reservation");
        Ok(())
    }

    /// As [`Reservation::wipe`]: nothing can be made inaccessible here.
    pub fn decommit(&self, from: usize, to: usize) -> io::Result<()> {
        self.wipe(from, to)
    }

    /// Zeros the bytes from `from` up to `to`.
    pub fn wipe(&self, from: usize, to: usize) -> io::Result<()> {
        assert!(from <= to && to <= self.len(), "wiping bytes outside a reservation");
        // SAFETY: [mapping-owned] The bytes lie inside the block, and nobody relies on what they are.
        unsafe { self.base.add(from).write_bytes(0, to - from) };
        Ok(())
    }

    /// Blocks keep their size.
    pub fn truncate(&mut self, _len: usize) {}
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: [mapping-owned] Allocated with this layout, freed once.
        unsafe { alloc::dealloc(self.base, self.layout) };
    }
}
