//! Objects of guests: that they live as long as something refers to them and no longer, whoever that is.

mod host;
mod lifetime;
mod shared;

use super::{engines, instantiate};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use wasmrt::Engine;

/// Every engine, as usual and with a collection at every allocation.
fn all_engines() -> Vec<Engine> {
    [false, true].into_iter().flat_map(|stress| engines(|config| config.gc_stress(stress))).collect()
}

/// Counts how many of its kind are gone.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
