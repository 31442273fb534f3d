//! Errors that scripts name, compared with those of the runtime.

use wasmrt::{Error, ErrorKind, TrapCode};

/// An error on one line: its kind and its message.
pub(super) fn told(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Trap(_) => format!("trap \"{}\"", error.message()),
        kind => format!("{} error \"{}\"", kind.name(), error.message()),
    }
}

/// Whether `error` is the trap with the expected message. Scripts may add details that the trap table leaves out,
/// such as an element's number, and may leave out what it adds.
pub(super) fn trap(error: &Error, expected: &str) -> Result<(), String> {
    match error.trap_code() {
        // Scripts say what kind of reference is null.
        Some(TrapCode::NullReference) if expected.starts_with("null ") && expected.ends_with(" reference") => Ok(()),
        Some(code) if expected.starts_with(code.message()) || code.message().starts_with(expected) => Ok(()),
        _ => Err(format!("expected trap \"{expected}\", got {}", told(error))),
    }
}

/// Whether `error` is the end of the call stack.
pub(super) fn exhaustion(error: &Error) -> Result<(), String> {
    match error.trap_code() {
        Some(TrapCode::StackOverflow) => Ok(()),
        _ => Err(format!("expected an exhausted call stack, got {}", told(error))),
    }
}

/// Whether `error` is a link error with the expected message.
pub(super) fn unlinkable(error: &Error, expected: &str) -> Result<(), String> {
    match error.kind() {
        ErrorKind::Link { .. } if error.message().contains(expected) => Ok(()),
        _ => Err(format!("expected link error \"{expected}\", got {}", told(error))),
    }
}

/// Whether `error` is an exception that nobody caught.
pub(super) fn exception(error: &Error) -> Result<(), String> {
    match error.kind() {
        ErrorKind::Exception => Ok(()),
        _ => Err(format!("expected an exception, got {}", told(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_messages_may_be_longer_on_either_side() {
        let error = Error::trap(TrapCode::UninitializedElement);
        assert!(trap(&error, "uninitialized element 2").is_ok());
        assert!(trap(&error, "uninitialized").is_ok());
        assert!(trap(&error, "undefined element").is_err());
        let error = Error::trap(TrapCode::NullReference);
        assert!(trap(&error, "null function reference").is_ok());
        assert!(trap(&error, "null reference").is_ok());
        assert!(trap(&error, "null").is_ok());
        assert!(trap(&error, "dangling reference").is_err());
    }
}
