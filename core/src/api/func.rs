//! Functions.

use super::{
    AsContext, AsContextMut, Caller, IntoFunc, TypedFunc, Val, WasmParams, WasmResults,
    val::{check_count, read_slots, write_slots},
};
use crate::{
    call::{self, HostFunc, StoreContextMut, checked_func, func_from_raw, new_host_context},
    code::EngineInner,
    error::{Error, Result},
    store::{FuncEntry, Handle, StoreInner, stale},
    types::{CompositeKind, ConcreteType, FuncType, HeapType, RefType, ValType},
};
use std::sync::Arc;

/// A function of a store: a guest's or a host's.
///
/// ```
/// use wasmrt::{Caller, Engine, Func, Store};
/// let mut store = Store::new(&Engine::default(), ());
/// let add = Func::wrap(&mut store, |a: i32, b: i32| a + b);
/// assert_eq!(add?.typed::<(i32, i32), i32>(&store)?.call(&mut store, (2, 3))?, 5);
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Func {
    store: u64,
    handle: Handle,
}

/// Calls with up to this many slots need no allocation.
const INLINE_SLOTS: usize = 16;

impl Func {
    pub(crate) fn from_handle(store: u64, handle: Handle) -> Func {
        Func { store, handle }
    }

    /// A function as numbers: store, index, generation; see [`Func::from_parts`].
    pub fn to_parts(&self) -> (u64, u32, u32) {
        (self.store, self.handle.index, self.handle.generation)
    }

    /// The function of [`Func::to_parts`]. Numbers that name none are found out at use.
    pub fn from_parts(store: u64, index: u32, generation: u32) -> Func {
        Func { store, handle: Handle { index, generation } }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.store
    }

    /// A host function over values. `body` must leave results of the declared types.
    pub fn new<C: AsContextMut>(
        cx: C,
        ty: FuncType,
        body: impl Fn(Caller<'_, C::Data>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Func> {
        Func::new_unchecked(cx, ty.clone(), over_values(ty, body))
    }

    /// A host function over call slots: parameters come in from slot 0, results go out from slot 0, references are
    /// handles, the upper half of i32 and f32 is ignored.
    pub fn new_unchecked<C: AsContextMut>(
        mut cx: C,
        ty: FuncType,
        body: impl Fn(Caller<'_, C::Data>, &mut [u64]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Func> {
        let cx = cx.as_context_mut();
        let host = host_func(&cx.inner().engine, ty, body)?;
        Ok(Func::from_host(cx.inner(), Arc::new(host)))
    }

    /// A host function whose type follows from a Rust closure's.
    pub fn wrap<C: AsContextMut, P, R>(cx: C, body: impl IntoFunc<C::Data, P, R>) -> Result<Func> {
        let (ty, body) = body.into_func();
        Func::new_unchecked(cx, ty, body)
    }

    pub(crate) fn from_host(store: &StoreInner, host: Arc<HostFunc>) -> Func {
        let ty = host.ty().clone();
        let (context, ptr) = new_host_context(store, host, None);
        let entry = FuncEntry { ptr, ty, owner: None, host_context: Some(context) };
        Func { store: store.id, handle: store.state().add_host_func(entry) }
    }

    /// The function's type.
    pub fn ty(&self, cx: impl AsContext) -> Result<FuncType> {
        let cx = cx.as_context();
        cx.inner().check_id(self.store, "function")?;
        let state = cx.inner().state();
        state.funcs.get(self.handle).map(|entry| entry.ty.clone()).ok_or_else(|| stale("function"))
    }

    /// Calls the function. Counts and types of `params` and the count of `results` are checked: `Usage`.
    pub fn call(&self, mut cx: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let ty = self.ty(&cx)?;
        check_count("result", ty.results().len(), results.len())?;
        with_slots(ty.call_slots(), |slots| {
            write_slots(&cx, "parameter", ty.params(), params, slots)?;
            self.run(cx.as_context_mut(), slots)?;
            read_slots(&cx, ty.results(), slots, results)
        })
    }

    /// Calls the function through call slots; at least `FuncType::call_slots` of them: `Usage`. References are
    /// handles, checked on the way in.
    pub fn call_slots(&self, mut cx: impl AsContextMut, slots: &mut [u64]) -> Result<()> {
        self.run(cx.as_context_mut(), slots)
    }

    pub(crate) fn run<T: 'static>(&self, mut cx: StoreContextMut<'_, T>, slots: &mut [u64]) -> Result<()> {
        cx.inner().check_id(self.store, "function")?;
        call::call(&mut cx, self.handle, slots)
    }

    /// Checks the signature once; the result is called without further checks.
    pub fn typed<P: WasmParams, R: WasmResults>(&self, cx: impl AsContext) -> Result<TypedFunc<P, R>> {
        let ty = self.ty(&cx)?;
        let wanted = FuncType::new(P::types(), R::types());
        let types = &cx.as_context().inner().engine.signatures;
        // What is passed for a reference is checked when it is.
        let is_passed = |from: &ValType, to: &ValType| match (from, to) {
            (ValType::Ref(from), ValType::Ref(to)) => from.heap.top() == to.heap.top(),
            (from, to) => from == to,
        };
        let params = (ty.params().len() == wanted.params().len())
            && wanted.params().iter().zip(ty.params()).all(|(from, to)| is_passed(from, to));
        let results = (ty.results().len() == wanted.results().len())
            && ty.results().iter().zip(wanted.results()).all(|(from, to)| types.val_type_matches(*from, *to));
        if !params || !results {
            return Err(Error::usage(format!("the function has type {ty}, not {wanted}")));
        }
        Ok(TypedFunc::new(*self))
    }

    /// The function as it stands in a call slot.
    pub fn to_raw(&self, cx: impl AsContext) -> Result<u64> {
        let cx = cx.as_context();
        cx.inner().check_id(self.store, "function")?;
        cx.inner().state().funcs.get(self.handle).ok_or_else(|| stale("function"))?;
        Ok(self.handle.to_word())
    }

    /// The function in a call slot; `None` for null.
    pub fn from_raw(cx: impl AsContext, raw: u64) -> Result<Option<Func>> {
        if raw == 0 {
            return Ok(None);
        }
        let cx = cx.as_context();
        let handle = Handle::from_word(raw);
        cx.inner().state().funcs.get(handle).ok_or_else(|| stale("function"))?;
        Ok(Some(Func { store: cx.inner().id, handle }))
    }

    /// Its concrete type.
    pub(crate) fn heap_type(&self, store: &StoreInner) -> Result<HeapType> {
        store.check_id(self.store, "function")?;
        let state = store.state();
        let entry = state.funcs.get(self.handle).ok_or_else(|| stale("function"))?;
        Ok(HeapType::Concrete(ConcreteType { id: entry.ptr.signature().0.get(), kind: CompositeKind::Func }))
    }

    /// The raw reference that tables and globals hold.
    pub(crate) fn to_reference(func: Option<Func>, store: &StoreInner) -> Result<u64> {
        let Some(func) = func else { return Ok(0) };
        store.check_id(func.store, "function")?;
        checked_func(store, RefType::FUNCREF, func.handle.to_word())
    }

    /// The function of a raw reference.
    pub(crate) fn from_reference(store: &StoreInner, raw: u64) -> Option<Func> {
        match func_from_raw(store, raw) {
            0 => None,
            word => Some(Func { store: store.id, handle: Handle::from_word(word) }),
        }
    }
}

pub(crate) fn host_func<T: 'static>(
    engine: &EngineInner,
    ty: FuncType,
    body: impl Fn(Caller<'_, T>, &mut [u64]) -> Result<()> + Send + Sync + 'static,
) -> Result<HostFunc> {
    let signature = engine.signatures.intern(&ty);
    let code = engine.trampolines(signature, &ty)?.map_or(std::ptr::null(), |made| made.host_entry);
    Ok(HostFunc::new(ty, signature, code, move |cx: StoreContextMut<'_, T>, slots: &mut [u64]| {
        body(Caller::new(cx), slots)
    }))
}

pub(crate) fn over_values<T: 'static>(
    ty: FuncType,
    body: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
) -> impl Fn(Caller<'_, T>, &mut [u64]) -> Result<()> + Send + Sync + 'static {
    move |mut caller, slots| {
        let mut params: Vec<Val> = ty.params().iter().map(|ty| Val::default_for(*ty)).collect();
        read_slots(&caller, ty.params(), slots, &mut params)?;
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for(*ty)).collect();
        body(Caller::new(caller.as_context_mut()), &params, &mut results)?;
        write_slots(&caller, "result", ty.results(), &results, slots)
    }
}

pub(crate) fn with_slots<R>(len: usize, body: impl FnOnce(&mut [u64]) -> R) -> R {
    if len <= INLINE_SLOTS { body(&mut [0; INLINE_SLOTS][..len]) } else { body(&mut vec![0; len]) }
}
