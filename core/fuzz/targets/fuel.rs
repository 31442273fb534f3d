//! Small modules made from any bytes, stopped at every amount of fuel: the same state on both engines.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasmrt_fuzz::harness::{
    generate::{Size, module_of},
    limits::compare,
};

fuzz_target!(|bytes: &[u8]| {
    if let Some(module) = module_of(bytes, Size::Small) {
        compare(&module);
    }
});
