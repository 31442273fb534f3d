//! Who is asked before a memory or table grows.

use std::fmt::Debug;

/// A store's opinion on growth. Asked under the lock of what grows, so it must not use that memory or table.
pub trait GrowthLimiter: Send + Sync + Debug {
    /// Whether a memory of `current_bytes` may have `desired_bytes`.
    fn memory_growing(&self, current_bytes: u64, desired_bytes: u64) -> bool;
    /// Whether a table of `current` elements may have `desired`.
    fn table_growing(&self, current: u64, desired: u64) -> bool;
}

/// Allows all growth that types and reservations allow.
#[derive(Debug)]
pub struct Unlimited;

impl GrowthLimiter for Unlimited {
    fn memory_growing(&self, _current_bytes: u64, _desired_bytes: u64) -> bool {
        true
    }

    fn table_growing(&self, _current: u64, _desired: u64) -> bool {
        true
    }
}
