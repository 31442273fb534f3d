//! Host objects as guests hold them.

use super::AsContext;
use crate::{
    call::{extern_from_raw, extern_to_raw},
    error::Result,
    store::Object,
};
use std::{any::Any, fmt, sync::Arc};

/// A host object that guests can hold and hand back but not look into. Cheap to clone.
#[derive(Clone)]
pub struct ExternRef(Object);

impl ExternRef {
    /// Wraps an object.
    pub fn new(object: impl Any + Send + Sync) -> ExternRef {
        ExternRef(Arc::new(object))
    }

    /// The object, to be downcast.
    pub fn data(&self) -> &(dyn Any + Send + Sync) {
        &*self.0
    }

    /// Whether both refer to one object.
    pub fn ptr_eq(&self, other: &ExternRef) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The reference as it stands in a call slot of this store. The store keeps the object until no guest and no slot
    /// of a running call can name it.
    pub fn to_raw(&self, cx: impl AsContext) -> u64 {
        extern_to_raw(cx.as_context().inner(), self.0.clone())
    }

    /// The reference in a call slot; `None` for null, `Usage` if the slot names no object.
    pub fn from_raw(cx: impl AsContext, raw: u64) -> Result<Option<ExternRef>> {
        Ok(extern_from_raw(cx.as_context().inner(), raw)?.map(ExternRef))
    }
}

impl fmt::Debug for ExternRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternRef({:p})", Arc::as_ptr(&self.0))
    }
}

impl ExternRef {
    pub(crate) fn object(&self) -> Object {
        self.0.clone()
    }
}
