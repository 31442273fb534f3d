//! Linkers: definitions by name, from which modules take their imports.

use crate::{
    engine::{Home, wasmrt_engine},
    error::wasmrt_error,
    external::{wasmrt_extern, wasmrt_func_type},
    ffi::{Env, borrow, borrow_mut, boundary, delete, out, text, wasmrt_finalizer},
    func::{HostFunc, wasmrt_func_callback},
    instance::wasmrt_instance,
    module::wasmrt_module,
    store::wasmrt_store,
};
use std::{
    ffi::{c_char, c_void},
    sync::Arc,
};
use wasmrt::{Error, Linker};

/// Definitions by module and item name. Owned by the caller: free it with `wasmrt_linker_delete`, at any time, since
/// instances keep the functions that they import. Host functions are defined once for all stores of the engine, other
/// items belong to one store. Several threads may instantiate with a linker at once; defining needs it alone.
pub struct wasmrt_linker {
    pub(crate) linker: Linker<()>,
    home: Arc<Home>,
}

/// Makes an empty linker.
///
/// Ownership: `*out_linker` is the caller's.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_new(
    engine: *const wasmrt_engine,
    out_linker: *mut *mut wasmrt_linker,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_linker = unsafe { out(out_linker, "out_linker") }?;
        // SAFETY: [c-borrow]
        let engine = unsafe { borrow(engine, "engine") }?;
        out_linker.give(wasmrt_linker { linker: Linker::new(&engine.engine), home: engine.home.clone() })
    })
}

/// Frees a linker; NULL is nothing. The finalizer of a host function runs when the last instance that imports it is
/// gone, too.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_delete(linker: *mut wasmrt_linker) {
    // SAFETY: [c-owned]
    unsafe { delete(linker) }
}

/// Whether a name may be defined again (0: no, the default); the last definition counts.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_allow_shadowing(linker: *mut wasmrt_linker, allowed: u32) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(linker, "linker") }?.linker.allow_shadowing(allowed != 0);
        Ok(())
    })
}

/// Defines a host function; see `wasmrt_func_callback` for how it is called. Fails with Usage if the name is taken.
///
/// Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_define_func(
    linker: *mut wasmrt_linker,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    r#type: *const wasmrt_func_type,
    callback: wasmrt_func_callback,
    env: *mut c_void,
    finalizer: wasmrt_finalizer,
) -> *mut wasmrt_error {
    boundary(|| {
        let env = Env::new(env, finalizer);
        // SAFETY: [c-borrow]
        let linker = unsafe { borrow_mut(linker, "linker") }?;
        // SAFETY: [c-slice]
        let (module, name) = unsafe { (text(module, module_len, "module")?, text(name, name_len, "name")?) };
        // SAFETY: [c-borrow] [c-slice]
        let ty = unsafe { borrow(r#type, "type")?.to_core() }?;
        let host = HostFunc::new(callback, env, &linker.home)?;
        linker.linker.func_new_unchecked(module, name, ty, move |caller, slots| host.call(caller, slots))?;
        Ok(())
    })
}

/// Defines an item of a store. Fails with Usage if the name is taken.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_define(
    linker: *mut wasmrt_linker,
    store: *const wasmrt_store,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    item: *const wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let linker = unsafe { borrow_mut(linker, "linker") }?;
        // SAFETY: [c-borrow]
        let (store, item) = unsafe { (borrow(store, "store")?, borrow(item, "item")?) };
        // SAFETY: [c-slice]
        let (module, name) = unsafe { (text(module, module_len, "module")?, text(name, name_len, "name")?) };
        linker.linker.define(store.access(), module, name, item.core()?)?;
        Ok(())
    })
}

/// Defines every export of an instance under the module name `module`. Fails with Usage if a name is taken.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_define_instance(
    linker: *mut wasmrt_linker,
    store: *mut wasmrt_store,
    module: *const c_char,
    module_len: usize,
    instance: *const wasmrt_instance,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let linker = unsafe { borrow_mut(linker, "linker") }?;
        // SAFETY: [c-borrow]
        let (store, instance) = unsafe { (borrow(store, "store")?, borrow(instance, "instance")?) };
        // SAFETY: [c-slice]
        let module = unsafe { text(module, module_len, "module") }?;
        linker.linker.instance(store.access(), module, instance.core())?;
        Ok(())
    })
}

/// The definition with this name as an item of `store`. Fails with Usage if there is none.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_get(
    linker: *const wasmrt_linker,
    store: *mut wasmrt_store,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    out_item: *mut wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_item = unsafe { out(out_item, "out_item") }?;
        // SAFETY: [c-borrow]
        let (linker, store) = unsafe { (borrow(linker, "linker")?, borrow(store, "store")?) };
        // SAFETY: [c-slice]
        let (module, name) = unsafe { (text(module, module_len, "module")?, text(name, name_len, "name")?) };
        let item = linker.linker.get(store.access(), module, name);
        let item = item.ok_or_else(|| Error::usage(format!("the linker has no `{module}.{name}`")))?;
        out_item.put(wasmrt_extern::new(item))
    })
}

/// Instantiates a module with these definitions and runs its start function. Fails with Link, naming the first import
/// that has no definition or one of another type, with Limit, and with whatever the start function ends with.
///
/// Effects: runs guest code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_instantiate(
    linker: *const wasmrt_linker,
    store: *mut wasmrt_store,
    module: *const wasmrt_module,
    out_instance: *mut wasmrt_instance,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_instance = unsafe { out(out_instance, "out_instance") }?;
        // SAFETY: [c-borrow]
        let (linker, store) = unsafe { (borrow(linker, "linker")?, borrow(store, "store")?) };
        // SAFETY: [c-borrow]
        let module = unsafe { borrow(module, "module") }?;
        let instance = linker.linker.instantiate(store.access(), &module.module)?;
        out_instance.put(wasmrt_instance::new(instance))
    })
}
