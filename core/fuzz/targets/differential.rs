//! Modules made from any bytes: the same results, traps and state on both engines and on wasmtime.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasmrt_fuzz::harness::{
    compare,
    generate::{Size, module_of},
};

fuzz_target!(|bytes: &[u8]| {
    if let Some(module) = module_of(bytes, Size::Ordinary) {
        compare(&module);
    }
});
