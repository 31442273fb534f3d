//! Exceptions: a tag and the values thrown with it.
//!
//! A guest holds an exception as a gc reference, which the store's [`Exceptions`] resolve. What engines and doors need
//! is here and nowhere else: making one, and reading its tag and its payload.

use super::SignatureId;
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Logarithm of the distance between the references to two exceptions: the low bits of a reference to an object of the
/// store are zero.
const REFERENCE_SHIFT: u32 = 3;

/// The identity of a tag. Every tag that an instance defines or the host makes has its own, which no later one gets, so
/// that exceptions may outlive their tags.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct TagId(pub u64);

impl TagId {
    /// An identity that nothing else has.
    pub fn fresh() -> TagId {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        TagId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The exceptions of a store.
#[derive(Debug, Default)]
pub struct Exceptions {
    made: Mutex<Vec<Exception>>,
}

#[derive(Debug)]
struct Exception {
    tag: TagId,
    ty: SignatureId,
    payload: Box<[u64]>,
}

impl Exceptions {
    /// Makes an exception; the reference to it. `payload` holds the call slots of the parameters of `ty`, which is the
    /// tag's type, with raw references.
    pub fn allocate(&self, tag: TagId, ty: SignatureId, payload: &[u64]) -> u64 {
        let mut made = self.lock();
        made.push(Exception { tag, ty, payload: payload.into() });
        (made.len() as u64) << REFERENCE_SHIFT
    }

    /// The tag of an exception.
    pub fn tag(&self, exception: u64) -> TagId {
        self.lock()[position(exception)].tag
    }

    /// The type of an exception's tag.
    pub fn ty(&self, exception: u64) -> SignatureId {
        self.lock()[position(exception)].ty
    }

    /// Runs `read` on the payload of an exception.
    pub fn with_payload<R>(&self, exception: u64, read: impl FnOnce(&[u64]) -> R) -> R {
        read(&self.lock()[position(exception)].payload)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Exception>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn position(exception: u64) -> usize {
    (exception >> REFERENCE_SHIFT) as usize - 1
}
