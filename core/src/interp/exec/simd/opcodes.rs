//! The tables of vector operators: one line each.

use super::{
    super::{
        super::vector::{Binary, Extract, Lane, Load, Shift, Splat, Ternary, Test, Unary},
        numeric::{f32_ceil, f32_floor, f32_nearest, f32_trunc, f64_ceil, f64_floor, f64_nearest, f64_trunc},
    },
    lanes::{
        self, Half::*, all_true, bitmask, compare, dot, f32_max, f32_min, f32_nmadd, f64_max, f64_min, f64_nmadd, map,
        narrow, pairwise, q15mulr_sat, swizzle, widen, widen_zip, zip, zip3,
    },
};

#[inline(never)]
pub fn unary(operator: Unary, a: u128) -> u128 {
    match operator {
        Unary::V128Not => !a,
        Unary::I8x16Abs => map(a, i8::wrapping_abs),
        Unary::I8x16Neg => map(a, i8::wrapping_neg),
        Unary::I8x16Popcnt => map(a, |a: u8| a.count_ones() as u8),
        Unary::I16x8ExtAddPairwiseI8x16S => pairwise(a, |a: i8, b: i8| i16::from(a) + i16::from(b)),
        Unary::I16x8ExtAddPairwiseI8x16U => pairwise(a, |a: u8, b: u8| u16::from(a) + u16::from(b)),
        Unary::I16x8Abs => map(a, i16::wrapping_abs),
        Unary::I16x8Neg => map(a, i16::wrapping_neg),
        Unary::I16x8ExtendLowI8x16S => widen(a, Low, |a: i8| i16::from(a)),
        Unary::I16x8ExtendHighI8x16S => widen(a, High, |a: i8| i16::from(a)),
        Unary::I16x8ExtendLowI8x16U => widen(a, Low, |a: u8| u16::from(a)),
        Unary::I16x8ExtendHighI8x16U => widen(a, High, |a: u8| u16::from(a)),
        Unary::I32x4ExtAddPairwiseI16x8S => pairwise(a, |a: i16, b: i16| i32::from(a) + i32::from(b)),
        Unary::I32x4ExtAddPairwiseI16x8U => pairwise(a, |a: u16, b: u16| u32::from(a) + u32::from(b)),
        Unary::I32x4Abs => map(a, i32::wrapping_abs),
        Unary::I32x4Neg => map(a, i32::wrapping_neg),
        Unary::I32x4ExtendLowI16x8S => widen(a, Low, |a: i16| i32::from(a)),
        Unary::I32x4ExtendHighI16x8S => widen(a, High, |a: i16| i32::from(a)),
        Unary::I32x4ExtendLowI16x8U => widen(a, Low, |a: u16| u32::from(a)),
        Unary::I32x4ExtendHighI16x8U => widen(a, High, |a: u16| u32::from(a)),
        Unary::I64x2Abs => map(a, i64::wrapping_abs),
        Unary::I64x2Neg => map(a, i64::wrapping_neg),
        Unary::I64x2ExtendLowI32x4S => widen(a, Low, |a: i32| i64::from(a)),
        Unary::I64x2ExtendHighI32x4S => widen(a, High, |a: i32| i64::from(a)),
        Unary::I64x2ExtendLowI32x4U => widen(a, Low, |a: u32| u64::from(a)),
        Unary::I64x2ExtendHighI32x4U => widen(a, High, |a: u32| u64::from(a)),
        Unary::F32x4Ceil => map(a, f32_ceil),
        Unary::F32x4Floor => map(a, f32_floor),
        Unary::F32x4Trunc => map(a, f32_trunc),
        Unary::F32x4Nearest => map(a, f32_nearest),
        Unary::F32x4Abs => map(a, |a: u32| a & (u32::MAX >> 1)),
        Unary::F32x4Neg => map(a, |a: u32| a ^ !(u32::MAX >> 1)),
        Unary::F32x4Sqrt => map(a, f32::sqrt),
        Unary::F64x2Ceil => map(a, f64_ceil),
        Unary::F64x2Floor => map(a, f64_floor),
        Unary::F64x2Trunc => map(a, f64_trunc),
        Unary::F64x2Nearest => map(a, f64_nearest),
        Unary::F64x2Abs => map(a, |a: u64| a & (u64::MAX >> 1)),
        Unary::F64x2Neg => map(a, |a: u64| a ^ !(u64::MAX >> 1)),
        Unary::F64x2Sqrt => map(a, f64::sqrt),
        Unary::I32x4TruncSatF32x4S => map(a, |a: f32| a as i32),
        Unary::I32x4TruncSatF32x4U => map(a, |a: f32| a as u32),
        Unary::F32x4ConvertI32x4S => map(a, |a: i32| a as f32),
        Unary::F32x4ConvertI32x4U => map(a, |a: u32| a as f32),
        Unary::I32x4TruncSatF64x2SZero => narrow(a, 0, |a: f64| a as i32),
        Unary::I32x4TruncSatF64x2UZero => narrow(a, 0, |a: f64| a as u32),
        Unary::F64x2ConvertLowI32x4S => widen(a, Low, |a: i32| f64::from(a)),
        Unary::F64x2ConvertLowI32x4U => widen(a, Low, |a: u32| f64::from(a)),
        Unary::F32x4DemoteF64x2Zero => narrow(a, 0, |a: f64| a as f32),
        Unary::F64x2PromoteLowF32x4 => widen(a, Low, |a: f32| f64::from(a)),
    }
}

#[inline(never)]
pub fn binary(operator: Binary, a: u128, b: u128) -> u128 {
    match operator {
        Binary::I8x16Swizzle => swizzle(a, b),
        Binary::I8x16Eq => compare(a, b, |a: i8, b: i8| a == b),
        Binary::I8x16Ne => compare(a, b, |a: i8, b: i8| a != b),
        Binary::I8x16LtS => compare(a, b, |a: i8, b: i8| a < b),
        Binary::I8x16LtU => compare(a, b, |a: u8, b: u8| a < b),
        Binary::I8x16LeS => compare(a, b, |a: i8, b: i8| a <= b),
        Binary::I8x16LeU => compare(a, b, |a: u8, b: u8| a <= b),
        Binary::I16x8Eq => compare(a, b, |a: i16, b: i16| a == b),
        Binary::I16x8Ne => compare(a, b, |a: i16, b: i16| a != b),
        Binary::I16x8LtS => compare(a, b, |a: i16, b: i16| a < b),
        Binary::I16x8LtU => compare(a, b, |a: u16, b: u16| a < b),
        Binary::I16x8LeS => compare(a, b, |a: i16, b: i16| a <= b),
        Binary::I16x8LeU => compare(a, b, |a: u16, b: u16| a <= b),
        Binary::I32x4Eq => compare(a, b, |a: i32, b: i32| a == b),
        Binary::I32x4Ne => compare(a, b, |a: i32, b: i32| a != b),
        Binary::I32x4LtS => compare(a, b, |a: i32, b: i32| a < b),
        Binary::I32x4LtU => compare(a, b, |a: u32, b: u32| a < b),
        Binary::I32x4LeS => compare(a, b, |a: i32, b: i32| a <= b),
        Binary::I32x4LeU => compare(a, b, |a: u32, b: u32| a <= b),
        Binary::I64x2Eq => compare(a, b, |a: i64, b: i64| a == b),
        Binary::I64x2Ne => compare(a, b, |a: i64, b: i64| a != b),
        Binary::I64x2LtS => compare(a, b, |a: i64, b: i64| a < b),
        Binary::I64x2LeS => compare(a, b, |a: i64, b: i64| a <= b),
        Binary::F32x4Eq => compare(a, b, |a: f32, b: f32| a == b),
        Binary::F32x4Ne => compare(a, b, |a: f32, b: f32| a != b),
        Binary::F32x4Lt => compare(a, b, |a: f32, b: f32| a < b),
        Binary::F32x4Le => compare(a, b, |a: f32, b: f32| a <= b),
        Binary::F64x2Eq => compare(a, b, |a: f64, b: f64| a == b),
        Binary::F64x2Ne => compare(a, b, |a: f64, b: f64| a != b),
        Binary::F64x2Lt => compare(a, b, |a: f64, b: f64| a < b),
        Binary::F64x2Le => compare(a, b, |a: f64, b: f64| a <= b),
        Binary::V128And => a & b,
        Binary::V128AndNot => a & !b,
        Binary::V128Or => a | b,
        Binary::V128Xor => a ^ b,
        Binary::I8x16NarrowI16x8S => narrow(a, b, |a: i16| a.clamp(i8::MIN.into(), i8::MAX.into()) as i8),
        Binary::I8x16NarrowI16x8U => narrow(a, b, |a: i16| a.clamp(u8::MIN.into(), u8::MAX.into()) as u8),
        Binary::I8x16Add => zip(a, b, i8::wrapping_add),
        Binary::I8x16AddSatS => zip(a, b, i8::saturating_add),
        Binary::I8x16AddSatU => zip(a, b, u8::saturating_add),
        Binary::I8x16Sub => zip(a, b, i8::wrapping_sub),
        Binary::I8x16SubSatS => zip(a, b, i8::saturating_sub),
        Binary::I8x16SubSatU => zip(a, b, u8::saturating_sub),
        Binary::I8x16MinS => zip(a, b, i8::min),
        Binary::I8x16MinU => zip(a, b, u8::min),
        Binary::I8x16MaxS => zip(a, b, i8::max),
        Binary::I8x16MaxU => zip(a, b, u8::max),
        Binary::I8x16AvgrU => zip(a, b, |a: u8, b: u8| (u32::from(a) + u32::from(b)).div_ceil(2) as u8),
        Binary::I16x8Q15MulrSatS => zip(a, b, q15mulr_sat),
        Binary::I16x8NarrowI32x4S => narrow(a, b, |a: i32| a.clamp(i16::MIN.into(), i16::MAX.into()) as i16),
        Binary::I16x8NarrowI32x4U => narrow(a, b, |a: i32| a.clamp(u16::MIN.into(), u16::MAX.into()) as u16),
        Binary::I16x8Add => zip(a, b, i16::wrapping_add),
        Binary::I16x8AddSatS => zip(a, b, i16::saturating_add),
        Binary::I16x8AddSatU => zip(a, b, u16::saturating_add),
        Binary::I16x8Sub => zip(a, b, i16::wrapping_sub),
        Binary::I16x8SubSatS => zip(a, b, i16::saturating_sub),
        Binary::I16x8SubSatU => zip(a, b, u16::saturating_sub),
        Binary::I16x8Mul => zip(a, b, i16::wrapping_mul),
        Binary::I16x8MinS => zip(a, b, i16::min),
        Binary::I16x8MinU => zip(a, b, u16::min),
        Binary::I16x8MaxS => zip(a, b, i16::max),
        Binary::I16x8MaxU => zip(a, b, u16::max),
        Binary::I16x8AvgrU => zip(a, b, |a: u16, b: u16| (u32::from(a) + u32::from(b)).div_ceil(2) as u16),
        Binary::I16x8ExtMulLowI8x16S => widen_zip(a, b, Low, |a: i8, b: i8| i16::from(a) * i16::from(b)),
        Binary::I16x8ExtMulHighI8x16S => widen_zip(a, b, High, |a: i8, b: i8| i16::from(a) * i16::from(b)),
        Binary::I16x8ExtMulLowI8x16U => widen_zip(a, b, Low, |a: u8, b: u8| u16::from(a) * u16::from(b)),
        Binary::I16x8ExtMulHighI8x16U => widen_zip(a, b, High, |a: u8, b: u8| u16::from(a) * u16::from(b)),
        Binary::I32x4Add => zip(a, b, i32::wrapping_add),
        Binary::I32x4Sub => zip(a, b, i32::wrapping_sub),
        Binary::I32x4Mul => zip(a, b, i32::wrapping_mul),
        Binary::I32x4MinS => zip(a, b, i32::min),
        Binary::I32x4MinU => zip(a, b, u32::min),
        Binary::I32x4MaxS => zip(a, b, i32::max),
        Binary::I32x4MaxU => zip(a, b, u32::max),
        Binary::I32x4DotI16x8S => dot::<i16, i32, 8, 4>(a, b, |sum| sum as i32),
        Binary::I32x4ExtMulLowI16x8S => widen_zip(a, b, Low, |a: i16, b: i16| i32::from(a) * i32::from(b)),
        Binary::I32x4ExtMulHighI16x8S => widen_zip(a, b, High, |a: i16, b: i16| i32::from(a) * i32::from(b)),
        Binary::I32x4ExtMulLowI16x8U => widen_zip(a, b, Low, |a: u16, b: u16| u32::from(a) * u32::from(b)),
        Binary::I32x4ExtMulHighI16x8U => widen_zip(a, b, High, |a: u16, b: u16| u32::from(a) * u32::from(b)),
        Binary::I64x2Add => zip(a, b, i64::wrapping_add),
        Binary::I64x2Sub => zip(a, b, i64::wrapping_sub),
        Binary::I64x2Mul => zip(a, b, i64::wrapping_mul),
        Binary::I64x2ExtMulLowI32x4S => widen_zip(a, b, Low, |a: i32, b: i32| i64::from(a) * i64::from(b)),
        Binary::I64x2ExtMulHighI32x4S => widen_zip(a, b, High, |a: i32, b: i32| i64::from(a) * i64::from(b)),
        Binary::I64x2ExtMulLowI32x4U => widen_zip(a, b, Low, |a: u32, b: u32| u64::from(a) * u64::from(b)),
        Binary::I64x2ExtMulHighI32x4U => widen_zip(a, b, High, |a: u32, b: u32| u64::from(a) * u64::from(b)),
        Binary::F32x4Add => zip(a, b, |a: f32, b: f32| a + b),
        Binary::F32x4Sub => zip(a, b, |a: f32, b: f32| a - b),
        Binary::F32x4Mul => zip(a, b, |a: f32, b: f32| a * b),
        Binary::F32x4Div => zip(a, b, |a: f32, b: f32| a / b),
        Binary::F32x4Min => zip(a, b, f32_min),
        Binary::F32x4Max => zip(a, b, f32_max),
        Binary::F32x4PMin => zip(a, b, |a: f32, b: f32| if b < a { b } else { a }),
        Binary::F32x4PMax => zip(a, b, |a: f32, b: f32| if a < b { b } else { a }),
        Binary::F64x2Add => zip(a, b, |a: f64, b: f64| a + b),
        Binary::F64x2Sub => zip(a, b, |a: f64, b: f64| a - b),
        Binary::F64x2Mul => zip(a, b, |a: f64, b: f64| a * b),
        Binary::F64x2Div => zip(a, b, |a: f64, b: f64| a / b),
        Binary::F64x2Min => zip(a, b, f64_min),
        Binary::F64x2Max => zip(a, b, f64_max),
        Binary::F64x2PMin => zip(a, b, |a: f64, b: f64| if b < a { b } else { a }),
        Binary::F64x2PMax => zip(a, b, |a: f64, b: f64| if a < b { b } else { a }),
        Binary::I16x8RelaxedDotI8x16I7x16S => dot::<i8, i16, 16, 8>(a, b, |sum| sum as i16),
    }
}

#[inline(never)]
pub fn ternary(operator: Ternary, a: u128, b: u128, c: u128) -> u128 {
    match operator {
        Ternary::V128Bitselect => (a & c) | (b & !c),
        Ternary::F32x4RelaxedMadd => zip3(a, b, c, f32::mul_add),
        Ternary::F32x4RelaxedNmadd => zip3(a, b, c, f32_nmadd),
        Ternary::F64x2RelaxedMadd => zip3(a, b, c, f64::mul_add),
        Ternary::F64x2RelaxedNmadd => zip3(a, b, c, f64_nmadd),
        Ternary::I32x4RelaxedDotI8x16I7x16AddS => {
            zip(dot::<i8, i32, 16, 4>(a, b, |sum| sum as i32), c, i32::wrapping_add)
        }
    }
}

#[inline(never)]
pub fn shift(operator: Shift, a: u128, count: u32) -> u128 {
    match operator {
        Shift::I8x16Shl => map(a, |a: u8| a.wrapping_shl(count)),
        Shift::I8x16ShrS => map(a, |a: i8| a.wrapping_shr(count)),
        Shift::I8x16ShrU => map(a, |a: u8| a.wrapping_shr(count)),
        Shift::I16x8Shl => map(a, |a: u16| a.wrapping_shl(count)),
        Shift::I16x8ShrS => map(a, |a: i16| a.wrapping_shr(count)),
        Shift::I16x8ShrU => map(a, |a: u16| a.wrapping_shr(count)),
        Shift::I32x4Shl => map(a, |a: u32| a.wrapping_shl(count)),
        Shift::I32x4ShrS => map(a, |a: i32| a.wrapping_shr(count)),
        Shift::I32x4ShrU => map(a, |a: u32| a.wrapping_shr(count)),
        Shift::I64x2Shl => map(a, |a: u64| a.wrapping_shl(count)),
        Shift::I64x2ShrS => map(a, |a: i64| a.wrapping_shr(count)),
        Shift::I64x2ShrU => map(a, |a: u64| a.wrapping_shr(count)),
    }
}

#[inline(never)]
pub fn test(operator: Test, a: u128) -> u32 {
    match operator {
        Test::V128AnyTrue => u32::from(a != 0),
        Test::I8x16AllTrue => u32::from(all_true::<u8, 16>(a)),
        Test::I8x16Bitmask => bitmask::<i8, 16>(a),
        Test::I16x8AllTrue => u32::from(all_true::<u16, 8>(a)),
        Test::I16x8Bitmask => bitmask::<i16, 8>(a),
        Test::I32x4AllTrue => u32::from(all_true::<u32, 4>(a)),
        Test::I32x4Bitmask => bitmask::<i32, 4>(a),
        Test::I64x2AllTrue => u32::from(all_true::<u64, 2>(a)),
        Test::I64x2Bitmask => bitmask::<i64, 2>(a),
    }
}

#[inline(never)]
pub fn splat(operator: Splat, scalar: u64) -> u128 {
    match operator {
        Splat::X8 => lanes::splat(scalar as u8),
        Splat::X16 => lanes::splat(scalar as u16),
        Splat::X32 => lanes::splat(scalar as u32),
        Splat::X64 => lanes::splat(scalar),
    }
}

#[inline(never)]
pub fn extract(operator: Extract, a: u128, at: usize) -> u64 {
    match operator {
        Extract::I8S => i32::from(lanes::extract::<i8, 16>(a, at)) as u32 as u64,
        Extract::I8U => lanes::extract::<u8, 16>(a, at).into(),
        Extract::I16S => i32::from(lanes::extract::<i16, 8>(a, at)) as u32 as u64,
        Extract::I16U => lanes::extract::<u16, 8>(a, at).into(),
        Extract::X32 => lanes::extract::<u32, 4>(a, at).into(),
        Extract::X64 => lanes::extract::<u64, 2>(a, at),
    }
}

#[inline(never)]
pub fn replace(width: Lane, a: u128, scalar: u64, at: usize) -> u128 {
    match width {
        Lane::X8 => lanes::replace(a, scalar as u8, at),
        Lane::X16 => lanes::replace(a, scalar as u16, at),
        Lane::X32 => lanes::replace(a, scalar as u32, at),
        Lane::X64 => lanes::replace(a, scalar, at),
    }
}

pub fn lane_bytes(width: Lane) -> usize {
    match width {
        Lane::X8 => 1,
        Lane::X16 => 2,
        Lane::X32 => 4,
        Lane::X64 => 8,
    }
}

pub fn loaded_bytes(operator: Load) -> usize {
    match operator {
        Load::V128Load8Splat => 1,
        Load::V128Load16Splat => 2,
        Load::V128Load32Splat | Load::V128Load32Zero => 4,
        _ => 8,
    }
}

/// The vector that a load makes of the bytes it read.
#[inline(never)]
pub fn expand(operator: Load, part: u128) -> u128 {
    match operator {
        Load::V128Load8x8S => unary(Unary::I16x8ExtendLowI8x16S, part),
        Load::V128Load8x8U => unary(Unary::I16x8ExtendLowI8x16U, part),
        Load::V128Load16x4S => unary(Unary::I32x4ExtendLowI16x8S, part),
        Load::V128Load16x4U => unary(Unary::I32x4ExtendLowI16x8U, part),
        Load::V128Load32x2S => unary(Unary::I64x2ExtendLowI32x4S, part),
        Load::V128Load32x2U => unary(Unary::I64x2ExtendLowI32x4U, part),
        Load::V128Load8Splat => splat(Splat::X8, part as u64),
        Load::V128Load16Splat => splat(Splat::X16, part as u64),
        Load::V128Load32Splat => splat(Splat::X32, part as u64),
        Load::V128Load64Splat => splat(Splat::X64, part as u64),
        Load::V128Load32Zero | Load::V128Load64Zero => part,
    }
}
