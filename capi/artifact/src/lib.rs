//! The shared and static C library: everything that `wasmrt-capi` exports, under the name `wasmrt`.

pub use wasmrt_capi::*;
