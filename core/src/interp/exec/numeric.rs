//! Numeric semantics (spec: "Numerics"), and the shapes of numeric instructions.

use super::machine::{Machine, Slot};
use crate::trap::TrapCode;

impl Machine {
    /// One operand.
    #[inline(always)]
    pub fn unary<A: Slot, R: Slot>(&mut self, f: impl FnOnce(A) -> R) {
        self.set(1, f(self.get(2)));
        self.advance(3);
    }

    /// One operand, may trap.
    #[inline(always)]
    pub fn try_unary<A: Slot, R: Slot>(&mut self, f: impl FnOnce(A) -> Result<R, TrapCode>) -> Result<(), TrapCode> {
        let result = f(self.get(2))?;
        self.set(1, result);
        self.advance(3);
        Ok(())
    }

    /// Two operands.
    #[inline(always)]
    pub fn binary<A: Slot, B: Slot, R: Slot>(&mut self, f: impl FnOnce(A, B) -> R) {
        self.set(1, f(self.get(2), self.get(3)));
        self.advance(4);
    }

    /// A register and an immediate.
    #[inline(always)]
    pub fn binary_imm<A: Slot, B: Slot, R: Slot>(&mut self, f: impl FnOnce(A, B) -> R) {
        self.set(1, f(self.get(2), B::from_immediate(self.immediate(3))));
        self.advance(5);
    }

    /// Two operands, may trap.
    #[inline(always)]
    pub fn try_binary<A: Slot>(&mut self, f: impl FnOnce(A, A) -> Result<A, TrapCode>) -> Result<(), TrapCode> {
        let result = f(self.get(2), self.get(3))?;
        self.set(1, result);
        self.advance(4);
        Ok(())
    }

    /// A register and an immediate, may trap.
    #[inline(always)]
    pub fn try_binary_imm<A: Slot>(&mut self, f: impl FnOnce(A, A) -> Result<A, TrapCode>) -> Result<(), TrapCode> {
        let result = f(self.get(2), A::from_immediate(self.immediate(3)))?;
        self.set(1, result);
        self.advance(5);
        Ok(())
    }

    /// Two operands and a result of 128 bits.
    #[inline(always)]
    pub fn wide(&mut self, f: impl FnOnce(u128, u128) -> u128) {
        let join = |low: u64, high: u64| u128::from(low) | u128::from(high) << 64;
        let (left, right) = (join(self.get(2), self.get(3)), join(self.get(4), self.get(5)));
        self.set_wide(f(left, right));
        self.advance(6);
    }

    /// Two operands, and a result of 128 bits.
    #[inline(always)]
    pub fn multiply_wide<A: Slot>(&mut self, f: impl FnOnce(A, A) -> u128) {
        self.set_wide(f(self.get(2), self.get(3)));
        self.advance(4);
    }

    #[inline(always)]
    fn set_wide(&mut self, value: u128) {
        self.set(1, value as u64);
        // SAFETY: [bytecode] [interp-stack] the result has two slots of the frame.
        unsafe { *self.slot(1).add(1) = (value >> 64) as u64 };
    }
}

macro_rules! integers {
    ($signed:ident, $unsigned:ident: $div_s:ident $div_u:ident $rem_s:ident $rem_u:ident) => {
        #[inline(always)]
        pub(super) fn $div_s(a: $signed, b: $signed) -> Result<$signed, TrapCode> {
            if b == 0 {
                return Err(TrapCode::IntegerDivideByZero);
            }
            a.checked_div(b).ok_or(TrapCode::IntegerOverflow)
        }

        #[inline(always)]
        pub(super) fn $div_u(a: $unsigned, b: $unsigned) -> Result<$unsigned, TrapCode> {
            a.checked_div(b).ok_or(TrapCode::IntegerDivideByZero)
        }

        #[inline(always)]
        pub(super) fn $rem_s(a: $signed, b: $signed) -> Result<$signed, TrapCode> {
            if b == 0 { Err(TrapCode::IntegerDivideByZero) } else { Ok(a.wrapping_rem(b)) }
        }

        #[inline(always)]
        pub(super) fn $rem_u(a: $unsigned, b: $unsigned) -> Result<$unsigned, TrapCode> {
            a.checked_rem(b).ok_or(TrapCode::IntegerDivideByZero)
        }
    };
}

integers!(i32, u32: i32_div_s i32_div_u i32_rem_s i32_rem_u);
integers!(i64, u64: i64_div_s i64_div_u i64_rem_s i64_rem_u);

/// `fmin`, `fmax`, copying of signs and rounding. Rounding makes a NaN quiet by hand: a library function need not.
macro_rules! floats {
    ($float:ident, $quiet:literal: $min:ident $max:ident $copysign:ident $ceil:ident $floor:ident $trunc:ident $nearest:ident) => {
        #[inline(always)]
        pub(super) fn $min(a: $float, b: $float) -> $float {
            if a < b {
                a
            } else if b < a {
                b
            } else if a == b {
                $float::from_bits(a.to_bits() | b.to_bits())
            } else {
                a + b
            }
        }

        #[inline(always)]
        pub(super) fn $max(a: $float, b: $float) -> $float {
            if a > b {
                a
            } else if b > a {
                b
            } else if a == b {
                $float::from_bits(a.to_bits() & b.to_bits())
            } else {
                a + b
            }
        }

        #[inline(always)]
        pub(super) fn $copysign(a: $float, b: $float) -> $float {
            a.copysign(b)
        }

        floats!(@round $float $quiet $ceil ceil);
        floats!(@round $float $quiet $floor floor);
        floats!(@round $float $quiet $trunc trunc);
        floats!(@round $float $quiet $nearest round_ties_even);
    };
    (@round $float:ident $quiet:literal $name:ident $method:ident) => {
        #[inline(always)]
        pub(super) fn $name(a: $float) -> $float {
            if a.is_nan() { $float::from_bits(a.to_bits() | $quiet) } else { a.$method() }
        }
    };
}

floats!(f32, 0x0040_0000: f32_min f32_max f32_copysign f32_ceil f32_floor f32_trunc f32_nearest);
floats!(f64, 0x0008_0000_0000_0000: f64_min f64_max f64_copysign f64_ceil f64_floor f64_trunc f64_nearest);

/// Truncation to an integer. The bounds are exact in the float's type: where the integer below the minimum is no
/// float, the test is against the minimum itself.
macro_rules! truncations {
    ($($name:ident: $float:ident => $int:ident, too_small $op:tt $low:literal, too_large $high:literal;)*) => {$(
        #[inline(always)]
        #[allow(clippy::manual_range_contains, reason = "half of the lower bounds are exclusive")]
        pub(super) fn $name(a: $float) -> Result<$int, TrapCode> {
            if a.is_nan() {
                Err(TrapCode::InvalidConversionToInteger)
            } else if a $op $low || a >= $high {
                Err(TrapCode::IntegerOverflow)
            } else {
                Ok(a as $int)
            }
        }
    )*};
}

truncations! {
    i32_trunc_f32_s: f32 => i32, too_small < -2147483648.0, too_large 2147483648.0;
    i32_trunc_f32_u: f32 => u32, too_small <= -1.0, too_large 4294967296.0;
    i32_trunc_f64_s: f64 => i32, too_small <= -2147483649.0, too_large 2147483648.0;
    i32_trunc_f64_u: f64 => u32, too_small <= -1.0, too_large 4294967296.0;
    i64_trunc_f32_s: f32 => i64, too_small < -9223372036854775808.0, too_large 9223372036854775808.0;
    i64_trunc_f32_u: f32 => u64, too_small <= -1.0, too_large 18446744073709551616.0;
    i64_trunc_f64_s: f64 => i64, too_small < -9223372036854775808.0, too_large 9223372036854775808.0;
    i64_trunc_f64_u: f64 => u64, too_small <= -1.0, too_large 18446744073709551616.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNALING: u32 = 0x7fa0_0000;

    #[test]
    fn minimum_and_maximum_tell_the_zeros_apart_and_pass_nan_on() {
        assert_eq!(f32_min(0.0, -0.0).to_bits(), (-0.0f32).to_bits());
        assert_eq!(f32_max(-0.0, 0.0).to_bits(), 0);
        assert_eq!(f64_min(-0.0, 0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(f64_max(0.0, -0.0).to_bits(), 0);
        assert!(f64_min(f64::NAN, 1.0).is_nan() && f64_max(1.0, f64::NAN).is_nan());
        assert_eq!(f32_min(f32::from_bits(0x7fc0_0000), 1.0).to_bits() & 0x7fff_ffff, 0x7fc0_0000);
        assert_eq!(f32_min(f32::from_bits(SIGNALING), 1.0).to_bits() & 0x0040_0000, 0x0040_0000);
        assert_eq!(f32_min(f32::NEG_INFINITY, 1.0), f32::NEG_INFINITY);
    }

    #[test]
    fn rounding_goes_to_even_keeps_the_sign_of_zero_and_quiets_nan() {
        assert_eq!(f32_nearest(2.5), 2.0);
        assert_eq!(f32_nearest(3.5), 4.0);
        assert_eq!(f64_nearest(-0.5).to_bits(), (-0.0f64).to_bits());
        assert_eq!(f64_ceil(-0.9).to_bits(), (-0.0f64).to_bits());
        assert_eq!(f64_trunc(-1.9), -1.0);
        assert_eq!(f64_floor(-1.1), -2.0);
        for round in [f32_nearest, f32_ceil, f32_floor, f32_trunc] {
            assert_eq!(round(f32::from_bits(SIGNALING)).to_bits(), SIGNALING | 0x0040_0000);
            assert_eq!(round(f32::from_bits(0xffc0_0000)).to_bits(), 0xffc0_0000);
        }
    }

    #[test]
    fn truncation_accepts_exactly_what_fits() {
        assert_eq!(i32_trunc_f64_s(-2147483648.9), Ok(i32::MIN));
        assert_eq!(i32_trunc_f64_s(-2147483649.0), Err(TrapCode::IntegerOverflow));
        assert_eq!(i32_trunc_f64_s(2147483647.9), Ok(i32::MAX));
        assert_eq!(i32_trunc_f64_u(-0.9), Ok(0));
        assert_eq!(i32_trunc_f64_u(4294967295.9), Ok(u32::MAX));
        assert_eq!(i32_trunc_f32_s(-2147483648.0), Ok(i32::MIN));
        assert_eq!(i32_trunc_f32_s(2147483648.0), Err(TrapCode::IntegerOverflow));
        assert_eq!(i64_trunc_f64_s(-9223372036854775808.0), Ok(i64::MIN));
        assert_eq!(i64_trunc_f64_s(9223372036854775808.0), Err(TrapCode::IntegerOverflow));
        assert_eq!(i64_trunc_f32_u(18446742974197923840.0), Ok(18446742974197923840));
        assert_eq!(i64_trunc_f32_u(-1.0), Err(TrapCode::IntegerOverflow));
        assert_eq!(i64_trunc_f64_u(f64::NAN), Err(TrapCode::InvalidConversionToInteger));
    }

    #[test]
    fn division_traps_on_zero_and_on_the_one_quotient_that_does_not_fit() {
        assert_eq!(i32_div_s(i32::MIN, -1), Err(TrapCode::IntegerOverflow));
        assert_eq!(i32_rem_s(i32::MIN, -1), Ok(0));
        assert_eq!(i64_rem_s(i64::MIN, -1), Ok(0));
        assert_eq!(i64_div_u(1, 0), Err(TrapCode::IntegerDivideByZero));
        assert_eq!(i64_div_s(-7, 2), Ok(-3));
        assert_eq!(i32_rem_s(-7, 2), Ok(-1));
    }
}
