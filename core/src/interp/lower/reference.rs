//! Operators on references.

use super::{
    super::bytecode::Op,
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
