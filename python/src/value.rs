//! Values: Python objects to and from call slots and the core's values.
//!
//! i32 and i64 take any int that fits the type read as signed or as unsigned, and come out signed. f32 and f64 take what
//! `float` takes. v128 is 16 bytes, lowest first. A funcref is a function or None; an externref is any object, where
//! None is null.

use crate::{
    error::{self, OrRaise},
    func::Func,
    roots::ExternObject,
    store::Store,
};
use pyo3::{
    exceptions::{PyOverflowError, PyTypeError},
    prelude::*,
    types::{PyBytes, PyFloat, PyInt},
};
use wasmrt::{ExternRef, FuncType, HeapType, Val, ValType};

/// Says which value is wrong, for messages.
#[derive(Clone, Copy)]
pub struct Place {
    pub what: &'static str,
    pub index: usize,
}

impl Place {
    /// A value on its own.
    pub const VALUE: Place = Place { what: "value", index: usize::MAX };

    fn mismatch(self, ty: ValType, value: &Bound<'_, PyAny>) -> PyErr {
        let found = value.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
        error::argument(value.py(), format!("{self} has type {found}, but {ty} is expected"))
    }

    fn range(self, ty: ValType, value: &Bound<'_, PyAny>) -> PyErr {
        error::usage(value.py(), format!("{self} is outside the range of {ty}"))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.index == usize::MAX {
            write!(f, "the {}", self.what)
        } else {
            write!(f, "{} {}", self.what, self.index)
        }
    }
}

fn integer(value: &Bound<'_, PyAny>, ty: ValType, place: Place) -> PyResult<u64> {
    match value.extract::<i64>() {
        Ok(value) => Ok(value as u64),
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
            value.extract::<u64>().map_err(|_| place.range(ty, value))
        }
        Err(error) if error.is_instance_of::<PyTypeError>(value.py()) => Err(place.mismatch(ty, value)),
        Err(error) => Err(error),
    }
}

fn i32_bits(value: &Bound<'_, PyAny>, place: Place) -> PyResult<u32> {
    let bits = integer(value, ValType::I32, place)?;
    match i32::try_from(bits as i64) {
        Ok(signed) => Ok(signed as u32),
        Err(_) => u32::try_from(bits).map_err(|_| place.range(ValType::I32, value)),
    }
}

fn float(value: &Bound<'_, PyAny>, ty: ValType, place: Place) -> PyResult<f64> {
    if let Ok(value) = value.cast_exact::<PyFloat>() {
        return Ok(value.value());
    }
    value.extract::<f64>().map_err(|error| match error.is_instance_of::<PyTypeError>(value.py()) {
        true => place.mismatch(ty, value),
        false => error,
    })
}

/// The bits of the nearest f32; a NaN keeps its sign and the upper bits of its payload.
fn f32_bits(value: f64) -> u32 {
    if !value.is_nan() {
        return (value as f32).to_bits();
    }
    let bits = value.to_bits();
    let (sign, payload) = ((bits >> 63) as u32, (bits >> 29) as u32 & 0x7f_ffff);
    sign << 31 | 0x7f80_0000 | if payload == 0 { 0x40_0000 } else { payload }
}

/// The f64 with the same value; a NaN keeps its sign and payload.
fn f64_of(bits: u32) -> f64 {
    let value = f32::from_bits(bits);
    if !value.is_nan() {
        return f64::from(value);
    }
    f64::from_bits(u64::from(bits >> 31) << 63 | 0x7ff0_0000_0000_0000 | u64::from(bits & 0x7f_ffff) << 29)
}

/// The core's value for an object.
pub fn to_val(store: &Bound<'_, Store>, ty: ValType, value: &Bound<'_, PyAny>, place: Place) -> PyResult<Val> {
    Ok(match ty {
        ValType::I32 => Val::I32(i32_bits(value, place)? as i32),
        ValType::I64 => Val::I64(integer(value, ty, place)? as i64),
        ValType::F32 => Val::F32(f32_bits(float(value, ty, place)?)),
        ValType::F64 => Val::F64(float(value, ty, place)?.to_bits()),
        ValType::V128 => {
            let bytes = value.extract::<[u8; 16]>().map_err(|_| place.mismatch(ty, value))?;
            Val::V128(u128::from_le_bytes(bytes))
        }
        ValType::Ref(reference) => match reference.heap {
            HeapType::Func if value.is_none() => Val::FuncRef(None),
            HeapType::Func => Val::FuncRef(Some(Func::of(value).ok_or_else(|| place.mismatch(ty, value))?.get().core)),
            heap if heap.top() == HeapType::Any && value.is_none() => Val::AnyRef(None),
            HeapType::Exn if value.is_none() => Val::ExnRef(None),
            HeapType::Extern if value.is_none() => Val::ExternRef(None),
            HeapType::Extern => Val::ExternRef(Some(ExternRef::new(store.get().externs.wrap(value)))),
            _ => return Err(place.mismatch(ty, value)),
        },
    })
}

/// The object for a value of the core.
pub fn from_val<'py>(store: &Bound<'py, Store>, value: &Val) -> PyResult<Bound<'py, PyAny>> {
    let py = store.py();
    Ok(match value {
        Val::I32(value) => value.into_pyobject(py)?.into_any(),
        Val::I64(value) => value.into_pyobject(py)?.into_any(),
        Val::F32(bits) => PyFloat::new(py, f64_of(*bits)).into_any(),
        Val::F64(bits) => PyFloat::new(py, f64::from_bits(*bits)).into_any(),
        Val::V128(bits) => PyBytes::new(py, &bits.to_le_bytes()).into_any(),
        Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None) | Val::AnyRef(None) => py.None().into_bound(py),
        Val::AnyRef(Some(_)) => return Err(error::usage(py, "structs, arrays and i31 have no Python object")),
        Val::ExnRef(Some(_)) => return Err(error::usage(py, "exceptions have no Python object")),
        Val::FuncRef(Some(func)) => Bound::new(py, Func::new(store, *func, None)?)?.into_any(),
        Val::ExternRef(Some(object)) => {
            let object = object.data().downcast_ref::<ExternObject>().and_then(|object| object.get(py));
            object.ok_or_else(|| error::usage(py, "the externref is no Python object"))?
        }
    })
}

/// Writes a value into its call slots.
pub fn write_slots(
    store: &Bound<'_, Store>,
    ty: ValType,
    value: &Bound<'_, PyAny>,
    place: Place,
    slots: &mut [u64],
) -> PyResult<()> {
    match ty {
        ValType::I32 => slots[0] = u64::from(i32_bits(value, place)?),
        ValType::I64 => slots[0] = integer(value, ty, place)?,
        ValType::F32 => slots[0] = u64::from(f32_bits(float(value, ty, place)?)),
        ValType::F64 => slots[0] = float(value, ty, place)?.to_bits(),
        _ => to_val(store, ty, value, place)?.to_slots(&store.get().core, slots).or_raise(store.py())?,
    }
    Ok(())
}

/// Reads a value from its call slots.
pub fn read_slots<'py>(store: &Bound<'py, Store>, ty: ValType, slots: &[u64]) -> PyResult<Bound<'py, PyAny>> {
    let py = store.py();
    Ok(match ty {
        ValType::I32 => PyInt::new(py, slots[0] as i32).into_any(),
        ValType::I64 => PyInt::new(py, slots[0] as i64).into_any(),
        ValType::F32 => PyFloat::new(py, f64_of(slots[0] as u32)).into_any(),
        ValType::F64 => PyFloat::new(py, f64::from_bits(slots[0])).into_any(),
        _ => from_val(store, &Val::from_slots(&store.get().core, ty, slots).or_raise(py)?)?,
    })
}

/// Objects for values in call slots, in order.
pub fn read_all<'py>(store: &Bound<'py, Store>, types: &[ValType], slots: &[u64]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut position = 0;
    let read = |ty: &ValType| {
        let value = read_slots(store, *ty, &slots[position..]);
        position += ty.slots();
        value
    };
    types.iter().map(read).collect()
}

/// Nothing is None, one value is itself, several are a tuple.
pub fn read_results<'py>(store: &Bound<'py, Store>, ty: &FuncType, slots: &[u64]) -> PyResult<Bound<'py, PyAny>> {
    let py = store.py();
    match ty.results() {
        [] => Ok(py.None().into_bound(py)),
        [ty] => read_slots(store, *ty, slots),
        types => Ok(pyo3::types::PyTuple::new(py, read_all(store, types, slots)?)?.into_any()),
    }
}

/// Writes what a host function returned: as [`read_results`] reads.
pub fn write_results(
    store: &Bound<'_, Store>,
    ty: &FuncType,
    value: &Bound<'_, PyAny>,
    slots: &mut [u64],
) -> PyResult<()> {
    let py = store.py();
    let wrong_count =
        |count: usize| error::argument(py, format!("expected {} results, but got {count}", ty.results().len()));
    match ty.results() {
        [] if value.is_none() => Ok(()),
        [] => Err(wrong_count(1)),
        [ty] => write_slots(store, *ty, value, Place { what: "result", index: 0 }, slots),
        types => {
            let values = value.extract::<Vec<Bound<'_, PyAny>>>().map_err(|_| wrong_count(1))?;
            if values.len() != types.len() {
                return Err(wrong_count(values.len()));
            }
            let mut position = 0;
            for (index, (ty, value)) in types.iter().zip(&values).enumerate() {
                write_slots(store, *ty, value, Place { what: "result", index }, &mut slots[position..])?;
                position += ty.slots();
            }
            Ok(())
        }
    }
}
