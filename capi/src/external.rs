//! What can be imported and exported, and its types.

use crate::{
    error::wasmrt_error,
    ffi::{array, borrow, boundary, out},
    func::wasmrt_func,
    global::{wasmrt_global, wasmrt_global_type},
    memory::{wasmrt_memory, wasmrt_memory_type},
    store::wasmrt_store,
    table::{wasmrt_table, wasmrt_table_type},
    value::{type_number, type_of_number},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use wasmrt::{Error, Extern, Func, Global, Memory, Result, Table, Tag, types::ExternType, types::FuncType};

/// What an import or export is, by the numbers of the binary format.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum wasmrt_extern_kind {
    /// A function.
    Func = 0,
    /// A table.
    Table = 1,
    /// A memory.
    Memory = 2,
    /// A global.
    Global = 3,
    /// A tag: `func` has its type, whose parameters are what an exception carries.
    Tag = 4,
}

/// A function, table, memory, global or tag of a store. A value: copied freely, never freed. The first three members are
/// those of `wasmrt_func` and its siblings.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct wasmrt_extern {
    /// Which store.
    pub store: u64,
    /// Which of the store's items of this kind.
    pub index: u32,
    /// Which use of the index.
    pub generation: u32,
    /// A `wasmrt_extern_kind`.
    pub kind: u32,
    /// Zero.
    pub reserved: u32,
}

/// The type of a function. Where the library returns one, the arrays are borrowed, as the function says.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wasmrt_func_type {
    /// Types of the parameters, each a `wasmrt_val_type`. May be NULL if there are none.
    pub params: *const u32,
    /// Number of parameters.
    pub params_len: usize,
    /// Types of the results, each a `wasmrt_val_type`. May be NULL if there are none.
    pub results: *const u32,
    /// Number of results.
    pub results_len: usize,
}

/// The type of an import or export. Only the member that `kind` names is filled, the others are zero.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wasmrt_extern_type {
    /// A `wasmrt_extern_kind`.
    pub kind: u32,
    /// Zero.
    pub reserved: u32,
    /// The type of a function.
    pub func: wasmrt_func_type,
    /// The type of a table.
    pub table: wasmrt_table_type,
    /// The type of a memory.
    pub memory: wasmrt_memory_type,
    /// The type of a global.
    pub global: wasmrt_global_type,
}

/// Function types as C sees them, each once; what is lent stays in place as long as the engine's users exist.
#[derive(Debug, Default)]
pub(crate) struct FuncTypes(Mutex<HashMap<FuncType, Box<[u32]>>>);

impl FuncTypes {
    /// The type with borrowed arrays.
    pub(crate) fn lend(&self, ty: &FuncType) -> wasmrt_func_type {
        let mut types = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = types.entry(ty.clone()).or_insert_with(|| {
            let numbers = ty.params().iter().chain(ty.results());
            numbers.map(|ty| type_number(*ty)).collect()
        });
        let (params, results) = numbers.split_at(ty.params().len());
        wasmrt_func_type {
            params: params.as_ptr(),
            params_len: params.len(),
            results: results.as_ptr(),
            results_len: results.len(),
        }
    }

    /// The type of any item.
    pub(crate) fn lend_extern(&self, ty: &ExternType) -> wasmrt_extern_type {
        let mut lent = wasmrt_extern_type {
            kind: wasmrt_extern_kind::Func as u32,
            reserved: 0,
            func: wasmrt_func_type::EMPTY,
            table: wasmrt_table_type::default(),
            memory: wasmrt_memory_type::default(),
            global: wasmrt_global_type::default(),
        };
        match ty {
            ExternType::Func(ty) => lent.func = self.lend(ty),
            ExternType::Table(ty) => {
                lent.kind = wasmrt_extern_kind::Table as u32;
                lent.table = wasmrt_table_type::from_core(ty);
            }
            ExternType::Memory(ty) => {
                lent.kind = wasmrt_extern_kind::Memory as u32;
                lent.memory = wasmrt_memory_type::from_core(ty);
            }
            ExternType::Global(ty) => {
                lent.kind = wasmrt_extern_kind::Global as u32;
                lent.global = wasmrt_global_type::from_core(ty);
            }
            ExternType::Tag(ty) => {
                lent.kind = wasmrt_extern_kind::Tag as u32;
                lent.func = self.lend(ty);
            }
        }
        lent
    }
}

impl wasmrt_func_type {
    /// No parameters, no results.
    const EMPTY: wasmrt_func_type =
        wasmrt_func_type { params: std::ptr::null(), params_len: 0, results: std::ptr::null(), results_len: 0 };

    /// The core's type.
    ///
    /// # Safety
    ///
    /// `[c-slice]` for both arrays.
    pub(crate) unsafe fn to_core(self) -> Result<FuncType> {
        // SAFETY: [c-slice]
        let params = unsafe { array(self.params, self.params_len, "type.params") }?;
        // SAFETY: [c-slice]
        let results = unsafe { array(self.results, self.results_len, "type.results") }?;
        let types = |numbers: &[u32]| numbers.iter().map(|number| type_of_number(*number)).collect::<Result<Vec<_>>>();
        Ok(FuncType::new(types(params)?, types(results)?))
    }
}

impl wasmrt_extern {
    /// The item for C.
    pub(crate) fn new(item: Extern) -> wasmrt_extern {
        let (kind, (store, index, generation)) = match item {
            Extern::Func(func) => (wasmrt_extern_kind::Func, func.to_parts()),
            Extern::Table(table) => (wasmrt_extern_kind::Table, table.to_parts()),
            Extern::Memory(memory) => (wasmrt_extern_kind::Memory, memory.to_parts()),
            Extern::Global(global) => (wasmrt_extern_kind::Global, global.to_parts()),
            Extern::Tag(tag) => (wasmrt_extern_kind::Tag, tag.to_parts()),
        };
        wasmrt_extern { store, index, generation, kind: kind as u32, reserved: 0 }
    }

    /// The core's item.
    pub(crate) fn core(&self) -> Result<Extern> {
        let (store, index, generation) = (self.store, self.index, self.generation);
        Ok(match self.kind {
            0 => Extern::Func(Func::from_parts(store, index, generation)),
            1 => Extern::Table(Table::from_parts(store, index, generation)),
            2 => Extern::Memory(Memory::from_parts(store, index, generation)),
            3 => Extern::Global(Global::from_parts(store, index, generation)),
            4 => Extern::Tag(Tag::from_parts(store, index, generation)),
            kind => return Err(Error::usage(format!("no extern kind {kind}"))),
        })
    }

    /// Fails unless the item is of this kind.
    pub(crate) fn expect(&self, kind: wasmrt_extern_kind, what: &str) -> Result<()> {
        if self.kind == kind as u32 { Ok(()) } else { Err(Error::usage(format!("the item is not a {what}"))) }
    }
}

/// The type of an item, with the current size of a table or memory as its minimum.
///
/// Ownership: the arrays in `*out_type` are borrowed from `store`.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_ty(
    store: *const wasmrt_store,
    item: *const wasmrt_extern,
    out_type: *mut wasmrt_extern_type,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_type = unsafe { out(out_type, "out_type") }?;
        // SAFETY: [c-borrow]
        let store = unsafe { borrow(store, "store") }?;
        // SAFETY: [c-borrow]
        let ty = unsafe { borrow(item, "item") }?.core()?.ty(store.access())?;
        out_type.put(store.home.types.lend_extern(&ty))
    })
}

/// The function that an item is. Fails with Usage if it is something else.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_as_func(
    item: *const wasmrt_extern,
    out_func: *mut wasmrt_func,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_func = unsafe { out(out_func, "out_func") }?;
        // SAFETY: [c-borrow]
        let item = unsafe { borrow(item, "item") }?;
        item.expect(wasmrt_extern_kind::Func, "function")?;
        out_func.put(wasmrt_func { store: item.store, index: item.index, generation: item.generation })
    })
}

/// The table that an item is. Fails with Usage if it is something else.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_as_table(
    item: *const wasmrt_extern,
    out_table: *mut wasmrt_table,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_table = unsafe { out(out_table, "out_table") }?;
        // SAFETY: [c-borrow]
        let item = unsafe { borrow(item, "item") }?;
        item.expect(wasmrt_extern_kind::Table, "table")?;
        out_table.put(wasmrt_table { store: item.store, index: item.index, generation: item.generation })
    })
}

/// The memory that an item is. Fails with Usage if it is something else.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_as_memory(
    item: *const wasmrt_extern,
    out_memory: *mut wasmrt_memory,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_memory = unsafe { out(out_memory, "out_memory") }?;
        // SAFETY: [c-borrow]
        let item = unsafe { borrow(item, "item") }?;
        item.expect(wasmrt_extern_kind::Memory, "memory")?;
        out_memory.put(wasmrt_memory { store: item.store, index: item.index, generation: item.generation })
    })
}

/// The global that an item is. Fails with Usage if it is something else.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_as_global(
    item: *const wasmrt_extern,
    out_global: *mut wasmrt_global,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_global = unsafe { out(out_global, "out_global") }?;
        // SAFETY: [c-borrow]
        let item = unsafe { borrow(item, "item") }?;
        item.expect(wasmrt_extern_kind::Global, "global")?;
        out_global.put(wasmrt_global { store: item.store, index: item.index, generation: item.generation })
    })
}

/// A function as an item.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_from_func(
    func: *const wasmrt_func,
    out_item: *mut wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_item = unsafe { out(out_item, "out_item") }?;
        // SAFETY: [c-borrow]
        let func = unsafe { borrow(func, "func") }?;
        out_item.put(wasmrt_extern::new(func.core().into()))
    })
}

/// A table as an item.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_from_table(
    table: *const wasmrt_table,
    out_item: *mut wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_item = unsafe { out(out_item, "out_item") }?;
        // SAFETY: [c-borrow]
        let table = unsafe { borrow(table, "table") }?;
        out_item.put(wasmrt_extern::new(table.core().into()))
    })
}

/// A memory as an item.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_from_memory(
    memory: *const wasmrt_memory,
    out_item: *mut wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_item = unsafe { out(out_item, "out_item") }?;
        // SAFETY: [c-borrow]
        let memory = unsafe { borrow(memory, "memory") }?;
        out_item.put(wasmrt_extern::new(memory.core().into()))
    })
}

/// A global as an item.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_extern_from_global(
    global: *const wasmrt_global,
    out_item: *mut wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_item = unsafe { out(out_item, "out_item") }?;
        // SAFETY: [c-borrow]
        let global = unsafe { borrow(global, "global") }?;
        out_item.put(wasmrt_extern::new(global.core().into()))
    })
}
