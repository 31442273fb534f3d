//! Numeric operators that some processors lack.

use crate::vm::{Activation, VmContext};

pub(super) unsafe extern "C" fn f32_fma(
    _: *mut Activation,
    _: *mut VmContext,
    left: u32,
    right: u32,
    addend: u32,
) -> u32 {
    f32::from_bits(left).mul_add(f32::from_bits(right), f32::from_bits(addend)).to_bits()
}

pub(super) unsafe extern "C" fn f64_fma(
    _: *mut Activation,
    _: *mut VmContext,
    left: u64,
    right: u64,
    addend: u64,
) -> u64 {
    f64::from_bits(left).mul_add(f64::from_bits(right), f64::from_bits(addend)).to_bits()
}
