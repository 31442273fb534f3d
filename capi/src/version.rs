//! Which library this is.

use std::ffi::{CStr, c_char};

const ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// The number of this binary interface. It changes when a program built against an older header would no longer work;
/// functions, constants and members at the end of size-prefixed structs are added without a change.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_abi_version() -> u32 {
    ABI_VERSION
}

/// The library's version, `major.minor.patch`, ending in NUL. The string is never freed.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_version() -> *const c_char {
    VERSION.as_ptr()
}
