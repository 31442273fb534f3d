//! Values as scenarios write them.

use wasmrt::{ExternRef, Func, Val, ValType};

/// The type with this name.
pub fn value_type(name: &str) -> ValType {
    match name {
        "i32" => ValType::I32,
        "i64" => ValType::I64,
        "f32" => ValType::F32,
        "f64" => ValType::F64,
        "funcref" => ValType::FUNCREF,
        "externref" => ValType::EXTERNREF,
        _ => panic!("no type is called {name:?}"),
    }
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

/// The value to be given; `export` finds a function by `instance.name`.
pub fn parse(text: &str, export: impl FnOnce(&str) -> Func) -> Val {
    let (ty, value) = split(text);
    assert!(value != "nan" && value != "any", "{text} can only be expected");
    match (ty, value) {
        ("i32", value) => Val::I32(number(value)),
        ("i64", value) => Val::I64(number(value)),
        ("f32", value) => Val::F32(bits(value).map_or_else(|| number::<f32>(value).to_bits(), |bits| bits as u32)),
        ("f64", value) => Val::F64(bits(value).unwrap_or_else(|| number::<f64>(value).to_bits())),
        ("funcref", "null") => Val::FuncRef(None),
        ("funcref", path) => Val::FuncRef(Some(export(path))),
        ("externref", "null") => Val::ExternRef(None),
        ("externref", object) => Val::ExternRef(Some(ExternRef::new(number::<u64>(object)))),
        _ => panic!("{text:?} is no value"),
    }
}

/// Whether `found` is what `expected` says.
pub fn matches(expected: &str, found: &Val) -> bool {
    agrees(expected, &show(found))
}

/// Whether a value in the form of `show` is what `expected` says.
pub fn agrees(expected: &str, found: &str) -> bool {
    let number = |bits: &str| bits.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    match (expected, split(found)) {
        ("f32:nan", ("f32", bits)) => number(bits).is_some_and(|bits| f32::from_bits(bits as u32).is_nan()),
        ("f64:nan", ("f64", bits)) => number(bits).is_some_and(|bits| f64::from_bits(bits).is_nan()),
        ("f32:nan" | "f64:nan", _) => false,
        ("funcref:any", _) => found == expected,
        _ => show(&parse(expected, |path| panic!("funcref:{path} can only be given"))) == found,
    }
}

/// Bytes written as hexadecimal digits, with whitespace between them.
pub fn from_hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    assert!(digits.len().is_multiple_of(2), "{text:?} has half a byte");
    let byte = |start: usize| u8::from_str_radix(&digits[start..start + 2], 16).expect("hexadecimal digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// A value in one unmistakable form: floats by their bits.
pub fn show(value: &Val) -> String {
    match value {
        Val::I32(value) => format!("i32:{value}"),
        Val::I64(value) => format!("i64:{value}"),
        Val::F32(bits) => format!("f32:{bits:#010x}"),
        Val::F64(bits) => format!("f64:{bits:#018x}"),
        Val::V128(bits) => format!("v128:{bits:#034x}"),
        Val::FuncRef(None) => "funcref:null".to_owned(),
        Val::FuncRef(Some(_)) => "funcref:any".to_owned(),
        Val::ExternRef(None) => "externref:null".to_owned(),
        Val::ExternRef(Some(object)) => match object.data().downcast_ref::<u64>() {
            Some(number) => format!("externref:{number}"),
            None => "externref:of another kind".to_owned(),
        },
        Val::AnyRef(None) => "anyref:null".to_owned(),
        Val::AnyRef(Some(_)) => "anyref:any".to_owned(),
        Val::ExnRef(None) => "exnref:null".to_owned(),
        Val::ExnRef(Some(_)) => "exnref:any".to_owned(),
    }
}
