//! wasmparser's types → ours. What the enabled proposals cannot express is an `Unsupported` error.

use crate::{
    error::{Error, ErrorKind, Result},
    types::{FuncType, GlobalType, HeapType, MemoryType, RefType, TableType, ValType},
};
use wasmparser::{AbstractHeapType, HeapType as ParserHeapType};

/// A value type; `offset` is for the error.
pub fn val_type(ty: wasmparser::ValType, offset: u64) -> Result<ValType> {
    Ok(match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        wasmparser::ValType::Ref(ty) => ValType::Ref(ref_type(ty, offset)?),
    })
}

/// A reference type; `offset` is for the error.
pub fn ref_type(ty: wasmparser::RefType, offset: u64) -> Result<RefType> {
    Ok(RefType { nullable: ty.is_nullable(), heap: heap_type(ty.heap_type(), offset)? })
}

/// A heap type; `offset` is for the error.
pub fn heap_type(ty: ParserHeapType, offset: u64) -> Result<HeapType> {
    match ty {
        ParserHeapType::Abstract { shared: false, ty: AbstractHeapType::Func } => Ok(HeapType::Func),
        ParserHeapType::Abstract { shared: false, ty: AbstractHeapType::Extern } => Ok(HeapType::Extern),
        _ => Err(unsupported("gc", offset)),
    }
}

pub(super) fn func_type(ty: &wasmparser::FuncType, offset: u64) -> Result<FuncType> {
    let list = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>> {
        types.iter().map(|ty| val_type(*ty, offset)).collect()
    };
    Ok(FuncType::new(list(ty.params())?, list(ty.results())?))
}

pub(super) fn table_type(ty: &wasmparser::TableType, offset: u64) -> Result<TableType> {
    let element = ref_type(ty.element_type, offset)?;
    Ok(TableType { element, min: ty.initial, max: ty.maximum, table64: ty.table64 })
}

pub(super) fn memory_type(ty: &wasmparser::MemoryType) -> MemoryType {
    MemoryType {
        min: ty.initial,
        max: ty.maximum,
        memory64: ty.memory64,
        shared: ty.shared,
        page_size_log2: ty.page_size_log2.unwrap_or(16),
    }
}

pub(super) fn global_type(ty: &wasmparser::GlobalType, offset: u64) -> Result<GlobalType> {
    Ok(GlobalType { content: val_type(ty.content_type, offset)?, mutable: ty.mutable })
}

pub(super) fn unsupported(proposal: &str, offset: u64) -> Error {
    let kind = ErrorKind::Unsupported { offset, feature: proposal.to_string() };
    Error::new(kind, format!("the {proposal} proposal is not supported or not enabled"))
}
