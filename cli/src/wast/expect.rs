//! Values and errors that scripts name, compared with those of the runtime.

use wasmrt::{Error, ErrorKind, ExternRef, HeapType, TrapCode, Val};
use wast::{
    WastArg, WastRet,
    core::{AbstractHeapType, HeapType as ScriptHeapType, NanPattern, WastArgCore, WastRetCore},
};

/// The value of an argument in a script. External references carry the script's number.
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
            _ => return Err(format!("unsupported argument {arg:?}")),
        },
        WastArgCore::RefExtern(number) => Val::ExternRef(Some(ExternRef::new(*number))),
        WastArgCore::RefHost(_) => return Err(format!("unsupported argument {arg:?}")),
    })
}

/// Whether the results are the expected ones, one by one.
pub(super) fn results(actual: &[Val], expected: &[WastRet<'_>]) -> Result<(), String> {
    let matches = actual.len() == expected.len()
        && actual.iter().zip(expected).all(|(value, pattern)| match pattern {
            WastRet::Core(pattern) => matches(value, pattern),
            _ => false,
        });
    if matches { Ok(()) } else { Err(format!("expected {expected:?}, got {actual:?}")) }
}

fn matches(value: &Val, pattern: &WastRetCore<'_>) -> bool {
    match (value, pattern) {
        (value, WastRetCore::Either(patterns)) => patterns.iter().any(|pattern| matches(value, pattern)),
        (Val::I32(number), WastRetCore::I32(expected)) => number == expected,
        (Val::I64(number), WastRetCore::I64(expected)) => number == expected,
        (Val::F32(bits), WastRetCore::F32(pattern)) => float32(*bits, pattern),
        (Val::F64(bits), WastRetCore::F64(pattern)) => float64(*bits, pattern),
        (Val::FuncRef(None) | Val::ExternRef(None), WastRetCore::RefNull(None)) => true,
        (Val::FuncRef(None), WastRetCore::RefNull(Some(heap))) => heap_type(heap) == Some(HeapType::Func),
        (Val::ExternRef(None), WastRetCore::RefNull(Some(heap))) => heap_type(heap) == Some(HeapType::Extern),
        (Val::FuncRef(Some(_)), WastRetCore::RefFunc(None)) => true,
        (Val::ExternRef(Some(_)), WastRetCore::RefExtern(None)) => true,
        (Val::ExternRef(Some(object)), WastRetCore::RefExtern(Some(expected))) => {
            object.data().downcast_ref::<u32>() == Some(expected)
        }
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
        _ => None,
    }
}

/// A canonical NaN has only the payload's top bit, an arithmetic one at least that (spec: "NaN payloads").
fn float32(bits: u32, pattern: &NanPattern<wast::token::F32>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(expected) => bits == expected.bits,
    }
}

fn float64(bits: u64, pattern: &NanPattern<wast::token::F64>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(expected) => bits == expected.bits,
    }
}

/// Whether `error` is the trap with the expected message. Scripts may add details that the trap table leaves out,
/// such as an element's number, and may leave out what it adds.
pub(super) fn trap(error: &Error, expected: &str) -> Result<(), String> {
    match error.trap_code() {
        Some(code) if expected.starts_with(code.message()) || code.message().starts_with(expected) => Ok(()),
        _ => Err(format!("expected trap \"{expected}\", got {error:?}")),
    }
}

/// Whether `error` is the end of the call stack.
pub(super) fn exhaustion(error: &Error) -> Result<(), String> {
    match error.trap_code() {
        Some(TrapCode::StackOverflow) => Ok(()),
        _ => Err(format!("expected an exhausted call stack, got {error:?}")),
    }
}

/// Whether `error` is a link error with the expected message.
pub(super) fn unlinkable(error: &Error, expected: &str) -> Result<(), String> {
    match error.kind() {
        ErrorKind::Link { .. } if error.message().contains(expected) => Ok(()),
        _ => Err(format!("expected link error \"{expected}\", got {error:?}")),
    }
}

/// Whether `error` is an exception that nobody caught.
pub(super) fn exception(error: &Error) -> Result<(), String> {
    match error.kind() {
        ErrorKind::Exception => Ok(()),
        _ => Err(format!("expected an exception, got {error:?}")),
    }
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
    fn trap_messages_may_be_longer_on_either_side() {
        let error = Error::trap(TrapCode::UninitializedElement);
        assert!(trap(&error, "uninitialized element 2").is_ok());
        assert!(trap(&error, "uninitialized").is_ok());
        assert!(trap(&error, "undefined element").is_err());
    }
}
