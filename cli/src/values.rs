//! Guest values as text, both ways, for `wasmrt run --invoke`.

use wasmrt::{HeapType, Val, ValType};

/// Reads `text` as a value of type `ty`: integers signed or unsigned, decimal or `0x…`; references only as `null`.
pub fn parse(text: &str, ty: ValType) -> Result<Val, String> {
    let value = match ty {
        ValType::I32 => integer(text, 32).map(|bits| Val::I32(bits as i32)),
        ValType::I64 => integer(text, 64).map(|bits| Val::I64(bits as i64)),
        ValType::V128 => integer(text, 128).map(Val::V128),
        ValType::F32 => text.parse::<f32>().ok().map(|number| Val::F32(number.to_bits())),
        ValType::F64 => text.parse::<f64>().ok().map(|number| Val::F64(number.to_bits())),
        ValType::Ref(ty) => (text == "null" && ty.nullable).then_some(match ty.heap {
            heap if heap.top() == HeapType::Func => Val::FuncRef(None),
            heap if heap.top() == HeapType::Exn => Val::ExnRef(None),
            heap if heap.top() == HeapType::Any => Val::AnyRef(None),
            _ => Val::ExternRef(None),
        }),
    };
    value.ok_or_else(|| format!("`{text}` is not a value of type {ty}"))
}

/// The two's complement of an integer that fits `width` bits as a signed or an unsigned number.
fn integer(text: &str, width: u32) -> Option<u128> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let magnitude = match magnitude.strip_prefix("0x") {
        Some(digits) => u128::from_str_radix(digits, 16).ok()?,
        None => magnitude.parse().ok()?,
    };
    let largest = if negative { 1 << (width - 1) } else { u128::MAX >> (128 - width) };
    if magnitude > largest {
        return None;
    }
    Some(if negative { magnitude.wrapping_neg() } else { magnitude })
}

/// The value as one word: integers signed and decimal, numbers so that reading them gives the same bits.
pub fn show(value: &Val) -> String {
    match value {
        Val::I32(number) => number.to_string(),
        Val::I64(number) => number.to_string(),
        Val::F32(bits) => {
            float(f64::from(f32::from_bits(*bits)), f32::from_bits(*bits).to_string(), u64::from(*bits & 0x7f_ffff))
        }
        Val::F64(bits) => float(f64::from_bits(*bits), f64::from_bits(*bits).to_string(), bits & 0xf_ffff_ffff_ffff),
        Val::V128(bits) => format!("{bits:#034x}"),
        Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None) | Val::AnyRef(None) => "null".to_string(),
        Val::FuncRef(Some(_)) => "funcref".to_string(),
        Val::ExternRef(Some(_)) => "externref".to_string(),
        Val::ExnRef(Some(_)) => "exnref".to_string(),
        Val::AnyRef(Some(reference)) => match reference.as_i31() {
            Some(number) => number.to_string(),
            None => "anyref".to_string(),
        },
    }
}

fn float(number: f64, shortest: String, payload: u64) -> String {
    match (number.is_nan(), number.is_sign_negative()) {
        (false, _) => shortest,
        (true, false) => format!("nan:{payload:#x}"),
        (true, true) => format!("-nan:{payload:#x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_may_be_signed_or_unsigned() {
        let i32_of = |text| parse(text, ValType::I32).map(|value| show(&value));
        assert_eq!(i32_of("-1"), Ok("-1".to_string()));
        assert_eq!(i32_of("4294967295"), Ok("-1".to_string()));
        assert_eq!(i32_of("0x80000000"), Ok("-2147483648".to_string()));
        assert_eq!(i32_of("-2147483648"), Ok("-2147483648".to_string()));
        for wrong in ["4294967296", "-2147483649", "1.0", "", "--1"] {
            assert!(i32_of(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse("18446744073709551615", ValType::I64).map(|value| show(&value)), Ok("-1".to_string()));
    }

    #[test]
    fn numbers_are_shown_shortest_and_nans_with_payload() {
        assert_eq!(show(&Val::F32(0.1f32.to_bits())), "0.1");
        assert_eq!(show(&Val::F64((-0.0f64).to_bits())), "-0");
        assert_eq!(show(&Val::F32(0x7fc0_0000)), "nan:0x400000");
        assert_eq!(show(&Val::F64(0xfff8_0000_0000_0001)), "-nan:0x8000000000001");
        assert_eq!(show(&Val::F64(f64::INFINITY.to_bits())), "inf");
    }

    #[test]
    fn references_are_read_as_null_only() {
        assert_eq!(parse("null", ValType::EXTERNREF).map(|value| show(&value)), Ok("null".to_string()));
        assert!(parse("1", ValType::FUNCREF).is_err());
    }
}
