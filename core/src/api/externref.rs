//! Host objects as guests hold them.

use super::{AnyRef, AsContext};
use crate::{
    call::{GcRef, gc_from_word, gc_to_word},
    error::Result,
    store::Object,
};
use std::{any::Any, fmt, sync::Arc};

/// A host object that guests can hold and hand back but not look into; or a guest's own reference that it has made an
/// `externref` of. Cheap to clone.
#[derive(Clone)]
pub struct ExternRef(Inner);

#[derive(Clone)]
enum Inner {
    Host(Object),
    Guest(AnyRef),
}

impl ExternRef {
    /// Wraps an object.
    pub fn new(object: impl Any + Send + Sync) -> ExternRef {
        ExternRef(Inner::Host(Arc::new(object)))
    }

    /// The object, to be downcast. What a guest has made an `externref` of (`extern.convert_any`) is an [`AnyRef`].
    pub fn data(&self) -> &(dyn Any + Send + Sync) {
        match &self.0 {
            Inner::Host(object) => &**object,
            Inner::Guest(reference) => reference,
        }
    }

    /// Whether both refer to one object.
    pub fn ptr_eq(&self, other: &ExternRef) -> bool {
        self.held().is_same(&other.held())
    }

    /// The reference as it stands in a call slot of this store, for one use. The store keeps the object until no guest
    /// and no slot of a running call can name it. `Usage` for what a guest of another store has made.
    pub fn to_raw(&self, cx: impl AsContext) -> Result<u64> {
        gc_to_word(cx.as_context().inner(), &self.held())
    }

    /// The reference in a call slot, which the slot gives up; `None` for null, `Usage` if the slot names no object.
    pub fn from_raw(cx: impl AsContext, raw: u64) -> Result<Option<ExternRef>> {
        Ok(gc_from_word(cx.as_context().inner(), raw)?.map(ExternRef::of))
    }

    pub(crate) fn of(held: GcRef) -> ExternRef {
        ExternRef(match held {
            GcRef::Host(object) => Inner::Host(object),
            other => Inner::Guest(AnyRef::of(other)),
        })
    }

    pub(crate) fn held(&self) -> GcRef {
        match &self.0 {
            Inner::Host(object) => GcRef::Host(object.clone()),
            Inner::Guest(reference) => reference.held().clone(),
        }
    }
}

impl fmt::Debug for ExternRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Host(object) => write!(f, "ExternRef({:p})", Arc::as_ptr(object)),
            Inner::Guest(reference) => write!(f, "ExternRef({reference:?})"),
        }
    }
}
