//! Errors: what every fallible function returns, and what host functions return to the library.

use crate::ffi::{answer, borrow, delete, put_if_wanted, text};
use std::{
    ffi::{CString, c_char},
    fmt, ptr,
    sync::{LazyLock, OnceLock},
};
use wasmrt::{Error, ErrorKind, FrameInfo, TrapCode};

/// An error. NULL stands for success everywhere. Whoever receives one owns it: free it with `wasmrt_error_delete`, or
/// return it from a callback, which hands it to the library. Strings borrowed from an error end with it. An error may
/// be read by several threads at once.
pub struct wasmrt_error {
    error: Error,
    message: OnceLock<Box<[u8]>>,
    display: OnceLock<Box<[u8]>>,
}

/// In which phase an error arose. Numbers of later kinds may follow.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum wasmrt_error_kind {
    /// The bytes are not a module.
    Decode = 1,
    /// The module breaks a validation rule.
    Validate = 2,
    /// The module needs something that this build or configuration does not have.
    Unsupported = 3,
    /// An import is missing or has another type than the module expects.
    Link = 4,
    /// The guest was stopped by the semantics of WebAssembly.
    Trap = 5,
    /// The guest threw an exception that nobody caught.
    Exception = 6,
    /// A host function returned an error of its own.
    Host = 7,
    /// A configured or implementation limit was reached.
    Limit = 8,
    /// The call was interrupted from outside.
    Interrupted = 9,
    /// The guest ended itself.
    Exit = 10,
    /// The library was used wrongly.
    Usage = 11,
    /// A bug in wasmrt.
    Internal = 12,
}

/// Why a guest was stopped by the semantics of WebAssembly. Numbers of later codes may follow.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum wasmrt_trap_code {
    /// `unreachable` was executed.
    Unreachable = 1,
    /// A load, store or bulk operation left its memory.
    MemoryOutOfBounds = 2,
    /// A table operation left its table.
    TableOutOfBounds = 3,
    /// `call_indirect` with an index outside its table.
    UndefinedElement = 4,
    /// `call_indirect` through a null entry.
    UninitializedElement = 5,
    /// `call_indirect` to a function of another type.
    IndirectCallTypeMismatch = 6,
    /// An integer was divided by zero.
    IntegerDivideByZero = 7,
    /// A quotient or conversion does not fit its type.
    IntegerOverflow = 8,
    /// NaN was converted to an integer.
    InvalidConversionToInteger = 9,
    /// The configured stack, or what the thread has left of its own, is used up.
    StackOverflow = 10,
    /// The store's fuel is used up.
    OutOfFuel = 11,
    /// A null reference was used where an object is needed.
    NullReference = 12,
    /// An atomic access was not aligned.
    UnalignedAtomic = 13,
    /// A thread was to wait on a memory that is not shared.
    ExpectedSharedMemory = 14,
    /// An array operator left its array.
    ArrayOutOfBounds = 15,
    /// A reference was cast to a type that what it refers to does not have.
    CastFailure = 16,
    /// An array was to be longer than any heap.
    AllocationTooLarge = 17,
}

/// One frame of a wasm backtrace. Strings are not NUL-terminated, NULL if unknown, and borrowed.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wasmrt_frame {
    /// The module's name from its name section.
    pub module_name: *const c_char,
    /// Length of `module_name` in bytes.
    pub module_name_len: usize,
    /// The function's name from the name section, or `module.name` of a host function's import.
    pub func_name: *const c_char,
    /// Length of `func_name` in bytes.
    pub func_name_len: usize,
    /// The function's index in its module; for host functions, in the store.
    pub func_index: u32,
    /// Offset of the instruction in bytes from the module's start; `UINT32_MAX` if unknown.
    pub module_offset: u32,
}

/// Frees what a payload word stands for. Runs exactly once, on any thread.
pub type wasmrt_payload_finalizer = Option<unsafe extern "C" fn(payload: u64)>;

/// The host's own error, on its way through the core.
struct HostError {
    message: String,
    payload: Option<u64>,
    finalizer: wasmrt_payload_finalizer,
}

impl Drop for HostError {
    fn drop(&mut self) {
        if let (Some(payload), Some(finalizer)) = (self.payload, self.finalizer) {
            // SAFETY: [c-callback]
            unsafe { finalizer(payload) };
        }
    }
}

impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for HostError {}

impl wasmrt_error {
    /// Hands an error over to the caller.
    pub(crate) fn give(error: Error) -> *mut wasmrt_error {
        Box::into_raw(Box::new(wasmrt_error { error, message: OnceLock::new(), display: OnceLock::new() }))
    }

    /// Takes back what a callback returned; `None` is success.
    ///
    /// # Safety
    ///
    /// `[c-owned]`
    pub(crate) unsafe fn take(error: *mut wasmrt_error) -> Option<Error> {
        // SAFETY: [c-owned]
        (!error.is_null()).then(|| unsafe { Box::from_raw(error) }.error)
    }
}

fn terminated(text: &str) -> Box<[u8]> {
    text.bytes().chain([0]).collect()
}

/// Lends a string out; `text` includes a final NUL that is not counted.
///
/// # Safety
///
/// `[c-out]`
unsafe fn lend(text: &[u8], out_len: *mut usize) -> *const c_char {
    // SAFETY: [c-out]
    unsafe { put_if_wanted(out_len, text.len() - 1) };
    text.as_ptr().cast()
}

fn kind_number(kind: &ErrorKind) -> wasmrt_error_kind {
    match kind {
        ErrorKind::Decode { .. } => wasmrt_error_kind::Decode,
        ErrorKind::Validate { .. } => wasmrt_error_kind::Validate,
        ErrorKind::Unsupported { .. } => wasmrt_error_kind::Unsupported,
        ErrorKind::Link { .. } => wasmrt_error_kind::Link,
        ErrorKind::Trap(_) => wasmrt_error_kind::Trap,
        ErrorKind::Exception => wasmrt_error_kind::Exception,
        ErrorKind::Host => wasmrt_error_kind::Host,
        ErrorKind::Limit => wasmrt_error_kind::Limit,
        ErrorKind::Interrupted => wasmrt_error_kind::Interrupted,
        ErrorKind::Exit { .. } => wasmrt_error_kind::Exit,
        ErrorKind::Usage => wasmrt_error_kind::Usage,
        _ => wasmrt_error_kind::Internal,
    }
}

/// Frees an error; NULL is nothing. The finalizer of a host error's payload runs.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_delete(error: *mut wasmrt_error) {
    // SAFETY: [c-owned]
    unsafe { delete(error) }
}

/// A host error with a message, for a host function to return. Never NULL: if `message` is NULL with a length, or not
/// UTF-8, the result is a Usage error that says so.
///
/// Ownership: the caller's, until it is returned from a callback.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_new(message: *const c_char, message_len: usize) -> *mut wasmrt_error {
    // SAFETY: [c-slice]
    let host = |message: &str| Error::host(HostError { message: message.to_owned(), payload: None, finalizer: None });
    // SAFETY: [c-slice]
    wasmrt_error::give(unsafe { text(message, message_len, "message") }.map_or_else(|error| error, host))
}

/// As `wasmrt_error_new`, with a word by which the host finds its own error again: `wasmrt_error_payload` on the error
/// that comes out of the call returns it. `finalizer` may be NULL.
///
/// Ownership: `payload` passes to the error, also when the message is refused; the finalizer runs when it is freed.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_new_host(
    message: *const c_char,
    message_len: usize,
    payload: u64,
    finalizer: wasmrt_payload_finalizer,
) -> *mut wasmrt_error {
    let mut host = HostError { message: String::new(), payload: Some(payload), finalizer };
    // SAFETY: [c-slice]
    wasmrt_error::give(match unsafe { text(message, message_len, "message") } {
        Ok(message) => {
            host.message = message.to_owned();
            Error::host(host)
        }
        Err(error) => error,
    })
}

/// A trap, for a host function to return. Never NULL: an unknown code makes a Usage error.
///
/// Ownership: the caller's, until it is returned from a callback.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_error_new_trap(trap_code: u32) -> *mut wasmrt_error {
    let code = u8::try_from(trap_code).ok().and_then(TrapCode::from_number);
    wasmrt_error::give(code.map_or_else(|| Error::usage(format!("no trap code {trap_code}")), Error::trap))
}

/// The guest's wish to end with an exit code, for a host function to return. Never NULL.
///
/// Ownership: the caller's, until it is returned from a callback.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_error_new_exit(exit_code: u32) -> *mut wasmrt_error {
    wasmrt_error::give(Error::exit(exit_code))
}

/// The phase: a `wasmrt_error_kind`. 0 for NULL.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_kind(error: *const wasmrt_error) -> u32 {
    // SAFETY: [c-borrow]
    unsafe { borrow(error, "error") }.map_or(0, |error| kind_number(error.error.kind()) as u32)
}

/// The core message, without backtrace, ending in NUL. `*out_len`, its length in bytes without the NUL, may be NULL.
/// NULL for NULL.
///
/// Ownership: borrowed from `error`.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_message(error: *const wasmrt_error, out_len: *mut usize) -> *const c_char {
    answer(ptr::null(), || {
        // SAFETY: [c-borrow]
        let Ok(error) = (unsafe { borrow(error, "error") }) else { return ptr::null() };
        let message = error.message.get_or_init(|| terminated(error.error.message()));
        // SAFETY: [c-out]
        unsafe { lend(message, out_len) }
    })
}

/// The message followed by the wasm backtrace, if there is one, one frame a line, ending in NUL. NULL for NULL.
///
/// Ownership: borrowed from `error`.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_display(error: *const wasmrt_error, out_len: *mut usize) -> *const c_char {
    answer(ptr::null(), || {
        // SAFETY: [c-borrow]
        let Ok(error) = (unsafe { borrow(error, "error") }) else { return ptr::null() };
        let display = error.display.get_or_init(|| terminated(&error.error.to_string()));
        // SAFETY: [c-out]
        unsafe { lend(display, out_len) }
    })
}

/// The trap's code, a `wasmrt_trap_code`; 0 if this is not a trap.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_trap_code(error: *const wasmrt_error) -> u32 {
    // SAFETY: [c-borrow]
    unsafe { borrow(error, "error") }.ok().and_then(|error| error.error.trap_code()).map_or(0, |code| code as u32)
}

/// Whether the guest ended itself, and with which exit code.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_exit_code(error: *const wasmrt_error, out_code: *mut u32) -> bool {
    // SAFETY: [c-borrow]
    let code = unsafe { borrow(error, "error") }.ok().and_then(|error| error.error.exit_code());
    // SAFETY: [c-out]
    code.map(|code| unsafe { put_if_wanted(out_code, code) }).is_some()
}

/// Whether this is a host error made with a payload, and the payload. It stays the error's own.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_payload(error: *const wasmrt_error, out_payload: *mut u64) -> bool {
    // SAFETY: [c-borrow]
    let host = unsafe { borrow(error, "error") }.ok().and_then(|error| error.error.downcast_ref::<HostError>());
    // SAFETY: [c-out]
    host.and_then(|host| host.payload).map(|payload| unsafe { put_if_wanted(out_payload, payload) }).is_some()
}

/// Whether this is a Decode, Validate or Unsupported error, and where it arose, in bytes from the module's start.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_module_offset(error: *const wasmrt_error, out_offset: *mut u64) -> bool {
    // SAFETY: [c-borrow]
    let Ok(error) = (unsafe { borrow(error, "error") }) else { return false };
    match error.error.kind() {
        ErrorKind::Decode { offset } | ErrorKind::Validate { offset } | ErrorKind::Unsupported { offset, .. } => {
            // SAFETY: [c-out]
            unsafe { put_if_wanted(out_offset, *offset) };
            true
        }
        _ => false,
    }
}

/// One string of an error's kind.
///
/// # Safety
///
/// `[c-borrow]` and `[c-out]`
unsafe fn kind_text(
    error: *const wasmrt_error,
    out_len: *mut usize,
    pick: fn(&ErrorKind) -> Option<&String>,
) -> *const c_char {
    // SAFETY: [c-borrow]
    let text = unsafe { borrow(error, "error") }.ok().and_then(|error| pick(error.error.kind()));
    text.map_or(ptr::null(), |text| {
        // SAFETY: [c-out]
        unsafe { put_if_wanted(out_len, text.len()) };
        text.as_ptr().cast()
    })
}

/// The proposal or feature that an Unsupported error is about, not NUL-terminated; NULL for other errors.
///
/// Ownership: borrowed from `error`.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_feature(error: *const wasmrt_error, out_len: *mut usize) -> *const c_char {
    // SAFETY: [c-borrow] [c-out]
    unsafe {
        kind_text(
            error,
            out_len,
            |kind| if let ErrorKind::Unsupported { feature, .. } = kind { Some(feature) } else { None },
        )
    }
}

/// The module name of the import that a Link error is about, not NUL-terminated; NULL for other errors.
///
/// Ownership: borrowed from `error`.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_import_module(error: *const wasmrt_error, out_len: *mut usize) -> *const c_char {
    // SAFETY: [c-borrow] [c-out]
    unsafe {
        kind_text(error, out_len, |kind| if let ErrorKind::Link { module, .. } = kind { Some(module) } else { None })
    }
}

/// The name of the import that a Link error is about, not NUL-terminated; NULL for other errors.
///
/// Ownership: borrowed from `error`.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_import_name(error: *const wasmrt_error, out_len: *mut usize) -> *const c_char {
    // SAFETY: [c-borrow] [c-out]
    unsafe { kind_text(error, out_len, |kind| if let ErrorKind::Link { name, .. } = kind { Some(name) } else { None }) }
}

/// Number of wasm frames that were live when the error arose; 0 outside calls.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_frames_len(error: *const wasmrt_error) -> usize {
    // SAFETY: [c-borrow]
    unsafe { borrow(error, "error") }.map_or(0, |error| error.error.backtrace().len())
}

/// Frame `index` of the backtrace, innermost first; false if there is none.
///
/// Ownership: the frame's strings are borrowed from `error`.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_error_frame(
    error: *const wasmrt_error,
    index: usize,
    out_frame: *mut wasmrt_frame,
) -> bool {
    // SAFETY: [c-borrow]
    let frame = unsafe { borrow(error, "error") }.ok().and_then(|error| error.error.backtrace().get(index));
    // SAFETY: [c-out]
    unsafe { put_frame(frame, out_frame) }
}

/// Writes a frame, if there is one.
///
/// # Safety
///
/// `[c-out]`
pub(crate) unsafe fn put_frame(frame: Option<&FrameInfo>, out_frame: *mut wasmrt_frame) -> bool {
    let Some(frame) = frame else { return false };
    let pointer = |name: &Option<String>| name.as_ref().map_or(ptr::null(), |name| name.as_ptr().cast());
    let len = |name: &Option<String>| name.as_ref().map_or(0, String::len);
    let frame = wasmrt_frame {
        module_name: pointer(&frame.module_name),
        module_name_len: len(&frame.module_name),
        func_name: pointer(&frame.func_name),
        func_name_len: len(&frame.func_name),
        func_index: frame.func_index,
        module_offset: frame.module_offset.unwrap_or(u32::MAX),
    };
    // SAFETY: [c-out]
    unsafe { put_if_wanted(out_frame, frame) };
    true
}

/// Names and messages by number, each ending in NUL.
struct Names {
    kinds: Vec<CString>,
    traps: Vec<(CString, CString)>,
}

const KINDS: [wasmrt_error_kind; 12] = [
    wasmrt_error_kind::Decode,
    wasmrt_error_kind::Validate,
    wasmrt_error_kind::Unsupported,
    wasmrt_error_kind::Link,
    wasmrt_error_kind::Trap,
    wasmrt_error_kind::Exception,
    wasmrt_error_kind::Host,
    wasmrt_error_kind::Limit,
    wasmrt_error_kind::Interrupted,
    wasmrt_error_kind::Exit,
    wasmrt_error_kind::Usage,
    wasmrt_error_kind::Internal,
];

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let string = |text: &str| CString::new(text).unwrap_or_default();
    Names {
        kinds: KINDS.iter().map(|kind| string(&format!("{kind:?}"))).collect(),
        traps: TrapCode::ALL.iter().map(|code| (string(code.name()), string(code.message()))).collect(),
    }
});

fn trap_names(trap_code: u32) -> Option<&'static (CString, CString)> {
    let position = TrapCode::ALL.iter().position(|code| *code as u32 == trap_code)?;
    NAMES.traps.get(position)
}

/// The name of a `wasmrt_error_kind`, ending in NUL; NULL if there is none. The string is never freed.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_error_kind_name(kind: u32) -> *const c_char {
    answer(ptr::null(), || {
        let name = (kind as usize).checked_sub(1).and_then(|position| NAMES.kinds.get(position));
        name.map_or(ptr::null(), |name| name.as_ptr())
    })
}

/// The name of a `wasmrt_trap_code`, such as `MemoryOutOfBounds`, ending in NUL; NULL if there is none. The string is
/// never freed.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_trap_code_name(trap_code: u32) -> *const c_char {
    answer(ptr::null(), || trap_names(trap_code).map_or(ptr::null(), |(name, _)| name.as_ptr()))
}

/// The core message of a `wasmrt_trap_code`, in the words of the specification's test suite, ending in NUL; NULL if
/// there is none. The string is never freed.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_trap_code_message(trap_code: u32) -> *const c_char {
    answer(ptr::null(), || trap_names(trap_code).map_or(ptr::null(), |(_, message)| message.as_ptr()))
}

#[cfg(test)]
mod tests {
    use super::{KINDS, kind_number, wasmrt_error_kind};
    use wasmrt::{Error, TrapCode};

    #[test]
    fn every_kind_has_the_core_s_name_and_a_number_in_a_row() {
        let errors = [
            (Error::trap(TrapCode::Unreachable), wasmrt_error_kind::Trap),
            (Error::host("x"), wasmrt_error_kind::Host),
            (Error::limit("x"), wasmrt_error_kind::Limit),
            (Error::exit(3), wasmrt_error_kind::Exit),
            (Error::usage("x"), wasmrt_error_kind::Usage),
            (Error::internal("x"), wasmrt_error_kind::Internal),
        ];
        for (error, kind) in errors {
            assert_eq!(kind_number(error.kind()), kind);
            assert_eq!(error.kind().name(), format!("{kind:?}"));
        }
        for (position, kind) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, position + 1);
        }
    }
}
