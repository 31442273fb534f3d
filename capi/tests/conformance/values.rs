//! Values as scenarios write them, and as the library takes and gives them.

use crate::library::{Answer, call, get};
use wasmrt_capi::*;

/// Handles that are pinned until the step is over.
pub type Pins = Vec<u64>;

/// The type with this name.
pub fn type_number(name: &str) -> u32 {
    let ty = match name {
        "i32" => wasmrt_val_type::I32,
        "i64" => wasmrt_val_type::I64,
        "f32" => wasmrt_val_type::F32,
        "f64" => wasmrt_val_type::F64,
        "funcref" => wasmrt_val_type::Funcref,
        "externref" => wasmrt_val_type::Externref,
        _ => panic!("no type is called {name:?}"),
    };
    ty as u32
}

fn split(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or_else(|| panic!("{text:?} is not written as type:value"))
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number of its type"))
}

fn bits(text: &str) -> Option<u64> {
    text.strip_prefix("0x").map(|digits| u64::from_str_radix(digits, 16).expect("hexadecimal digits"))
}

fn f32_bits(value: &str) -> u32 {
    bits(value).map_or_else(|| number::<f32>(value).to_bits(), |bits| bits as u32)
}

fn f64_bits(value: &str) -> u64 {
    bits(value).unwrap_or_else(|| number::<f64>(value).to_bits())
}

/// The value to be given; `export` finds a function by `instance.name`.
pub fn parse(
    text: &str,
    store: *mut wasmrt_store,
    pins: &mut Pins,
    export: impl FnOnce(&str) -> wasmrt_func,
) -> wasmrt_val {
    let (ty, value) = split(text);
    assert!(value != "nan" && value != "any", "{text} can only be expected");
    let mut of = wasmrt_val_payload { v128: [0; 2] };
    match (ty, value) {
        ("i32", value) => of.i32 = number(value),
        ("i64", value) => of.i64 = number(value),
        ("f32", value) => of.i32 = f32_bits(value) as i32,
        ("f64", value) => of.i64 = f64_bits(value) as i64,
        ("funcref" | "externref", "null") => {}
        ("funcref", path) => of.funcref = export(path),
        ("externref", object) => {
            let handle = get!(wasmrt_externref_from_word(store, number(object))).expect("an object is made");
            pins.push(handle);
            of.externref = handle;
        }
        _ => panic!("{text:?} is no value"),
    }
    wasmrt_val { r#type: type_number(ty), reserved: 0, of }
}

/// Takes the pins of a step back.
pub fn unpin(store: *mut wasmrt_store, pins: &mut Pins) {
    for handle in pins.drain(..) {
        call!(wasmrt_externref_unpin(store, handle)).expect("the handle is pinned");
    }
}

/// A call slot as a value of a type.
pub fn from_slot(store: *mut wasmrt_store, ty: u32, slot: u64) -> Answer<wasmrt_val> {
    let mut of = wasmrt_val_payload { v128: [slot, 0] };
    if ty == wasmrt_val_type::Funcref as u32 {
        of.funcref = get!(wasmrt_func_from_slot(store, slot))?;
    }
    Ok(wasmrt_val { r#type: ty, reserved: 0, of })
}

/// A value as it stands in a call slot.
pub fn to_slot(store: *mut wasmrt_store, value: &wasmrt_val) -> Answer<u64> {
    // SAFETY: [c-borrow] the payload was zeroed before a member was written, so that all of it are plain bits.
    let (bits, func) = unsafe { (value.of.v128[0], value.of.funcref) };
    match value.r#type {
        ty if ty == wasmrt_val_type::Funcref as u32 && func.store == 0 => Ok(0),
        ty if ty == wasmrt_val_type::Funcref as u32 => get!(wasmrt_func_to_slot(store, &raw const func)),
        _ => Ok(bits),
    }
}

/// A value in one unmistakable form: floats by their bits.
pub fn show(store: *mut wasmrt_store, value: &wasmrt_val) -> String {
    // SAFETY: [c-borrow] each member is plain bits, written by the library or by `parse`.
    let (low, high, is_null) = unsafe { (value.of.i32, value.of.i64, value.of.funcref.store == 0) };
    let is = |ty: wasmrt_val_type| value.r#type == ty as u32;
    match high {
        _ if is(wasmrt_val_type::I32) => format!("i32:{low}"),
        _ if is(wasmrt_val_type::I64) => format!("i64:{high}"),
        _ if is(wasmrt_val_type::F32) => format!("f32:{low:#010x}"),
        _ if is(wasmrt_val_type::F64) => format!("f64:{high:#018x}"),
        _ if is(wasmrt_val_type::Funcref) => format!("funcref:{}", if is_null { "null" } else { "any" }),
        0 if is(wasmrt_val_type::Externref) => "externref:null".to_owned(),
        handle if is(wasmrt_val_type::Externref) => match get!(wasmrt_externref_to_word(store, handle as u64)) {
            Ok(word) => format!("externref:{word}"),
            Err(failure) => format!("externref that is no word: {failure:?}"),
        },
        _ => format!("a value of type {:#x}", value.r#type),
    }
}

/// Whether a value, as `show` writes it, is what `expected` says.
pub fn matches(expected: &str, found: &str) -> bool {
    let (ty, value) = split(expected);
    let found_bits = |found: &str| bits(split(found).1).expect("floats are shown by their bits");
    match (ty, value) {
        _ if split(found).0 != ty => false,
        ("f32", "nan") => f32::from_bits(found_bits(found) as u32).is_nan(),
        ("f64", "nan") => f64::from_bits(found_bits(found)).is_nan(),
        ("f32", value) => u64::from(f32_bits(value)) == found_bits(found),
        ("f64", value) => f64_bits(value) == found_bits(found),
        _ => expected == found,
    }
}
