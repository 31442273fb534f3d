//! Tables of references: reserved once, never moved (`[table-stable]`), written under a lock, read without one.
//!
//! A function's entry repeats what an indirect call needs, so compiled code reads four words that must belong
//! together: `[entry-version]` says how. Whoever needs only the reference itself reads `origin`, one word.

use super::{FuncRef, GrowthLimiter, VmContext};
use crate::{
    error::{Error, Result},
    sys::mmap::Reservation,
    trap::TrapCode,
    types::TableType,
};
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence},
};

/// Most elements for which address space is set aside in advance when a table may grow.
const MAX_ADVANCE_ELEMENTS: u64 = 10_000_000;

/// The part of a table that generated code and the interpreter read.
#[repr(C)]
#[derive(Debug)]
pub struct TableDef {
    /// First entry (`[table-stable]`): [`TableEntry`] for function tables, `u64` handles for the others.
    pub base: *mut u8,
    /// Current length in elements; only grows.
    pub len: AtomicU64,
}

// SAFETY: [table-stable] The base is a constant, the length is atomic, and entries are read and written atomically.
unsafe impl Send for TableDef {}
// SAFETY: [table-stable] As for `Send`.
unsafe impl Sync for TableDef {}

/// A function in a table, held inline so that an indirect call needs no further load. All zeros is null.
#[repr(C)]
#[derive(Debug)]
pub struct TableEntry {
    /// As in [`FuncRef`].
    pub code: AtomicPtr<u8>,
    /// As in [`FuncRef`].
    pub vmctx: AtomicPtr<VmContext>,
    /// The signature's id, 0 for null; low half of the 8-byte word that readers check twice (`[entry-version]`).
    pub signature: AtomicU32,
    /// Grows with every write, odd while one is under way.
    pub version: AtomicU32,
    /// The function reference this entry was made from: the value that `table.get` gives.
    pub origin: AtomicPtr<FuncRef>,
}

impl TableEntry {
    /// Replaces the entry. Only under the table's lock (`[entry-version]`).
    fn write(&self, reference: *const FuncRef) {
        let (code, vmctx, signature) = if reference.is_null() {
            (std::ptr::null(), std::ptr::null_mut(), 0)
        } else {
            // SAFETY: [raw-ref] A reference that is not null points to a live `FuncRef`.
            let func = unsafe { &*reference };
            (func.code, func.vmctx, func.signature.0.get())
        };
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        self.code.store(code.cast_mut(), Ordering::Relaxed);
        self.vmctx.store(vmctx, Ordering::Relaxed);
        self.signature.store(signature, Ordering::Relaxed);
        self.origin.store(reference.cast_mut(), Ordering::Release);
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }
}

impl TableDef {
    /// The function at `index` of a table of functions: null, or [`TrapCode::UndefinedElement`] beyond the end.
    ///
    /// # Safety
    ///
    /// This is the definition of a live table of functions.
    #[inline]
    pub unsafe fn lookup(&self, index: u64) -> Result<*const FuncRef, TrapCode> {
        if index >= self.len.load(Ordering::Acquire) {
            return Err(TrapCode::UndefinedElement);
        }
        // SAFETY: [table-stable] Entries below the length exist, and the caller says what they are.
        let entry = unsafe { &*self.base.cast::<TableEntry>().add(index as usize) };
        Ok(entry.origin.load(Ordering::Acquire))
    }
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// What generated code reads.
    pub def: Box<TableDef>,
    ty: TableType,
    capacity: u64,
    holds_functions: bool,
    writing: Mutex<()>,
    /// Owns the entries.
    _reservation: Reservation,
}

impl Table {
    /// A table of `ty`'s minimum size, all null, that can never have more than `limit_elements`.
    pub fn new(ty: &TableType, limit_elements: u64) -> Result<Table> {
        let holds_functions = !ty.element.is_gc();
        let entry_bytes = if holds_functions { size_of::<TableEntry>() } else { size_of::<u64>() };
        let too_large = || Error::limit(format!("a table of {} elements is too large", ty.min));
        let len_of = |elements: u64| usize::try_from(elements).ok()?.checked_mul(entry_bytes);
        let advance = max_elements(ty).min(limit_elements).min(MAX_ADVANCE_ELEMENTS).max(ty.min);
        if ty.min > limit_elements || ty.min > max_elements(ty) {
            return Err(too_large());
        }
        let (min_len, len) = len_of(ty.min).zip(len_of(advance)).ok_or_else(too_large)?;
        let reservation = Reservation::zeroed(min_len, len)
            .map_err(|error| Error::limit(format!("cannot reserve a table of {} elements: {error}", ty.min)))?;
        let capacity = advance.min((reservation.len() / entry_bytes) as u64);
        let def = Box::new(TableDef { base: reservation.base(), len: AtomicU64::new(ty.min) });
        let writing = Mutex::new(());
        Ok(Table { def, ty: ty.clone(), capacity, holds_functions, writing, _reservation: reservation })
    }

    /// The type that the table was made with.
    pub fn ty(&self) -> &TableType {
        &self.ty
    }

    /// Current size in elements.
    #[inline]
    pub fn len(&self) -> u64 {
        self.def.len.load(Ordering::Acquire)
    }

    /// Whether elements `index..index + len` all exist.
    pub fn contains(&self, index: u64, len: u64) -> bool {
        index.checked_add(len).is_some_and(|end| end <= self.len())
    }

    /// The function at `index` of a table of functions; [`TrapCode::UndefinedElement`] beyond the end.
    #[inline]
    pub fn lookup(&self, index: u64) -> Result<Option<*const FuncRef>, TrapCode> {
        assert!(self.holds_functions, "an indirect call through a table of other references");
        // SAFETY: [table-stable] This table is alive and holds functions.
        let func = unsafe { self.def.lookup(index)? };
        Ok((!func.is_null()).then_some(func))
    }

    /// The raw reference at `index`.
    pub fn get_raw(&self, index: u64) -> Option<u64> {
        (index < self.len()).then(|| self.slot(index).load())
    }

    /// Stores a raw reference (`[raw-ref]`) of the element type; `false` if there is no such element.
    pub fn set_raw(&self, index: u64, reference: u64) -> bool {
        self.write(index, 1, |_| reference).is_ok()
    }

    /// Grows by `delta` elements that hold the raw `reference` and returns the size before. `None`, with nothing
    /// changed, if the type, the reservation or `limiter` does not allow it.
    pub fn grow(&self, delta: u64, reference: u64, limiter: &dyn GrowthLimiter) -> Option<u64> {
        let _writing = self.lock();
        let current = self.len();
        if delta == 0 {
            return Some(current);
        }
        let most = max_elements(&self.ty).min(self.capacity);
        let desired = current.checked_add(delta).filter(|desired| *desired <= most)?;
        if !limiter.table_growing(current, desired) {
            return None;
        }
        // Entries beyond the length have never been written: they are null already.
        if reference != 0 {
            (current..desired).for_each(|index| self.slot(index).store(reference));
        }
        self.def.len.store(desired, Ordering::Release);
        Some(current)
    }

    /// `table.fill` with a raw reference.
    pub fn fill(&self, to: u64, reference: u64, len: u64) -> Result<(), TrapCode> {
        self.write(to, len, |_| reference)
    }

    /// Stores `reference(0)`, `reference(1)`, … (raw) from element `to` on. `reference` is called under the table's
    /// lock and must not write to tables.
    pub fn write(&self, to: u64, len: u64, mut reference: impl FnMut(u64) -> u64) -> Result<(), TrapCode> {
        if !self.contains(to, len) {
            return Err(TrapCode::TableOutOfBounds);
        }
        let _writing = self.lock();
        (0..len).for_each(|position| self.slot(to + position).store(reference(position)));
        Ok(())
    }

    /// Shows every reference that the collector knows to `visit`, which may change it.
    pub fn each_reference_mut(&self, visit: &mut dyn FnMut(&mut u64)) {
        if self.holds_functions {
            return;
        }
        let _writing = self.lock();
        for index in 0..self.len() {
            let slot = self.slot(index);
            let before = slot.load();
            let mut reference = before;
            visit(&mut reference);
            if reference != before {
                slot.store(reference);
            }
        }
    }

    /// `table.copy`: as if through a buffer, also within one table.
    pub fn copy(to_table: &Table, to: u64, from_table: &Table, from: u64, len: u64) -> Result<(), TrapCode> {
        if !to_table.contains(to, len) || !from_table.contains(from, len) {
            return Err(TrapCode::TableOutOfBounds);
        }
        let _writing = to_table.lock();
        let copy_one = |position| to_table.slot(to + position).store(from_table.slot(from + position).load());
        if to <= from {
            (0..len).for_each(copy_one)
        } else {
            (0..len).rev().for_each(copy_one)
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of element `index`, which lies below the capacity.
    #[inline]
    fn slot(&self, index: u64) -> Slot<'_> {
        debug_assert!(index < self.capacity);
        if self.holds_functions {
            // SAFETY: [table-stable] Entries below the capacity exist for the table's life; zeros are an entry.
            Slot::Func(unsafe { &*self.def.base.cast::<TableEntry>().add(index as usize) })
        } else {
            // SAFETY: [table-stable] As above, with 8 bytes per element.
            Slot::Handle(unsafe { &*self.def.base.cast::<AtomicU64>().add(index as usize) })
        }
    }
}

/// Where a table keeps one raw reference. Stores happen under the table's lock.
enum Slot<'a> {
    Func(&'a TableEntry),
    Handle(&'a AtomicU64),
}

impl Slot<'_> {
    #[inline]
    fn load(&self) -> u64 {
        match self {
            Slot::Func(entry) => entry.origin.load(Ordering::Acquire).expose_provenance() as u64,
            Slot::Handle(handle) => handle.load(Ordering::Acquire),
        }
    }

    #[inline]
    fn store(&self, reference: u64) {
        match self {
            Slot::Func(entry) => entry.write(std::ptr::with_exposed_provenance(reference as usize)),
            Slot::Handle(handle) => handle.store(reference, Ordering::Release),
        }
    }
}

/// The most elements that a table of this type can have.
fn max_elements(ty: &TableType) -> u64 {
    let addressable = if ty.table64 { u64::MAX } else { u32::MAX.into() };
    ty.max.unwrap_or(addressable).min(addressable)
}

#[cfg(test)]
mod tests;
