//! What a collector knows of a type: how large its objects are, and where in them references stand.
//!
//! One list per store, by the engine's numbers, so that looking at an object takes no lock.

use super::layout::{HEADER_BYTES, LENGTH_OFFSET, OBJECT_ALIGNMENT, ObjectLayout, TYPE_OFFSET, storage_bytes};
use crate::{
    types::{CompositeType, FieldType, StorageType, SubType, ValType},
    vm::exception,
};

/// The types whose objects may be in a heap.
#[derive(Debug, Default)]
pub struct Traces(Vec<Option<Trace>>);

/// One type's objects.
#[derive(Debug)]
enum Trace {
    Struct {
        size_bytes: u32,
        /// Offsets of references that the collector knows.
        references: Box<[u32]>,
        /// Offsets of references to functions.
        functions: Box<[u32]>,
    },
    Array {
        element_bytes: u32,
        holds: Holds,
    },
}

/// What elements are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holds {
    Numbers,
    References,
    Functions,
}

impl Holds {
    fn of(storage: StorageType) -> Holds {
        match storage {
            StorageType::Val(ValType::Ref(ty)) if ty.is_gc() => Holds::References,
            StorageType::Val(ValType::Ref(_)) => Holds::Functions,
            _ => Holds::Numbers,
        }
    }
}

impl Trace {
    fn of(ty: &SubType) -> Trace {
        let layout = ObjectLayout::of(ty);
        match &ty.composite {
            CompositeType::Func(ty) => {
                // No function is in the heap: what has such a type is an exception.
                let offsets = |wanted| {
                    let fields =
                        exception::fields(ty).filter(move |(_, ty)| Holds::of(StorageType::Val(*ty)) == wanted);
                    fields.map(|(offset, _)| offset).collect()
                };
                Trace::Struct {
                    size_bytes: exception::object_bytes(ty) as u32,
                    references: offsets(Holds::References),
                    functions: offsets(Holds::Functions),
                }
            }
            CompositeType::Array(FieldType { storage, .. }) => {
                Trace::Array { element_bytes: storage_bytes(*storage), holds: Holds::of(*storage) }
            }
            CompositeType::Struct(_) => {
                let offsets = |wanted| {
                    let fields = layout.fields().iter().filter(move |field| Holds::of(field.storage) == wanted);
                    fields.map(|field| field.offset).collect()
                };
                Trace::Struct {
                    size_bytes: layout.object_bytes(0) as u32,
                    references: offsets(Holds::References),
                    functions: offsets(Holds::Functions),
                }
            }
        }
    }

    fn object_bytes(&self, len: u32) -> u64 {
        match self {
            Trace::Struct { size_bytes, .. } => u64::from(*size_bytes),
            Trace::Array { element_bytes, .. } => {
                let bytes = u64::from(HEADER_BYTES) + u64::from(len) * u64::from(*element_bytes);
                bytes.next_multiple_of(u64::from(OBJECT_ALIGNMENT))
            }
        }
    }
}

impl Traces {
    /// Makes a type known.
    pub fn register(&mut self, id: u32, ty: &SubType) {
        let index = id as usize;
        if self.0.len() <= index {
            self.0.resize_with(index + 1, || None);
        }
        if self.0[index].is_none() {
            self.0[index] = Some(Trace::of(ty));
        }
    }

    /// # Safety
    ///
    /// `[heap-objects]`: `object` is the start of an object.
    unsafe fn of(&self, object: *const u8) -> (&Trace, u32) {
        // SAFETY: [heap-objects] The caller's promise.
        let (ty, len) = unsafe {
            let header = object.cast::<u32>();
            (header.byte_add(TYPE_OFFSET as usize).read(), header.byte_add(LENGTH_OFFSET as usize).read())
        };
        let trace = self.0.get(ty as usize).and_then(Option::as_ref);
        (trace.unwrap_or_else(|| panic!("a reference that leads to no object: type {ty:#x}")), len)
    }

    /// Size of an object in bytes.
    ///
    /// # Safety
    ///
    /// `[heap-objects]`: `object` is the start of an object.
    pub unsafe fn object_bytes(&self, object: *const u8) -> u64 {
        // SAFETY: The caller's promise.
        let (trace, len) = unsafe { self.of(object) };
        trace.object_bytes(len)
    }

    /// Shows the places in an object that hold references which the collector knows; gives the object's size.
    ///
    /// # Safety
    ///
    /// `[heap-objects]`: `object` is the start of an object.
    #[inline]
    pub unsafe fn each_reference(&self, object: *mut u8, mut visit: impl FnMut(*mut u32)) -> u64 {
        // SAFETY: The caller's promise.
        let (trace, len) = unsafe { self.of(object) };
        match trace {
            Trace::Struct { references, .. } => {
                references.iter().for_each(|offset| visit(object.wrapping_add(*offset as usize).cast()));
            }
            Trace::Array { holds: Holds::References, .. } => {
                let first = object.wrapping_add(HEADER_BYTES as usize).cast::<u32>();
                (0..len as usize).for_each(|index| visit(first.wrapping_add(index)));
            }
            Trace::Array { .. } => {}
        }
        trace.object_bytes(len)
    }

    /// Shows the raw references to functions in an object.
    ///
    /// # Safety
    ///
    /// `[heap-objects]`: `object` is the start of an object.
    pub unsafe fn each_function(&self, object: *const u8, mut visit: impl FnMut(u64)) {
        // SAFETY: The caller's promise.
        let (trace, len) = unsafe { self.of(object) };
        let mut show = |offset: usize| {
            // SAFETY: [heap-objects] The object has a reference to a function there, or null.
            visit(unsafe { object.add(offset).cast::<u64>().read() });
        };
        match trace {
            Trace::Struct { functions, .. } => functions.iter().for_each(|offset| show(*offset as usize)),
            Trace::Array { holds: Holds::Functions, .. } => {
                (0..len as usize).for_each(|index| show(HEADER_BYTES as usize + 8 * index));
            }
            Trace::Array { .. } => {}
        }
    }
}
