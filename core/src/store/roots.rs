//! References to objects of the store that the host holds: a place for each, which the collector keeps up to date.
//!
//! A place belongs to a [`Root`], which frees it when dropped, or to a *token*: a word that stands for the reference in
//! a call slot, and that can be turned back once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Set in every token and in no other word that stands for a reference.
pub const TOKEN_BIT: u64 = 1 << 63;

/// The places of a store.
#[derive(Debug, Default)]
pub struct Roots(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    places: Vec<Place>,
    free: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    /// 0 in a free place.
    reference: u64,
    /// Counts the uses of the place; below 2³¹.
    generation: u32,
    is_token: bool,
}

impl Places {
    fn put(&mut self, reference: u64, is_token: bool) -> u32 {
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { reference: 0, generation: 0, is_token: false });
            self.places.len() as u32 - 1
        });
        let place = &mut self.places[index as usize];
        *place = Place { reference, generation: (place.generation + 1) & (u32::MAX >> 1), is_token };
        index
    }

    fn free(&mut self, index: u32) -> u64 {
        let place = &mut self.places[index as usize];
        place.is_token = false;
        self.free.push(index);
        std::mem::take(&mut place.reference)
    }

    fn token(&mut self, reference: u64) -> u64 {
        let index = self.put(reference, true);
        TOKEN_BIT | u64::from(self.places[index as usize].generation) << 32 | u64::from(index)
    }

    /// The place of a token that nobody has turned back yet.
    fn of_token(&self, token: u64) -> Option<u32> {
        let place = self.places.get(token as u32 as usize)?;
        let generation = (token & !TOKEN_BIT) >> 32;
        let is_meant = token & TOKEN_BIT != 0 && place.is_token && u64::from(place.generation) == generation;
        is_meant.then_some(token as u32)
    }
}

/// Holds a reference.
#[derive(Debug)]
pub struct Root {
    roots: Arc<Roots>,
    index: u32,
}

impl Roots {
    /// Holds `reference`.
    pub fn hold(self: &Arc<Self>, reference: u64) -> Root {
        let index = self.lock().put(reference, false);
        Root { roots: self.clone(), index }
    }

    /// A token for `reference`.
    pub fn token(&self, reference: u64) -> u64 {
        self.lock().token(reference)
    }

    /// The reference that a token stands for; the token ends. `None` if it ended before, or never was one.
    pub fn take(&self, token: u64) -> Option<u64> {
        let mut places = self.lock();
        let index = places.of_token(token)?;
        Some(places.free(index))
    }

    /// As [`Roots::take`], but goes on holding the reference.
    pub fn take_root(self: &Arc<Self>, token: u64) -> Option<Root> {
        let mut places = self.lock();
        let index = places.of_token(token)?;
        places.places[index as usize].is_token = false;
        drop(places);
        Some(Root { roots: self.clone(), index })
    }

    /// Shows every reference to `visit`, which may change it.
    pub fn each_mut(&self, visit: &mut dyn FnMut(&mut u64)) {
        self.lock().places.iter_mut().for_each(|place| visit(&mut place.reference));
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Root {
    /// The reference as it is now.
    pub fn get(&self) -> u64 {
        self.roots.lock().places[self.index as usize].reference
    }

    /// A token for the reference.
    pub fn token(&self) -> u64 {
        let mut places = self.roots.lock();
        let reference = places.places[self.index as usize].reference;
        places.token(reference)
    }

    /// Whether both hold the same reference of the same store.
    pub fn is_same(&self, other: &Root) -> bool {
        if !Arc::ptr_eq(&self.roots, &other.roots) {
            return false;
        }
        let places = self.roots.lock();
        places.places[self.index as usize].reference == places.places[other.index as usize].reference
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        self.roots.lock().free(self.index);
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
        assert_eq!((second.get(), third.get(), roots.lock().places.len()), (16, 24, 2));
        assert!(!second.is_same(&third) && second.is_same(&second));
    }

    #[test]
    fn a_token_is_turned_back_once() {
        let roots = Arc::new(Roots::default());
        let root = roots.hold(8);
        let (first, second) = (root.token(), roots.token(16));
        roots.each_mut(&mut |reference| *reference += 100);
        assert_eq!(roots.take(first), Some(108));
        assert_eq!(roots.take(first), None);
        let again = roots.token(32);
        assert_eq!((again as u32, roots.take(first)), (first as u32, None), "the place has another use");
        let held = roots.take_root(second).unwrap();
        assert_eq!((held.get(), roots.take(second)), (116, None));
        drop(held);
        assert_eq!(roots.take(u64::from(root.index) | TOKEN_BIT), None, "a root is no token");
        assert_eq!(roots.take(TOKEN_BIT | 77), None);
        assert_eq!(root.get(), 108);
    }
}
