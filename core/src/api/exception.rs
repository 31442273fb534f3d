//! Exceptions as the host holds them.

use super::{
    AsContext, AsContextMut, Tag, Val,
    val::{read_slots, write_slots},
};
use crate::{
    call::{GcRef, gc_from_word, new_exception, payload_of, tag_of},
    error::{Error, Result},
    store::{StoreInner, Thrown},
    types::HeapType,
};
use std::sync::Arc;

/// An exception of a store: a tag and the values thrown with it. Cheap to clone.
///
/// A guest's exception that nobody catches arrives as an error of kind [`ErrorKind::Exception`], which holds it. A host
/// function throws by returning such an error: one that it got, or one of its own.
///
/// ```
/// use wasmrt::{Engine, Error, ExnRef, FuncType, Linker, Module, Store, Tag, Val, ValType};
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let tag = Tag::new(&mut store, FuncType::new([ValType::I32], []))?;
/// let mut linker = Linker::new(&engine);
/// linker.define(&store, "host", "tag", tag)?;
/// linker.func_new("host", "fail", FuncType::new([], []), move |mut caller, _, _| {
///     Err(Error::throw(ExnRef::new(&mut caller, tag, &[Val::I32(7)])?))
/// })?;
/// let text = r#"(module (import "host" "tag" (tag $tag (param i32))) (import "host" "fail" (func $fail))
///   (func (export "run") (result i32) (block $caught (result i32)
///     (try_table (catch $tag $caught) (call $fail))
///     (i32.const 0))))"#;
/// let instance = linker.instantiate(&mut store, &Module::new(&engine, text)?)?;
/// assert_eq!(instance.get_typed_func::<(), i32>(&store, "run")?.call(&mut store, ())?, 7);
/// # Ok::<(), Error>(())
/// ```
///
/// [`ErrorKind::Exception`]: crate::ErrorKind::Exception
#[derive(Clone, Debug)]
pub struct ExnRef(Arc<Thrown>);

impl ExnRef {
    /// An exception that nobody has thrown yet. Wrong number or types of values: `Usage`.
    pub fn new(mut cx: impl AsContextMut, tag: Tag, values: &[Val]) -> Result<ExnRef> {
        let cx = cx.as_context_mut();
        let store = cx.inner();
        let tag = tag.entry(store)?;
        let types = tag.ty.params();
        let mut slots = vec![0; tag.ty.param_slots()];
        write_slots(&cx, "value", types, values, &mut slots)?;
        Ok(ExnRef(Arc::new(new_exception(store, &tag, &mut slots)?)))
    }

    /// Its tag.
    pub fn tag(&self, cx: impl AsContext) -> Result<Tag> {
        let cx = cx.as_context();
        let store = cx.inner();
        let tag = tag_of(store, &self.0)?;
        Ok(Tag::from_handle(store.id, store.state().tag_handle(tag)))
    }

    /// The values thrown with it.
    pub fn values(&self, cx: impl AsContext) -> Result<Vec<Val>> {
        let cx = cx.as_context();
        let store = cx.inner();
        let tag = tag_of(store, &self.0)?;
        let types = tag.ty.params();
        let slots = payload_of(store, &self.0, &tag)?;
        let mut values: Vec<Val> = types.iter().map(|ty| Val::default_for(*ty)).collect();
        read_slots(cx, types, &slots, &mut values)?;
        Ok(values)
    }

    /// The exception as it stands in a call slot of this store, for one use: a call or the return of a host function
    /// takes it, as [`ExnRef::from_raw`] does. `Usage` if it is another store's.
    pub fn to_raw(&self, cx: impl AsContext) -> Result<u64> {
        self.0.token(cx.as_context().inner())
    }

    /// The exception in a call slot, which the slot gives up; `None` for null, `Usage` if the slot holds no exception of
    /// this store, or no longer.
    pub fn from_raw(cx: impl AsContext, raw: u64) -> Result<Option<ExnRef>> {
        match gc_from_word(cx.as_context().inner(), raw)? {
            None => Ok(None),
            Some(GcRef::Object(held)) if held.heap == HeapType::Exn => {
                Ok(Some(ExnRef(Arc::new(cx.as_context().inner().hold_exception(held.root.get())))))
            }
            Some(_) => Err(Error::usage("the reference is to no exception")),
        }
    }

    pub(crate) fn reference(&self, store: &StoreInner) -> Result<u64> {
        self.0.reference(store)
    }

    /// The exception of a raw reference, which the caller has from a place that the collector knows.
    pub(crate) fn of_reference(store: &StoreInner, raw: u64) -> Option<ExnRef> {
        (raw != 0).then(|| ExnRef(Arc::new(store.hold_exception(raw))))
    }

    /// Whether both are one exception.
    pub fn ptr_eq(&self, other: &ExnRef) -> bool {
        self.0.is_same(&other.0)
    }
}

impl Error {
    /// The error with which a host function throws an exception.
    pub fn throw(exception: ExnRef) -> Error {
        Error::exception_of(exception.0)
    }

    /// The exception that nobody caught, if this is one.
    pub fn exception(&self) -> Option<ExnRef> {
        self.thrown::<Thrown>().map(ExnRef)
    }
}
