//! Value types (spec: "Value Types").

use std::fmt;

/// The type of a WebAssembly value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ValType {
    /// A 32-bit integer, signedness left to the operator.
    I32,
    /// A 64-bit integer, signedness left to the operator.
    I64,
    /// An IEEE 754 binary32 number.
    F32,
    /// An IEEE 754 binary64 number.
    F64,
    /// A 128-bit vector.
    V128,
    /// A reference.
    Ref(RefType),
}

impl ValType {
    /// `funcref`, the nullable reference to any function.
    pub const FUNCREF: ValType = ValType::Ref(RefType::FUNCREF);
    /// `externref`, the nullable reference to any host object.
    pub const EXTERNREF: ValType = ValType::Ref(RefType::EXTERNREF);
    /// `exnref`, the nullable reference to any exception.
    pub const EXNREF: ValType = ValType::Ref(RefType::EXNREF);

    /// How many 8-byte slots a value of this type takes in an argument array: two for `v128`, else one.
    #[inline]
    pub const fn slots(self) -> usize {
        if matches!(self, ValType::V128) { 2 } else { 1 }
    }

    /// Whether this is a reference type.
    #[inline]
    pub const fn is_ref(self) -> bool {
        matches!(self, ValType::Ref(_))
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValType::I32 => f.write_str("i32"),
            ValType::I64 => f.write_str("i64"),
            ValType::F32 => f.write_str("f32"),
            ValType::F64 => f.write_str("f64"),
            ValType::V128 => f.write_str("v128"),
            ValType::Ref(ty) => ty.fmt(f),
        }
    }
}

/// The type of a reference.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RefType {
    /// Whether null is a value of this type.
    pub nullable: bool,
    /// What a non-null reference refers to.
    pub heap: HeapType,
}

impl RefType {
    /// `(ref null func)`.
    pub const FUNCREF: RefType = RefType::null(HeapType::Func);
    /// `(ref null extern)`.
    pub const EXTERNREF: RefType = RefType::null(HeapType::Extern);
    /// `(ref null any)`.
    pub const ANYREF: RefType = RefType::null(HeapType::Any);
    /// `(ref null exn)`.
    pub const EXNREF: RefType = RefType::null(HeapType::Exn);

    /// The nullable reference to `heap`.
    pub const fn null(heap: HeapType) -> RefType {
        RefType { nullable: true, heap }
    }

    /// Whether values are references that the collector knows: all but those to functions.
    pub fn is_gc(self) -> bool {
        self.heap.top() != HeapType::Func
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.nullable, self.heap) {
            (true, HeapType::None) => f.write_str("nullref"),
            (true, HeapType::NoFunc) => f.write_str("nullfuncref"),
            (true, HeapType::NoExtern) => f.write_str("nullexternref"),
            (true, HeapType::NoExn) => f.write_str("nullexnref"),
            (true, heap @ HeapType::Concrete(_)) => write!(f, "(ref null {heap})"),
            (true, heap) => write!(f, "{heap}ref"),
            (false, heap) => write!(f, "(ref {heap})"),
        }
    }
}

/// What a reference can refer to (spec: "Heap Types").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum HeapType {
    /// Any function.
    Func,
    /// No function: the bottom below all function types.
    NoFunc,
    /// Any host object, or whatever was converted to one.
    Extern,
    /// No host object.
    NoExtern,
    /// Anything that a module can look into, or whatever was converted to it.
    Any,
    /// Anything of which two references can be compared.
    Eq,
    /// An integer of 31 bits that needs no object.
    I31,
    /// Any struct.
    Struct,
    /// Any array.
    Array,
    /// Nothing: the bottom below `any`.
    None,
    /// Any exception.
    Exn,
    /// No exception.
    NoExn,
    /// A type that some module defines.
    Concrete(ConcreteType),
}

/// A defined type in a heap type: its number, and enough to tell what it is without looking it up.
///
/// The number is the engine's, the same for equal types of all its modules. While a module is decoded, and nowhere
/// else, it is the index in the module's type section.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConcreteType {
    /// The number.
    pub id: u32,
    /// What kind of type it is.
    pub kind: CompositeKind,
}

/// The kinds of defined types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CompositeKind {
    /// A function type.
    Func,
    /// A struct type.
    Struct,
    /// An array type.
    Array,
}

impl HeapType {
    /// The top of the hierarchy that this type belongs to: `func`, `extern`, `any` or `exn`.
    pub const fn top(self) -> HeapType {
        match self {
            HeapType::Func | HeapType::NoFunc => HeapType::Func,
            HeapType::Extern | HeapType::NoExtern => HeapType::Extern,
            HeapType::Exn | HeapType::NoExn => HeapType::Exn,
            HeapType::Concrete(ConcreteType { kind: CompositeKind::Func, .. }) => HeapType::Func,
            _ => HeapType::Any,
        }
    }

    /// Whether every value of this type is one of `other`, where both are abstract or the same (spec: "Heap Types",
    /// matching). A concrete type matches the abstract ones above it.
    pub fn matches_abstract(self, other: HeapType) -> bool {
        use HeapType::{Any, Array, Concrete, Eq, Exn, Extern, Func, I31, NoExn, NoExtern, NoFunc, None, Struct};
        if self == other {
            return true;
        }
        match (self, other) {
            (_, Func | Extern | Any | Exn) => self.top() == other,
            (NoFunc, _) => other.top() == Func,
            (NoExtern, _) => other.top() == Extern,
            (NoExn, _) => other.top() == Exn,
            (None, _) => other.top() == Any,
            (I31 | Struct | Array, Eq) => true,
            (Concrete(ConcreteType { kind: CompositeKind::Struct, .. }), Eq | Struct) => true,
            (Concrete(ConcreteType { kind: CompositeKind::Array, .. }), Eq | Array) => true,
            _ => false,
        }
    }
}

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HeapType::Func => "func",
            HeapType::NoFunc => "nofunc",
            HeapType::Extern => "extern",
            HeapType::NoExtern => "noextern",
            HeapType::Any => "any",
            HeapType::Eq => "eq",
            HeapType::I31 => "i31",
            HeapType::Struct => "struct",
            HeapType::Array => "array",
            HeapType::None => "none",
            HeapType::Exn => "exn",
            HeapType::NoExn => "noexn",
            HeapType::Concrete(ty) => {
                let kind = match ty.kind {
                    CompositeKind::Func => "func",
                    CompositeKind::Struct => "struct",
                    CompositeKind::Array => "array",
                };
                return write!(f, "${kind}{}", ty.id);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concrete(kind: CompositeKind) -> HeapType {
        HeapType::Concrete(ConcreteType { id: 7, kind })
    }

    #[test]
    fn types_match_those_above_them_in_their_hierarchy_only() {
        let structure = concrete(CompositeKind::Struct);
        for (below, above) in [
            (HeapType::None, HeapType::I31),
            (HeapType::None, structure),
            (HeapType::I31, HeapType::Eq),
            (structure, HeapType::Struct),
            (structure, HeapType::Eq),
            (structure, HeapType::Any),
            (concrete(CompositeKind::Func), HeapType::Func),
            (HeapType::NoFunc, concrete(CompositeKind::Func)),
            (HeapType::NoExn, HeapType::Exn),
        ] {
            assert!(below.matches_abstract(above), "{below} {above}");
            assert!(!above.matches_abstract(below), "{above} {below}");
        }
        assert!(!HeapType::I31.matches_abstract(HeapType::Struct));
        assert!(!structure.matches_abstract(HeapType::Array));
        assert!(!HeapType::None.matches_abstract(HeapType::Extern));
    }

    #[test]
    fn reference_types_are_written_as_in_the_text_format() {
        assert_eq!(RefType::FUNCREF.to_string(), "funcref");
        assert_eq!(RefType::null(HeapType::None).to_string(), "nullref");
        assert_eq!(RefType { nullable: false, heap: HeapType::I31 }.to_string(), "(ref i31)");
        assert_eq!(RefType::null(concrete(CompositeKind::Array)).to_string(), "(ref null $array7)");
    }
}
