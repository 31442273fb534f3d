//! Comparisons that become part of the branch or the `eqz` that consumes them.

use super::{
    super::bytecode::{Op, Reg},
    Lowering,
    emit::Operand,
    stack::Value,
};

/// What a comparison becomes.
struct Fused {
    /// The branch that is taken when it holds.
    on_true: Op,
    /// The branch that is taken when it does not; its operands in the other order if `swaps`.
    on_false: Op,
    /// The comparison that holds when this one does not, if there is one; its operands swapped if `swaps`.
    inverse: Option<Op>,
    swaps: bool,
}

macro_rules! fused {
    ($($op:ident => $on_true:ident, $on_false:ident, $inverse:expr, $swaps:literal;)*) => {
        fn fused(op: Op) -> Option<Fused> {
            match op {
                $(Op::$op => Some(Fused { on_true: Op::$on_true, on_false: Op::$on_false, inverse: $inverse, swaps: $swaps }),)*
                _ => None,
            }
        }
    };
}

fused! {
    I32And => BrIfI32And, BrUnlessI32And, None, false;
    I32AndI => BrIfI32AndI, BrUnlessI32AndI, None, false;
    I32Eq => BrIfI32Eq, BrIfI32Ne, Some(Op::I32Ne), false;
    I32Ne => BrIfI32Ne, BrIfI32Eq, Some(Op::I32Eq), false;
    I32LtS => BrIfI32LtS, BrIfI32LeS, Some(Op::I32LeS), true;
    I32LtU => BrIfI32LtU, BrIfI32LeU, Some(Op::I32LeU), true;
    I32LeS => BrIfI32LeS, BrIfI32LtS, Some(Op::I32LtS), true;
    I32LeU => BrIfI32LeU, BrIfI32LtU, Some(Op::I32LtU), true;
    I32EqI => BrIfI32EqI, BrIfI32NeI, Some(Op::I32NeI), false;
    I32NeI => BrIfI32NeI, BrIfI32EqI, Some(Op::I32EqI), false;
    I32LtSI => BrIfI32LtSI, BrIfI32GeSI, Some(Op::I32GeSI), false;
    I32LtUI => BrIfI32LtUI, BrIfI32GeUI, Some(Op::I32GeUI), false;
    I32LeSI => BrIfI32LeSI, BrIfI32GtSI, Some(Op::I32GtSI), false;
    I32LeUI => BrIfI32LeUI, BrIfI32GtUI, Some(Op::I32GtUI), false;
    I32GtSI => BrIfI32GtSI, BrIfI32LeSI, Some(Op::I32LeSI), false;
    I32GtUI => BrIfI32GtUI, BrIfI32LeUI, Some(Op::I32LeUI), false;
    I32GeSI => BrIfI32GeSI, BrIfI32LtSI, Some(Op::I32LtSI), false;
    I32GeUI => BrIfI32GeUI, BrIfI32LtUI, Some(Op::I32LtUI), false;
    I64Eq => BrIfI64Eq, BrIfI64Ne, Some(Op::I64Ne), false;
    I64Ne => BrIfI64Ne, BrIfI64Eq, Some(Op::I64Eq), false;
    I64LtS => BrIfI64LtS, BrIfI64LeS, Some(Op::I64LeS), true;
    I64LtU => BrIfI64LtU, BrIfI64LeU, Some(Op::I64LeU), true;
    I64LeS => BrIfI64LeS, BrIfI64LtS, Some(Op::I64LtS), true;
    I64LeU => BrIfI64LeU, BrIfI64LtU, Some(Op::I64LtU), true;
    I64EqI => BrIfI64EqI, BrIfI64NeI, Some(Op::I64NeI), false;
    I64NeI => BrIfI64NeI, BrIfI64EqI, Some(Op::I64EqI), false;
    I64LtSI => BrIfI64LtSI, BrIfI64GeSI, Some(Op::I64GeSI), false;
    I64LtUI => BrIfI64LtUI, BrIfI64GeUI, Some(Op::I64GeUI), false;
    I64LeSI => BrIfI64LeSI, BrIfI64GtSI, Some(Op::I64GtSI), false;
    I64LeUI => BrIfI64LeUI, BrIfI64GtUI, Some(Op::I64GtUI), false;
    I64GtSI => BrIfI64GtSI, BrIfI64LeSI, Some(Op::I64LeSI), false;
    I64GtUI => BrIfI64GtUI, BrIfI64LeUI, Some(Op::I64LeUI), false;
    I64GeSI => BrIfI64GeSI, BrIfI64LtSI, Some(Op::I64LtSI), false;
    I64GeUI => BrIfI64GeUI, BrIfI64LtUI, Some(Op::I64LtUI), false;
    F32Eq => BrIfF32Eq, BrIfF32Ne, Some(Op::F32Ne), false;
    F32Ne => BrIfF32Ne, BrIfF32Eq, Some(Op::F32Eq), false;
    F32Lt => BrIfF32Lt, BrUnlessF32Lt, None, false;
    F32Le => BrIfF32Le, BrUnlessF32Le, None, false;
    F64Eq => BrIfF64Eq, BrIfF64Ne, Some(Op::F64Ne), false;
    F64Ne => BrIfF64Ne, BrIfF64Eq, Some(Op::F64Eq), false;
    F64Lt => BrIfF64Lt, BrUnlessF64Lt, None, false;
    F64Le => BrIfF64Le, BrUnlessF64Le, None, false;
}

/// A branch instruction without its target.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    op: Op,
    first: Operand,
    second: Option<Operand>,
}

/// When a conditional branch is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// If the operand is not zero.
    True,
    /// If it is zero.
    False,
}

impl Lowering<'_> {
    /// Pops an i32 and gives the branches on it: the one taken `when` and the one taken otherwise.
    pub fn pop_condition(&mut self, when: When) -> (Condition, Condition) {
        let entry = self.stack.pop();
        let on_register = |reg: Reg| {
            let branch = |op| Condition { op, first: Operand::R(reg), second: None };
            (branch(Op::BrIf), branch(Op::BrUnless))
        };
        let last = if entry.value == Value::Temp { self.code.last_writing(entry.slot) } else { None };
        let (on_true, on_false) = match last.and_then(|last| Some((last, fused(last.op)?))) {
            Some((last, fused)) => {
                let (first, second) = self.code.sources(last);
                self.code.remove(last);
                match (last.op, first, second) {
                    (Op::I32NeI, Operand::R(reg), Operand::I(0)) => on_register(reg),
                    (Op::I32EqI, Operand::R(reg), Operand::I(0)) => {
                        let (nonzero, zero) = on_register(reg);
                        (zero, nonzero)
                    }
                    _ => {
                        let swapped = if fused.swaps { (second, first) } else { (first, second) };
                        let on_true = Condition { op: fused.on_true, first, second: Some(second) };
                        (on_true, Condition { op: fused.on_false, first: swapped.0, second: Some(swapped.1) })
                    }
                }
            }
            None => on_register(self.register(entry)),
        };
        if when == When::True { (on_true, on_false) } else { (on_false, on_true) }
    }

    /// The branches on whether a reference in a register is null and on whether it is not.
    pub fn null_condition(reference: Reg) -> (Condition, Condition) {
        let branch = |op| Condition { op, first: Operand::R(reference), second: Some(Operand::I(0)) };
        (branch(Op::BrIfI64EqI), branch(Op::BrIfI64NeI))
    }

    /// Emits a conditional branch.
    pub fn emit_condition(&mut self, condition: Condition) -> super::emit::Site {
        match condition.second {
            Some(second) => self.code.emit_jump(condition.op, &[condition.first, second]),
            None => self.code.emit_jump(condition.op, &[condition.first]),
        }
    }

    /// `i32.eqz`: of a comparison it is the opposite comparison.
    pub fn i32_eqz(&mut self) -> crate::error::Result<()> {
        let entry = self.stack.pop();
        let last = if entry.value == Value::Temp { self.code.last_writing(entry.slot) } else { None };
        if let Some(last) = last
            && let Some(Fused { inverse: Some(inverse), swaps, .. }) = fused(last.op)
        {
            let (first, second) = self.code.sources(last);
            self.code.remove(last);
            let operands = if swaps { [second, first] } else { [first, second] };
            return self.push_result(inverse, &operands);
        }
        let operand = self.register(entry);
        self.push_result(Op::I32EqI, &[Operand::R(operand), Operand::I(0)])
    }
}
