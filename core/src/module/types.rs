//! wasmparser's types → ours. What the enabled proposals cannot express is an `Unsupported` error.
//!
//! Defined types keep their index in the type section as their number until the engine has given them another.

use crate::{
    error::{Error, ErrorKind, Result},
    types::{
        CompositeKind, CompositeType, ConcreteType, FieldType, FuncType, GlobalType, HeapType, MemoryType, RefType,
        StorageType, SubType, TableType, ValType,
    },
};
use wasmparser::{AbstractHeapType, CompositeInnerType, HeapType as ParserHeapType, UnpackedIndex};

/// The kinds of the module's types, by type index.
pub(super) type Kinds = [CompositeKind];

/// A value type; `offset` is for the error.
pub(super) fn val_type(ty: wasmparser::ValType, kinds: &Kinds, offset: u64) -> Result<ValType> {
    Ok(match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        wasmparser::ValType::Ref(ty) => ValType::Ref(ref_type(ty, kinds, offset)?),
    })
}

/// A reference type; `offset` is for the error.
pub(super) fn ref_type(ty: wasmparser::RefType, kinds: &Kinds, offset: u64) -> Result<RefType> {
    Ok(RefType { nullable: ty.is_nullable(), heap: heap_type(ty.heap_type(), kinds, offset)? })
}

/// A heap type; `offset` is for the error.
pub(super) fn heap_type(ty: ParserHeapType, kinds: &Kinds, offset: u64) -> Result<HeapType> {
    use AbstractHeapType as Abstract;
    Ok(match ty {
        ParserHeapType::Abstract { shared: true, .. } => {
            return Err(unsupported("shared-everything-threads", offset));
        }
        ParserHeapType::Abstract { ty, .. } => match ty {
            Abstract::Func => HeapType::Func,
            Abstract::NoFunc => HeapType::NoFunc,
            Abstract::Extern => HeapType::Extern,
            Abstract::NoExtern => HeapType::NoExtern,
            Abstract::Any => HeapType::Any,
            Abstract::Eq => HeapType::Eq,
            Abstract::I31 => HeapType::I31,
            Abstract::Struct => HeapType::Struct,
            Abstract::Array => HeapType::Array,
            Abstract::None => HeapType::None,
            Abstract::Exn => HeapType::Exn,
            Abstract::NoExn => HeapType::NoExn,
            Abstract::Cont | Abstract::NoCont => return Err(unsupported("stack-switching", offset)),
        },
        ParserHeapType::Concrete(UnpackedIndex::Module(index)) => {
            HeapType::Concrete(ConcreteType { id: index, kind: kinds[index as usize] })
        }
        ParserHeapType::Concrete(_) => return Err(Error::internal("a type index that is not the module's")),
        ParserHeapType::Exact(_) => return Err(unsupported("custom-descriptors", offset)),
    })
}

/// The kind of a type that is still to be converted.
pub(super) fn kind(ty: &wasmparser::SubType, offset: u64) -> Result<CompositeKind> {
    match ty.composite_type.inner {
        CompositeInnerType::Func(_) => Ok(CompositeKind::Func),
        CompositeInnerType::Struct(_) => Ok(CompositeKind::Struct),
        CompositeInnerType::Array(_) => Ok(CompositeKind::Array),
        CompositeInnerType::Cont(_) => Err(unsupported("stack-switching", offset)),
    }
}

/// A defined type.
pub(super) fn sub_type(ty: &wasmparser::SubType, kinds: &Kinds, offset: u64) -> Result<SubType> {
    let composite = match &ty.composite_type.inner {
        CompositeInnerType::Func(ty) => CompositeType::Func(func_type(ty, kinds, offset)?),
        CompositeInnerType::Struct(ty) => {
            let fields: Result<Vec<_>> = ty.fields.iter().map(|field| field_type(field, kinds, offset)).collect();
            CompositeType::Struct(fields?.into())
        }
        CompositeInnerType::Array(ty) => CompositeType::Array(field_type(&ty.0, kinds, offset)?),
        CompositeInnerType::Cont(_) => return Err(unsupported("stack-switching", offset)),
    };
    let supertype = ty.supertype_idxs.first().and_then(|index| index.as_module_index());
    Ok(SubType { is_final: ty.is_final, supertype, composite })
}

fn field_type(ty: &wasmparser::FieldType, kinds: &Kinds, offset: u64) -> Result<FieldType> {
    let storage = match ty.element_type {
        wasmparser::StorageType::I8 => StorageType::I8,
        wasmparser::StorageType::I16 => StorageType::I16,
        wasmparser::StorageType::Val(ty) => StorageType::Val(val_type(ty, kinds, offset)?),
    };
    Ok(FieldType { storage, mutable: ty.mutable })
}

fn func_type(ty: &wasmparser::FuncType, kinds: &Kinds, offset: u64) -> Result<FuncType> {
    let list = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>> {
        types.iter().map(|ty| val_type(*ty, kinds, offset)).collect()
    };
    Ok(FuncType::new(list(ty.params())?, list(ty.results())?))
}

pub(super) fn table_type(ty: &wasmparser::TableType, kinds: &Kinds, offset: u64) -> Result<TableType> {
    let element = ref_type(ty.element_type, kinds, offset)?;
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

pub(super) fn global_type(ty: &wasmparser::GlobalType, kinds: &Kinds, offset: u64) -> Result<GlobalType> {
    Ok(GlobalType { content: val_type(ty.content_type, kinds, offset)?, mutable: ty.mutable })
}

pub(super) fn unsupported(proposal: &str, offset: u64) -> Error {
    let kind = ErrorKind::Unsupported { offset, feature: proposal.to_string() };
    Error::new(kind, format!("the {proposal} proposal is not supported or not enabled"))
}
