//! References at the doors: handles on the host's side, raw values on the guest's.
//!
//! A function handle is an arena handle as one word. Of gc references, host objects have the same 32-bit handle on both
//! sides and an `i31` is the same word; an object of the heap, which moves, has a token on the host's side, which can be
//! turned back once. Null is 0 everywhere. What comes from the host is checked: that it names something, and that this
//! has the type that the guest relies on.

use super::heap::with_heap;
use crate::{
    error::{Error, Result},
    store::{Handle, Object, Root, StoreInner, TOKEN_BIT, stale},
    types::{CompositeKind, ConcreteType, HeapType, RefType, ValType},
    vm::{
        gc::{Heap, I31_BIT, is_object},
        pointers::FuncPtr,
        signature::RegisteredType,
    },
};
use std::sync::{Arc, atomic::Ordering};

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
pub fn extern_to_raw(store: &StoreInner, object: Object) -> Result<u64> {
    let mut state = store.state();
    if state.externs.sweep_due() {
        store.unsettled.store(true, Ordering::SeqCst);
    }
    let handle = state.externs.insert(object);
    handle.map(u64::from).ok_or_else(|| Error::limit("the store has no room for more host objects"))
}

/// The host object behind a handle.
fn extern_object(store: &StoreInner, word: u64) -> Result<Object> {
    let object = u32::try_from(word).ok().and_then(|handle| store.state().externs.get(handle));
    object.ok_or_else(|| Error::usage("the reference names no object of this store"))
}

/// A gc reference as the host holds it.
#[derive(Clone, Debug)]
pub enum GcRef {
    /// An `i31`, as its raw reference.
    I31(u32),
    /// A host object.
    Host(Object),
    /// An object of the heap.
    Object(Arc<HeldObject>),
}

/// An object of a store's heap that the host holds.
#[derive(Debug)]
pub struct HeldObject {
    /// The store.
    pub store: u64,
    /// What keeps it.
    pub root: Root,
    /// Its type: that of the tag, if it is an exception.
    pub ty: Arc<RegisteredType>,
    /// What it is: of a concrete type, or an exception.
    pub heap: HeapType,
}

impl GcRef {
    /// What it refers to, as a member of the hierarchy `top`; `None` if that has no such thing.
    pub fn ty(&self, top: HeapType) -> Option<HeapType> {
        match (top, self) {
            (HeapType::Any, GcRef::I31(_)) => Some(HeapType::I31),
            (HeapType::Any, GcRef::Object(held)) if held.heap != HeapType::Exn => Some(held.heap),
            (HeapType::Exn, GcRef::Object(held)) => (held.heap == HeapType::Exn).then_some(HeapType::Exn),
            (HeapType::Exn, _) => None,
            (_, GcRef::Object(held)) if held.heap == HeapType::Exn => None,
            (top, _) => Some(top),
        }
    }

    /// Whether both are the same.
    pub fn is_same(&self, other: &GcRef) -> bool {
        match (self, other) {
            (GcRef::I31(one), GcRef::I31(other)) => one == other,
            (GcRef::Host(one), GcRef::Host(other)) => Arc::ptr_eq(one, other),
            (GcRef::Object(one), GcRef::Object(other)) => one.root.is_same(&other.root),
            _ => false,
        }
    }
}

impl HeldObject {
    /// What `root` holds, which is an object of the store's heap.
    ///
    /// # Safety
    ///
    /// `[heap-access]`
    unsafe fn new(store: &StoreInner, root: Root) -> Result<HeldObject> {
        // SAFETY: The caller's promise; [heap-objects] a root is up to date.
        let id = unsafe { Heap::object_type(store.heap.as_ptr(), root.get()) };
        let ty = store.engine.signatures.registered(id);
        let ty = ty.ok_or_else(|| Error::internal("an object of an unknown type"))?;
        let heap = object_heap_type(id, &ty);
        Ok(HeldObject { store: store.id, root, ty, heap })
    }
}

fn object_heap_type(id: u32, ty: &RegisteredType) -> HeapType {
    match ty.ty.kind() {
        CompositeKind::Func => HeapType::Exn,
        kind => HeapType::Concrete(ConcreteType { id, kind }),
    }
}

/// The type of an object.
///
/// # Safety
///
/// `[heap-access]`, `[heap-objects]`
unsafe fn object_type(store: &StoreInner, reference: u64) -> HeapType {
    // SAFETY: The caller's promise.
    let id = unsafe { Heap::object_type(store.heap.as_ptr(), reference) };
    let ty = store.engine.signatures.registered(id);
    ty.map_or(HeapType::Exn, |ty| object_heap_type(id, &ty))
}

/// What a raw reference that is not null refers to, as a member of the hierarchy `top`.
///
/// # Safety
///
/// As for [`object_type`].
unsafe fn dynamic_type(store: &StoreInner, top: HeapType, raw: u64) -> HeapType {
    match top {
        HeapType::Any if raw as u32 & I31_BIT != 0 => HeapType::I31,
        // SAFETY: The caller's promise.
        HeapType::Any if is_object(raw) => unsafe { object_type(store, raw) },
        top => top,
    }
}

/// What a word in a call slot of a gc reference type stands for; takes the token, if it is one. `None` for null.
pub fn gc_from_word(store: &StoreInner, word: u64) -> Result<Option<GcRef>> {
    if word & TOKEN_BIT != 0 {
        let root = store.roots.take_root(word).ok_or_else(taken)?;
        // SAFETY: [heap-access] `with_heap`.
        let held = with_heap(store, |_| unsafe { HeldObject::new(store, root) })?;
        return Ok(Some(GcRef::Object(held.into())));
    }
    match u32::try_from(word) {
        Ok(0) => Ok(None),
        Ok(raw) if raw & I31_BIT != 0 => Ok(Some(GcRef::I31(raw))),
        _ => extern_object(store, word).map(|object| Some(GcRef::Host(object))),
    }
}

/// A word for a call slot that stands for a gc reference.
pub fn gc_to_word(store: &StoreInner, reference: &GcRef) -> Result<u64> {
    match reference {
        GcRef::I31(raw) => Ok((*raw).into()),
        GcRef::Host(object) => extern_to_raw(store, object.clone()),
        GcRef::Object(held) => {
            store.check_id(held.store, "reference")?;
            Ok(held.root.token())
        }
    }
}

/// What a raw reference refers to. `None` for null.
///
/// # Safety
///
/// As for [`object_type`].
pub(super) unsafe fn gc_of_raw(store: &StoreInner, raw: u64) -> Result<Option<GcRef>> {
    if raw == 0 || !is_object(raw) {
        return gc_from_word(store, raw);
    }
    // SAFETY: The caller's promise.
    let held = unsafe { HeldObject::new(store, store.roots.hold(raw))? };
    Ok(Some(GcRef::Object(held.into())))
}

/// The raw reference of what the host holds, good until the next collection.
pub(super) fn gc_to_raw(store: &StoreInner, reference: &GcRef) -> Result<u64> {
    match reference {
        GcRef::I31(raw) => Ok((*raw).into()),
        GcRef::Host(object) => extern_to_raw(store, object.clone()),
        GcRef::Object(held) => {
            store.check_id(held.store, "reference")?;
            Ok(held.root.get())
        }
    }
}

/// The raw reference of a word from the host, of which `ty` is expected.
///
/// # Safety
///
/// `[heap-access]`
unsafe fn gc_word_to_raw(store: &StoreInner, ty: RefType, word: u64) -> Result<u64> {
    let raw = if word & TOKEN_BIT != 0 { store.roots.take(word).ok_or_else(taken)? } else { word };
    if raw == 0 {
        return if ty.nullable { Ok(0) } else { Err(no_null(ty)) };
    }
    if word & TOKEN_BIT == 0 && (word > u32::MAX.into() || word as u32 & I31_BIT == 0) {
        extern_object(store, word)?;
    }
    // SAFETY: The caller's promise; what a token gave is an object, and what is none was checked.
    let actual = unsafe { dynamic_type(store, ty.heap.top(), raw) };
    // SAFETY: As above.
    let is_exception = is_object(raw) && unsafe { object_type(store, raw) } == HeapType::Exn;
    let fits = store.engine.signatures.heap_type_matches(actual, ty.heap);
    if fits && is_exception == (ty.heap.top() == HeapType::Exn) { Ok(raw) } else { Err(mismatch(actual, ty)) }
}

fn taken() -> Error {
    Error::usage("the reference was handed over already, or never was one of this store")
}

fn no_null(ty: RefType) -> Error {
    Error::usage(format!("null, but {ty} is expected"))
}

fn mismatch(actual: HeapType, ty: RefType) -> Error {
    Error::usage(format!("the reference is to {actual}, but {ty} is expected"))
}

/// Turns the references among `slots` from handles into raw values, checking them.
///
/// # Safety
///
/// `[heap-access]` if the store's guests may have objects.
pub(super) unsafe fn slots_to_raw(store: &StoreInner, types: &[ValType], slots: &mut [u64]) -> Result<()> {
    each_reference(types, |ty, position| {
        let slot = &mut slots[position];
        *slot = match ty.heap.top() {
            HeapType::Func => checked_func(store, ty, *slot)?,
            // SAFETY: The caller's promise.
            _ => unsafe { gc_word_to_raw(store, ty, *slot)? },
        };
        Ok(())
    })
}

/// The raw reference of a function handle from the host, of which `ty` is expected.
pub fn checked_func(store: &StoreInner, ty: RefType, word: u64) -> Result<u64> {
    let raw = func_to_raw(store, word)?;
    match FuncPtr::from_raw(raw) {
        None if ty.nullable => Ok(0),
        None => Err(no_null(ty)),
        Some(_) if ty.heap == HeapType::Func => Ok(raw),
        Some(func) => {
            let id = func.signature().0.get();
            let actual = HeapType::Concrete(ConcreteType { id, kind: CompositeKind::Func });
            let fits = store.engine.signatures.heap_type_matches(actual, ty.heap);
            if fits { Ok(raw) } else { Err(mismatch(actual, ty)) }
        }
    }
}

/// Turns the references among `slots` from raw values into handles; gives the tokens that were made.
pub(super) fn slots_from_raw(store: &StoreInner, types: &[ValType], slots: &mut [u64]) -> Vec<u64> {
    let mut tokens = Vec::new();
    let converted = each_reference(types, |ty, position| {
        let slot = &mut slots[position];
        match ty.heap.top() {
            HeapType::Func => *slot = func_from_raw(store, *slot),
            _ if *slot == 0 || *slot as u32 & I31_BIT != 0 => {}
            _ if is_object(*slot) => {
                *slot = store.roots.token(*slot);
                tokens.push(*slot);
            }
            _ => drop(extern_object(store, *slot)?),
        }
        Ok(())
    });
    debug_assert!(converted.is_ok());
    tokens
}

/// Ends tokens that nobody has taken.
pub(super) fn forget_tokens(store: &StoreInner, tokens: &[u64]) {
    for token in tokens {
        store.roots.take(*token);
    }
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
