//! Locals, globals, `drop` and `select`.

use super::{
    super::bytecode::Op,
    Lowering,
    emit::Operand::{K, R},
    stack::{Kind, Value},
};
use crate::{error::Result, types::GlobalIdx};

impl Lowering<'_> {
    /// `local.get`: the copy is made when the local changes, or never.
    pub fn local_get(&mut self, local: u32) -> Result<()> {
        let (register, kind) = self.locals[local as usize];
        self.stack.push_kind(Value::Local(register), kind).map(drop)
    }

    /// `local.set`.
    pub fn local_set(&mut self, local: u32) -> Result<()> {
        self.assign(local);
        Ok(())
    }

    /// `local.tee`.
    pub fn local_tee(&mut self, local: u32) -> Result<()> {
        let value = self.assign(local);
        self.stack.push_kind(value, self.locals[local as usize].1).map(drop)
    }

    /// Pops a value into a local; gives where the value is now.
    fn assign(&mut self, local: u32) -> Value {
        let (register, _) = self.locals[local as usize];
        let entry = self.stack.pop();
        if entry.value == Value::Local(register) {
            return entry.value;
        }
        let mut was_aliased = false;
        while let Some(alias) = self.stack.detach(register) {
            self.move_to(alias.slot, alias);
            was_aliased = true;
        }
        match (entry.value, self.code.last_writing(entry.slot)) {
            (Value::Temp, Some(last)) if !was_aliased => self.code.retarget(last, register),
            _ => self.move_to(register, entry),
        }
        if matches!(entry.value, Value::Const { .. }) { entry.value } else { Value::Local(register) }
    }

    /// `global.get`.
    pub fn global_get(&mut self, global: u32) -> Result<()> {
        let kind = self.global_kind(global);
        let (op, offset) = match kind {
            Kind::Vector => self.global(global, Op::GlobalGetVector, Op::GlobalGetVectorImported),
            _ => self.global(global, Op::GlobalGet, Op::GlobalGetImported),
        };
        self.push_result_of(kind, op, &[K(offset)])
    }

    /// `global.set`.
    pub fn global_set(&mut self, global: u32) -> Result<()> {
        let (op, offset) = match self.global_kind(global) {
            Kind::Vector => self.global(global, Op::GlobalSetVector, Op::GlobalSetVectorImported),
            _ => self.global(global, Op::GlobalSet, Op::GlobalSetImported),
        };
        let value = self.pop_register();
        self.code.emit(op, &[R(value), K(offset)]);
        Ok(())
    }

    fn global_kind(&self, global: u32) -> Kind {
        Kind::of(self.info.globals[global as usize].content)
    }

    fn global(&self, global: u32, defined: Op, imported: Op) -> (Op, u32) {
        let global = GlobalIdx(global);
        match self.layout.imported_global(global) {
            Some(offset) => (imported, offset),
            None => (defined, self.layout.defined_global(global).unwrap_or_default()),
        }
    }

    /// `drop`.
    pub fn drop_value(&mut self) -> Result<()> {
        self.stack.pop();
        Ok(())
    }

    /// `select`.
    pub fn select(&mut self) -> Result<()> {
        let condition = self.stack.pop();
        let otherwise = self.stack.pop();
        let value = self.stack.pop();
        let operands = [R(self.register(value)), R(self.register(otherwise)), R(self.register(condition))];
        let op = if value.kind == Kind::Vector { Op::SelectVector } else { Op::Select };
        self.push_result_of(value.kind, op, &operands)
    }
}
