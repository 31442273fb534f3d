//! Exceptions that the host holds.

use super::{Root, StoreInner};
use crate::error::Result;

/// An exception and the store that it belongs to.
#[derive(Debug)]
pub struct Thrown {
    store: u64,
    root: Root,
}

impl Thrown {
    /// The store that it belongs to.
    pub fn store_id(&self) -> u64 {
        self.store
    }

    /// The reference to it, for use in its store only.
    pub fn reference(&self, store: &StoreInner) -> Result<u64> {
        store.check_id(self.store, "exception")?;
        Ok(self.root.get())
    }

    /// A token for the exception.
    pub fn token(&self, store: &StoreInner) -> Result<u64> {
        store.check_id(self.store, "exception")?;
        Ok(self.root.token())
    }

    /// Whether both are one exception.
    pub fn is_same(&self, other: &Thrown) -> bool {
        self.root.is_same(&other.root)
    }
}

impl StoreInner {
    /// Holds an exception.
    pub fn hold_exception(&self, exception: u64) -> Thrown {
        Thrown { store: self.id, root: self.roots.hold(exception) }
    }
}
