//! References to what guests make: structs, arrays and small integers.

use super::{ArrayRef, AsContext, ExternRef, StructRef};
use crate::{
    call::{GcRef, HeldObject, gc_from_word, gc_to_word},
    error::{Error, Result},
    types::{CompositeKind, HeapType},
    vm::gc::I31_BIT,
};
use std::{fmt, sync::Arc};

/// A reference of type `anyref` that is not null. The object stays as long as somebody holds the reference; cheap to
/// clone.
///
/// ```
/// use wasmrt::{AnyRef, Engine, Instance, Module, Store};
/// let engine = Engine::default();
/// let text = r#"(module
///   (type $point (struct (field (mut i32)) (field f64)))
///   (func (export "point") (param i32) (result (ref $point))
///     (struct.new $point (local.get 0) (f64.const 0.5))))"#;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, text)?, &[])?;
/// let point = instance.get_typed_func::<i32, Option<AnyRef>>(&store, "point")?.call(&mut store, 7)?;
/// let point = point.and_then(|point| point.as_struct()).expect("a struct");
/// assert_eq!(point.field(&mut store, 0)?.i32(), Some(7));
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone)]
pub struct AnyRef(GcRef);

impl AnyRef {
    /// The low 31 bits of an integer, which need no object.
    pub fn i31(value: i32) -> AnyRef {
        AnyRef(GcRef::I31((value as u32) << 1 | I31_BIT))
    }

    /// What the reference refers to: `i31`, a concrete struct or array type, or `any` for a host object.
    pub fn ty(&self) -> HeapType {
        self.0.ty(HeapType::Any).unwrap_or(HeapType::Any)
    }

    /// The integer of an `i31`, sign-extended.
    pub fn as_i31(&self) -> Option<i32> {
        if let GcRef::I31(raw) = self.0 { Some(raw as i32 >> 1) } else { None }
    }

    /// The struct, if it is one.
    pub fn as_struct(&self) -> Option<StructRef> {
        self.object(CompositeKind::Struct).map(StructRef::of)
    }

    /// The array, if it is one.
    pub fn as_array(&self) -> Option<ArrayRef> {
        self.object(CompositeKind::Array).map(ArrayRef::of)
    }

    fn object(&self, kind: CompositeKind) -> Option<Arc<HeldObject>> {
        match &self.0 {
            GcRef::Object(held) if held.ty.ty.kind() == kind => Some(held.clone()),
            _ => None,
        }
    }

    /// The reference as an `externref`, as `extern.convert_any` makes it.
    pub fn to_extern(&self) -> ExternRef {
        ExternRef::of(self.0.clone())
    }

    /// What an `externref` is as an `anyref`, as `any.convert_extern` makes it.
    pub fn from_extern(reference: &ExternRef) -> AnyRef {
        AnyRef(reference.held())
    }

    /// The reference as it stands in a call slot of this store, for one use: a call or the return of a host function
    /// takes it, as [`AnyRef::from_raw`] does. `Usage` if the object is another store's.
    pub fn to_raw(&self, cx: impl AsContext) -> Result<u64> {
        gc_to_word(cx.as_context().inner(), &self.0)
    }

    /// The reference in a call slot, which the slot gives up; `None` for null, `Usage` if the slot holds no reference of
    /// this store, or no longer.
    pub fn from_raw(cx: impl AsContext, raw: u64) -> Result<Option<AnyRef>> {
        match gc_from_word(cx.as_context().inner(), raw)? {
            Some(held) if held.ty(HeapType::Any).is_none() => Err(Error::usage("the reference is to an exception")),
            held => Ok(held.map(AnyRef)),
        }
    }

    pub(crate) fn of(held: GcRef) -> AnyRef {
        AnyRef(held)
    }

    pub(crate) fn held(&self) -> &GcRef {
        &self.0
    }
}

/// Whether both are the same object, as `ref.eq` says.
impl PartialEq for AnyRef {
    fn eq(&self, other: &AnyRef) -> bool {
        self.0.is_same(&other.0)
    }
}

impl Eq for AnyRef {}

impl fmt::Debug for AnyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_i31() {
            Some(value) => write!(f, "AnyRef(i31 {value})"),
            None => write!(f, "AnyRef({})", self.ty()),
        }
    }
}
