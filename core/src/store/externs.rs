//! Host objects that guests hold as `externref`.
//!
//! A guest sees a 32-bit handle; the host never holds handles but the objects themselves, so the tables and globals
//! of the store are the only roots whenever no call runs. [`Externs::sweep`] then drops what they do not name.

use std::{any::Any, collections::HashSet, sync::Arc};

/// A host object.
pub type Object = Arc<dyn Any + Send + Sync>;

/// The objects by handle. Handle 0 is null and never given out.
#[derive(Default)]
pub struct Externs {
    objects: Vec<Option<Object>>,
    free: Vec<u32>,
    sweep_at: usize,
}

/// Fewer objects than this are never swept.
const SWEEP_MIN: usize = 1024;

impl Externs {
    /// A handle for `object`.
    pub fn insert(&mut self, object: Object) -> u32 {
        let index = self.free.pop().unwrap_or_else(|| {
            self.objects.push(None);
            self.objects.len() as u32 - 1
        });
        self.objects[index as usize] = Some(object);
        index + 1
    }

    /// The object of a non-null handle.
    pub fn get(&self, handle: u32) -> Option<Object> {
        self.objects.get(handle.checked_sub(1)? as usize)?.clone()
    }

    /// Whether there are so many objects that a sweep is due.
    pub fn sweep_due(&self) -> bool {
        self.objects.len() - self.free.len() >= self.sweep_at.max(SWEEP_MIN)
    }

    /// Takes out every object whose handle is not in `live`, for the caller to drop outside its locks.
    pub fn sweep(&mut self, live: &HashSet<u32>) -> Vec<Object> {
        let mut dead = Vec::new();
        for (index, slot) in self.objects.iter_mut().enumerate() {
            if slot.is_some() && !live.contains(&(index as u32 + 1)) {
                dead.extend(slot.take());
                self.free.push(index as u32);
            }
        }
        self.sweep_at = 2 * (self.objects.len() - self.free.len());
        dead
    }
}

impl std::fmt::Debug for Externs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Externs").field("live", &(self.objects.len() - self.free.len())).finish()
    }
}
