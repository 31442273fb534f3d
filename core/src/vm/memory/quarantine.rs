//! What is left of memories of which somebody may still have views.
//!
//! An embedder whose language frees nothing by scope, as Go does not, may touch a view after its memory has ended. It
//! then finds zeros that can be written, never another memory's bytes. Remnants are kept up to a budget of address
//! space, for the whole process, and unmapped oldest first; they cost memory only where they are written to, unless
//! the system cannot take pages back ([`WIPING_FREES`]).

use crate::sys::{
    fork,
    mmap::{Reservation, WIPING_FREES},
};
use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, PoisonError},
};

/// Bytes of remnants that are kept unless the embedder says otherwise.
const DEFAULT_BUDGET_BYTES: u64 = if WIPING_FREES { 32 << 30 } else { 64 << 20 };
/// Most reservations with remnants. Each is one mapping, or two beside a memory, and Linux allows a process 65 530.
const SLOTS_MAX: usize = 8192;
/// Most of them that wait for another memory: an address range of more than 4 GiB each.
const OPEN_SLOTS_MAX: usize = 64;

/// A reservation whose first bytes are remnants.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) reservation: Reservation,
    /// Bytes of remnants, from the start.
    pub(super) used: usize,
}

#[derive(Debug)]
struct Quarantine {
    budget_bytes: u64,
    /// Bytes of remnants in both lists.
    bytes: u64,
    /// Slots with room for another memory, the latest used last.
    open: Vec<Slot>,
    /// The others, cut down to their remnants, the oldest first.
    closed: VecDeque<Slot>,
}

static QUARANTINE: Mutex<Quarantine> =
    Mutex::new(Quarantine { budget_bytes: DEFAULT_BUDGET_BYTES, bytes: 0, open: Vec::new(), closed: VecDeque::new() });

/// Calls `change` with the quarantine, while no fork happens. What it answers with is dropped after that.
fn with_quarantine<R>(change: impl FnOnce(&mut Quarantine) -> R) -> R {
    let _changing = fork::changing();
    change(&mut QUARANTINE.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Quarantine {
    /// Adds a slot with room. Answers with one that had to make way for it.
    fn open(&mut self, slot: Slot) -> Option<Slot> {
        self.bytes += slot.used as u64;
        self.open.push(slot);
        if self.open.len() <= OPEN_SLOTS_MAX {
            return None;
        }
        let idle = self.open.remove(0);
        self.bytes -= idle.used as u64;
        Some(idle)
    }

    /// Takes out what is too much, to be dropped outside the lock.
    fn evict(&mut self) -> Vec<Slot> {
        let mut evicted = Vec::new();
        while self.bytes > self.budget_bytes || self.closed.len() + self.open.len() > SLOTS_MAX {
            let oldest = match self.closed.pop_front() {
                Some(slot) => slot,
                None if !self.open.is_empty() => self.open.remove(0),
                None => break,
            };
            self.bytes -= oldest.used as u64;
            evicted.push(oldest);
        }
        evicted
    }
}

/// A slot with room for `len` bytes behind its remnants.
pub(super) fn open_slot(len: usize) -> Option<Slot> {
    with_quarantine(|quarantine| {
        let at = quarantine.open.iter().rposition(|slot| slot.reservation.len() - slot.used >= len)?;
        let slot = quarantine.open.remove(at);
        quarantine.bytes -= slot.used as u64;
        Some(slot)
    })
}

/// Keeps a slot, for another memory if one of `len` bytes fits behind its remnants.
pub(super) fn keep(slot: Slot, len: usize) {
    let has_room = slot.reservation.len() - slot.used >= len;
    let full = if has_room { with_quarantine(|quarantine| quarantine.open(slot)) } else { Some(slot) };
    let closed = full.and_then(close);
    let evicted = with_quarantine(|quarantine| {
        if let Some(slot) = closed {
            quarantine.bytes += slot.used as u64;
            quarantine.closed.push_back(slot);
        }
        quarantine.evict()
    });
    drop(evicted);
}

/// Leaves of a slot its remnants only, as zeros that cost nothing. `None` if that failed: the slot is forgotten.
fn close(mut slot: Slot) -> Option<Slot> {
    slot.reservation.truncate(slot.used);
    match slot.reservation.wipe(0, slot.used) {
        Ok(()) => Some(slot),
        Err(_) => {
            mem::forget(slot);
            None
        }
    }
}

/// Unmaps all remnants.
pub(super) fn clear() {
    let slots = with_quarantine(|quarantine| {
        quarantine.bytes = 0;
        (mem::take(&mut quarantine.open), mem::take(&mut quarantine.closed))
    });
    drop(slots);
}

/// How many bytes of address space remnants may take in this process; 0 keeps none. [`DEFAULT_BUDGET_BYTES`] unless set.
pub fn set_budget_bytes(bytes: u64) {
    let evicted = with_quarantine(|quarantine| {
        quarantine.budget_bytes = bytes;
        quarantine.evict()
    });
    drop(evicted);
}

#[cfg(test)]
#[path = "quarantine_tests.rs"]
mod tests;
