//! Instances and their exports.

use crate::{
    error::wasmrt_error,
    external::{wasmrt_extern, wasmrt_extern_kind},
    ffi::{Out, array, borrow, boundary, out, text},
    func::wasmrt_func,
    global::wasmrt_global,
    memory::wasmrt_memory,
    module::wasmrt_module,
    store::wasmrt_store,
    table::wasmrt_table,
};
use std::ffi::c_char;
use wasmrt::{Error, Instance, Result};

/// An instance of a module in a store. A value: copied freely, never freed; `wasmrt_instance_close` ends the instance.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct wasmrt_instance {
    /// Which store.
    pub store: u64,
    /// Which of the store's instances.
    pub index: u32,
    /// Which use of the index.
    pub generation: u32,
}

impl wasmrt_instance {
    /// The instance for C.
    pub(crate) fn new(instance: Instance) -> wasmrt_instance {
        let (store, index, generation) = instance.to_parts();
        wasmrt_instance { store, index, generation }
    }

    /// The core's instance.
    pub(crate) fn core(&self) -> Instance {
        Instance::from_parts(self.store, self.index, self.generation)
    }
}

/// Instantiates a module with one item for each of its imports, in their order, and runs its start function. Fails with
/// Link for an item of the wrong type, with Usage for a wrong count or a foreign store, with Limit, and with whatever
/// the start function ends with.
///
/// Effects: runs guest code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_new(
    store: *mut wasmrt_store,
    module: *const wasmrt_module,
    imports: *const wasmrt_extern,
    imports_len: usize,
    out_instance: *mut wasmrt_instance,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_instance = unsafe { out(out_instance, "out_instance") }?;
        // SAFETY: [c-borrow]
        let (store, module) = unsafe { (borrow(store, "store")?, borrow(module, "module")?) };
        // SAFETY: [c-slice]
        let imports = unsafe { array(imports, imports_len, "imports") }?;
        let imports: Vec<_> = imports.iter().map(wasmrt_extern::core).collect::<Result<_>>()?;
        let instance = Instance::new(store.access(), &module.module, &imports)?;
        out_instance.put(wasmrt_instance::new(instance))
    })
}

fn export(store: &wasmrt_store, instance: &wasmrt_instance, name: &str) -> Result<wasmrt_extern> {
    let instance = instance.core();
    match instance.get_export(store.access(), name) {
        Some(item) => Ok(wasmrt_extern::new(item)),
        None => {
            instance.module(store.access(), store.shared.engine())?;
            Err(Error::usage(format!("the instance has no export `{name}`")))
        }
    }
}

/// The export with this name. Fails with Usage if there is none, or the instance was closed.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_export(
    store: *mut wasmrt_store,
    instance: *const wasmrt_instance,
    name: *const c_char,
    name_len: usize,
    out_item: *mut wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_item = unsafe { out(out_item, "out_item") }?;
        // SAFETY: [c-borrow]
        let (store, instance) = unsafe { (borrow(store, "store")?, borrow(instance, "instance")?) };
        // SAFETY: [c-slice]
        out_item.put(export(store, instance, unsafe { text(name, name_len, "name") }?)?)
    })
}

/// Export `index`, in the order of the module's exports (see `wasmrt_module_export`). Fails with Usage if there is
/// none, or the instance was closed.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_export_at(
    store: *mut wasmrt_store,
    instance: *const wasmrt_instance,
    index: usize,
    out_item: *mut wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_item = unsafe { out(out_item, "out_item") }?;
        // SAFETY: [c-borrow]
        let (store, instance) = unsafe { (borrow(store, "store")?, borrow(instance, "instance")?) };
        let module = instance.core().module(store.access(), store.shared.engine())?;
        let name = module.exports().nth(index).map(|export| export.name());
        let name = name.ok_or_else(|| Error::usage(format!("the instance has no export {index}")))?;
        out_item.put(export(store, instance, name)?)
    })
}

/// The export with this name, which must be of this kind.
///
/// # Safety
///
/// `[c-borrow]`, `[c-slice]` and `[c-out]`
unsafe fn get<T>(
    store: *mut wasmrt_store,
    instance: *const wasmrt_instance,
    (name, name_len): (*const c_char, usize),
    kind: wasmrt_extern_kind,
    out_noun: *mut T,
    convert: impl FnOnce(wasmrt_extern) -> T,
) -> *mut wasmrt_error {
    boundary(|| {
        let noun = format!("{kind:?}").to_lowercase();
        // SAFETY: [c-out]
        let out_noun: Out<T> = unsafe { out(out_noun, &format!("out_{noun}")) }?;
        // SAFETY: [c-borrow]
        let (store, instance) = unsafe { (borrow(store, "store")?, borrow(instance, "instance")?) };
        // SAFETY: [c-slice]
        let name = unsafe { text(name, name_len, "name") }?;
        let item = export(store, instance, name)?;
        if item.kind != kind as u32 {
            return Err(Error::usage(format!("the export `{name}` is not a {noun}")));
        }
        out_noun.put(convert(item))
    })
}

/// The exported function with this name. Fails with Usage if there is none, or the instance was closed.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_get_func(
    store: *mut wasmrt_store,
    instance: *const wasmrt_instance,
    name: *const c_char,
    name_len: usize,
    out_func: *mut wasmrt_func,
) -> *mut wasmrt_error {
    let convert =
        |item: wasmrt_extern| wasmrt_func { store: item.store, index: item.index, generation: item.generation };
    // SAFETY: [c-borrow] [c-slice] [c-out]
    unsafe { get(store, instance, (name, name_len), wasmrt_extern_kind::Func, out_func, convert) }
}

/// The exported table with this name. Fails with Usage if there is none, or the instance was closed.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_get_table(
    store: *mut wasmrt_store,
    instance: *const wasmrt_instance,
    name: *const c_char,
    name_len: usize,
    out_table: *mut wasmrt_table,
) -> *mut wasmrt_error {
    let convert =
        |item: wasmrt_extern| wasmrt_table { store: item.store, index: item.index, generation: item.generation };
    // SAFETY: [c-borrow] [c-slice] [c-out]
    unsafe { get(store, instance, (name, name_len), wasmrt_extern_kind::Table, out_table, convert) }
}

/// The exported memory with this name. Fails with Usage if there is none, or the instance was closed.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_get_memory(
    store: *mut wasmrt_store,
    instance: *const wasmrt_instance,
    name: *const c_char,
    name_len: usize,
    out_memory: *mut wasmrt_memory,
) -> *mut wasmrt_error {
    let convert =
        |item: wasmrt_extern| wasmrt_memory { store: item.store, index: item.index, generation: item.generation };
    // SAFETY: [c-borrow] [c-slice] [c-out]
    unsafe { get(store, instance, (name, name_len), wasmrt_extern_kind::Memory, out_memory, convert) }
}

/// The exported global with this name. Fails with Usage if there is none, or the instance was closed.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_get_global(
    store: *mut wasmrt_store,
    instance: *const wasmrt_instance,
    name: *const c_char,
    name_len: usize,
    out_global: *mut wasmrt_global,
) -> *mut wasmrt_error {
    let convert =
        |item: wasmrt_extern| wasmrt_global { store: item.store, index: item.index, generation: item.generation };
    // SAFETY: [c-borrow] [c-slice] [c-out]
    unsafe { get(store, instance, (name, name_len), wasmrt_extern_kind::Global, out_global, convert) }
}

/// The instance's module, as a new reference to it.
///
/// Ownership: `*out_module` is the caller's.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_module(
    store: *const wasmrt_store,
    instance: *const wasmrt_instance,
    out_module: *mut *mut wasmrt_module,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_module = unsafe { out(out_module, "out_module") }?;
        // SAFETY: [c-borrow]
        let (store, instance) = unsafe { (borrow(store, "store")?, borrow(instance, "instance")?) };
        let module = instance.core().module(store.access(), store.shared.engine())?;
        out_module.give(wasmrt_module { module, home: store.home.clone() })
    })
}

/// Closes the instance: from now on its functions cannot be called from the host, and its handles are stale. It is
/// freed when no call runs in it and nothing that is open can reach it.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_close(
    store: *mut wasmrt_store,
    instance: *const wasmrt_instance,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, instance) = unsafe { (borrow(store, "store")?, borrow(instance, "instance")?) };
        instance.core().close(store.access())
    })
}

/// Ends the calls that the host made to functions of this instance and that still run with Interrupted; so too those that
/// begin before the last of them has ended. The instance may be closed already. Compiled code needs
/// `wasmrt_config_set_interruption`.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_instance_interrupt(
    store: *const wasmrt_store,
    instance: *const wasmrt_instance,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, instance) = unsafe { (borrow(store, "store")?, borrow(instance, "instance")?) };
        instance.core().interrupt(store.access())
    })
}
