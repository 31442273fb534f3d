//! Values of any type.

use super::{AnyRef, AsContext, ExnRef, ExternRef, Func};
use crate::{
    call::HeapAccess,
    error::{Error, Result},
    store::StoreInner,
    types::{HeapType, RefType, ValType},
};

/// A WebAssembly value.
#[derive(Clone, Debug)]
pub enum Val {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// The bits of a binary32 number.
    F32(u32),
    /// The bits of a binary64 number.
    F64(u64),
    /// A vector.
    V128(u128),
    /// A function, or null.
    FuncRef(Option<Func>),
    /// A host object, or null.
    ExternRef(Option<ExternRef>),
    /// Something that guests can look into, or null.
    AnyRef(Option<AnyRef>),
    /// An exception, or null.
    ExnRef(Option<ExnRef>),
}

impl Val {
    /// The value's type.
    pub fn ty(&self) -> ValType {
        match self {
            Val::I32(_) => ValType::I32,
            Val::I64(_) => ValType::I64,
            Val::F32(_) => ValType::F32,
            Val::F64(_) => ValType::F64,
            Val::V128(_) => ValType::V128,
            Val::FuncRef(_) => ValType::FUNCREF,
            Val::ExternRef(_) => ValType::EXTERNREF,
            Val::AnyRef(None) => ValType::Ref(RefType::ANYREF),
            Val::AnyRef(Some(reference)) => ValType::Ref(RefType { nullable: false, heap: reference.ty() }),
            Val::ExnRef(_) => ValType::EXNREF,
        }
    }

    /// Zero or null of a type.
    pub fn default_for(ty: ValType) -> Val {
        match ty {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::V128 => Val::V128(0),
            ValType::Ref(ty) => match ty.heap.top() {
                HeapType::Func => Val::FuncRef(None),
                HeapType::Extern => Val::ExternRef(None),
                HeapType::Exn => Val::ExnRef(None),
                _ => Val::AnyRef(None),
            },
        }
    }

    /// The value, if it is an `i32`.
    pub fn i32(&self) -> Option<i32> {
        if let Val::I32(value) = self { Some(*value) } else { None }
    }

    /// The value, if it is an `i64`.
    pub fn i64(&self) -> Option<i64> {
        if let Val::I64(value) = self { Some(*value) } else { None }
    }

    /// The value, if it is an `f32`.
    pub fn f32(&self) -> Option<f32> {
        if let Val::F32(bits) = self { Some(f32::from_bits(*bits)) } else { None }
    }

    /// The value, if it is an `f64`.
    pub fn f64(&self) -> Option<f64> {
        if let Val::F64(bits) = self { Some(f64::from_bits(*bits)) } else { None }
    }

    /// Writes the value into its one or two call slots, references as handles of `cx`'s store.
    pub fn to_slots(&self, cx: impl AsContext, slots: &mut [u64]) -> Result<()> {
        slots[0] = match self {
            Val::I32(value) => u64::from(*value as u32),
            Val::I64(value) => *value as u64,
            Val::F32(bits) => u64::from(*bits),
            Val::F64(bits) => *bits,
            Val::V128(bits) => {
                slots[1] = (bits >> 64) as u64;
                *bits as u64
            }
            Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => 0,
            Val::FuncRef(Some(func)) => func.to_raw(cx)?,
            Val::ExternRef(Some(object)) => object.to_raw(cx)?,
            Val::AnyRef(Some(reference)) => reference.to_raw(cx)?,
            Val::ExnRef(Some(exception)) => exception.to_raw(cx)?,
        };
        Ok(())
    }

    /// Reads a value of type `ty` from its call slots.
    pub fn from_slots(cx: impl AsContext, ty: ValType, slots: &[u64]) -> Result<Val> {
        Ok(match ty {
            ValType::Ref(ty) => match ty.heap.top() {
                HeapType::Func => Val::FuncRef(Func::from_raw(cx, slots[0])?),
                HeapType::Extern => Val::ExternRef(ExternRef::from_raw(cx, slots[0])?),
                HeapType::Exn => Val::ExnRef(ExnRef::from_raw(cx, slots[0])?),
                _ => Val::AnyRef(AnyRef::from_raw(cx, slots[0])?),
            },
            number => Val::of_number(number, slots),
        })
    }

    fn of_number(ty: ValType, slots: &[u64]) -> Val {
        match ty {
            ValType::I32 => Val::I32(slots[0] as i32),
            ValType::I64 => Val::I64(slots[0] as i64),
            ValType::F32 => Val::F32(slots[0] as u32),
            ValType::F64 => Val::F64(slots[0]),
            ValType::V128 => Val::V128(u128::from(slots[1]) << 64 | u128::from(slots[0])),
            ValType::Ref(_) => unreachable!("references are no numbers"),
        }
    }

    /// Whether this is a value of type `ty`, which for a reference depends on what it refers to.
    pub(crate) fn matches(&self, store: &StoreInner, ty: ValType) -> Result<bool> {
        let ValType::Ref(ty) = ty else { return Ok(self.ty() == ty) };
        let heap = match (self, ty.heap.top()) {
            (Val::FuncRef(None), HeapType::Func)
            | (Val::ExternRef(None), HeapType::Extern)
            | (Val::AnyRef(None), HeapType::Any)
            | (Val::ExnRef(None), HeapType::Exn) => return Ok(ty.nullable),
            (Val::FuncRef(Some(func)), HeapType::Func) => func.heap_type(store)?,
            (Val::ExternRef(Some(_)), HeapType::Extern) => HeapType::Extern,
            (Val::AnyRef(Some(reference)), HeapType::Any) => reference.ty(),
            (Val::ExnRef(Some(_)), HeapType::Exn) => HeapType::Exn,
            _ => return Ok(false),
        };
        Ok(store.engine.signatures.heap_type_matches(heap, ty.heap))
    }

    /// The value as slots with a raw reference, for a place that holds values of type `ty`; `what` names that.
    pub(crate) fn to_raw_slots(
        &self,
        access: &HeapAccess<'_>,
        store: &StoreInner,
        what: &str,
        ty: ValType,
    ) -> Result<[u64; 2]> {
        if !self.matches(store, ty)? {
            return Err(Error::usage(format!("the value has type {}, but the {what} holds {ty}", self.ty())));
        }
        let first = match self {
            Val::I32(value) => u64::from(*value as u32),
            Val::I64(value) => *value as u64,
            Val::F32(bits) => u64::from(*bits),
            Val::F64(bits) => *bits,
            Val::V128(bits) => return Ok([*bits as u64, (bits >> 64) as u64]),
            Val::FuncRef(func) => Func::to_reference(*func, store)?,
            Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => 0,
            Val::ExternRef(Some(object)) => access.raw(&object.held())?,
            Val::AnyRef(Some(reference)) => access.raw(reference.held())?,
            Val::ExnRef(Some(exception)) => exception.reference(store)?,
        };
        Ok([first, 0])
    }

    /// The value of type `ty` in slots with a raw reference.
    pub(crate) fn of_raw_slots(
        access: &HeapAccess<'_>,
        store: &StoreInner,
        ty: ValType,
        slots: [u64; 2],
    ) -> Result<Val> {
        let ValType::Ref(ty) = ty else { return Ok(Val::of_number(ty, &slots)) };
        Ok(match ty.heap.top() {
            HeapType::Func => Val::FuncRef(Func::from_reference(store, slots[0])),
            HeapType::Extern => Val::ExternRef(access.held(slots[0])?.map(ExternRef::of)),
            HeapType::Exn => Val::ExnRef(ExnRef::of_reference(store, slots[0])),
            _ => Val::AnyRef(access.held(slots[0])?.map(AnyRef::of)),
        })
    }
}

/// Writes values into call slots after checking their number and types.
pub(crate) fn write_slots(
    cx: impl AsContext,
    what: &str,
    types: &[ValType],
    values: &[Val],
    slots: &mut [u64],
) -> Result<()> {
    check_count(what, types.len(), values.len())?;
    let mut position = 0;
    for (index, (ty, value)) in types.iter().zip(values).enumerate() {
        if !value.matches(cx.as_context().inner(), *ty)? {
            return Err(Error::usage(format!("{what} {index} has type {}, but {ty} is expected", value.ty())));
        }
        value.to_slots(&cx, &mut slots[position..])?;
        position += ty.slots();
    }
    Ok(())
}

/// Reads values from call slots.
pub(crate) fn read_slots(cx: impl AsContext, types: &[ValType], slots: &[u64], values: &mut [Val]) -> Result<()> {
    let mut position = 0;
    for (ty, value) in types.iter().zip(values) {
        *value = Val::from_slots(&cx, *ty, &slots[position..])?;
        position += ty.slots();
    }
    Ok(())
}

pub(crate) fn check_count(what: &str, expected: usize, got: usize) -> Result<()> {
    if expected == got { Ok(()) } else { Err(Error::usage(format!("expected {expected} {what}s, but got {got}"))) }
}

macro_rules! from_values {
    ($($ty:ty => |$value:ident| $make:expr;)*) => {$(
        impl From<$ty> for Val {
            fn from($value: $ty) -> Val {
                $make
            }
        }
    )*};
}

from_values! {
    i32 => |value| Val::I32(value);
    u32 => |value| Val::I32(value as i32);
    i64 => |value| Val::I64(value);
    u64 => |value| Val::I64(value as i64);
    f32 => |value| Val::F32(value.to_bits());
    f64 => |value| Val::F64(value.to_bits());
    Option<Func> => |value| Val::FuncRef(value);
    Func => |value| Val::FuncRef(Some(value));
    Option<ExternRef> => |value| Val::ExternRef(value);
    ExternRef => |value| Val::ExternRef(Some(value));
    Option<AnyRef> => |value| Val::AnyRef(value);
    AnyRef => |value| Val::AnyRef(Some(value));
    Option<ExnRef> => |value| Val::ExnRef(value);
    ExnRef => |value| Val::ExnRef(Some(value));
}
