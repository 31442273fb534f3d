//! The C ABI of wasmrt. Translation only: borrow the arguments, make one call into the core, put the results.
//!
//! One file per noun, in the header's order (hence the blank lines, which keep rustfmt from sorting). `ffi` holds the
//! boundary: there panics, NULL and bad lengths become errors, and the invariants that SAFETY comments cite are named.
//! `include/wasmrt.h` is generated from these sources by `tests/header.rs`; what a caller owes the library is said in
//! that header's first comment.

#![expect(unsafe_code, reason = "the whole crate is the border to C")]
#![allow(non_camel_case_types, reason = "types are named as C spells them")]
#![allow(clippy::missing_safety_doc, reason = "what every caller owes is said once, in the header's first comment")]

mod ffi;

mod version;

mod error;

mod config;

mod engine;

mod value;

mod external;

mod module;

mod store;

mod linker;

mod instance;

mod func;

mod memory;

mod table;

mod global;

mod externref;

mod caller;

mod wasi;

pub use caller::*;
pub use config::*;
pub use engine::*;
pub use error::*;
pub use external::*;
pub use externref::*;
pub use ffi::wasmrt_finalizer;
pub use func::*;
pub use global::*;
pub use instance::*;
pub use linker::*;
pub use memory::*;
pub use module::*;
pub use store::*;
pub use table::*;
pub use value::*;
pub use version::*;
pub use wasi::*;
