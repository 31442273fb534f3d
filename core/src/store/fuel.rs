//! Fuel: how much a store's guests may still do.
//!
//! A running activation holds a lease, so that charging it touches no shared memory; the rest stays here. The sum
//! of the leases and the rest is what the store has.

use std::sync::atomic::{AtomicU64, Ordering};

/// The part of a store's fuel that no activation has leased.
#[derive(Debug, Default)]
pub struct Fuel(AtomicU64);

/// What one lease takes at most when several threads may run in the store.
const SHARED_LEASE: u64 = 10_000;
/// Leases are signed.
const MAX_LEASE: u64 = i64::MAX as u64 / 2;

impl Fuel {
    /// Replaces what is left.
    pub fn set(&self, fuel: u64) {
        self.0.store(fuel, Ordering::SeqCst);
    }

    /// What is left outside leases.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Takes a lease of at least `need` if that much is left, of everything (or a share) otherwise.
    pub fn lease(&self, need: u64, shared: bool) -> i64 {
        let most = if shared { SHARED_LEASE.max(need) } else { MAX_LEASE };
        let mut taken = 0;
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            taken = left.min(most.min(MAX_LEASE));
            Some(left - taken)
        });
        taken as i64
    }

    /// Gives back what a lease has left.
    pub fn give_back(&self, lease: i64) {
        if lease > 0 {
            let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_add(lease as u64)));
        }
    }
}
