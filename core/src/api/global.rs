//! Globals.

use super::{AsContext, AsContextMut, Val};
use crate::{
    call::with_heap,
    error::{Error, Result},
    store::{GlobalEntry, Handle, StoreInner, stale},
    types::GlobalType,
    vm::{GlobalCell, pointers::CellPtr},
};

/// A global of a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Global {
    store: u64,
    handle: Handle,
}

impl Global {
    pub(crate) fn from_handle(store: u64, handle: Handle) -> Global {
        Global { store, handle }
    }

    /// A global as numbers: store, index, generation; see [`Global::from_parts`].
    pub fn to_parts(&self) -> (u64, u32, u32) {
        (self.store, self.handle.index, self.handle.generation)
    }

    /// The global of [`Global::to_parts`]. Numbers that name none are found out at use.
    pub fn from_parts(store: u64, index: u32, generation: u32) -> Global {
        Global { store, handle: Handle { index, generation } }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.store
    }

    /// A global of the host's own.
    pub fn new(mut cx: impl AsContextMut, ty: GlobalType, value: Val) -> Result<Global> {
        let cx = cx.as_context_mut();
        let store = cx.inner();
        with_heap(store, |access| {
            let host_cell = Box::new(GlobalCell::new(value.to_raw_slots(access, store, "global", ty.content)?));
            let cell = CellPtr::of_host(&host_cell);
            let entry = GlobalEntry { cell, ty, owner: None, host_cell: Some(host_cell) };
            Ok(Global { store: store.id, handle: store.state().global_handle(entry) })
        })
    }

    fn entry(&self, store: &StoreInner) -> Result<(CellPtr, GlobalType)> {
        store.check_id(self.store, "global")?;
        let state = store.state();
        state.globals.get(self.handle).map(|entry| (entry.cell, entry.ty.clone())).ok_or_else(|| stale("global"))
    }

    /// The type.
    pub fn ty(&self, cx: impl AsContext) -> Result<GlobalType> {
        Ok(self.entry(cx.as_context().inner())?.1)
    }

    /// The value.
    pub fn get(&self, cx: impl AsContext) -> Result<Val> {
        let cx = cx.as_context();
        let (cell, ty) = self.entry(cx.inner())?;
        with_heap(cx.inner(), |access| Val::of_raw_slots(access, cx.inner(), ty.content, cell.read()))
    }

    /// Replaces the value; immutable or of another type: `Usage`.
    pub fn set(&self, mut cx: impl AsContextMut, value: Val) -> Result<()> {
        let cx = cx.as_context_mut();
        let (cell, ty) = self.entry(cx.inner())?;
        if !ty.mutable {
            return Err(Error::usage("the global is immutable"));
        }
        with_heap(cx.inner(), |access| {
            cell.write(value.to_raw_slots(access, cx.inner(), "global", ty.content)?);
            Ok(())
        })
    }
}
