//! Numeric operators: constants become immediates where the instruction has room for them.

use super::{
    super::bytecode::Op,
    Lowering,
    emit::Operand::{self, I, R},
    stack::{Entry, Value},
};
use crate::error::Result;

/// The constant as an immediate, if it fits.
pub(super) fn immediate(entry: Entry) -> Option<i32> {
    match entry.value {
        Value::Const { bits, wide: false } => Some(bits as i32),
        Value::Const { bits, wide: true } => i32::try_from(bits as i64).ok(),
        _ => None,
    }
}

impl Lowering<'_> {
    /// A constant whose type has 32 bits.
    pub fn constant32(&mut self, bits: u32) -> Result<()> {
        self.stack.push(Value::Const { bits: u64::from(bits), wide: false }).map(drop)
    }

    /// A constant whose type has 64 bits.
    pub fn constant64(&mut self, bits: u64) -> Result<()> {
        self.stack.push(Value::Const { bits, wide: true }).map(drop)
    }

    /// One operand.
    pub fn unary(&mut self, op: Op) -> Result<()> {
        let operand = self.pop_register();
        self.push_result(op, &[R(operand)])
    }

    /// Two operands in registers.
    pub fn binary(&mut self, op: Op) -> Result<()> {
        let (left, right) = self.pop_registers();
        self.push_result(op, &[R(left), R(right)])
    }

    /// Two operands, of which the right one may be an immediate.
    pub fn binary_imm(&mut self, op: Op, imm: Op) -> Result<()> {
        let right = self.stack.pop();
        let left = self.stack.pop();
        self.binary_or_imm(op, imm, left, right)
    }

    /// Two operands in any order.
    pub fn commutative(&mut self, op: Op, imm: Op) -> Result<()> {
        let right = self.stack.pop();
        let left = self.stack.pop();
        if immediate(left).is_some() && immediate(right).is_none() {
            self.binary_or_imm(op, imm, right, left)
        } else {
            self.binary_or_imm(op, imm, left, right)
        }
    }

    fn binary_or_imm(&mut self, op: Op, imm: Op, left: Entry, right: Entry) -> Result<()> {
        let first = self.register(left);
        match immediate(right) {
            Some(value) => self.push_result(imm, &[R(first), I(value)]),
            None => {
                let second = self.register(right);
                self.push_result(op, &[R(first), R(second)])
            }
        }
    }

    /// Subtraction: of a constant it is the addition of its opposite.
    pub fn subtract(&mut self, op: Op, add_imm: Op) -> Result<()> {
        let right = self.stack.pop();
        let left = self.stack.pop();
        let opposite = match right.value {
            Value::Const { bits, wide: false } => Some((bits as i32).wrapping_neg()),
            Value::Const { bits, wide: true } => i32::try_from((bits as i64).wrapping_neg()).ok(),
            _ => None,
        };
        let first = self.register(left);
        match opposite {
            Some(value) => self.push_result(add_imm, &[R(first), I(value)]),
            None => {
                let second = self.register(right);
                self.push_result(op, &[R(first), R(second)])
            }
        }
    }

    /// A comparison of integers. `swaps` says that `op` takes the operands in the other order; `right_imm` and
    /// `left_imm` compare a register with the constant that stands on that side.
    pub fn compare(&mut self, op: Op, swaps: bool, right_imm: Op, left_imm: Op) -> Result<()> {
        let right = self.stack.pop();
        let left = self.stack.pop();
        if let Some(value) = immediate(right) {
            let first = self.register(left);
            return self.push_result(right_imm, &[R(first), I(value)]);
        }
        if let Some(value) = immediate(left) {
            let first = self.register(right);
            return self.push_result(left_imm, &[R(first), I(value)]);
        }
        let (first, second) = (self.register(left), self.register(right));
        let operands = if swaps { [R(second), R(first)] } else { [R(first), R(second)] };
        self.push_result(op, &operands)
    }

    /// A comparison of floats whose operands `op` takes in the other order.
    pub fn compare_swapped(&mut self, op: Op) -> Result<()> {
        let (left, right) = self.pop_registers();
        self.push_result(op, &[R(right), R(left)])
    }

    /// `i64.eqz`.
    pub fn i64_eqz(&mut self) -> Result<()> {
        let operand = self.pop_register();
        self.push_result(Op::I64EqI, &[R(operand), I(0)])
    }

    /// `i64.extend_i32_u`: nothing to do for a register, whose upper half is zero.
    pub fn extend_unsigned(&mut self) -> Result<()> {
        let entry = self.stack.pop();
        let value = match entry.value {
            Value::Const { bits, .. } => Value::Const { bits, wide: true },
            value => value,
        };
        self.stack.push(value).map(drop)
    }

    /// Two operands and a result of 128 bits each, low half first.
    pub fn wide(&mut self, op: Op) -> Result<()> {
        let (right_low, right_high) = self.pop_registers();
        let (left_low, left_high) = self.pop_registers();
        self.push_wide(op, &[R(left_low), R(left_high), R(right_low), R(right_high)])
    }

    /// Two operands of 64 bits, and a result of 128 bits, low half first.
    pub fn multiply_wide(&mut self, op: Op) -> Result<()> {
        let (left, right) = self.pop_registers();
        self.push_wide(op, &[R(left), R(right)])
    }

    fn push_wide(&mut self, op: Op, operands: &[Operand]) -> Result<()> {
        let mut all = vec![R(self.stack.push(Value::Temp)?)];
        self.stack.push(Value::Temp)?;
        all.extend_from_slice(operands);
        self.code.emit(op, &all);
        Ok(())
    }
}
