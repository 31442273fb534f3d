//! Calls. Arguments are put into consecutive registers, which are the callee's first slots, and in which it leaves
//! its results: nothing is copied.

use super::{
    super::bytecode::{Op, Reg},
    Lowering,
    emit::Operand::{K, R},
    stack::{Kind, Value},
};
use crate::{
    error::Result,
    types::{FuncIdx, FuncType, TableIdx, TypeIdx},
};

impl Lowering<'_> {
    /// `call`.
    pub fn call(&mut self, func: u32) -> Result<()> {
        let info = self.info;
        let func = FuncIdx(func);
        let ty = info.func_type(func);
        let base = self.pass_arguments(ty)?;
        match info.defined_index(func) {
            Some(defined_index) => self.code.emit(Op::Call, &[R(base), K(defined_index as u32)]),
            None => self.code.emit(Op::CallImport, &[R(base), K(self.func_ref(func)?)]),
        }
        self.take_results(ty)
    }

    /// `call_indirect`.
    pub fn call_indirect(&mut self, ty_index: u32, table: u32) -> Result<()> {
        let info = self.info;
        let ty = info.func_type_at(TypeIdx(ty_index));
        let index = self.pop_register();
        let base = self.pass_arguments(ty)?;
        let offset = self.layout.table(TableIdx(table));
        self.code.emit(Op::CallIndirect, &[R(base), R(index), K(table), K(offset), K(ty_index)]);
        self.take_results(ty)
    }

    /// Puts the arguments in place and pops them; gives the first one's register.
    fn pass_arguments(&mut self, ty: &FuncType) -> Result<Reg> {
        let height = self.stack.height() - ty.params().len();
        self.settle_from(height);
        self.stack.truncate(height);
        let base = self.stack.next_slot()?;
        self.reserved_slots = self.reserved_slots.max(u32::from(base) + ty.call_slots() as u32);
        Ok(base)
    }

    fn take_results(&mut self, ty: &FuncType) -> Result<()> {
        for ty in ty.results() {
            self.stack.push_kind(Value::Temp, Kind::of(*ty))?;
        }
        Ok(())
    }
}
