//! Stores: what instances live in, with their fuel, limits and interruption.

use crate::{
    engine::{Home, wasmrt_engine},
    error::wasmrt_error,
    ffi::{answer, borrow, boundary, delete, out},
};
use std::{
    collections::HashMap,
    mem::offset_of,
    ptr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use wasmrt::{Error, ExternRef, Result, SharedStore, StoreLimits};

/// Instances and everything that belongs to them. Owned by the caller: free it with `wasmrt_store_delete` when no call
/// runs in it any more. Functions, memories, tables, globals and instances are values that name something in a store;
/// used with another store, or after their instance was closed, they are answered with a Usage error. Several threads
/// may use a store at once, also to call into one instance; what guests share through it is for them to order.
pub struct wasmrt_store {
    pub(crate) shared: SharedStore,
    pub(crate) home: Arc<Home>,
    pins: Mutex<HashMap<u64, Pin>>,
}

/// An object that the embedder keeps alive, with how often it asked for that.
struct Pin {
    object: ExternRef,
    count: u64,
}

/// The stores of an engine by their id, as addresses of `wasmrt_store`.
#[derive(Debug, Default)]
pub(crate) struct Stores(Mutex<HashMap<u64, usize>>);

impl Stores {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store with this id; NULL if it was deleted.
    pub(crate) fn find(&self, id: u64) -> *mut wasmrt_store {
        self.lock().get(&id).map_or(ptr::null_mut(), |address| ptr::with_exposed_provenance_mut(*address))
    }
}

impl wasmrt_store {
    /// Access for one call into the core.
    pub(crate) fn access(&self) -> SharedStore {
        self.shared.clone()
    }

    fn pins(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Pin>> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the object of a handle alive until as many calls of `unpin`.
    pub(crate) fn pin(&self, handle: u64, object: ExternRef) {
        self.pins().entry(handle).or_insert(Pin { object, count: 0 }).count += 1;
    }

    /// Takes one `pin` back.
    pub(crate) fn unpin(&self, handle: u64) -> Result<()> {
        let mut pins = self.pins();
        let pin = pins.get_mut(&handle).ok_or_else(|| Error::usage("the externref is not pinned"))?;
        pin.count -= 1;
        let last = if pin.count == 0 { pins.remove(&handle) } else { None };
        drop(pins);
        drop(last.map(|pin| pin.object));
        Ok(())
    }
}

/// Limits of a store. Set `size` to the size of the struct; 0 in any other member is no limit.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wasmrt_store_limits {
    /// `sizeof(wasmrt_store_limits)`: how the library tells older callers from newer ones.
    pub size: usize,
    /// How large each memory may become, in bytes.
    pub memory_bytes: u64,
    /// How large each table may become, in elements.
    pub table_elements: u64,
    /// How many instances may exist at once.
    pub instances: u64,
    /// How many memories may exist at once.
    pub memories: u64,
    /// How many tables may exist at once.
    pub tables: u64,
}

impl wasmrt_store_limits {
    /// The core's limits, from as many members as the caller's struct has.
    ///
    /// # Safety
    ///
    /// `[c-borrow]` for `limits.size` bytes.
    unsafe fn to_core(limits: *const wasmrt_store_limits) -> Result<StoreLimits> {
        if limits.is_null() {
            return Err(Error::usage("limits is NULL"));
        }
        // SAFETY: [c-borrow] every version of the struct begins with its size.
        let size = unsafe { (&raw const (*limits).size).read() };
        if size < size_of::<usize>() {
            return Err(Error::usage("limits.size is too small"));
        }
        let member = |offset: usize| -> Option<u64> {
            if offset + size_of::<u64>() > size {
                return None;
            }
            // SAFETY: [c-borrow] the member lies within the caller's size.
            let value = unsafe { limits.byte_add(offset).cast::<u64>().read() };
            (value != 0).then_some(value)
        };
        Ok(StoreLimits {
            memory_bytes: member(offset_of!(wasmrt_store_limits, memory_bytes)),
            table_elements: member(offset_of!(wasmrt_store_limits, table_elements)),
            instances: member(offset_of!(wasmrt_store_limits, instances)),
            memories: member(offset_of!(wasmrt_store_limits, memories)),
            tables: member(offset_of!(wasmrt_store_limits, tables)),
            ..StoreLimits::default()
        })
    }
}

/// Makes an empty store.
///
/// Ownership: `*out_store` is the caller's.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_store_new(
    engine: *const wasmrt_engine,
    out_store: *mut *mut wasmrt_store,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_store = unsafe { out(out_store, "out_store") }?;
        // SAFETY: [c-borrow]
        let engine = unsafe { borrow(engine, "engine") }?;
        let shared = SharedStore::new(&engine.engine);
        let id = shared.id();
        let store = Box::new(wasmrt_store { shared, home: engine.home.clone(), pins: Mutex::default() });
        let store = Box::into_raw(store);
        engine.home.stores.lock().insert(id, store.expose_provenance());
        out_store.put(store)
    })
}

/// Frees a store with everything in it; NULL is nothing. No call may be running in it.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_store_delete(store: *mut wasmrt_store) {
    // SAFETY: [c-owned]
    if let Some(store) = unsafe { store.as_ref() } {
        answer(None, || store.home.stores.lock().remove(&store.shared.id()));
    }
    // SAFETY: [c-owned]
    unsafe { delete(store) }
}

/// Replaces the fuel that guests may still consume: one unit per operator. Out of fuel, a call traps. Fails with Usage
/// if the engine does not meter fuel.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_store_set_fuel(store: *mut wasmrt_store, fuel: u64) -> *mut wasmrt_error {
    // SAFETY: [c-borrow]
    boundary(|| unsafe { borrow(store, "store") }?.shared.set_fuel(fuel))
}

/// The fuel that is left. Fails with Usage if the engine does not meter fuel.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_store_fuel(store: *const wasmrt_store, out_fuel: *mut u64) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_fuel = unsafe { out(out_fuel, "out_fuel") }?;
        // SAFETY: [c-borrow]
        out_fuel.put(unsafe { borrow(store, "store") }?.shared.fuel()?)
    })
}

/// Replaces the limits of what guests may hold; what exists already stays.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_store_set_limits(
    store: *mut wasmrt_store,
    limits: *const wasmrt_store_limits,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let store = unsafe { borrow(store, "store") }?;
        // SAFETY: [c-borrow]
        store.shared.set_limits(unsafe { wasmrt_store_limits::to_core(limits) }?);
        Ok(())
    })
}

/// How long each outermost call may take before it ends with Interrupted, in nanoseconds; 0, the default, is as long
/// as it likes. Compiled code needs `wasmrt_config_set_interruption`.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_store_set_timeout(store: *mut wasmrt_store, nanoseconds: u64) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let store = unsafe { borrow(store, "store") }?;
        store.shared.set_timeout((nanoseconds != 0).then(|| Duration::from_nanos(nanoseconds)));
        Ok(())
    })
}

/// Ends calls with Interrupted once `wasmrt_engine_increment_epoch` was called `ticks` more times. Compiled code needs
/// `wasmrt_config_set_interruption`.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_store_set_epoch_deadline(store: *mut wasmrt_store, ticks: u64) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow(store, "store") }?.shared.set_epoch_deadline(ticks);
        Ok(())
    })
}

/// Ends the calls that run in the store with Interrupted; later calls are not affected. Compiled code needs
/// `wasmrt_config_set_interruption`.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_store_interrupt(store: *const wasmrt_store) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow(store, "store") }?.shared.interrupt_handle().interrupt();
        Ok(())
    })
}
