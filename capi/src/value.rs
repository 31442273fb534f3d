//! Values with their types, and the numbers of types.

use crate::{func::wasmrt_func, store::wasmrt_store};
use wasmrt::{
    Error, ExnRef, ExternRef, Result, Val,
    types::{HeapType, RefType, ValType},
};

/// Types of values, by the numbers of the binary format.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum wasmrt_val_type {
    /// A 32-bit integer.
    I32 = 0x7f,
    /// A 64-bit integer.
    I64 = 0x7e,
    /// An IEEE 754 binary32 number.
    F32 = 0x7d,
    /// An IEEE 754 binary64 number.
    F64 = 0x7c,
    /// A 128-bit vector.
    V128 = 0x7b,
    /// A function or null.
    Funcref = 0x70,
    /// A host object or null.
    Externref = 0x6f,
    /// An exception or null.
    Exnref = 0x69,
}

/// The value itself; which member counts is said by the type that stands beside it.
#[repr(C)]
#[derive(Clone, Copy)]
pub union wasmrt_val_payload {
    /// For `WASMRT_VAL_TYPE_I32`.
    pub i32: i32,
    /// For `WASMRT_VAL_TYPE_I64`.
    pub i64: i64,
    /// For `WASMRT_VAL_TYPE_F32`.
    pub f32: f32,
    /// For `WASMRT_VAL_TYPE_F64`.
    pub f64: f64,
    /// For `WASMRT_VAL_TYPE_V128`, low half first.
    pub v128: [u64; 2],
    /// For `WASMRT_VAL_TYPE_FUNCREF`; null has `store == 0`.
    pub funcref: wasmrt_func,
    /// For `WASMRT_VAL_TYPE_EXTERNREF`: a handle word (see `wasmrt_externref_new`); null is 0. Also for
    /// `WASMRT_VAL_TYPE_EXNREF`.
    pub externref: u64,
}

/// A value with its type.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct wasmrt_val {
    /// A `wasmrt_val_type`.
    pub r#type: u32,
    /// Zero.
    pub reserved: u32,
    /// The value.
    pub of: wasmrt_val_payload,
}

/// The number of a type.
pub(crate) fn type_number(ty: ValType) -> u32 {
    let number = match ty {
        ValType::I32 => wasmrt_val_type::I32,
        ValType::I64 => wasmrt_val_type::I64,
        ValType::F32 => wasmrt_val_type::F32,
        ValType::F64 => wasmrt_val_type::F64,
        ValType::V128 => wasmrt_val_type::V128,
        ValType::Ref(RefType { heap: HeapType::Extern, .. }) => wasmrt_val_type::Externref,
        ValType::Ref(RefType { heap: HeapType::Exn, .. }) => wasmrt_val_type::Exnref,
        ValType::Ref(_) => wasmrt_val_type::Funcref,
    };
    number as u32
}

/// The type with a number.
pub(crate) fn type_of_number(number: u32) -> Result<ValType> {
    match number {
        0x7f => Ok(ValType::I32),
        0x7e => Ok(ValType::I64),
        0x7d => Ok(ValType::F32),
        0x7c => Ok(ValType::F64),
        0x7b => Ok(ValType::V128),
        0x70 => Ok(ValType::FUNCREF),
        0x6f => Ok(ValType::EXTERNREF),
        0x69 => Ok(ValType::EXNREF),
        _ => Err(Error::usage(format!("no value type {number:#x}"))),
    }
}

impl wasmrt_val {
    /// The core's value.
    pub(crate) fn to_core(self, store: &wasmrt_store) -> Result<Val> {
        let ty = type_of_number(self.r#type)?;
        // SAFETY: [c-borrow] the caller wrote the member that the type names; each is plain bits.
        unsafe {
            Ok(match (ty, &self.of) {
                (ValType::I32, of) => Val::I32(of.i32),
                (ValType::I64, of) => Val::I64(of.i64),
                (ValType::F32, of) => Val::F32(of.i32 as u32),
                (ValType::F64, of) => Val::F64(of.i64 as u64),
                (ValType::V128, of) => Val::V128(u128::from(of.v128[0]) | u128::from(of.v128[1]) << 64),
                (ValType::Ref(RefType { heap: HeapType::Extern, .. }), of) => {
                    Val::ExternRef(ExternRef::from_raw(store.access(), of.externref)?)
                }
                (ValType::Ref(RefType { heap: HeapType::Exn, .. }), of) => {
                    Val::ExnRef(ExnRef::from_raw(store.access(), of.externref)?)
                }
                (ValType::Ref(_), of) => Val::FuncRef((of.funcref.store != 0).then(|| of.funcref.core())),
            })
        }
    }

    /// The value for C.
    pub(crate) fn from_core(value: &Val, store: &wasmrt_store) -> Result<wasmrt_val> {
        let mut of = wasmrt_val_payload { v128: [0; 2] };
        match value {
            Val::I32(value) => of.i32 = *value,
            Val::I64(value) => of.i64 = *value,
            Val::F32(bits) => of.i32 = *bits as i32,
            Val::F64(bits) => of.i64 = *bits as i64,
            Val::V128(value) => of.v128 = [*value as u64, (*value >> 64) as u64],
            Val::FuncRef(None) => {}
            Val::FuncRef(Some(func)) => of.funcref = wasmrt_func::new(*func),
            Val::ExternRef(None) | Val::ExnRef(None) | Val::AnyRef(None) => {}
            Val::ExnRef(Some(exception)) => of.externref = exception.to_raw(store.access())?,
            Val::ExternRef(Some(object)) => of.externref = object.to_raw(store.access())?,
            Val::AnyRef(Some(_)) => return Err(Error::usage("structs, arrays and i31 have no form in C")),
        }
        Ok(wasmrt_val { r#type: type_number(value.ty()), reserved: 0, of })
    }
}
