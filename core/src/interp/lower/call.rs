//! Calls. Arguments are put into consecutive registers, which are the callee's first slots, and in which it leaves
//! its results: nothing is copied.

use super::{
    super::bytecode::{Op, Reg},
    Lowering,
    emit::Operand::{self, K, R},
    stack::{Kind, Value},
};
use crate::{
    error::Result,
    types::{FuncIdx, FuncType, TableIdx, TypeIdx, ValType},
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

    /// `return_call`.
    pub fn return_call(&mut self, func: u32) -> Result<()> {
        let info = self.info;
        let func = FuncIdx(func);
        let ty = info.func_type(func);
        let base = self.pass_arguments(ty)?;
        match info.defined_index(func) {
            Some(defined_index) => self.code.emit(Op::ReturnCall, &[R(base), K(defined_index as u32)]),
            None => {
                let operands = [R(base), K(self.func_ref(func)?), K(ty.param_slots() as u32)];
                self.code.emit(Op::ReturnCallImport, &operands);
            }
        }
        self.reachable = false;
        Ok(())
    }

    /// `call_indirect`.
    pub fn call_indirect(&mut self, ty_index: u32, table: u32) -> Result<()> {
        let ty = self.info.func_type_at(TypeIdx(ty_index));
        let operands = self.indirect(ty, ty_index, table)?;
        self.code.emit(Op::CallIndirect, &operands);
        self.take_results(ty)
    }

    /// `return_call_indirect`.
    pub fn return_call_indirect(&mut self, ty_index: u32, table: u32) -> Result<()> {
        let ty = self.info.func_type_at(TypeIdx(ty_index));
        let [base, index, table, offset, signature] = self.indirect(ty, ty_index, table)?;
        let operands = [base, index, table, offset, signature, K(ty.param_slots() as u32)];
        self.code.emit(Op::ReturnCallIndirect, &operands);
        self.reachable = false;
        Ok(())
    }

    fn indirect(&mut self, ty: &FuncType, ty_index: u32, table: u32) -> Result<[Operand; 5]> {
        let index = self.pop_register();
        let base = self.pass_arguments(ty)?;
        let offset = self.layout.table(TableIdx(table));
        Ok([R(base), R(index), K(table), K(offset), K(ty_index)])
    }

    /// `call_ref`.
    pub fn call_ref(&mut self, ty_index: u32) -> Result<()> {
        let ty = self.info.func_type_at(TypeIdx(ty_index));
        let func = self.pop_register();
        let base = self.pass_arguments(ty)?;
        self.code.emit(Op::CallRef, &[R(base), R(func)]);
        self.take_results(ty)
    }

    /// `return_call_ref`.
    pub fn return_call_ref(&mut self, ty_index: u32) -> Result<()> {
        let ty = self.info.func_type_at(TypeIdx(ty_index));
        let func = self.pop_register();
        let base = self.pass_arguments(ty)?;
        self.code.emit(Op::ReturnCallRef, &[R(base), R(func), K(ty.param_slots() as u32)]);
        self.reachable = false;
        Ok(())
    }

    /// Puts the arguments in place and pops them; gives the first one's register.
    pub(super) fn pass_arguments(&mut self, ty: &FuncType) -> Result<Reg> {
        let height = self.stack.height() - ty.params().len();
        self.settle_from(height);
        self.stack.truncate(height);
        let base = self.stack.next_slot()?;
        self.reserved_slots = self.reserved_slots.max(u32::from(base) + ty.call_slots() as u32);
        Ok(base)
    }

    fn take_results(&mut self, ty: &FuncType) -> Result<()> {
        for ty in ty.results() {
            self.push_typed(*ty)?;
        }
        Ok(())
    }

    /// Pushes a value of this type that is in the registers of its height.
    pub(super) fn push_typed(&mut self, ty: ValType) -> Result<()> {
        self.stack.push_kind(Value::Temp, Kind::of(ty)).map(drop)
    }
}
