//! Table operators: all of them run in builtins.

use super::{
    super::bytecode::Op,
    Lowering,
    emit::Operand::{K, R},
    stack::Kind,
};
use crate::{error::Result, types::ValType};

impl Lowering<'_> {
    /// `table.get`.
    pub fn table_get(&mut self, table: u32) -> Result<()> {
        let index = self.pop_register();
        let kind = Kind::of(ValType::Ref(self.info.tables[table as usize].element));
        self.push_result_of(kind, Op::TableGet, &[R(index), K(table)])
    }

    /// `table.set`.
    pub fn table_set(&mut self, table: u32) -> Result<()> {
        let (index, value) = self.pop_registers();
        self.code.emit(Op::TableSet, &[R(index), R(value), K(table)]);
        Ok(())
    }

    /// `table.size`.
    pub fn table_size(&mut self, table: u32) -> Result<()> {
        let offset = self.layout.table(crate::types::TableIdx(table));
        self.push_result(Op::TableSize, &[K(offset)])
    }

    /// `table.grow`.
    pub fn table_grow(&mut self, table: u32) -> Result<()> {
        let op = if self.info.tables[table as usize].table64 { Op::TableGrow64 } else { Op::TableGrow };
        let (value, delta) = self.pop_registers();
        self.push_result(op, &[R(value), R(delta), K(table)])
    }

    /// `table.fill`, `memory.fill`: three operands and an index.
    pub fn bulk(&mut self, op: Op, index: u32) -> Result<()> {
        let [first, second, third] = self.pop_three();
        self.code.emit(op, &[first, second, third, K(index)]);
        Ok(())
    }

    /// `table.copy`, `table.init`, `memory.copy`, `memory.init`: three operands and two indices.
    pub fn bulk_between(&mut self, op: Op, first_index: u32, second_index: u32) -> Result<()> {
        let [first, second, third] = self.pop_three();
        self.code.emit(op, &[first, second, third, K(first_index), K(second_index)]);
        Ok(())
    }

    /// `elem.drop`, `data.drop`.
    pub fn drop_segment(&mut self, op: Op, segment: u32) -> Result<()> {
        self.code.emit(op, &[K(segment)]);
        Ok(())
    }
}
