//! References at the doors: handles on the host's side, raw values on the guest's.
//!
//! A function handle is an arena handle as one word; an externref is the same 32-bit handle on both sides, but the
//! host's is checked. Null is 0 everywhere.

use crate::{
    error::{Error, Result},
    store::{Handle, Object, StoreInner, stale},
    types::{HeapType, RefType, ValType},
    vm::pointers::FuncPtr,
};
use std::sync::atomic::Ordering;

/// The raw reference of a function handle from the host.
pub fn func_to_raw(store: &StoreInner, word: u64) -> Result<u64> {
    if word == 0 {
        return Ok(0);
    }
    let mut state = store.state();
    let entry = state.funcs.get(Handle::from_word(word)).ok_or_else(|| stale("function"))?;
    let (ptr, owner) = (entry.ptr, entry.owner);
    if let Some(data) = owner.and_then(|owner| state.instances.get_mut(owner)) {
        data.leaked = true;
    }
    Ok(ptr.to_raw())
}

/// The handle of a raw function reference.
pub fn func_from_raw(store: &StoreInner, raw: u64) -> u64 {
    let Some(ptr) = FuncPtr::from_raw(raw) else { return 0 };
    store.state().func_handle(ptr).map_or(0, Handle::to_word)
}

/// A handle for a host object.
pub fn extern_to_raw(store: &StoreInner, object: Object) -> u64 {
    let mut state = store.state();
    if state.externs.sweep_due() {
        store.unsettled.store(true, Ordering::SeqCst);
    }
    u64::from(state.externs.insert(object))
}

/// The host object behind a handle; `None` for null.
pub fn extern_from_raw(store: &StoreInner, raw: u64) -> Result<Option<Object>> {
    if raw == 0 {
        return Ok(None);
    }
    let object = u32::try_from(raw).ok().and_then(|handle| store.state().externs.get(handle));
    object.map(Some).ok_or_else(|| Error::usage("the externref names no object of this store"))
}

/// Turns the references among `slots` from handles into raw values, checking them and their types.
pub fn slots_to_raw(store: &StoreInner, types: &[ValType], slots: &mut [u64]) -> Result<()> {
    each_reference(types, |ty, position| {
        let slot = &mut slots[position];
        if *slot == 0 {
            return if ty.nullable { Ok(()) } else { Err(Error::usage(format!("null is no {ty}"))) };
        }
        match ty.heap.top() {
            HeapType::Func => {
                *slot = func_to_raw(store, *slot)?;
                check_func(store, ty, *slot)
            }
            HeapType::Extern => extern_from_raw(store, *slot).map(drop),
            HeapType::Exn => {
                let exception = store.roots.crossed(*slot);
                *slot = exception.ok_or_else(|| Error::usage("the exnref names no exception of this store"))?;
                Ok(())
            }
            _ => Err(no_handles()),
        }
    })
}

/// Checks that a function is one that `ty` refers to.
fn check_func(store: &StoreInner, ty: RefType, raw: u64) -> Result<()> {
    let (HeapType::Concrete(wanted), Some(func)) = (ty.heap, FuncPtr::from_raw(raw)) else { return Ok(()) };
    if store.engine.signatures.is_subtype(func.signature().0.get(), wanted.id) {
        return Ok(());
    }
    Err(Error::usage(format!("the function is no {ty}")))
}

/// Turns the references among `slots` from raw values into handles.
pub fn slots_from_raw(store: &StoreInner, types: &[ValType], slots: &mut [u64]) {
    let converted = each_reference(types, |ty, position| {
        let slot = &mut slots[position];
        match ty.heap.top() {
            _ if *slot == 0 => {}
            HeapType::Func => *slot = func_from_raw(store, *slot),
            HeapType::Extern => drop(extern_from_raw(store, *slot)?),
            HeapType::Exn => {
                *slot = store.roots.cross(*slot);
                if store.roots.is_crowded() {
                    store.unsettled.store(true, Ordering::SeqCst);
                }
            }
            _ => return Err(no_handles()),
        }
        Ok(())
    });
    debug_assert!(converted.is_ok());
}

fn no_handles() -> Error {
    Error::usage("references of this type have no handles")
}

fn each_reference(types: &[ValType], mut visit: impl FnMut(RefType, usize) -> Result<()>) -> Result<()> {
    let mut position = 0;
    for ty in types {
        if let ValType::Ref(ty) = ty {
            visit(*ty, position)?;
        }
        position += ty.slots();
    }
    Ok(())
}
