//! Structs and arrays as the host sees and makes them.

use super::{AnyRef, AsContext, AsContextMut, Val, val::check_count};
use crate::{
    call::{GcRef, HeapAccess, HeldObject, open_heap, with_heap},
    error::{Error, Result},
    store::StoreInner,
    types::{CompositeKind, CompositeType, ConcreteType, FieldType, HeapType, SubType},
    vm::gc::ObjectLayout,
};
use std::sync::Arc;

/// A struct in a store's heap, which stays as long as somebody holds the reference. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StructRef(Arc<HeldObject>);

/// An array in a store's heap, which stays as long as somebody holds the reference. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ArrayRef(Arc<HeldObject>);

impl StructRef {
    pub(crate) fn of(held: Arc<HeldObject>) -> StructRef {
        StructRef(held)
    }

    /// A new struct of a type of a module of the store's engine. Values of another number or type: `Usage`; a full heap:
    /// `Limit`.
    pub fn new(mut cx: impl AsContextMut, ty: ConcreteType, fields: &[Val]) -> Result<StructRef> {
        let cx = cx.as_context_mut();
        let registered = registered(cx.inner(), ty)?;
        let types = struct_fields(&registered).ok_or_else(|| no_such(ty, CompositeKind::Struct))?;
        check_count("field", types.len(), fields.len())?;
        let held = make(cx.inner(), ty.id, &registered, 0, |access, object, layout| {
            for (index, (value, field)) in (0..).zip(fields.iter().zip(types)) {
                let slots = value.to_raw_slots(access, cx.inner(), "field", field.storage.unpacked())?;
                let place = layout.field(index);
                access.store(object, place.offset.into(), place.storage, slots);
            }
            Ok(())
        });
        held.map(StructRef)
    }

    /// Its type.
    pub fn ty(&self) -> ConcreteType {
        concrete(&self.0)
    }

    /// Number of fields.
    pub fn field_count(&self) -> usize {
        self.fields().len()
    }

    fn fields(&self) -> &[FieldType] {
        struct_fields(&self.0.ty.ty).unwrap_or(&[])
    }

    fn type_of(&self, index: usize) -> Result<FieldType> {
        let field = self.fields().get(index).copied();
        field.ok_or_else(|| Error::usage(format!("field {index} of a struct with {}", self.field_count())))
    }

    /// The value of a field; packed ones are zero-extended. No such field: `Usage`.
    pub fn field(&self, cx: impl AsContext, index: usize) -> Result<Val> {
        let cx = cx.as_context();
        let ty = self.type_of(index)?;
        within(cx.inner(), &self.0, |access, object| {
            let place = ObjectLayout::of(&self.0.ty.ty).field(index as u32);
            let slots = access.load(object, place.offset.into(), place.storage);
            Val::of_raw_slots(access, cx.inner(), ty.storage.unpacked(), slots)
        })
    }

    /// Replaces the value of a field. One that is immutable or of another type, or no such field: `Usage`.
    pub fn set_field(&self, mut cx: impl AsContextMut, index: usize, value: &Val) -> Result<()> {
        let cx = cx.as_context_mut();
        let ty = mutable(self.type_of(index)?, "field")?;
        within(cx.inner(), &self.0, |access, object| {
            let slots = value.to_raw_slots(access, cx.inner(), "field", ty.storage.unpacked())?;
            let place = ObjectLayout::of(&self.0.ty.ty).field(index as u32);
            access.store(object, place.offset.into(), place.storage, slots);
            Ok(())
        })
    }
}

impl ArrayRef {
    pub(crate) fn of(held: Arc<HeldObject>) -> ArrayRef {
        ArrayRef(held)
    }

    /// A new array of a type of a module of the store's engine. Values of another type: `Usage`; a full heap: `Limit`.
    pub fn new(mut cx: impl AsContextMut, ty: ConcreteType, elements: &[Val]) -> Result<ArrayRef> {
        let cx = cx.as_context_mut();
        let registered = registered(cx.inner(), ty)?;
        let element = element_type(&registered).ok_or_else(|| no_such(ty, CompositeKind::Array))?;
        let len =
            u32::try_from(elements.len()).map_err(|_| Error::limit("an array of more than 2\u{b3}\u{b2} elements"))?;
        let held = make(cx.inner(), ty.id, &registered, len, |access, object, layout| {
            for (index, value) in (0..).zip(elements) {
                let slots = value.to_raw_slots(access, cx.inner(), "element", element.storage.unpacked())?;
                access.store(object, layout.element().at(index), element.storage, slots);
            }
            Ok(())
        });
        held.map(ArrayRef)
    }

    /// Its type.
    pub fn ty(&self) -> ConcreteType {
        concrete(&self.0)
    }

    fn element(&self) -> Result<FieldType> {
        element_type(&self.0.ty.ty).ok_or_else(|| Error::internal("an array that is none"))
    }

    /// Number of elements.
    pub fn len(&self, cx: impl AsContext) -> Result<u32> {
        within(cx.as_context().inner(), &self.0, |access, object| Ok(access.array_len(object)))
    }

    /// Whether there are no elements.
    pub fn is_empty(&self, cx: impl AsContext) -> Result<bool> {
        Ok(self.len(cx)? == 0)
    }

    /// The value of an element; packed ones are zero-extended. No such element: `Usage`.
    pub fn get(&self, cx: impl AsContext, index: u32) -> Result<Val> {
        let cx = cx.as_context();
        let ty = self.element()?;
        within(cx.inner(), &self.0, |access, object| {
            let offset = self.place(access, object, index)?;
            let slots = access.load(object, offset, ty.storage);
            Val::of_raw_slots(access, cx.inner(), ty.storage.unpacked(), slots)
        })
    }

    /// Replaces the value of an element. An immutable array, a value of another type, or no such element: `Usage`.
    pub fn set(&self, mut cx: impl AsContextMut, index: u32, value: &Val) -> Result<()> {
        let cx = cx.as_context_mut();
        let ty = mutable(self.element()?, "array")?;
        within(cx.inner(), &self.0, |access, object| {
            let offset = self.place(access, object, index)?;
            let slots = value.to_raw_slots(access, cx.inner(), "element", ty.storage.unpacked())?;
            access.store(object, offset, ty.storage, slots);
            Ok(())
        })
    }

    fn place(&self, access: &HeapAccess<'_>, object: u64, index: u32) -> Result<u64> {
        let len = access.array_len(object);
        if index >= len {
            return Err(Error::usage(format!("element {index} is outside the array of {len} elements")));
        }
        Ok(ObjectLayout::of(&self.0.ty.ty).element().at(index))
    }
}

/// Runs `work` on an object of the store.
fn within<R>(
    store: &StoreInner,
    held: &HeldObject,
    work: impl FnOnce(&mut HeapAccess<'_>, u64) -> Result<R>,
) -> Result<R> {
    store.check_id(held.store, "object")?;
    with_heap(store, |access| work(access, held.root.get()))
}

/// Makes an object and fills it.
fn make(
    store: &StoreInner,
    id: u32,
    ty: &SubType,
    len: u32,
    fill: impl FnOnce(&mut HeapAccess<'_>, u64, &ObjectLayout) -> Result<()>,
) -> Result<Arc<HeldObject>> {
    open_heap(store)?;
    with_heap(store, |access| {
        let object = access.new_object(id, ty, len)?;
        fill(access, object, &ObjectLayout::of(ty))?;
        match access.held(object)? {
            Some(GcRef::Object(held)) => Ok(held),
            _ => Err(Error::internal("an object that is none")),
        }
    })
}

fn registered(store: &StoreInner, ty: ConcreteType) -> Result<SubType> {
    let registered = store.engine.signatures.registered(ty.id);
    registered.map(|registered| registered.ty.clone()).ok_or_else(|| no_such(ty, ty.kind))
}

fn no_such(ty: ConcreteType, wanted: CompositeKind) -> Error {
    Error::usage(format!("{} is no {wanted:?} type of this engine", HeapType::Concrete(ty)).to_lowercase())
}

fn concrete(held: &HeldObject) -> ConcreteType {
    match held.heap {
        HeapType::Concrete(ty) => ty,
        _ => unreachable!("structs and arrays have a concrete type"),
    }
}

fn struct_fields(ty: &SubType) -> Option<&[FieldType]> {
    if let CompositeType::Struct(fields) = &ty.composite { Some(fields) } else { None }
}

fn element_type(ty: &SubType) -> Option<FieldType> {
    if let CompositeType::Array(element) = ty.composite { Some(element) } else { None }
}

fn mutable(ty: FieldType, what: &str) -> Result<FieldType> {
    if ty.mutable { Ok(ty) } else { Err(Error::usage(format!("the {what} is immutable"))) }
}

macro_rules! objects {
    ($($noun:ident)*) => {$(
        impl $noun {
            /// The object as any reference.
            pub fn to_any(&self) -> AnyRef {
                AnyRef::of(GcRef::Object(self.0.clone()))
            }
        }

        impl From<$noun> for AnyRef {
            fn from(object: $noun) -> AnyRef {
                AnyRef::of(GcRef::Object(object.0))
            }
        }

        impl From<$noun> for Val {
            fn from(object: $noun) -> Val {
                Val::AnyRef(Some(object.into()))
            }
        }

        /// Whether both are the same object.
        impl PartialEq for $noun {
            fn eq(&self, other: &$noun) -> bool {
                self.0.root.is_same(&other.0.root)
            }
        }

        impl Eq for $noun {}
    )*};
}

objects!(StructRef ArrayRef);
