//! Host objects that guests hold as `externref`.
//!
//! A guest sees a 32-bit handle. Whenever no call runs, the roots are the store's tables and globals and the objects
//! that the host holds; [`Externs::sweep`] then drops what neither names. A handle that crossed a door lately is
//! spared once, so that the host can still turn it into the object.

use std::{any::Any, collections::HashSet, sync::Arc};

/// A host object.
pub type Object = Arc<dyn Any + Send + Sync>;

/// The objects by handle. Handle 0 is null and never given out.
#[derive(Default)]
pub struct Externs {
    objects: Vec<Option<Entry>>,
    free: Vec<u32>,
    sweep_at: usize,
}

struct Entry {
    object: Object,
    /// Whether the handle crossed a door since the last sweep.
    crossed: bool,
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
        self.objects[index as usize] = Some(Entry { object, crossed: true });
        index + 1
    }

    /// The object of a non-null handle.
    pub fn get(&mut self, handle: u32) -> Option<Object> {
        let entry = self.objects.get_mut(handle.checked_sub(1)? as usize)?.as_mut()?;
        entry.crossed = true;
        Some(entry.object.clone())
    }

    /// Whether there are so many objects that a sweep is due.
    pub fn sweep_due(&self) -> bool {
        self.objects.len() - self.free.len() >= self.sweep_at.max(SWEEP_MIN)
    }

    /// Takes out every object whose handle is not in `live`, that the host does not hold and that did not cross a door
    /// since the last sweep, for the caller to drop outside its locks.
    pub fn sweep(&mut self, live: &HashSet<u32>) -> Vec<Object> {
        let mut dead = Vec::new();
        for (index, slot) in self.objects.iter_mut().enumerate() {
            let Some(entry) = slot else { continue };
            let crossed = std::mem::take(&mut entry.crossed);
            if crossed || live.contains(&(index as u32 + 1)) || Arc::strong_count(&entry.object) > 1 {
                continue;
            }
            dead.extend(slot.take().map(|entry| entry.object));
            self.free.push(index as u32);
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

#[cfg(test)]
mod tests {
    use super::{Externs, Object};
    use std::{collections::HashSet, sync::Arc};

    #[test]
    fn a_sweep_spares_what_is_named_held_or_fresh() {
        let mut externs = Externs::default();
        let held: Object = Arc::new(1);
        let handles = [externs.insert(held.clone()), externs.insert(Arc::new(2)), externs.insert(Arc::new(3))];
        let live = HashSet::from([handles[1]]);
        assert_eq!(externs.sweep(&live).len(), 0);
        assert_eq!(externs.sweep(&live).len(), 1);
        assert!(externs.get(handles[2]).is_none());
        drop(held);
        assert!(externs.get(handles[0]).is_some());
        assert_eq!(externs.sweep(&live).len(), 0);
        assert_eq!(externs.sweep(&live).len(), 1);
        assert!(externs.get(handles[1]).is_some());
    }
}
