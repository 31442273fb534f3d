//! Where the parts of an object are, in bytes from its start.
//!
//! An object starts with a header of 8 bytes: the engine's number of its type, then the length of an array (0 for
//! structs). Fields follow in order, each aligned to its size but to no more than 8 bytes, so that a subtype's object
//! starts like one of its supertype. Sizes of objects are multiples of 8.

use crate::types::{CompositeType, FieldType, StorageType, SubType, ValType};

/// Bytes of an object's header.
pub const HEADER_BYTES: u32 = 8;
/// Where the header has the type's number.
pub const TYPE_OFFSET: u32 = 0;
/// Where the header has an array's length.
pub const LENGTH_OFFSET: u32 = 4;
/// Objects start at multiples of this, and their sizes are.
pub const OBJECT_ALIGNMENT: u32 = 8;

/// The objects of a defined type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ObjectLayout {
    /// Function types have none.
    Func,
    /// Structs.
    Struct {
        /// The fields in order.
        fields: Box<[FieldLayout]>,
        /// Size of an object, its header included.
        size_bytes: u32,
    },
    /// Arrays.
    Array {
        /// The first element.
        element: FieldLayout,
    },
}

/// A field of a struct, or the first element of an array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldLayout {
    /// Where it is.
    pub offset: u32,
    /// What is stored there.
    pub storage: StorageType,
}

impl ObjectLayout {
    /// The layout of a type's objects.
    pub fn of(ty: &SubType) -> ObjectLayout {
        match &ty.composite {
            CompositeType::Func(_) => ObjectLayout::Func,
            CompositeType::Struct(fields) => structure(fields),
            CompositeType::Array(element) => {
                ObjectLayout::Array { element: FieldLayout { offset: HEADER_BYTES, storage: element.storage } }
            }
        }
    }

    /// A struct's field. Panics for other types.
    pub fn field(&self, index: u32) -> FieldLayout {
        let ObjectLayout::Struct { fields, .. } = self else { panic!("a field of what is no struct") };
        fields[index as usize]
    }

    /// The fields of a struct; none for other types.
    pub fn fields(&self) -> &[FieldLayout] {
        if let ObjectLayout::Struct { fields, .. } = self { fields } else { &[] }
    }

    /// An array's first element. Panics for other types.
    pub fn element(&self) -> FieldLayout {
        let ObjectLayout::Array { element } = self else { panic!("an element of what is no array") };
        *element
    }

    /// Bytes that an object takes in the heap; `len` is the length of an array.
    pub fn object_bytes(&self, len: u32) -> u64 {
        match self {
            ObjectLayout::Func => 0,
            ObjectLayout::Struct { size_bytes, .. } => u64::from(*size_bytes),
            ObjectLayout::Array { element } => {
                let bytes = u64::from(HEADER_BYTES) + u64::from(len) * u64::from(storage_bytes(element.storage));
                bytes.next_multiple_of(u64::from(OBJECT_ALIGNMENT))
            }
        }
    }
}

fn structure(fields: &[FieldType]) -> ObjectLayout {
    let mut end = HEADER_BYTES;
    let place = |field: &FieldType| {
        let bytes = storage_bytes(field.storage);
        let offset = end.next_multiple_of(bytes.min(OBJECT_ALIGNMENT));
        end = offset + bytes;
        FieldLayout { offset, storage: field.storage }
    };
    let fields = fields.iter().map(place).collect();
    ObjectLayout::Struct { fields, size_bytes: end.next_multiple_of(OBJECT_ALIGNMENT) }
}

impl FieldLayout {
    /// The element of an array at `index`, given its first.
    pub fn at(self, index: u32) -> u64 {
        u64::from(self.offset) + u64::from(index) * u64::from(storage_bytes(self.storage))
    }

    /// Whether it holds references that the collector knows.
    pub fn is_gc(self) -> bool {
        matches!(self.storage, StorageType::Val(ValType::Ref(ty)) if ty.is_gc())
    }
}

/// Bytes that a stored value takes. References that the collector knows take 4, those to functions 8.
pub fn storage_bytes(storage: StorageType) -> u32 {
    match storage {
        StorageType::I8 => 1,
        StorageType::I16 => 2,
        StorageType::Val(ValType::I32 | ValType::F32) => 4,
        StorageType::Val(ValType::I64 | ValType::F64) => 8,
        StorageType::Val(ValType::V128) => 16,
        StorageType::Val(ValType::Ref(ty)) => {
            if ty.is_gc() {
                4
            } else {
                8
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::RefType;

    fn of(storages: &[StorageType]) -> SubType {
        let fields = storages.iter().map(|storage| FieldType { storage: *storage, mutable: true }).collect();
        SubType { is_final: true, supertype: None, composite: CompositeType::Struct(fields) }
    }

    #[test]
    fn fields_stand_in_order_each_at_its_alignment() {
        let (func, any) = (ValType::FUNCREF, ValType::Ref(RefType::ANYREF));
        let storages = [
            StorageType::I8,
            StorageType::I16,
            StorageType::Val(any),
            StorageType::Val(ValType::V128),
            StorageType::I8,
            StorageType::Val(func),
            StorageType::Val(ValType::F32),
        ];
        let layout = ObjectLayout::of(&of(&storages));
        let offsets: Vec<u32> = (0..7).map(|index| layout.field(index).offset).collect();
        assert_eq!(offsets, [8, 10, 12, 16, 32, 40, 48]);
        assert_eq!(layout.object_bytes(0), 56);
    }

    #[test]
    fn a_subtypes_object_starts_like_its_supertypes() {
        let above = ObjectLayout::of(&of(&[StorageType::I8, StorageType::Val(ValType::I64)]));
        let below = ObjectLayout::of(&of(&[StorageType::I8, StorageType::Val(ValType::I64), StorageType::I8]));
        assert_eq!(above.field(1), below.field(1));
        assert_eq!((above.object_bytes(0), below.object_bytes(0)), (24, 32));
    }

    #[test]
    fn arrays_of_any_length_have_a_size_that_does_not_overflow() {
        let element = FieldType { storage: StorageType::Val(ValType::V128), mutable: true };
        let array = SubType { is_final: true, supertype: None, composite: CompositeType::Array(element) };
        assert_eq!(ObjectLayout::of(&array).object_bytes(u32::MAX), 8 + 16 * u64::from(u32::MAX));
        assert_eq!(ObjectLayout::of(&array).element().offset, 8);
    }
}
