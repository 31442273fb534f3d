//! References to objects of the store that the host holds: a place for each, which lives as long as its [`Root`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places of a store.
#[derive(Debug, Default)]
pub struct Roots(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    references: Vec<u64>,
    free: Vec<usize>,
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
        let mut places = self.lock();
        let place = places.free.pop().unwrap_or_else(|| {
            places.references.push(0);
            places.references.len() - 1
        });
        places.references[place] = reference;
        Root { roots: self.clone(), place }
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
