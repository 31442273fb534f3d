//! What `ref.test`, `ref.cast` and their branching siblings ask about a reference.

use super::ModuleInfo;
use crate::types::TypeIdx;
use wasmparser::{AbstractHeapType, HeapType, UnpackedIndex};

/// What the values of a heap type have in common, among those of its hierarchy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Test {
    /// Every value but null is one.
    All,
    /// No value but null is one.
    None,
    /// The integers of 31 bits.
    I31,
    /// These, structs and arrays: all but host objects.
    Eq,
    /// Structs.
    Struct,
    /// Arrays.
    Array,
    /// Structs or arrays of a defined type or one declared below it.
    Object,
    /// Functions of a defined type or one declared below it.
    Func,
}

impl Test {
    /// The test with this number.
    pub const fn from_number(number: u32) -> Test {
        match number {
            0 => Test::All,
            1 => Test::None,
            2 => Test::I31,
            3 => Test::Eq,
            4 => Test::Struct,
            5 => Test::Array,
            6 => Test::Object,
            _ => Test::Func,
        }
    }
}

/// A type that values are tested for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cast {
    /// Which values it has.
    pub test: Test,
    /// The defined type, where `test` asks for one.
    pub ty: TypeIdx,
    /// Whether null is one of them.
    pub accepts_null: bool,
}

impl Cast {
    /// The test for a type in a body of `info`.
    pub fn new(heap: HeapType, accepts_null: bool, info: &ModuleInfo) -> Cast {
        let (test, ty) = match heap {
            HeapType::Abstract { ty, .. } => (abstract_test(ty), 0),
            HeapType::Concrete(UnpackedIndex::Module(index)) => match info.types[index as usize].as_func() {
                Some(_) => (Test::Func, index),
                None => (Test::Object, index),
            },
            HeapType::Concrete(_) | HeapType::Exact(_) => unreachable!("bodies of modules name types by index"),
        };
        Cast { test, ty: TypeIdx(ty), accepts_null }
    }

    /// The test for a reference type in a body of `info`.
    pub fn to(ty: wasmparser::RefType, info: &ModuleInfo) -> Cast {
        Cast::new(ty.heap_type(), ty.is_nullable(), info)
    }
}

fn abstract_test(ty: AbstractHeapType) -> Test {
    use AbstractHeapType::{Any, Array, Eq, Exn, Extern, Func, I31, Struct};
    match ty {
        Func | Extern | Any | Exn => Test::All,
        Eq => Test::Eq,
        I31 => Test::I31,
        Struct => Test::Struct,
        Array => Test::Array,
        _ => Test::None,
    }
}
