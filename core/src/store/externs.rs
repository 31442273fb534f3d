//! Host objects that guests hold as `externref`, or as `anyref` once converted.
//!
//! A guest sees a 32-bit handle, which no other gc reference equals. Whenever somebody knows everything that refers to
//! them (because no call runs in the store, or because the collector was just there), those that nobody has marked and
//! the host does not hold are dropped. A handle that crossed a door lately is spared once, so that the host can still
//! turn it into the object.

use crate::vm::gc::{HOST_KIND, KIND_BITS};
use std::{any::Any, sync::Arc};

/// A host object.
pub type Object = Arc<dyn Any + Send + Sync>;

/// The objects by handle.
#[derive(Default)]
pub struct Externs {
    objects: Vec<Option<Entry>>,
    free: Vec<u32>,
    sweep_at: usize,
    /// Counts outermost calls.
    period: u32,
}

struct Entry {
    object: Object,
    /// Whether the handle crossed a door since the last sweep.
    crossed: bool,
    /// In which period it did so last.
    period: u32,
    /// Whether something refers to it.
    marked: bool,
}

/// Fewer objects than this are never swept.
const SWEEP_MIN: usize = 1024;
/// A handle has the index above the bits that tell its kind.
const INDEX_SHIFT: u32 = KIND_BITS.count_ones();

fn index(handle: u32) -> Option<usize> {
    (handle & KIND_BITS == HOST_KIND).then_some((handle >> INDEX_SHIFT) as usize)
}

impl Externs {
    /// A handle for `object`; `None` if there are as many as there can be.
    pub fn insert(&mut self, object: Object) -> Option<u32> {
        let index = self.free.pop().unwrap_or_else(|| {
            self.objects.push(None);
            self.objects.len() as u32 - 1
        });
        if index > u32::MAX >> INDEX_SHIFT {
            self.objects.pop();
            return None;
        }
        self.objects[index as usize] = Some(Entry { object, crossed: true, period: self.period, marked: false });
        Some(index << INDEX_SHIFT | HOST_KIND)
    }

    /// The object of a handle.
    pub fn get(&mut self, handle: u32) -> Option<Object> {
        let entry = self.objects.get_mut(index(handle)?)?.as_mut()?;
        (entry.crossed, entry.period) = (true, self.period);
        Some(entry.object.clone())
    }

    /// Says that an outermost call begins, during which the host may still have handles from before.
    pub fn begin_call(&mut self) {
        self.period = self.period.wrapping_add(1);
    }

    /// Whether there are so many objects that a sweep is due.
    pub fn sweep_due(&self) -> bool {
        self.objects.len() - self.free.len() >= self.sweep_at.max(SWEEP_MIN)
    }

    /// Notes that something refers to the object of a handle, until the next sweep.
    pub fn mark(&mut self, handle: u32) {
        if let Some(entry) = index(handle).and_then(|index| self.objects.get_mut(index)?.as_mut()) {
            entry.marked = true;
        }
    }

    /// Takes out every object that is not marked, that the host does not hold and that did not cross a door since the
    /// last sweep (or, during a call, just before that began), for the caller to drop outside its locks.
    pub fn sweep(&mut self, is_in_call: bool) -> Vec<Object> {
        let mut dead = Vec::new();
        for (index, slot) in self.objects.iter_mut().enumerate() {
            let Some(entry) = slot else { continue };
            let (crossed, marked) = (std::mem::take(&mut entry.crossed), std::mem::take(&mut entry.marked));
            let crossed = crossed || is_in_call && entry.period.wrapping_add(1) == self.period;
            if crossed || marked || Arc::strong_count(&entry.object) > 1 {
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
    use std::sync::Arc;

    #[test]
    fn a_sweep_spares_what_is_marked_held_or_fresh() {
        let mut externs = Externs::default();
        let held: Object = Arc::new(1);
        let [first, second, third] =
            [held.clone(), Arc::new(2), Arc::new(3)].map(|object: Object| externs.insert(object).unwrap());
        let sweep = |externs: &mut Externs| {
            externs.mark(second);
            externs.sweep(false).len()
        };
        assert_eq!((sweep(&mut externs), sweep(&mut externs)), (0, 1));
        assert!(externs.get(third).is_none());
        drop(held);
        assert!(externs.get(first).is_some());
        assert_eq!((sweep(&mut externs), sweep(&mut externs)), (0, 1));
        assert!(externs.get(second).is_some());
    }

    #[test]
    fn what_crossed_before_a_call_is_spared_until_it_ends() {
        let mut externs = Externs::default();
        let before = externs.insert(Arc::new(1)).unwrap();
        externs.begin_call();
        let during = externs.insert(Arc::new(2)).unwrap();
        assert_eq!((externs.sweep(true).len(), externs.sweep(true).len(), externs.sweep(true).len()), (0, 1, 0));
        assert!(externs.get(during).is_none());
        assert_eq!(externs.sweep(false).len(), 1);
        assert!(externs.get(before).is_none());
    }

    #[test]
    fn handles_are_of_their_own_kind_and_other_words_name_nothing() {
        let mut externs = Externs::default();
        let handle = externs.insert(Arc::new(1)).unwrap();
        assert_eq!(handle & 3, 2);
        assert!([0, 1, 3, handle + 4].into_iter().all(|other| externs.get(other).is_none()));
    }
}
