//! The vocabulary that every layer speaks: value, reference and external types, index newtypes, features.
//!
//! Nothing here has behaviour beyond construction, comparison and display; the names are the specification's
//! (section "Structure / Types").

mod composite;
mod external;
mod features;
mod func;
mod index;
mod value;

pub use composite::{CompositeType, FieldType, StorageType, SubType};
pub use external::{ExternType, GlobalType, MemoryType, TableType};
pub use features::Features;
pub use func::FuncType;
pub use index::{DataIdx, ElemIdx, FuncIdx, GlobalIdx, LabelIdx, LocalIdx, MemoryIdx, TableIdx, TagIdx, TypeIdx};
pub use value::{CompositeKind, ConcreteType, HeapType, RefType, ValType};
