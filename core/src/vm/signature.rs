//! Function types interned per engine, so that an indirect call compares one integer.

use crate::types::FuncType;
use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
};

/// The number of a function type in its engine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(transparent)]
pub struct SignatureId(pub NonZeroU32);

/// The function types of an engine. Types stay for the engine's life; equal types get equal numbers.
#[derive(Debug, Default)]
pub struct SignatureRegistry {
    inner: Mutex<Interned>,
}

#[derive(Debug, Default)]
struct Interned {
    by_type: HashMap<FuncType, SignatureId>,
    types: Vec<FuncType>,
}

impl SignatureRegistry {
    /// The number of `ty`.
    pub fn intern(&self, ty: &FuncType) -> SignatureId {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = inner.by_type.get(ty) {
            return *id;
        }
        inner.types.push(ty.clone());
        let id = SignatureId(NonZeroU32::MIN.saturating_add(inner.types.len() as u32 - 1));
        inner.by_type.insert(ty.clone(), id);
        id
    }

    /// The type with this number.
    pub fn get(&self, id: SignatureId) -> Option<FuncType> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.types.get(id.0.get() as usize - 1).cloned()
    }
}
