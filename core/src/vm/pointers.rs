//! Pointers that the store keeps to parts of contexts: sendable, copyable, and alive as long as their owner is in the
//! store (`[vmctx-live]`). They are made here only, from what an instance or a host context owns.
#![expect(unsafe_code, reason = "reads through pointers whose targets the store keeps alive")]

use super::{ArrayEntry, ContextKind, FuncRef, GlobalCell, Instance, SignatureId, VmContext};
use crate::types::{FuncIdx, GlobalIdx};
use std::ptr::NonNull;

/// A function reference that its store keeps alive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FuncPtr(NonNull<FuncRef>);

// SAFETY: [vmctx-live] the target is immutable once linked and outlives every use.
unsafe impl Send for FuncPtr {}
// SAFETY: [vmctx-live] as above.
unsafe impl Sync for FuncPtr {}

impl FuncPtr {
    /// The reference to an escaping function of an instance.
    pub fn of(instance: &Instance, func: FuncIdx) -> Option<FuncPtr> {
        NonNull::new(instance.func_ref(func)?.cast_mut()).map(FuncPtr)
    }

    /// The reference behind a raw value of this store; `None` for null.
    pub(crate) fn from_raw(raw: u64) -> Option<FuncPtr> {
        NonNull::new(raw as *mut FuncRef).map(FuncPtr)
    }

    /// The reference as a raw value.
    pub fn to_raw(self) -> u64 {
        self.0.as_ptr() as u64
    }

    /// The reference as code takes it.
    pub fn as_ptr(self) -> *const FuncRef {
        self.0.as_ptr()
    }

    /// A copy of what it says.
    pub fn read(self) -> FuncRef {
        // SAFETY: [vmctx-live]
        unsafe { *self.0.as_ptr() }
    }

    /// Its signature.
    pub fn signature(self) -> SignatureId {
        self.read().signature
    }

    /// Its uniform entry.
    pub fn array_entry(self) -> ArrayEntry {
        self.read().array_entry
    }

    /// The callee's index in its module.
    pub fn index(self) -> u32 {
        self.read().index
    }

    /// What the callee belongs to.
    pub fn kind(self) -> ContextKind {
        self.context().kind
    }

    /// Index and generation of the callee's owner in its store.
    pub fn owner(self) -> (u32, u32) {
        let context = self.context();
        (context.owner, context.generation)
    }

    /// The first reference of the callee's own context.
    pub fn context_func_refs(self) -> *const FuncRef {
        self.context().func_refs
    }

    fn context(&self) -> &VmContext {
        // SAFETY: [vmctx-live]
        unsafe { &*self.read().vmctx }
    }
}

/// A global's cell that its store keeps alive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CellPtr(NonNull<GlobalCell>);

// SAFETY: [vmctx-live] cells are read and written through atomics below.
unsafe impl Send for CellPtr {}
// SAFETY: [vmctx-live] as above.
unsafe impl Sync for CellPtr {}

impl CellPtr {
    /// The cell of an instance's global, imported or defined.
    pub fn of(instance: &Instance, global: GlobalIdx) -> Option<CellPtr> {
        NonNull::new(instance.global(global)).map(CellPtr)
    }

    /// The cell of a global that the host owns; the box stays in the store as long as the pointer.
    pub fn of_host(cell: &GlobalCell) -> CellPtr {
        CellPtr(NonNull::from(cell))
    }

    /// The cell as contexts take it.
    pub fn as_ptr(self) -> *mut GlobalCell {
        self.0.as_ptr()
    }

    /// The value in slots.
    pub fn read(self) -> [u64; 2] {
        // SAFETY: [vmctx-live]; volatile, since a guest on another thread may write at the same time.
        unsafe { self.0.as_ref().0.get().read_volatile() }
    }

    /// Shows the reference in the cell of a global of a reference type to `visit`, which may change it.
    pub fn visit_reference(self, visit: &mut dyn FnMut(&mut u64)) {
        let before = self.read();
        let mut reference = before[0];
        visit(&mut reference);
        if reference != before[0] {
            self.write([reference, 0]);
        }
    }

    /// Replaces the value.
    pub fn write(self, slots: [u64; 2]) {
        // SAFETY: [vmctx-live] as for reading.
        unsafe { self.0.as_ref().0.get().write_volatile(slots) }
    }
}
