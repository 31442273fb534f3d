//! Tables.

use super::{AsContext, AsContextMut, Val};
use crate::{
    call::with_heap,
    error::{Error, Result},
    store::{Handle, StoreInner, stale},
    types::{TableType, ValType},
    vm,
};
use std::sync::Arc;

/// A table of a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Table {
    store: u64,
    handle: Handle,
}

impl Table {
    pub(crate) fn from_handle(store: u64, handle: Handle) -> Table {
        Table { store, handle }
    }

    /// A table as numbers: store, index, generation; see [`Table::from_parts`].
    pub fn to_parts(&self) -> (u64, u32, u32) {
        (self.store, self.handle.index, self.handle.generation)
    }

    /// The table of [`Table::to_parts`]. Numbers that name none are found out at use.
    pub fn from_parts(store: u64, index: u32, generation: u32) -> Table {
        Table { store, handle: Handle { index, generation } }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.store
    }

    /// A table of the host's own, filled with `init`.
    pub fn new(mut cx: impl AsContextMut, ty: TableType, init: Val) -> Result<Table> {
        let cx = cx.as_context_mut();
        let store = cx.inner();
        let limit = store.limiter.get().table_elements.unwrap_or(u64::MAX);
        if ty.min > limit {
            return Err(Error::limit(format!("a table of {} elements exceeds the store's limit", ty.min)));
        }
        let table = vm::Table::new(&ty, limit)?;
        with_heap(store, |access| {
            let [raw, _] = init.to_raw_slots(access, store, "table", ValType::Ref(ty.element))?;
            if raw != 0 {
                table.fill(0, raw, ty.min).map_err(Error::trap)?;
            }
            Ok(Table { store: store.id, handle: store.state().table_handle(&Arc::new(table), None) })
        })
    }

    fn entry(&self, store: &StoreInner) -> Result<Arc<vm::Table>> {
        store.check_id(self.store, "table")?;
        let state = store.state();
        state.tables.get(self.handle).map(|entry| entry.table.clone()).ok_or_else(|| stale("table"))
    }

    /// The type, with the current size as minimum.
    pub fn ty(&self, cx: impl AsContext) -> Result<TableType> {
        let table = self.entry(cx.as_context().inner())?;
        Ok(TableType { min: table.len(), ..table.ty().clone() })
    }

    /// Current size in elements.
    pub fn size(&self, cx: impl AsContext) -> Result<u64> {
        Ok(self.entry(cx.as_context().inner())?.len())
    }

    /// The element at `index`; out of bounds: `Usage`.
    pub fn get(&self, cx: impl AsContext, index: u64) -> Result<Val> {
        let cx = cx.as_context();
        let table = self.entry(cx.inner())?;
        with_heap(cx.inner(), |access| {
            let raw = table.get_raw(index).ok_or_else(|| out_of_bounds(&table, index))?;
            Val::of_raw_slots(access, cx.inner(), ValType::Ref(table.ty().element), [raw, 0])
        })
    }

    /// Replaces the element at `index`; out of bounds or of another type: `Usage`.
    pub fn set(&self, mut cx: impl AsContextMut, index: u64, value: Val) -> Result<()> {
        let cx = cx.as_context_mut();
        let table = self.entry(cx.inner())?;
        with_heap(cx.inner(), |access| {
            let [raw, _] = value.to_raw_slots(access, cx.inner(), "table", ValType::Ref(table.ty().element))?;
            if table.set_raw(index, raw) { Ok(()) } else { Err(out_of_bounds(&table, index)) }
        })
    }

    /// Grows by `delta` elements and returns the old size. Beyond the maximum or the store's limits: `Limit`.
    pub fn grow(&self, mut cx: impl AsContextMut, delta: u64, init: Val) -> Result<u64> {
        let cx = cx.as_context_mut();
        let table = self.entry(cx.inner())?;
        with_heap(cx.inner(), |access| {
            let [raw, _] = init.to_raw_slots(access, cx.inner(), "table", ValType::Ref(table.ty().element))?;
            let grown = table.grow(delta, raw, &*cx.inner().limiter);
            grown.ok_or_else(|| Error::limit(format!("the table cannot grow by {delta} elements")))
        })
    }
}

fn out_of_bounds(table: &vm::Table, index: u64) -> Error {
    Error::usage(format!("element {index} is outside the table of {} elements", table.len()))
}
