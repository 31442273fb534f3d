//! Operators on references.

use super::{
    super::bytecode::{Op, Reg},
    Lowering,
    emit::Operand::{I, K, R},
    stack::{Kind, Value},
};
use crate::{
    error::{Error, Result},
    types::FuncIdx,
};
use wasmparser::HeapType;

impl Lowering<'_> {
    /// `ref.null`.
    pub fn ref_null(&mut self, heap: HeapType) -> Result<()> {
        let kind = Kind::of_reference(heap, self.info);
        self.stack.push_kind(Value::Const { bits: 0, wide: true }, kind).map(drop)
    }

    /// `ref.is_null`.
    pub fn ref_is_null(&mut self) -> Result<()> {
        let operand = self.pop_register();
        self.push_result(Op::I64EqI, &[R(operand), I(0)])
    }

    /// `ref.as_non_null`.
    pub fn ref_as_non_null(&mut self) -> Result<()> {
        let register = self.top_register()?;
        self.code.emit(Op::RefAsNonNull, &[R(register)]);
        Ok(())
    }

    /// `br_on_null`: branches without the reference, or goes on with it.
    pub fn br_on_null(&mut self, depth: u32) -> Result<()> {
        let register = self.top_register()?;
        let reference = self.stack.pop();
        let (is_null, is_object) = Self::null_condition(register);
        self.branch_on(depth, is_null, is_object)?;
        self.stack.push_kind(reference.value, reference.kind).map(drop)
    }

    /// `br_on_non_null`: branches with the reference, or goes on without it.
    pub fn br_on_non_null(&mut self, depth: u32) -> Result<()> {
        let register = self.top_register()?;
        let (is_null, is_object) = Self::null_condition(register);
        self.branch_on(depth, is_object, is_null)?;
        self.stack.pop();
        Ok(())
    }

    /// Puts the topmost value into a register, where it stays on the stack.
    pub(super) fn top_register(&mut self) -> Result<Reg> {
        let entry = self.stack.pop();
        let register = self.register(entry);
        let value = if register == entry.slot { Value::Temp } else { entry.value };
        self.stack.push_kind(value, entry.kind)?;
        Ok(register)
    }

    /// `ref.func`.
    pub fn ref_func(&mut self, func: u32) -> Result<()> {
        let offset = self.func_ref(FuncIdx(func))?;
        self.push_result(Op::RefFunc, &[K(offset)])
    }

    /// Offset of the `FuncRef` of `func` in the context.
    pub(super) fn func_ref(&self, func: FuncIdx) -> Result<u32> {
        let offset = self.layout.func_ref(self.info, func);
        offset.ok_or_else(|| Error::internal("a reference to a function that does not escape"))
    }
}
