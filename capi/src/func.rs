//! Functions: calling them, and making functions of the host's own.

use crate::{
    caller::wasmrt_caller,
    engine::Home,
    error::wasmrt_error,
    external::wasmrt_func_type,
    ffi::{Env, array, array_mut, borrow, boundary, out, wasmrt_finalizer},
    store::wasmrt_store,
    value::wasmrt_val,
};
use std::{ffi::c_void, sync::Arc};
use wasmrt::{Caller, Error, Func, Result, Val};

/// A function of a store, a guest's or the host's. A value: copied freely, never freed. `store == 0` is the null
/// reference where one is allowed.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct wasmrt_func {
    /// Which store.
    pub store: u64,
    /// Which of the store's functions.
    pub index: u32,
    /// Which use of the index.
    pub generation: u32,
}

/// A host function. Parameters come in from slot 0, results go out from slot 0; `slots_len` is the larger of the two
/// counts. An i32 or f32 stands in the low half of its slot, whose upper half is ignored in results; v128 takes two
/// slots, low half first; references are handle words, 0 for null. `caller` is good until the callback returns, on
/// this thread. The callback returns NULL, or an error that ends the guest's call and passes to the library. It may
/// call any function of the library but `wasmrt_store_delete`; it must not leave by `longjmp` or a C++ exception.
pub type wasmrt_func_callback = Option<
    unsafe extern "C" fn(
        env: *mut c_void,
        caller: *mut wasmrt_caller,
        slots: *mut u64,
        slots_len: usize,
    ) -> *mut wasmrt_error,
>;

/// A callback with its `env`.
pub(crate) struct HostFunc {
    callback: unsafe extern "C" fn(*mut c_void, *mut wasmrt_caller<'_>, *mut u64, usize) -> *mut wasmrt_error,
    env: Env,
    home: Arc<Home>,
}

impl HostFunc {
    /// Fails if the callback is NULL.
    pub(crate) fn new(callback: wasmrt_func_callback, env: Env, home: &Arc<Home>) -> Result<HostFunc> {
        let callback = callback.ok_or_else(|| Error::usage("callback is NULL"))?;
        Ok(HostFunc { callback, env, home: home.clone() })
    }

    /// Calls it.
    pub(crate) fn call(&self, caller: Caller<'_, ()>, slots: &mut [u64]) -> Result<()> {
        let mut caller = wasmrt_caller::new(caller, &self.home);
        // SAFETY: [c-callback]
        let error = unsafe { (self.callback)(self.env.pointer, &raw mut caller, slots.as_mut_ptr(), slots.len()) };
        // SAFETY: [c-owned]
        unsafe { wasmrt_error::take(error) }.map_or(Ok(()), Err)
    }
}

impl wasmrt_func {
    /// The null reference.
    pub(crate) const NULL: wasmrt_func = wasmrt_func { store: 0, index: 0, generation: 0 };

    /// The function for C.
    pub(crate) fn new(func: Func) -> wasmrt_func {
        let (store, index, generation) = func.to_parts();
        wasmrt_func { store, index, generation }
    }

    /// The core's function.
    pub(crate) fn core(&self) -> Func {
        Func::from_parts(self.store, self.index, self.generation)
    }
}

/// Makes a host function in a store; see `wasmrt_func_callback` for how it is called. It lives as long as the store.
///
/// Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_func_new(
    store: *mut wasmrt_store,
    r#type: *const wasmrt_func_type,
    callback: wasmrt_func_callback,
    env: *mut c_void,
    finalizer: wasmrt_finalizer,
    out_func: *mut wasmrt_func,
) -> *mut wasmrt_error {
    boundary(|| {
        let env = Env::new(env, finalizer);
        // SAFETY: [c-out]
        let out_func = unsafe { out(out_func, "out_func") }?;
        // SAFETY: [c-borrow]
        let store = unsafe { borrow(store, "store") }?;
        // SAFETY: [c-borrow] [c-slice]
        let ty = unsafe { borrow(r#type, "type")?.to_core() }?;
        let host = HostFunc::new(callback, env, &store.home)?;
        let func = Func::new_unchecked(store.access(), ty, move |caller, slots| host.call(caller, slots))?;
        out_func.put(wasmrt_func::new(func))
    })
}

/// The function's type.
///
/// Ownership: the arrays in `*out_type` are borrowed from `store`.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_func_ty(
    store: *const wasmrt_store,
    func: *const wasmrt_func,
    out_type: *mut wasmrt_func_type,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_type = unsafe { out(out_type, "out_type") }?;
        // SAFETY: [c-borrow]
        let (store, func) = unsafe { (borrow(store, "store")?, borrow(func, "func")?) };
        out_type.put(store.home.types.lend(&func.core().ty(store.access())?))
    })
}

/// Calls a function with typed values. Counts and types are checked: Usage. Fails with whatever the call ends with:
/// Trap, Exit, Host, Interrupted, Limit.
///
/// Effects: runs guest code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_func_call(
    store: *mut wasmrt_store,
    func: *const wasmrt_func,
    args: *const wasmrt_val,
    args_len: usize,
    out_results: *mut wasmrt_val,
    results_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, func) = unsafe { (borrow(store, "store")?, borrow(func, "func")?) };
        // SAFETY: [c-slice]
        let args = unsafe { array(args, args_len, "args") }?;
        let args: Vec<Val> = args.iter().map(|arg| arg.to_core(store)).collect::<Result<_>>()?;
        // SAFETY: [c-out]
        let out_results = unsafe { outputs(out_results, results_len, "out_results") }?;
        let mut results = vec![Val::I32(0); results_len];
        func.core().call(store.access(), &args, &mut results)?;
        for (position, result) in results.iter().enumerate() {
            // SAFETY: [c-out] the array has room for `results_len` values.
            unsafe { out_results.add(position).write(wasmrt_val::from_core(result, store)?) };
        }
        Ok(())
    })
}

/// An output array, checked before the call; its contents may be uninitialized.
///
/// # Safety
///
/// `[c-out]`
unsafe fn outputs<T>(pointer: *mut T, len: usize, what: &str) -> Result<*mut T> {
    if len > 0 && pointer.is_null() { Err(Error::usage(format!("{what} is NULL"))) } else { Ok(pointer) }
}

/// Calls a function through call slots: arguments come in from slot 0, results go out from slot 0, in the layout of
/// `wasmrt_func_callback`. Fails with Usage if there are fewer slots than the larger of parameters and results take, or
/// a reference is not a handle of this store; else as `wasmrt_func_call`. After a failure the slots hold anything.
///
/// Effects: runs guest code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_func_call_slots(
    store: *mut wasmrt_store,
    func: *const wasmrt_func,
    slots: *mut u64,
    slots_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let (store, func) = unsafe { (borrow(store, "store")?, borrow(func, "func")?) };
        // SAFETY: [c-slice] [c-out]
        let slots = unsafe { array_mut(slots, slots_len, "slots") }?;
        func.core().call_slots(store.access(), slots)
    })
}

/// The function as the handle word that stands in a call slot.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_func_to_slot(
    store: *mut wasmrt_store,
    func: *const wasmrt_func,
    out_slot: *mut u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_slot = unsafe { out(out_slot, "out_slot") }?;
        // SAFETY: [c-borrow]
        let (store, func) = unsafe { (borrow(store, "store")?, borrow(func, "func")?) };
        out_slot.put(func.core().to_raw(store.access())?)
    })
}

/// The function of a handle word; 0 is the null reference, which has `store == 0`. Fails with Usage if the word names
/// no function of this store.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_func_from_slot(
    store: *mut wasmrt_store,
    slot: u64,
    out_func: *mut wasmrt_func,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_func = unsafe { out(out_func, "out_func") }?;
        // SAFETY: [c-borrow]
        let func = Func::from_raw(unsafe { borrow(store, "store") }?.access(), slot)?;
        out_func.put(func.map_or(wasmrt_func::NULL, wasmrt_func::new))
    })
}
