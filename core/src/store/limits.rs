//! What a store allows its guests to hold.

use crate::{
    error::{Error, Result},
    vm::limits::GrowthLimiter,
};
use std::sync::{Mutex, PoisonError};

/// Limits of a store; `None` is unlimited (but for the implementation's own limits).
#[derive(Clone, Copy, Debug, Default)]
pub struct StoreLimits {
    /// Size of each memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Size of each table in elements.
    pub table_elements: Option<u64>,
    /// Size of all objects of the garbage collection proposal together in bytes; 2 GiB is the most there can be. While
    /// objects are collected, they take up to twice as much.
    pub heap_bytes: Option<u64>,
    /// Number of instances that exist at once.
    pub instances: Option<u64>,
    /// Number of memories that exist at once.
    pub memories: Option<u64>,
    /// Number of tables that exist at once.
    pub tables: Option<u64>,
}

/// The limits in force, shared with every memory and table of the store.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<StoreLimits>);

impl Limiter {
    /// The limits in force.
    pub fn get(&self) -> StoreLimits {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the limits; what exists already stays.
    pub fn set(&self, limits: StoreLimits) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Whether one more of `what` may be made when `existing` exist.
    pub fn check_count(&self, what: &str, existing: u64, adding: u64, limit: Option<u64>) -> Result<()> {
        match limit {
            Some(limit) if existing + adding > limit => {
                Err(Error::limit(format!("the store's limit of {limit} {what} is reached")))
            }
            _ => Ok(()),
        }
    }
}

impl GrowthLimiter for Limiter {
    fn memory_growing(&self, _current_bytes: u64, desired_bytes: u64) -> bool {
        self.get().memory_bytes.is_none_or(|limit| desired_bytes <= limit)
    }

    fn table_growing(&self, _current: u64, desired: u64) -> bool {
        self.get().table_elements.is_none_or(|limit| desired <= limit)
    }
}
