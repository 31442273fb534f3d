//! Numeric operators.
//!
//! Most are one Cranelift instruction with the same meaning. Division and trapping conversions also check their
//! operands here when the engine may not rely on faults.

use super::Translator;
use crate::trap::TrapCode;
use cranelift_codegen::ir::{
    InstBuilder, MemFlagsData, Opcode, Type, Value,
    condcodes::{FloatCC, IntCC},
    immediates::{Ieee32, Ieee64},
    types,
};

impl Translator<'_> {
    /// An instruction with one operand and a result of the same type.
    pub(super) fn unary(&mut self, opcode: Opcode) {
        let value = self.pop();
        let ty = self.builder.func.dfg.value_type(value);
        self.unary_to(opcode, ty, value);
    }

    /// An instruction with one operand and a result of type `ty`.
    pub(super) fn convert(&mut self, opcode: Opcode, ty: Type) {
        let value = self.pop();
        self.unary_to(opcode, ty, value);
    }

    fn unary_to(&mut self, opcode: Opcode, ty: Type, value: Value) {
        let (inst, _) = self.builder.ins().Unary(opcode, ty, value);
        let result = self.builder.func.dfg.first_result(inst);
        self.push(result);
    }

    /// An instruction with two operands and a result of the same type.
    pub(super) fn binary(&mut self, opcode: Opcode) {
        let (left, right) = self.pop2();
        self.binary_of(opcode, left, right);
    }

    fn binary_of(&mut self, opcode: Opcode, left: Value, right: Value) {
        let ty = self.builder.func.dfg.value_type(left);
        let (inst, _) = self.builder.ins().Binary(opcode, ty, left, right);
        let result = self.builder.func.dfg.first_result(inst);
        self.push(result);
    }

    /// An instruction on pairs of 64-bit operands that are the halves of 128-bit ones, low half first.
    pub(super) fn wide(&mut self, opcode: Opcode) {
        let (right_low, right_high) = self.pop2();
        let (left_low, left_high) = self.pop2();
        let left = self.builder.ins().iconcat(left_low, left_high);
        let right = self.builder.ins().iconcat(right_low, right_high);
        self.binary_of(opcode, left, right);
        self.split_top();
    }

    /// The 128-bit product of two operands, which `extend` widens, as halves, low half first.
    pub(super) fn multiply_wide(&mut self, extend: Opcode) {
        let (left, right) = self.pop2();
        let [left, right] = [left, right].map(|value| {
            let (inst, _) = self.builder.ins().Unary(extend, types::I128, value);
            self.builder.func.dfg.first_result(inst)
        });
        self.binary_of(Opcode::Imul, left, right);
        self.split_top();
    }

    fn split_top(&mut self) {
        let value = self.pop();
        let (low, high) = self.builder.ins().isplit(value);
        self.push(low);
        self.push(high);
    }

    /// An integer comparison.
    pub(super) fn icmp(&mut self, condition: IntCC) {
        let (left, right) = self.pop2();
        let answer = self.compare(condition, left, right);
        self.push(answer);
    }

    /// A floating-point comparison.
    pub(super) fn fcmp(&mut self, condition: FloatCC) {
        let (left, right) = self.pop2();
        let bit = self.builder.ins().fcmp(condition, left, right);
        let answer = self.builder.ins().uextend(types::I32, bit);
        self.push(answer);
    }

    pub(super) fn eqz(&mut self) {
        let value = self.pop();
        let ty = self.builder.func.dfg.value_type(value);
        let zero = self.builder.ins().iconst(ty, 0);
        let answer = self.compare(IntCC::Equal, value, zero);
        self.push(answer);
    }

    /// Sign-extends the lowest bits, as many as `narrow` has.
    pub(super) fn extend_narrow(&mut self, narrow: Type) {
        let value = self.pop();
        let ty = self.builder.func.dfg.value_type(value);
        let low = self.builder.ins().ireduce(narrow, value);
        let value = self.builder.ins().sextend(ty, low);
        self.push(value);
    }

    pub(super) fn reinterpret(&mut self, ty: Type) {
        let value = self.pop();
        let value = self.builder.ins().bitcast(ty, MemFlagsData::new(), value);
        self.push(value);
    }

    /// Division and remainder. Cranelift's instructions trap by themselves, which takes signals.
    pub(super) fn divide(&mut self, opcode: Opcode) {
        let (left, right) = self.pop2();
        if !self.module.settings.signals {
            let ty = self.builder.func.dfg.value_type(left);
            let zero = self.builder.ins().iconst(ty, 0);
            let by_zero = self.builder.ins().icmp(IntCC::Equal, right, zero);
            self.trap_if(by_zero, TrapCode::IntegerDivideByZero);
            if opcode == Opcode::Sdiv {
                self.check_quotient(left, right, ty);
            }
        }
        self.binary_of(opcode, left, right);
    }

    /// Traps if the quotient is 2^(N-1).
    fn check_quotient(&mut self, left: Value, right: Value, ty: Type) {
        let lowest = self.builder.ins().iconst(ty, (i64::MIN >> (64 - ty.bits())) & mask(ty));
        let minus_one = self.builder.ins().iconst(ty, mask(ty));
        let is_lowest = self.builder.ins().icmp(IntCC::Equal, left, lowest);
        let is_minus_one = self.builder.ins().icmp(IntCC::Equal, right, minus_one);
        let overflows = self.builder.ins().band(is_lowest, is_minus_one);
        self.trap_if(overflows, TrapCode::IntegerOverflow);
    }

    /// A conversion to an integer that traps on what does not fit.
    pub(super) fn truncate(&mut self, ty: Type, signed: bool) {
        let value = self.pop();
        let (trapping, saturating) = if signed {
            (Opcode::FcvtToSint, Opcode::FcvtToSintSat)
        } else {
            (Opcode::FcvtToUint, Opcode::FcvtToUintSat)
        };
        if self.module.settings.signals {
            return self.unary_to(trapping, ty, value);
        }
        let not_a_number = self.builder.ins().fcmp(FloatCC::Unordered, value, value);
        self.trap_if(not_a_number, TrapCode::InvalidConversionToInteger);
        let from = self.builder.func.dfg.value_type(value);
        let (below, at_least, above) = bounds(from, ty, signed);
        let low = self.float(from, below);
        let high = self.float(from, above);
        let condition = if at_least { FloatCC::LessThan } else { FloatCC::LessThanOrEqual };
        let too_low = self.builder.ins().fcmp(condition, value, low);
        let too_high = self.builder.ins().fcmp(FloatCC::GreaterThanOrEqual, value, high);
        let overflows = self.builder.ins().bor(too_low, too_high);
        self.trap_if(overflows, TrapCode::IntegerOverflow);
        self.unary_to(saturating, ty, value);
    }

    fn float(&mut self, ty: Type, value: f64) -> Value {
        if ty == types::F32 {
            self.builder.ins().f32const(Ieee32::with_float(value as f32))
        } else {
            self.builder.ins().f64const(Ieee64::with_float(value))
        }
    }
}

/// All bits of an integer type.
fn mask(ty: Type) -> i64 {
    (u64::MAX >> (64 - ty.bits())) as i64
}

/// Which floats of type `from` an integer of type `to` can hold after truncation: the lower bound, whether it is one
/// of them, and the upper bound, which is not. All are exact in `from`.
fn bounds(from: Type, to: Type, signed: bool) -> (f64, bool, f64) {
    let bits = to.bits() as i32;
    if !signed {
        return (-1.0, false, 2f64.powi(bits));
    }
    let limit = 2f64.powi(bits - 1);
    if from == types::F64 && to == types::I32 { (-limit - 1.0, false, limit) } else { (-limit, true, limit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_exact_in_the_type_converted_from() {
        for from in [types::F32, types::F64] {
            for to in [types::I32, types::I64] {
                for signed in [false, true] {
                    let (low, _, high) = bounds(from, to, signed);
                    for bound in [low, high] {
                        assert!(from == types::F64 || f64::from(bound as f32) == bound, "{from} {to} {bound}");
                    }
                }
            }
        }
    }

    #[test]
    fn masks_have_one_bit_per_bit_of_the_type() {
        assert_eq!(mask(types::I32), 0xffff_ffff);
        assert_eq!(mask(types::I64), -1);
    }
}
