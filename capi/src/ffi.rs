//! The border itself: every exported function goes through [`boundary`] or [`answer`], every pointer through here.
//!
//! Named invariants, promised by the caller in the first comment of `wasmrt.h` and cited by SAFETY comments:
//!
//! - `[c-borrow]` A non-NULL pointer parameter points to a live object of its type, made by this library where it is
//!   an opaque one, which nobody deletes or writes during the call.
//! - `[c-slice]` A non-NULL pointer with a length points to that many initialized elements, unwritten during the call.
//! - `[c-out]` A non-NULL output may be written with one value of its type, or as many as its length says.
//! - `[c-owned]` A pointer given up to the library came from it, with ownership, and is not used afterwards.
//! - `[c-callback]` A callback may be called with its `env` on every thread that uses what it was given to, until its
//!   finalizer has run; the finalizer may run on any thread.

use crate::error::wasmrt_error;
use std::{
    ffi::{c_char, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::{self, NonNull},
    slice, str,
};
use wasmrt::{Error, Result};

/// Frees what an `env` pointer stands for. Runs exactly once, on any thread, when the library lets go of it.
pub type wasmrt_finalizer = Option<unsafe extern "C" fn(env: *mut c_void)>;

/// Runs the body of a fallible function: an error or a panic becomes an owned `wasmrt_error`, success becomes NULL.
pub(crate) fn boundary(body: impl FnOnce() -> Result<()>) -> *mut wasmrt_error {
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic").to_owned();
        // A payload that panics while it is dropped would cross the border.
        std::mem::forget(panic);
        Err(Error::internal(message))
    });
    result.map_or_else(wasmrt_error::give, |()| ptr::null_mut())
}

/// Runs the body of a function that answers with a plain value; a panic answers `fallback`.
pub(crate) fn answer<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        std::mem::forget(panic);
        fallback
    })
}

fn null(what: &str) -> Error {
    Error::usage(format!("{what} is NULL"))
}

/// A parameter that must not be NULL.
///
/// # Safety
///
/// `[c-borrow]`
pub(crate) unsafe fn borrow<'a, T>(pointer: *const T, what: &str) -> Result<&'a T> {
    // SAFETY: [c-borrow]
    unsafe { pointer.as_ref() }.ok_or_else(|| null(what))
}

/// A parameter that must not be NULL and that only this call uses.
///
/// # Safety
///
/// `[c-borrow]`, and no other thread uses the object during the call.
pub(crate) unsafe fn borrow_mut<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T> {
    // SAFETY: [c-borrow]
    unsafe { pointer.as_mut() }.ok_or_else(|| null(what))
}

/// An array; NULL stands for an empty one.
///
/// # Safety
///
/// `[c-slice]`
pub(crate) unsafe fn array<'a, T>(pointer: *const T, len: usize, what: &str) -> Result<&'a [T]> {
    check_array(pointer, len, what)?;
    // SAFETY: [c-slice]
    Ok(if len == 0 { &[] } else { unsafe { slice::from_raw_parts(pointer, len) } })
}

/// An array that the call writes; NULL stands for an empty one.
///
/// # Safety
///
/// `[c-slice]` and `[c-out]`
pub(crate) unsafe fn array_mut<'a, T>(pointer: *mut T, len: usize, what: &str) -> Result<&'a mut [T]> {
    check_array(pointer, len, what)?;
    // SAFETY: [c-slice]
    Ok(if len == 0 { &mut [] } else { unsafe { slice::from_raw_parts_mut(pointer, len) } })
}

fn check_array<T>(pointer: *const T, len: usize, what: &str) -> Result<()> {
    if len == 0 {
        return Ok(());
    }
    if pointer.is_null() {
        return Err(null(what));
    }
    match len.checked_mul(size_of::<T>()) {
        Some(bytes) if bytes <= isize::MAX as usize => Ok(()),
        _ => Err(Error::usage(format!("{what} is longer than the address space"))),
    }
}

/// A string.
///
/// # Safety
///
/// `[c-slice]`
pub(crate) unsafe fn text<'a>(pointer: *const c_char, len: usize, what: &str) -> Result<&'a str> {
    // SAFETY: [c-slice]
    let bytes = unsafe { array(pointer.cast::<u8>(), len, what) }?;
    str::from_utf8(bytes).map_err(|_| Error::usage(format!("{what} is not UTF-8")))
}

/// An output, checked before the call is made and written after it succeeded.
pub(crate) struct Out<T>(NonNull<T>);

/// The place of an output.
///
/// # Safety
///
/// `[c-out]`
pub(crate) unsafe fn out<T>(pointer: *mut T, what: &str) -> Result<Out<T>> {
    NonNull::new(pointer).map(Out).ok_or_else(|| null(what))
}

impl<T> Out<T> {
    /// Writes the result.
    pub(crate) fn put(self, value: T) -> Result<()> {
        // SAFETY: [c-out], promised to `out`.
        unsafe { self.0.write(value) };
        Ok(())
    }
}

impl<T> Out<*mut T> {
    /// Hands a new object over to the caller.
    pub(crate) fn give(self, object: T) -> Result<()> {
        self.put(Box::into_raw(Box::new(object)))
    }
}

/// Writes an output that the caller may leave out.
///
/// # Safety
///
/// `[c-out]`
pub(crate) unsafe fn put_if_wanted<T>(pointer: *mut T, value: T) {
    if let Some(pointer) = NonNull::new(pointer) {
        // SAFETY: [c-out]
        unsafe { pointer.write(value) };
    }
}

/// Takes an owned object back and drops it; NULL is nothing.
///
/// # Safety
///
/// `[c-owned]`
pub(crate) unsafe fn delete<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: [c-owned]
        answer((), || drop(unsafe { Box::from_raw(pointer) }));
    }
}

/// An `env` pointer with what ends it.
#[derive(Debug)]
pub(crate) struct Env {
    /// The pointer, for callbacks.
    pub(crate) pointer: *mut c_void,
    finalizer: wasmrt_finalizer,
}

// SAFETY: [c-callback] the pointer is only handed back to callbacks and the finalizer.
unsafe impl Send for Env {}
// SAFETY: [c-callback] as above; callbacks may run on several threads.
unsafe impl Sync for Env {}

impl Env {
    /// Takes an `env` over: from here on its finalizer runs in every case.
    pub(crate) fn new(pointer: *mut c_void, finalizer: wasmrt_finalizer) -> Env {
        Env { pointer, finalizer }
    }
}

impl Drop for Env {
    fn drop(&mut self) {
        if let Some(finalizer) = self.finalizer {
            // SAFETY: [c-callback]
            unsafe { finalizer(self.pointer) };
        }
    }
}
