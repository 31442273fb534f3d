//! Locals, globals, `drop` and `select`.

use super::{
    super::bytecode::{Op, Reg},
    Lowering,
    emit::Operand::{K, R},
    stack::Value,
};
use crate::{error::Result, types::GlobalIdx};

impl Lowering<'_> {
    /// `local.get`: the copy is made when the local changes, or never.
    pub fn local_get(&mut self, local: u32) -> Result<()> {
        self.stack.push(Value::Local(local as Reg)).map(drop)
    }

    /// `local.set`.
    pub fn local_set(&mut self, local: u32) -> Result<()> {
        self.assign(local as Reg);
        Ok(())
    }

    /// `local.tee`.
    pub fn local_tee(&mut self, local: u32) -> Result<()> {
        let value = self.assign(local as Reg);
        self.stack.push(value).map(drop)
    }

    /// Pops a value into a local; gives where the value is now.
    fn assign(&mut self, local: Reg) -> Value {
        let entry = self.stack.pop();
        if entry.value == Value::Local(local) {
            return entry.value;
        }
        let mut was_aliased = false;
        while let Some(slot) = self.stack.detach(local) {
            self.code.emit_to(Op::Copy, slot, &[R(local)]);
            was_aliased = true;
        }
        match (entry.value, self.code.last_writing(entry.slot)) {
            (Value::Temp, Some(last)) if !was_aliased => self.code.retarget(last, local),
            _ => self.move_to(local, entry),
        }
        if matches!(entry.value, Value::Const { .. }) { entry.value } else { Value::Local(local) }
    }

    /// `global.get`.
    pub fn global_get(&mut self, global: u32) -> Result<()> {
        let (op, offset) = self.global(global, Op::GlobalGet, Op::GlobalGetImported);
        self.push_result(op, &[K(offset)])
    }

    /// `global.set`.
    pub fn global_set(&mut self, global: u32) -> Result<()> {
        let (op, offset) = self.global(global, Op::GlobalSet, Op::GlobalSetImported);
        let value = self.pop_register();
        self.code.emit(op, &[R(value), K(offset)]);
        Ok(())
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
        self.push_result(Op::Select, &operands)
    }
}
