//! What a host function gets to see of its caller.

use crate::{
    engine::Home,
    error::{put_frame, wasmrt_error, wasmrt_frame},
    external::wasmrt_extern,
    ffi::{answer, borrow, borrow_mut, boundary, out, text},
    instance::wasmrt_instance,
    store::wasmrt_store,
};
use std::{ffi::c_char, ptr};
use wasmrt::{Caller, Error, FrameInfo};

/// The caller of a host function: store and instance. Good until the callback it was passed to returns, on its thread.
pub struct wasmrt_caller<'a> {
    caller: Caller<'a, ()>,
    home: &'a Home,
    frames: Option<Vec<FrameInfo>>,
}

impl<'a> wasmrt_caller<'a> {
    /// The caller for one call of a callback.
    pub(crate) fn new(caller: Caller<'a, ()>, home: &'a Home) -> wasmrt_caller<'a> {
        wasmrt_caller { caller, home, frames: None }
    }
}

/// The store in which the function was called, the same pointer as `wasmrt_store_new` gave; NULL for NULL.
///
/// Ownership: borrowed until the callback returns.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_caller_store(caller: *const wasmrt_caller) -> *mut wasmrt_store {
    answer(ptr::null_mut(), || {
        // SAFETY: [c-borrow]
        let Ok(caller) = (unsafe { borrow(caller, "caller") }) else { return ptr::null_mut() };
        caller.home.stores.find(caller.caller.store_id())
    })
}

/// The instance that imports the function. Fails with Usage if the host called the function directly.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_caller_instance(
    caller: *const wasmrt_caller,
    out_instance: *mut wasmrt_instance,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_instance = unsafe { out(out_instance, "out_instance") }?;
        // SAFETY: [c-borrow]
        let instance = unsafe { borrow(caller, "caller") }?.caller.instance();
        out_instance.put(wasmrt_instance::new(instance.ok_or_else(|| Error::usage("the caller is not a guest"))?))
    })
}

/// An export of the calling instance. Fails with Usage if there is none with this name.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_caller_export(
    caller: *mut wasmrt_caller,
    name: *const c_char,
    name_len: usize,
    out_item: *mut wasmrt_extern,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_item = unsafe { out(out_item, "out_item") }?;
        // SAFETY: [c-borrow]
        let caller = unsafe { borrow_mut(caller, "caller") }?;
        // SAFETY: [c-slice]
        let name = unsafe { text(name, name_len, "name") }?;
        let item = caller.caller.get_export(name);
        let item = item.ok_or_else(|| Error::usage(format!("the caller has no export `{name}`")))?;
        out_item.put(wasmrt_extern::new(item))
    })
}

/// Number of wasm frames below the host function, which this call looks up; 0 for NULL.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_caller_frames_len(caller: *mut wasmrt_caller) -> usize {
    answer(0, || {
        // SAFETY: [c-borrow]
        let Ok(caller) = (unsafe { borrow_mut(caller, "caller") }) else { return 0 };
        if caller.frames.is_none() {
            caller.frames = Some(caller.caller.backtrace());
        }
        caller.frames.as_ref().map_or(0, Vec::len)
    })
}

/// Frame `index` of those that `wasmrt_caller_frames_len` looked up, innermost first; false if there is none.
///
/// Ownership: the frame's strings are borrowed from `caller`.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_caller_frame(
    caller: *const wasmrt_caller,
    index: usize,
    out_frame: *mut wasmrt_frame,
) -> bool {
    // SAFETY: [c-borrow]
    let frames = unsafe { borrow(caller, "caller") }.ok().and_then(|caller| caller.frames.as_ref());
    // SAFETY: [c-out]
    unsafe { put_frame(frames.and_then(|frames| frames.get(index)), out_frame) }
}
