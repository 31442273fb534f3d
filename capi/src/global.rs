//! Globals.

use crate::{
    error::wasmrt_error,
    ffi::{array, array_mut, borrow, boundary, out},
    store::wasmrt_store,
    value::{type_number, type_of_number, wasmrt_val},
};
use wasmrt::{Error, Global, Result, Val, types::GlobalType, types::ValType};

/// A global of a store. A value: copied freely, never freed.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct wasmrt_global {
    /// Which store.
    pub store: u64,
    /// Which of the store's globals.
    pub index: u32,
    /// Which use of the index.
    pub generation: u32,
}

/// The type of a global.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct wasmrt_global_type {
    /// Type of the value, a `wasmrt_val_type`.
    pub content: u32,
    /// 1 if the value can be replaced, else 0.
    pub is_mutable: u32,
}

impl wasmrt_global_type {
    /// The type for C.
    pub(crate) fn from_core(ty: &GlobalType) -> wasmrt_global_type {
        wasmrt_global_type { content: type_number(ty.content), is_mutable: u32::from(ty.mutable) }
    }
}

impl wasmrt_global {
    /// The core's global.
    pub(crate) fn core(&self) -> Global {
        Global::from_parts(self.store, self.index, self.generation)
    }
}

/// Makes a global of the host's own. Fails with Usage for a value of another type.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_global_new(
    store: *mut wasmrt_store,
    r#type: *const wasmrt_global_type,
    value: *const wasmrt_val,
    out_global: *mut wasmrt_global,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_global = unsafe { out(out_global, "out_global") }?;
        // SAFETY: [c-borrow]
        let (store, ty) = unsafe { (borrow(store, "store")?, borrow(r#type, "type")?) };
        // SAFETY: [c-borrow]
        let value = unsafe { borrow(value, "value") }?.to_core(store)?;
        let ty = GlobalType { content: type_of_number(ty.content)?, mutable: ty.is_mutable != 0 };
        let (store, index, generation) = Global::new(store.access(), ty, value)?.to_parts();
        out_global.put(wasmrt_global { store, index, generation })
    })
}

/// The global's type.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_global_ty(
    store: *const wasmrt_store,
    global: *const wasmrt_global,
    out_type: *mut wasmrt_global_type,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_type = unsafe { out(out_type, "out_type") }?;
        // SAFETY: [c-borrow]
        let (store, global) = unsafe { (borrow(store, "store")?, borrow(global, "global")?) };
        out_type.put(wasmrt_global_type::from_core(&global.core().ty(store.access())?))
    })
}

/// The global's value.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_global_get(
    store: *mut wasmrt_store,
    global: *const wasmrt_global,
    out_value: *mut wasmrt_val,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_value = unsafe { out(out_value, "out_value") }?;
        // SAFETY: [c-borrow]
        let (store, global) = unsafe { (borrow(store, "store")?, borrow(global, "global")?) };
        out_value.put(wasmrt_val::from_core(&global.core().get(store.access())?, store)?)
    })
}

/// Replaces the global's value. Fails with Usage if it is immutable or the value is of another type.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_global_set(
    store: *mut wasmrt_store,
    global: *const wasmrt_global,
    value: *const wasmrt_val,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, global) = unsafe { (borrow(store, "store")?, borrow(global, "global")?) };
        // SAFETY: [c-borrow]
        let value = unsafe { borrow(value, "value") }?.to_core(store)?;
        global.core().set(store.access(), value)
    })
}

fn check_slots(ty: ValType, slots_len: usize) -> Result<()> {
    if slots_len >= ty.slots() {
        return Ok(());
    }
    Err(Error::usage(format!("a value of type {ty} takes {} slots, but got {slots_len}", ty.slots())))
}

/// The global's value as it stands in call slots: two for v128, else one. Fails with Usage if there are fewer.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_global_get_slots(
    store: *mut wasmrt_store,
    global: *const wasmrt_global,
    out_slots: *mut u64,
    slots_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, global) = unsafe { (borrow(store, "store")?, borrow(global, "global")?) };
        // SAFETY: [c-out]
        let slots = unsafe { array_mut(out_slots, slots_len, "out_slots") }?;
        let value = global.core().get(store.access())?;
        check_slots(value.ty(), slots.len())?;
        value.to_slots(store.access(), slots)
    })
}

/// Replaces the global's value by one in call slots: two for v128, else one. Fails with Usage if it is immutable, if
/// there are fewer slots, or a reference is not a handle of this store.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_global_set_slots(
    store: *mut wasmrt_store,
    global: *const wasmrt_global,
    slots: *const u64,
    slots_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, global) = unsafe { (borrow(store, "store")?, borrow(global, "global")?.core()) };
        // SAFETY: [c-slice]
        let slots = unsafe { array(slots, slots_len, "slots") }?;
        let content = global.ty(store.access())?.content;
        check_slots(content, slots.len())?;
        global.set(store.access(), Val::from_slots(store.access(), content, slots)?)
    })
}
