//! Calls of the library as a C program makes them, with its errors read out and freed.

use crate::scenario::Expected;
use std::{
    ffi::{CStr, c_char},
    mem::MaybeUninit,
    ptr, slice,
};
use wasmrt_capi::*;

/// What an error said.
#[derive(Debug)]
pub struct Failure {
    pub kind: String,
    pub code: Option<String>,
    pub message: String,
    pub functions: Vec<Option<String>>,
    pub exit_code: Option<u32>,
}

pub type Answer<T> = Result<T, Failure>;

/// Calls a fallible function.
macro_rules! call {
    ($function:ident($($argument:expr),* $(,)?)) => {
        // SAFETY: [c-borrow] [c-slice] [c-out] pointers are made from live references and slices, or by the library.
        $crate::library::check(unsafe { wasmrt_capi::$function($($argument),*) })
    };
}

/// Calls a fallible function whose last parameter is its output, which is the answer.
macro_rules! get {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        let mut output = std::mem::MaybeUninit::uninit();
        // SAFETY: [c-borrow] [c-slice] [c-out] as in `call`.
        let error = unsafe { wasmrt_capi::$function($($argument,)* output.as_mut_ptr()) };
        // SAFETY: [c-out] the output is written on success.
        $crate::library::check(error).map(|()| unsafe { output.assume_init() })
    }};
}

pub(crate) use {call, get};

/// Reads an error out and frees it; NULL is success.
pub fn check(error: *mut wasmrt_error) -> Answer<()> {
    if error.is_null() {
        return Ok(());
    }
    let mut exit_code = 0;
    // SAFETY: [c-borrow] [c-out] the error is live until it is deleted, and its strings are copied before.
    let failure = unsafe {
        let frames = 0..wasmrt_error_frames_len(error);
        Failure {
            kind: terminated(wasmrt_error_kind_name(wasmrt_error_kind(error))).unwrap_or_default().to_lowercase(),
            code: terminated(wasmrt_trap_code_name(wasmrt_error_trap_code(error))),
            message: terminated(wasmrt_error_message(error, ptr::null_mut())).unwrap_or_default(),
            functions: frames.map(|index| function_name(error, index)).collect(),
            exit_code: wasmrt_error_exit_code(error, &raw mut exit_code).then_some(exit_code),
        }
    };
    // SAFETY: [c-owned] nothing borrows from it any more.
    unsafe { wasmrt_error_delete(error) };
    Err(failure)
}

/// # Safety
///
/// `[c-borrow]` for a string that ends in NUL
unsafe fn terminated(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8").to_owned())
}

/// A string that the library lent.
///
/// # Safety
///
/// `[c-slice]`
pub unsafe fn lent(text: *const c_char, len: usize) -> String {
    // SAFETY: the caller's.
    String::from_utf8(unsafe { slice::from_raw_parts(text.cast::<u8>(), len) }.to_vec()).expect("UTF-8")
}

/// # Safety
///
/// `[c-borrow]`
unsafe fn function_name(error: *const wasmrt_error, index: usize) -> Option<String> {
    let mut frame = MaybeUninit::uninit();
    // SAFETY: [c-borrow] [c-out] the frame is written if there is one, and its strings live as long as the error.
    unsafe {
        assert!(wasmrt_error_frame(error, index, frame.as_mut_ptr()), "frame {index}");
        let frame = frame.assume_init();
        (!frame.func_name.is_null()).then(|| lent(frame.func_name, frame.func_name_len))
    }
}

impl Expected {
    /// An error of which only the kind counts.
    pub fn of_kind(kind: &str) -> Expected {
        let kind = kind.to_owned();
        Expected { kind, code: None, message: None, message_has: Vec::new(), functions: None, exit_code: None }
    }

    /// Whether the error is the expected one.
    pub fn holds_for(&self, found: &Failure) -> bool {
        self.kind == found.kind
            && self.code.as_ref().is_none_or(|code| found.code.as_ref() == Some(code))
            && self.message.as_ref().is_none_or(|message| *message == found.message)
            && self.message_has.iter().all(|part| found.message.contains(part))
            && self.exit_code.is_none_or(|code| found.exit_code == Some(code))
            && self.functions.as_ref().is_none_or(|functions| *functions == found.functions)
    }
}
