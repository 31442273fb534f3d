//! Tables.

use crate::{
    error::wasmrt_error,
    ffi::{borrow, boundary, out},
    store::wasmrt_store,
    value::{type_number, type_of_number, wasmrt_val},
};
use wasmrt::{
    Error, Result, Table,
    types::{TableType, ValType},
};

/// A table of a store. A value: copied freely, never freed.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct wasmrt_table {
    /// Which store.
    pub store: u64,
    /// Which of the store's tables.
    pub index: u32,
    /// Which use of the index.
    pub generation: u32,
}

/// The type of a table. Sizes are in elements.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct wasmrt_table_type {
    /// Type of the elements, a `wasmrt_val_type`.
    pub element: u32,
    /// 1 if indices are 64 bits wide, else 0.
    pub table64: u32,
    /// Initial size; of an existing table, its current size.
    pub min: u64,
    /// Size that growth never exceeds; `UINT64_MAX` if there is no such size.
    pub max: u64,
}

impl wasmrt_table_type {
    /// The type for C.
    pub(crate) fn from_core(ty: &TableType) -> wasmrt_table_type {
        wasmrt_table_type {
            element: type_number(ValType::Ref(ty.element)),
            table64: u32::from(ty.table64),
            min: ty.min,
            max: ty.max.unwrap_or(u64::MAX),
        }
    }

    fn to_core(self) -> Result<TableType> {
        match type_of_number(self.element)? {
            ValType::Ref(element) => Ok(TableType {
                element,
                min: self.min,
                max: (self.max != u64::MAX).then_some(self.max),
                table64: self.table64 != 0,
            }),
            ty => Err(Error::usage(format!("a table cannot hold {ty}"))),
        }
    }
}

impl wasmrt_table {
    /// The core's table.
    pub(crate) fn core(&self) -> Table {
        Table::from_parts(self.store, self.index, self.generation)
    }
}

/// Makes a table of the host's own, filled with `init`. Fails with Usage if that is of another type, with Limit beyond
/// the store's limits.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_table_new(
    store: *mut wasmrt_store,
    r#type: *const wasmrt_table_type,
    init: *const wasmrt_val,
    out_table: *mut wasmrt_table,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_table = unsafe { out(out_table, "out_table") }?;
        // SAFETY: [c-borrow]
        let (store, ty) = unsafe { (borrow(store, "store")?, borrow(r#type, "type")?) };
        // SAFETY: [c-borrow]
        let init = unsafe { borrow(init, "init") }?.to_core(store)?;
        let (store, index, generation) = Table::new(store.access(), ty.to_core()?, init)?.to_parts();
        out_table.put(wasmrt_table { store, index, generation })
    })
}

/// The table's type, with its current size as minimum.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_table_ty(
    store: *const wasmrt_store,
    table: *const wasmrt_table,
    out_type: *mut wasmrt_table_type,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_type = unsafe { out(out_type, "out_type") }?;
        // SAFETY: [c-borrow]
        let (store, table) = unsafe { (borrow(store, "store")?, borrow(table, "table")?) };
        out_type.put(wasmrt_table_type::from_core(&table.core().ty(store.access())?))
    })
}

/// The table's current size in elements.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_table_size(
    store: *const wasmrt_store,
    table: *const wasmrt_table,
    out_elements: *mut u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_elements = unsafe { out(out_elements, "out_elements") }?;
        // SAFETY: [c-borrow]
        let (store, table) = unsafe { (borrow(store, "store")?, borrow(table, "table")?) };
        out_elements.put(table.core().size(store.access())?)
    })
}

/// The element at `index`. Fails with Usage out of bounds.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_table_get(
    store: *mut wasmrt_store,
    table: *const wasmrt_table,
    index: u64,
    out_value: *mut wasmrt_val,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_value = unsafe { out(out_value, "out_value") }?;
        // SAFETY: [c-borrow]
        let (store, table) = unsafe { (borrow(store, "store")?, borrow(table, "table")?) };
        out_value.put(wasmrt_val::from_core(&table.core().get(store.access(), index)?, store)?)
    })
}

/// Replaces the element at `index`. Fails with Usage out of bounds or for a value of another type.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_table_set(
    store: *mut wasmrt_store,
    table: *const wasmrt_table,
    index: u64,
    value: *const wasmrt_val,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, table) = unsafe { (borrow(store, "store")?, borrow(table, "table")?) };
        // SAFETY: [c-borrow]
        let value = unsafe { borrow(value, "value") }?.to_core(store)?;
        table.core().set(store.access(), index, value)
    })
}

/// Grows the table by `delta_elements` elements that are all `init`. `*out_previous_elements` is the old size. Fails
/// with Limit, changing nothing, beyond the table's maximum or the store's limits.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_table_grow(
    store: *mut wasmrt_store,
    table: *const wasmrt_table,
    delta_elements: u64,
    init: *const wasmrt_val,
    out_previous_elements: *mut u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_previous_elements = unsafe { out(out_previous_elements, "out_previous_elements") }?;
        // SAFETY: [c-borrow]
        let (store, table) = unsafe { (borrow(store, "store")?, borrow(table, "table")?) };
        // SAFETY: [c-borrow]
        let init = unsafe { borrow(init, "init") }?.to_core(store)?;
        out_previous_elements.put(table.core().grow(store.access(), delta_elements, init)?)
    })
}
