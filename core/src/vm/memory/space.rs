//! The part of a reservation that one memory lives in.
//!
//! Memories in reserved style are all alike, so the reservation is a little longer than one of them: when a memory ends
//! of which views may be left, its pages stay as they are and the next memory begins right behind them. Thus remnants
//! lie side by side, in one mapping, wherever one memory follows another.

use super::quarantine::{self, Slot};
use crate::sys::mmap::{Reservation, page_size};
use std::{
    io, mem,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Address space in bytes behind a memory in reserved style, for moving up.
const SPARE_BYTES: usize = 256 << 20;

/// Address space of one memory; gives it back, or into quarantine, when dropped.
#[derive(Debug)]
pub(super) struct Space {
    /// What the space is part of; there until it is dropped.
    slot: Option<Slot>,
    base: *mut u8,
    len: usize,
    /// Bytes that may be made accessible or already are, from the start.
    committed: AtomicUsize,
    /// Bytes that somebody may have a view of, from the start; 0 if nobody has.
    viewed: AtomicUsize,
}

// SAFETY: [mapping-owned] The base is an address into the slot, which is `Send`.
unsafe impl Send for Space {}
// SAFETY: [mapping-owned] As for `Send`.
unsafe impl Sync for Space {}

impl Space {
    /// `wanted` bytes, or at least `min`.
    pub(super) fn at_least(min: usize, wanted: usize) -> io::Result<Space> {
        let reservation = Reservation::inaccessible(min, wanted)?;
        let len = reservation.len();
        Ok(Space::new(Slot { reservation, used: 0 }, len))
    }

    /// `len` bytes, which are a multiple of the page size.
    pub(super) fn exactly(len: usize) -> io::Result<Space> {
        if let Some(slot) = quarantine::open_slot(len) {
            return Ok(Space::new(slot, len));
        }
        let reservation = Reservation::inaccessible(len, len.saturating_add(SPARE_BYTES))?;
        Ok(Space::new(Slot { reservation, used: 0 }, len))
    }

    fn new(slot: Slot, len: usize) -> Space {
        let base = slot.reservation.base().wrapping_add(slot.used);
        Space { slot: Some(slot), base, len, committed: AtomicUsize::new(0), viewed: AtomicUsize::new(0) }
    }

    /// First byte.
    pub(super) fn base(&self) -> *mut u8 {
        self.base
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Makes the bytes from `from` up to `to` readable and writable.
    pub(super) fn commit(&self, from: usize, to: usize) -> io::Result<()> {
        assert!(from <= to && to <= self.len, "committing bytes of another memory");
        let slot = self.slot.as_ref().expect("the slot is there until the drop");
        self.committed.fetch_max(to.next_multiple_of(page_size()), Ordering::Relaxed);
        slot.reservation.commit(slot.used + from, slot.used + to).or_else(|_| {
            // A system that counts what could be written counts the quarantine too.
            quarantine::clear();
            slot.reservation.commit(slot.used + from, slot.used + to)
        })
    }

    /// Says that the first `len` bytes may be touched after the memory's end. No page at all counts as one.
    pub(super) fn note_view(&self, len: usize) {
        let len = len.max(1).next_multiple_of(page_size()).min(self.len);
        self.viewed.fetch_max(len, Ordering::Relaxed);
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        let Some(mut slot) = self.slot.take() else { return };
        let (viewed, committed) = (*self.viewed.get_mut(), *self.committed.get_mut());
        if viewed == 0 && slot.used == 0 {
            return;
        }
        let (views_end, committed_end) = (slot.used + viewed, slot.used + committed.max(viewed));
        let emptied = slot.reservation.wipe(slot.used, views_end);
        if emptied.and_then(|()| slot.reservation.decommit(views_end, committed_end)).is_err() {
            // Unmapping pages whose state is unknown could hit somebody else's.
            mem::forget(slot);
            return;
        }
        slot.used = views_end;
        quarantine::keep(slot, self.len);
    }
}
