//! Constant expressions: validated operators in, `ConstExpr` out.

use super::{
    ConstExpr, ConstOp,
    reject::Failure,
    types::{Kinds, heap_type},
};
use crate::{
    error::Error,
    types::{FuncIdx, GlobalIdx, RefType, TypeIdx},
};
use wasmparser::Operator;

/// Reads one validated constant expression.
pub(super) fn const_expr(expr: &wasmparser::ConstExpr<'_>, kinds: &Kinds) -> Result<ConstExpr, Failure> {
    let mut operators = Vec::new();
    let mut reader = expr.get_operators_reader();
    while !reader.eof() {
        let (operator, offset) = reader.read_with_offset()?;
        operators.push(match operator {
            Operator::I32Const { value } => ConstOp::I32(value),
            Operator::I64Const { value } => ConstOp::I64(value),
            Operator::F32Const { value } => ConstOp::F32(value.bits()),
            Operator::F64Const { value } => ConstOp::F64(value.bits()),
            Operator::V128Const { value } => {
                let bits = value.i128() as u128;
                ConstOp::V128([bits as u64, (bits >> 64) as u64])
            }
            Operator::I32Add => ConstOp::I32Add,
            Operator::I32Sub => ConstOp::I32Sub,
            Operator::I32Mul => ConstOp::I32Mul,
            Operator::I64Add => ConstOp::I64Add,
            Operator::I64Sub => ConstOp::I64Sub,
            Operator::I64Mul => ConstOp::I64Mul,
            Operator::GlobalGet { global_index } => ConstOp::GlobalGet(GlobalIdx(global_index)),
            Operator::RefNull { hty } => ConstOp::RefNull(RefType::null(heap_type(hty, kinds, offset)?)),
            Operator::RefFunc { function_index } => ConstOp::RefFunc(FuncIdx(function_index)),
            Operator::RefI31 => ConstOp::RefI31,
            Operator::StructNew { struct_type_index } => ConstOp::StructNew(TypeIdx(struct_type_index)),
            Operator::StructNewDefault { struct_type_index } => ConstOp::StructNewDefault(TypeIdx(struct_type_index)),
            Operator::ArrayNew { array_type_index } => ConstOp::ArrayNew(TypeIdx(array_type_index)),
            Operator::ArrayNewDefault { array_type_index } => ConstOp::ArrayNewDefault(TypeIdx(array_type_index)),
            Operator::ArrayNewFixed { array_type_index, array_size } => {
                ConstOp::ArrayNewFixed(TypeIdx(array_type_index), array_size)
            }
            // A host object is the same reference in both hierarchies.
            Operator::AnyConvertExtern | Operator::ExternConvertAny => continue,
            Operator::End => break,
            other => return Err(Error::internal(format!("{other:?} in a constant expression")).into()),
        });
    }
    Ok(ConstExpr(operators))
}

impl ConstExpr {
    /// The functions that the expression refers to.
    pub fn functions(&self) -> impl Iterator<Item = FuncIdx> + '_ {
        self.0.iter().filter_map(|operator| if let ConstOp::RefFunc(func) = operator { Some(*func) } else { None })
    }
}
