//! References to objects of the store that the host holds: a place for each, which lives as long as its [`Root`].
//!
//! In call slots the host has handles: places as well, but without an owner. They are given up some time after the call
//! that they were made in, so the host turns them into something that lasts before it goes on.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Fewer handles in call slots than this are not given up.
const MIN_CROSSED: usize = 1024;

/// The places of a store.
#[derive(Debug, Default)]
pub struct Roots(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    references: Vec<u64>,
    free: Vec<usize>,
    /// Places of handles in call slots, the older ones first.
    crossed: VecDeque<usize>,
}

/// Holds a reference.
#[derive(Debug)]
pub struct Root {
    roots: Arc<Roots>,
    place: usize,
}

impl Roots {
    /// Holds `reference`.
    pub fn hold(self: &Arc<Self>, reference: u64) -> Root {
        let place = self.lock().take(reference);
        Root { roots: self.clone(), place }
    }

    /// A handle for a call slot.
    pub fn cross(&self, reference: u64) -> u64 {
        let mut places = self.lock();
        let place = places.take(reference);
        places.crossed.push_back(place);
        place as u64 + 1
    }

    /// Whether there are many handles in call slots.
    pub fn is_crowded(&self) -> bool {
        self.lock().crossed.len() >= MIN_CROSSED
    }

    /// The reference that a handle in a call slot stands for.
    pub fn crossed(&self, handle: u64) -> Option<u64> {
        let place = usize::try_from(handle).ok()?.checked_sub(1)?;
        self.lock().references.get(place).copied().filter(|reference| *reference != 0)
    }

    /// Gives up the older half of the handles in call slots if there are many. Only when no call runs in the store.
    pub fn forget_crossed(&self) {
        let places = &mut *self.lock();
        if places.crossed.len() < MIN_CROSSED {
            return;
        }
        for place in places.crossed.drain(..MIN_CROSSED / 2) {
            places.references[place] = 0;
            places.free.push(place);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn take(&mut self, reference: u64) -> usize {
        let place = self.free.pop().unwrap_or_else(|| {
            self.references.push(0);
            self.references.len() - 1
        });
        self.references[place] = reference;
        place
    }
}

impl Root {
    /// The reference as it is now.
    pub fn get(&self) -> u64 {
        self.roots.lock().references[self.place]
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let mut places = self.roots.lock();
        places.references[self.place] = 0;
        places.free.push(self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_out_again_when_its_root_is_gone() {
        let roots = Arc::new(Roots::default());
        let (first, second) = (roots.hold(8), roots.hold(16));
        drop(first);
        let third = roots.hold(24);
        assert_eq!((second.get(), third.get(), roots.lock().references.len()), (16, 24, 2));
    }
}
