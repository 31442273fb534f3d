//! Relaxed operators on vectors: those whose results may depend on the processor.
//!
//! With `relaxed_simd_deterministic` the results are those of the deterministic profile, which the interpreter always
//! gives; without, what the processor computes fastest.

use super::Translator;
use crate::jit::abi::{Builtin, builtin};
use cranelift_codegen::ir::{
    InstBuilder, Opcode, Type, Value,
    types::{F32X4, F64X2, I8X16, I16X8, I32X4, I64X2},
};

impl Translator<'_> {
    fn is_deterministic(&self) -> bool {
        self.module.settings.relaxed_simd_deterministic
    }

    pub(super) fn relaxed_swizzle(&mut self) {
        let opcode = if self.is_deterministic() { Opcode::Swizzle } else { Opcode::X86Pshufb };
        self.vector_binary(opcode, I8X16);
    }

    pub(super) fn relaxed_truncate(&mut self) {
        let opcode = if self.is_deterministic() { Opcode::FcvtToSintSat } else { Opcode::X86Cvtt2dq };
        self.vector_convert(opcode, F32X4, I32X4);
    }

    pub(super) fn relaxed_truncate_doubles(&mut self) {
        let opcode = if self.is_deterministic() { Opcode::FcvtToSintSat } else { Opcode::X86Cvtt2dq };
        self.truncate_doubles(opcode, Opcode::Snarrow);
    }

    /// `fmin` or `fmax`, or the comparison that the processor has.
    pub(super) fn relaxed_extremum(&mut self, strict: Opcode, ty: Type) {
        if self.is_deterministic() {
            self.vector_binary(strict, ty);
        } else {
            self.pseudo_extremum(ty, strict == Opcode::Fmin);
        }
    }

    pub(super) fn relaxed_q15mulr(&mut self) {
        let opcode = if self.is_deterministic() { Opcode::SqmulRoundSat } else { Opcode::X86Pmulhrsw };
        self.vector_binary(opcode, I16X8);
    }

    /// Masks have lanes of equal bits, or else the processor looks at the topmost ones only.
    pub(super) fn relaxed_laneselect(&mut self, ty: Type) {
        let has_instruction = ty != I16X8;
        if self.is_deterministic() || !has_instruction {
            return self.bitselect();
        }
        let (left, right, mask) = self.pop_lanes3(ty);
        let result = self.builder.ins().blendv(mask, left, right);
        self.push_lanes(result);
    }

    pub(super) fn relaxed_dot(&mut self) {
        if self.is_deterministic() {
            self.dot(I8X16);
        } else {
            let (left, right) = self.pop_lanes2(I8X16);
            let sums = self.builder.ins().x86_pmaddubsw(left, right);
            self.push_lanes(sums);
        }
    }

    pub(super) fn relaxed_dot_add(&mut self) {
        let addend = self.pop_lanes(I32X4);
        let (left, right) = self.pop_lanes2(I8X16);
        let sums = if self.is_deterministic() {
            // The sum of four products is exact only with more than 16 bits.
            let (low, high) = self.products(left, right);
            let (low, high) = (self.sums_of_pairs(low, true), self.sums_of_pairs(high, true));
            self.builder.ins().iadd_pairwise(low, high)
        } else {
            let pairs = self.builder.ins().x86_pmaddubsw(left, right);
            self.sums_of_pairs(pairs, true)
        };
        let result = self.builder.ins().iadd(sums, addend);
        self.push_lanes(result);
    }

    /// The product of the first two, negated if `negates`, plus the third.
    pub(super) fn relaxed_multiply_add(&mut self, ty: Type, negates: bool) {
        let (left, right, addend) = self.pop_lanes3(ty);
        let left = if negates { self.builder.ins().fneg(left) } else { left };
        let result = if self.module.has_fma {
            self.builder.ins().fma(left, right, addend)
        } else if self.is_deterministic() {
            self.fused_by_lane([left, right, addend])
        } else {
            let product = self.builder.ins().fmul(left, right);
            self.builder.ins().fadd(product, addend)
        };
        self.push_lanes(result);
    }

    /// For processors that round the product: asks a builtin, lane by lane.
    fn fused_by_lane(&mut self, operands: [Value; 3]) -> Value {
        let is_single = self.builder.func.dfg.value_type(operands[0]) == F32X4;
        let (ty, builtin, lanes): (Type, Builtin, u8) =
            if is_single { (I32X4, builtin::f32_fma, 4) } else { (I64X2, builtin::f64_fma, 2) };
        let operands = operands.map(|operand| self.as_lanes(operand, ty));
        let mut result = operands[0];
        for lane in 0..lanes {
            let args = operands.map(|operand| self.builder.ins().extractlane(operand, lane));
            let fused = self.call_builtin_value(builtin, &args);
            result = self.builder.ins().insertlane(result, fused, lane);
        }
        self.as_lanes(result, if is_single { F32X4 } else { F64X2 })
    }
}
