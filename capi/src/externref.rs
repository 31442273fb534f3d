//! Host objects that guests can hold and hand back: pointers with a finalizer, or plain words.
//!
//! A handle word names an object of one store. The store keeps an object while a guest can reach it or it is pinned.

use crate::{
    error::wasmrt_error,
    ffi::{Env, borrow, boundary, out, wasmrt_finalizer},
    store::wasmrt_store,
};
use std::ffi::c_void;
use wasmrt::{Error, ExternRef, Result};

/// An object that is a word.
struct Word(u64);

fn object(store: &wasmrt_store, externref: u64) -> Result<ExternRef> {
    ExternRef::from_raw(store.access(), externref)?.ok_or_else(|| Error::usage("the externref is null"))
}

/// A handle for a pinned object.
fn pinned(store: &wasmrt_store, object: ExternRef) -> Result<u64> {
    let handle = object.to_raw(store.access())?;
    store.pin(handle, object);
    Ok(handle)
}

/// Makes a host object of a pointer and gives a handle word for it, never 0. The handle is pinned: take that back with
/// `wasmrt_externref_unpin` when only guests need the object any more.
///
/// Ownership: `data` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once,
/// when neither a pin nor a guest refers to the object any more, or with the store.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_externref_new(
    store: *mut wasmrt_store,
    data: *mut c_void,
    finalizer: wasmrt_finalizer,
    out_externref: *mut u64,
) -> *mut wasmrt_error {
    boundary(|| {
        let data = Env::new(data, finalizer);
        // SAFETY: [c-out]
        let out_externref = unsafe { out(out_externref, "out_externref") }?;
        // SAFETY: [c-borrow]
        let store = unsafe { borrow(store, "store") }?;
        out_externref.put(pinned(store, ExternRef::new(data))?)
    })
}

/// The pointer of an object made by `wasmrt_externref_new`. Fails with Usage for null and other objects.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_externref_data(
    store: *mut wasmrt_store,
    externref: u64,
    out_data: *mut *mut c_void,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_data = unsafe { out(out_data, "out_data") }?;
        // SAFETY: [c-borrow]
        let object = object(unsafe { borrow(store, "store") }?, externref)?;
        let data = object.data().downcast_ref::<Env>().ok_or_else(|| Error::usage("the externref is not a pointer"))?;
        out_data.put(data.pointer)
    })
}

/// Makes a host object of a word and gives a handle word for it, never 0; pinned as by `wasmrt_externref_new`.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_externref_from_word(
    store: *mut wasmrt_store,
    word: u64,
    out_externref: *mut u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_externref = unsafe { out(out_externref, "out_externref") }?;
        // SAFETY: [c-borrow]
        let store = unsafe { borrow(store, "store") }?;
        out_externref.put(pinned(store, ExternRef::new(Word(word)))?)
    })
}

/// The word of an object made by `wasmrt_externref_from_word`. Fails with Usage for null and other objects.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_externref_to_word(
    store: *mut wasmrt_store,
    externref: u64,
    out_word: *mut u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_word = unsafe { out(out_word, "out_word") }?;
        // SAFETY: [c-borrow]
        let object = object(unsafe { borrow(store, "store") }?, externref)?;
        let word = object.data().downcast_ref::<Word>().ok_or_else(|| Error::usage("the externref is not a word"))?;
        out_word.put(word.0)
    })
}

/// Keeps a handle good until as many calls of `wasmrt_externref_unpin`. A handle that came out of a call, a table or a
/// global is good, without a pin, until the next outermost call in the store returns.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_externref_pin(store: *mut wasmrt_store, externref: u64) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let store = unsafe { borrow(store, "store") }?;
        store.pin(externref, object(store, externref)?);
        Ok(())
    })
}

/// Takes one pin of a handle back. Fails with Usage if it has none.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_externref_unpin(store: *mut wasmrt_store, externref: u64) -> *mut wasmrt_error {
    // SAFETY: [c-borrow]
    boundary(|| unsafe { borrow(store, "store") }?.unpin(externref))
}
