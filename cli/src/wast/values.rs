//! Values that scripts name: arguments, and patterns that results must match.

use wasmrt::{AnyRef, ExternRef, HeapType, Val};
use wast::{
    WastArg, WastRet,
    core::{AbstractHeapType, HeapType as ScriptHeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore},
    token::{F32, F64},
};

/// The value of an argument in a script. Host references carry the script's number.
pub(super) fn argument(arg: &WastArg<'_>) -> Result<Val, String> {
    let WastArg::Core(arg) = arg else { return Err("components are not supported".to_string()) };
    Ok(match arg {
        WastArgCore::I32(number) => Val::I32(*number),
        WastArgCore::I64(number) => Val::I64(*number),
        WastArgCore::F32(number) => Val::F32(number.bits),
        WastArgCore::F64(number) => Val::F64(number.bits),
        WastArgCore::V128(lanes) => Val::V128(u128::from_le_bytes(lanes.to_le_bytes())),
        WastArgCore::RefNull(heap) => match heap_type(heap) {
            Some(HeapType::Func) => Val::FuncRef(None),
            Some(HeapType::Extern) => Val::ExternRef(None),
            Some(HeapType::Exn) => Val::ExnRef(None),
            Some(HeapType::Any) => Val::AnyRef(None),
            _ => return Err(format!("unsupported argument {arg:?}")),
        },
        WastArgCore::RefExtern(number) => Val::ExternRef(Some(ExternRef::new(*number))),
        WastArgCore::RefHost(number) => Val::AnyRef(Some(AnyRef::from_extern(&ExternRef::new(*number)))),
    })
}

/// Whether the results are the expected ones, one by one.
pub(super) fn results(actual: &[Val], expected: &[WastRet<'_>]) -> Result<(), String> {
    let matches = actual.len() == expected.len()
        && actual.iter().zip(expected).all(|(value, pattern)| match pattern {
            WastRet::Core(pattern) => matches(value, pattern),
            _ => false,
        });
    if matches { Ok(()) } else { Err(format!("expected {}, got {}", show_patterns(expected), show(actual))) }
}

fn matches(value: &Val, pattern: &WastRetCore<'_>) -> bool {
    match (value, pattern) {
        (value, WastRetCore::Either(patterns)) => patterns.iter().any(|pattern| matches(value, pattern)),
        (Val::I32(number), WastRetCore::I32(expected)) => number == expected,
        (Val::I64(number), WastRetCore::I64(expected)) => number == expected,
        (Val::F32(bits), WastRetCore::F32(pattern)) => float32(*bits, pattern),
        (Val::F64(bits), WastRetCore::F64(pattern)) => float64(*bits, pattern),
        (Val::V128(bits), WastRetCore::V128(pattern)) => vector(*bits, pattern),
        (
            Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None) | Val::AnyRef(None),
            WastRetCore::RefNull(None),
        ) => true,
        (Val::FuncRef(None), WastRetCore::RefNull(Some(heap))) => heap_type(heap) == Some(HeapType::Func),
        (Val::ExternRef(None), WastRetCore::RefNull(Some(heap))) => heap_type(heap) == Some(HeapType::Extern),
        (Val::ExnRef(None), WastRetCore::RefNull(Some(heap))) => heap_type(heap) == Some(HeapType::Exn),
        (Val::AnyRef(None), WastRetCore::RefNull(Some(heap))) => heap_type(heap) == Some(HeapType::Any),
        (Val::AnyRef(Some(reference)), pattern) => object(reference, pattern),
        (Val::FuncRef(Some(_)), WastRetCore::RefFunc(None)) => true,
        (Val::ExternRef(Some(_)), WastRetCore::RefExtern(None)) => true,
        (Val::ExternRef(Some(object)), WastRetCore::RefExtern(Some(expected))) => {
            object.data().downcast_ref::<u32>() == Some(expected)
        }
        _ => false,
    }
}

fn object(reference: &AnyRef, pattern: &WastRetCore<'_>) -> bool {
    let ty = reference.ty();
    match pattern {
        WastRetCore::RefAny => true,
        WastRetCore::RefEq => ty != HeapType::Any,
        WastRetCore::RefI31 => ty == HeapType::I31,
        WastRetCore::RefI31Shared => false,
        WastRetCore::RefStruct => reference.as_struct().is_some(),
        WastRetCore::RefArray => reference.as_array().is_some(),
        WastRetCore::RefHost(expected) => reference.to_extern().data().downcast_ref::<u32>() == Some(expected),
        _ => false,
    }
}

/// The supported type that a script's heap type stands for; null has no other type than the top one here.
fn heap_type(heap: &ScriptHeapType<'_>) -> Option<HeapType> {
    match heap {
        ScriptHeapType::Abstract { ty: AbstractHeapType::Func | AbstractHeapType::NoFunc, shared: false } => {
            Some(HeapType::Func)
        }
        ScriptHeapType::Abstract { ty: AbstractHeapType::Extern | AbstractHeapType::NoExtern, shared: false } => {
            Some(HeapType::Extern)
        }
        ScriptHeapType::Abstract { ty: AbstractHeapType::Exn | AbstractHeapType::NoExn, shared: false } => {
            Some(HeapType::Exn)
        }
        ScriptHeapType::Abstract {
            ty:
                AbstractHeapType::Any
                | AbstractHeapType::Eq
                | AbstractHeapType::I31
                | AbstractHeapType::Struct
                | AbstractHeapType::Array
                | AbstractHeapType::None,
            shared: false,
        } => Some(HeapType::Any),
        _ => None,
    }
}

/// A canonical NaN has only the payload's top bit, an arithmetic one at least that (spec: "NaN payloads").
fn float32(bits: u32, pattern: &NanPattern<F32>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(expected) => bits == expected.bits,
    }
}

fn float64(bits: u64, pattern: &NanPattern<F64>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(expected) => bits == expected.bits,
    }
}

/// Lane by lane; only floating-point lanes have patterns.
fn vector(bits: u128, pattern: &V128Pattern) -> bool {
    match pattern {
        V128Pattern::I8x16(lanes) => (0..).zip(lanes).all(|(lane, expected)| (bits >> (8 * lane)) as i8 == *expected),
        V128Pattern::I16x8(lanes) => (0..).zip(lanes).all(|(lane, expected)| (bits >> (16 * lane)) as i16 == *expected),
        V128Pattern::I32x4(lanes) => (0..).zip(lanes).all(|(lane, expected)| (bits >> (32 * lane)) as i32 == *expected),
        V128Pattern::I64x2(lanes) => (0..).zip(lanes).all(|(lane, expected)| (bits >> (64 * lane)) as i64 == *expected),
        V128Pattern::F32x4(lanes) => {
            (0..).zip(lanes).all(|(lane, pattern)| float32((bits >> (32 * lane)) as u32, pattern))
        }
        V128Pattern::F64x2(lanes) => {
            (0..).zip(lanes).all(|(lane, pattern)| float64((bits >> (64 * lane)) as u64, pattern))
        }
    }
}

/// Values in the notation of scripts.
pub(super) fn show(values: &[Val]) -> String {
    listed(values.iter().map(|value| match value {
        Val::I32(number) => format!("(i32.const {number})"),
        Val::I64(number) => format!("(i64.const {number})"),
        Val::F32(bits) => format!("(f32.const {})", show_float32(*bits)),
        Val::F64(bits) => format!("(f64.const {})", show_float64(*bits)),
        Val::V128(bits) => {
            let lanes: Vec<String> = (0..4).map(|lane| format!("{:#010x}", (bits >> (32 * lane)) as u32)).collect();
            format!("(v128.const i32x4 {})", lanes.join(" "))
        }
        Val::FuncRef(None) => "(ref.null func)".to_string(),
        Val::FuncRef(Some(_)) => "(ref.func)".to_string(),
        Val::ExternRef(None) => "(ref.null extern)".to_string(),
        Val::ExternRef(Some(object)) => match object.data().downcast_ref::<u32>() {
            Some(number) => format!("(ref.extern {number})"),
            None => "(ref.extern)".to_string(),
        },
        Val::ExnRef(None) => "(ref.null exn)".to_string(),
        Val::ExnRef(Some(_)) => "(ref.exn)".to_string(),
        Val::AnyRef(None) => "(ref.null any)".to_string(),
        Val::AnyRef(Some(reference)) => match reference.as_i31() {
            Some(number) => format!("(ref.i31 (i32.const {number}))"),
            None => format!("(ref.{})", reference.ty()),
        },
    }))
}

/// Patterns in the notation of scripts.
pub(super) fn show_patterns(patterns: &[WastRet<'_>]) -> String {
    listed(patterns.iter().map(|pattern| match pattern {
        WastRet::Core(pattern) => show_pattern(pattern),
        other => format!("{other:?}"),
    }))
}

fn show_pattern(pattern: &WastRetCore<'_>) -> String {
    match pattern {
        WastRetCore::I32(number) => format!("(i32.const {number})"),
        WastRetCore::I64(number) => format!("(i64.const {number})"),
        WastRetCore::F32(pattern) => format!("(f32.const {})", show_nan(pattern, |value| show_float32(value.bits))),
        WastRetCore::F64(pattern) => format!("(f64.const {})", show_nan(pattern, |value| show_float64(value.bits))),
        WastRetCore::V128(pattern) => format!("(v128.const {})", show_vector(pattern)),
        WastRetCore::Either(patterns) => {
            format!("(either {})", patterns.iter().map(show_pattern).collect::<Vec<_>>().join(" "))
        }
        other => format!("{other:?}"),
    }
}

fn show_vector(pattern: &V128Pattern) -> String {
    fn lanes<T>(shape: &str, lanes: &[T], show: impl Fn(&T) -> String) -> String {
        format!("{shape} {}", lanes.iter().map(show).collect::<Vec<_>>().join(" "))
    }
    match pattern {
        V128Pattern::I8x16(values) => lanes("i8x16", values, |value| format!("{value:#04x}")),
        V128Pattern::I16x8(values) => lanes("i16x8", values, |value| format!("{value:#06x}")),
        V128Pattern::I32x4(values) => lanes("i32x4", values, |value| format!("{value:#010x}")),
        V128Pattern::I64x2(values) => lanes("i64x2", values, |value| format!("{value:#018x}")),
        V128Pattern::F32x4(values) => {
            lanes("f32x4", values, |value| show_nan(value, |value| format!("{:#010x}", value.bits)))
        }
        V128Pattern::F64x2(values) => {
            lanes("f64x2", values, |value| show_nan(value, |value| format!("{:#018x}", value.bits)))
        }
    }
}

fn show_nan<T>(pattern: &NanPattern<T>, show: impl Fn(&T) -> String) -> String {
    match pattern {
        NanPattern::CanonicalNan => "nan:canonical".to_string(),
        NanPattern::ArithmeticNan => "nan:arithmetic".to_string(),
        NanPattern::Value(value) => show(value),
    }
}

fn show_float32(bits: u32) -> String {
    format!("{:?} (;{bits:#x};)", f32::from_bits(bits))
}

fn show_float64(bits: u64) -> String {
    format!("{:?} (;{bits:#x};)", f64::from_bits(bits))
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let text = items.collect::<Vec<_>>().join(" ");
    if text.is_empty() { "nothing".to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_patterns_look_at_the_payload() {
        assert!(float32(0xffc0_0000, &NanPattern::CanonicalNan));
        assert!(!float32(0x7fc0_0001, &NanPattern::CanonicalNan));
        assert!(float32(0x7fc0_0001, &NanPattern::ArithmeticNan));
        assert!(!float32(0x7fa0_0000, &NanPattern::ArithmeticNan));
        assert!(!float64(0x7ff0_0000_0000_0000, &NanPattern::ArithmeticNan));
    }

    #[test]
    fn vectors_match_lane_by_lane() {
        let bits = 0x0807_0605_0403_0201_7fc0_0000_ffff_fffe_u128;
        assert!(vector(bits, &V128Pattern::I32x4([-2, 0x7fc0_0000, 0x0403_0201, 0x0807_0605])));
        assert!(!vector(bits, &V128Pattern::I32x4([-2, 0x7fc0_0000, 0x0403_0201, 0x0807_0604])));
        assert!(vector(bits, &V128Pattern::I64x2([0x7fc0_0000_ffff_fffe, 0x0807_0605_0403_0201])));
        let value = |bits| NanPattern::Value(F32 { bits });
        let lanes = [value(0xffff_fffe), NanPattern::CanonicalNan, value(0x0403_0201), value(0x0807_0605)];
        assert!(vector(bits, &V128Pattern::F32x4(lanes)));
    }
}
