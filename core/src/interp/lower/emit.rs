//! The bytecode under construction: appending, patching jumps, and rewriting the instruction emitted last.

use super::super::bytecode::{Op, Reg, Unit};
use std::{cell::Cell, rc::Rc};

/// One operand of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// A register.
    R(Reg),
    /// A signed immediate.
    I(i32),
    /// An index, offset or count.
    K(u32),
    /// A 64-bit immediate.
    L(u64),
    /// A lane or a vector operator.
    N(u16),
}

/// A jump whose target is not known yet.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    start: usize,
    field: usize,
}

/// The instruction emitted last, while nothing but it leads to the end of the code. Its first operand is the
/// register it writes.
#[derive(Clone, Copy, Debug)]
pub struct Last {
    /// Its opcode.
    pub op: Op,
    start: usize,
}

/// By position in the code, ascending: the offset in the module of the operator that an instruction stands for.
pub type Offsets = Box<[(u32, u32)]>;

/// The code and its table of module offsets.
#[derive(Debug, Default)]
pub struct Emitter {
    code: Vec<Unit>,
    offsets: Vec<(u32, u32)>,
    last: Option<Last>,
    module_offset: u32,
    /// Length of the code, for who logs what instructions from here on see.
    here: Rc<Cell<u32>>,
}

impl Emitter {
    /// Tells the length of the code at any time.
    pub fn here(&self) -> Rc<Cell<u32>> {
        self.here.clone()
    }

    /// Sets the offset that the following instructions come from.
    pub fn at(&mut self, module_offset: u32) {
        self.module_offset = module_offset;
    }

    /// Notes that the code from here on comes from the current offset.
    pub fn mark(&mut self) {
        let entry = (self.code.len() as u32, self.module_offset);
        match self.offsets.last_mut() {
            Some(last) if last.0 == entry.0 => last.1 = entry.1,
            _ => self.offsets.push(entry),
        }
    }

    /// Appends an instruction that writes no register, or several.
    pub fn emit(&mut self, op: Op, operands: &[Operand]) {
        self.append(op, operands);
        self.last = None;
    }

    /// Appends an instruction that writes `to` and nothing else.
    pub fn emit_to(&mut self, op: Op, to: Reg, operands: &[Operand]) {
        let start = self.code.len();
        if may_stop(op) {
            self.mark();
        }
        self.code.extend([op as Unit, to]);
        for operand in operands {
            self.operand(*operand);
        }
        debug_assert_eq!(self.code.len() - start, op.len_units(), "{op:?}");
        self.here.set(self.code.len() as u32);
        self.last = Some(Last { op, start });
    }

    /// Appends a jumping instruction; `operands` leaves the jump out.
    pub fn emit_jump(&mut self, op: Op, operands: &[Operand]) -> Site {
        let start = self.append(op, operands);
        let field = self.jump_field();
        self.last = None;
        Site { start, field }
    }

    /// Appends `br_table` on `index` with room for `targets` targets, the default included.
    pub fn emit_table(&mut self, index: Reg, targets: u32) -> Vec<Site> {
        let start = self.append(Op::BrTable, &[Operand::R(index), Operand::K(targets - 1)]);
        self.last = None;
        (0..targets).map(|_| Site { start, field: self.jump_field() }).collect()
    }

    fn append(&mut self, op: Op, operands: &[Operand]) -> usize {
        let start = self.code.len();
        if may_stop(op) {
            self.mark();
        }
        self.code.push(op as Unit);
        for operand in operands {
            self.operand(*operand);
        }
        self.here.set(self.code.len() as u32);
        start
    }

    fn jump_field(&mut self) -> usize {
        self.code.extend([0, 0]);
        self.here.set(self.code.len() as u32);
        self.code.len() - 2
    }

    fn operand(&mut self, operand: Operand) {
        match operand {
            Operand::R(unit) | Operand::N(unit) => self.code.push(unit),
            Operand::I(value) => self.word(value as u32),
            Operand::K(value) => self.word(value),
            Operand::L(value) => {
                self.word(value as u32);
                self.word((value >> 32) as u32);
            }
        }
    }

    fn word(&mut self, value: u32) {
        self.code.extend([value as Unit, (value >> 16) as Unit]);
    }

    /// The position of the next instruction, to which something may jump.
    pub fn bind(&mut self) -> usize {
        self.last = None;
        self.code.len()
    }

    /// Lets a jump lead to `target`.
    pub fn patch(&mut self, site: Site, target: usize) {
        let distance = target as i64 - site.start as i64;
        self.code[site.field] = distance as Unit;
        self.code[site.field + 1] = (distance >> 16) as Unit;
    }

    /// The instruction emitted last if it writes `reg`.
    pub fn last_writing(&self, reg: Reg) -> Option<Last> {
        self.last.filter(|last| self.code[last.start + 1] == reg)
    }

    /// Lets the instruction emitted last write another register.
    pub fn retarget(&mut self, last: Last, to: Reg) {
        self.code[last.start + 1] = to;
    }

    /// The operands of the instruction emitted last that follow the written register; for shapes `rrr` and `rri`.
    pub fn sources(&self, last: Last) -> (Operand, Operand) {
        let first = Operand::R(self.code[last.start + 2]);
        let rest = &self.code[last.start + 3..];
        let second = match rest {
            [reg] => Operand::R(*reg),
            _ => Operand::I((u32::from(rest[0]) | u32::from(rest[1]) << 16) as i32),
        };
        (first, second)
    }

    /// Removes the instruction emitted last.
    pub fn remove(&mut self, last: Last) {
        self.code.truncate(last.start);
        self.here.set(last.start as u32);
        self.last = None;
    }

    /// The finished code and offsets.
    pub fn finish(self) -> (Box<[Unit]>, Offsets) {
        (self.code.into(), self.offsets.into())
    }
}

/// Whether an instruction can trap, call, or run a builtin: those need an entry in the table of offsets.
fn may_stop(op: Op) -> bool {
    let number = op as u16;
    let within = |first: Op, last: Op| (first as u16..=last as u16).contains(&number);
    within(Op::Unreachable, Op::Charge)
        || within(Op::Call, Op::Rethrow)
        || within(Op::RefAsNonNull, Op::RefAsNonNull)
        || within(Op::Load8U, Op::ElemDrop)
        || within(Op::I32DivS, Op::I32RemU)
        || within(Op::I32DivSI, Op::I32RemUI)
        || within(Op::I64DivS, Op::I64RemU)
        || within(Op::I64DivSI, Op::I64RemUI)
        || within(Op::I32TruncF32S, Op::I64TruncF64U)
        || within(Op::VectorLoad, Op::VectorStoreLane)
        || within(Op::StructNew, Op::RefCast)
}
