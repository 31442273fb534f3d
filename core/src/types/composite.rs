//! Defined types (spec: "Composite Types", "Recursive Types").

use super::{CompositeKind, ConcreteType, FuncType, HeapType, RefType, ValType};
use std::fmt;

/// One type of the type section.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SubType {
    /// Whether no other type may declare this one as its supertype.
    pub is_final: bool,
    /// The declared supertype.
    pub supertype: Option<u32>,
    /// What it describes.
    pub composite: CompositeType,
}

/// What a defined type describes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum CompositeType {
    /// Functions.
    Func(FuncType),
    /// Structs: the fields in order.
    Struct(Box<[FieldType]>),
    /// Arrays of this element.
    Array(FieldType),
}

/// A field of a struct, or the elements of an array.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FieldType {
    /// What is stored.
    pub storage: StorageType,
    /// Whether it may change.
    pub mutable: bool,
}

/// What a field stores.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StorageType {
    /// The low 8 bits of an `i32`.
    I8,
    /// The low 16 bits of an `i32`.
    I16,
    /// A whole value.
    Val(ValType),
}

impl SubType {
    /// The type of functions that nothing else is declared to be a subtype of.
    pub fn func(ty: FuncType) -> SubType {
        SubType { is_final: true, supertype: None, composite: CompositeType::Func(ty) }
    }

    /// The function type, if it is one.
    pub fn as_func(&self) -> Option<&FuncType> {
        if let CompositeType::Func(ty) = &self.composite { Some(ty) } else { None }
    }

    /// What kind of type it is.
    pub fn kind(&self) -> CompositeKind {
        match self.composite {
            CompositeType::Func(_) => CompositeKind::Func,
            CompositeType::Struct(_) => CompositeKind::Struct,
            CompositeType::Array(_) => CompositeKind::Array,
        }
    }

    /// The same type with every number of a defined type replaced.
    pub fn renumbered(&self, number: &impl Fn(u32) -> u32) -> SubType {
        let field = |field: &FieldType| FieldType {
            storage: match field.storage {
                StorageType::Val(ty) => StorageType::Val(ty.renumbered(number)),
                packed => packed,
            },
            mutable: field.mutable,
        };
        SubType {
            is_final: self.is_final,
            supertype: self.supertype.map(number),
            composite: match &self.composite {
                CompositeType::Func(ty) => CompositeType::Func(ty.renumbered(number)),
                CompositeType::Struct(fields) => CompositeType::Struct(fields.iter().map(field).collect()),
                CompositeType::Array(element) => CompositeType::Array(field(element)),
            },
        }
    }
}

impl StorageType {
    /// The type of the value on the operand stack.
    pub fn unpacked(self) -> ValType {
        match self {
            StorageType::I8 | StorageType::I16 => ValType::I32,
            StorageType::Val(ty) => ty,
        }
    }
}

impl ValType {
    /// The same type with every number of a defined type replaced.
    pub fn renumbered(self, number: &impl Fn(u32) -> u32) -> ValType {
        match self {
            ValType::Ref(ty) => ValType::Ref(ty.renumbered(number)),
            other => other,
        }
    }
}

impl RefType {
    /// The same type with every number of a defined type replaced.
    pub fn renumbered(self, number: &impl Fn(u32) -> u32) -> RefType {
        match self.heap {
            HeapType::Concrete(ty) => {
                RefType { heap: HeapType::Concrete(ConcreteType { id: number(ty.id), kind: ty.kind }), ..self }
            }
            _ => self,
        }
    }
}

impl FuncType {
    /// The same type with every number of a defined type replaced.
    pub fn renumbered(&self, number: &impl Fn(u32) -> u32) -> FuncType {
        let list = |types: &[ValType]| -> Vec<ValType> { types.iter().map(|ty| ty.renumbered(number)).collect() };
        FuncType::new(list(self.params()), list(self.results()))
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mutable { write!(f, "(mut {})", self.storage) } else { self.storage.fmt(f) }
    }
}

impl fmt::Display for StorageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageType::I8 => f.write_str("i8"),
            StorageType::I16 => f.write_str("i16"),
            StorageType::Val(ty) => ty.fmt(f),
        }
    }
}
