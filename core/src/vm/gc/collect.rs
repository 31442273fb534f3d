//! The collector: copies what can be reached from one space into another (Cheney's algorithm), and, without moving
//! anything, looks for functions in what can be reached.

use super::{
    HOST_KIND, KIND_BITS,
    heap::{Heap, UPPER_SPACE},
    is_object,
    layout::{LENGTH_OFFSET, OBJECT_ALIGNMENT, TYPE_OFFSET},
    trace::Traces,
};
use std::{collections::HashSet, ptr};

/// Stands in the place of a type's number where an object was moved away; its new offset follows.
const MOVED: u32 = u32::MAX;

/// Who knows the references outside the heap; provided by `call`.
pub trait Roots {
    /// Shows every place that holds a gc reference to `visit`. A place may be shown more than once.
    fn each(&mut self, visit: &mut dyn FnMut(&mut u64));
    /// Called for each reference to a host object that can be reached, any number of times.
    fn host_object(&mut self, reference: u32);
}

struct Evacuation<'a> {
    traces: &'a Traces,
    from: *mut u8,
    to: *mut u8,
    /// The bit that tells the space which is filled.
    space: u32,
    top: u64,
}

impl Evacuation<'_> {
    /// The new offset of the object at `reference`.
    #[inline]
    fn moved(&mut self, reference: u32) -> u32 {
        if reference & UPPER_SPACE == self.space {
            return reference;
        }
        let old = self.from.wrapping_add(reference as usize);
        // SAFETY: [heap-objects] The reference leads to an object of the space that is left, or to where one was. The
        // other space has room for all objects of this one.
        unsafe {
            let ty = old.add(TYPE_OFFSET as usize).cast::<u32>();
            let len = old.add(LENGTH_OFFSET as usize).cast::<u32>();
            if ty.read() == MOVED {
                return len.read();
            }
            let bytes = self.traces.object_bytes(old);
            ptr::copy_nonoverlapping(old, self.to.wrapping_add(self.top as usize), bytes as usize);
            let new = self.top as u32;
            self.top += bytes;
            ty.write(MOVED);
            len.write(new);
            new
        }
    }
}

/// Whether there is something to follow.
#[inline]
fn is_followed(reference: u32) -> bool {
    reference != 0 && is_object(reference.into())
}

/// Copies every object that `roots` reach from the space at `from` into the one at `to`, from offset `start` on, and
/// changes all references; gives the offset after the last one.
///
/// # Safety
///
/// `[heap-access]`, `[heap-objects]`: `roots` shows every reference outside the heap, and there is room for all.
pub(super) unsafe fn evacuate(traces: &Traces, from: *mut u8, to: *mut u8, start: u64, roots: &mut dyn Roots) -> u64 {
    let mut evacuation = Evacuation { traces, from, to, space: start as u32 & UPPER_SPACE, top: start };
    let mut host_objects = Vec::new();
    roots.each(&mut |place| {
        let reference = *place as u32;
        if is_followed(reference) {
            *place = evacuation.moved(reference).into();
        } else if reference & KIND_BITS == HOST_KIND {
            host_objects.push(reference);
        }
    });
    host_objects.drain(..).for_each(|reference| roots.host_object(reference));
    let mut scanned = start;
    while scanned < evacuation.top {
        let object = to.wrapping_add(scanned as usize);
        // SAFETY: [heap-objects] What was copied are objects, one after the other.
        scanned += unsafe {
            traces.each_reference(object, |place| {
                let reference = place.read();
                if is_followed(reference) {
                    place.write(evacuation.moved(reference));
                } else if reference & KIND_BITS == HOST_KIND {
                    roots.host_object(reference);
                }
            })
        };
    }
    evacuation.top
}

/// What was found already by a search that moves nothing.
#[derive(Debug, Default)]
pub struct Visited(HashSet<u32>);

impl Heap {
    /// Shows the functions that can be reached through the objects from `reference` on, but for what was visited.
    ///
    /// # Safety
    ///
    /// `[heap-access]`, `[heap-objects]`.
    pub unsafe fn each_function_from(&self, reference: u64, visited: &mut Visited, mut visit: impl FnMut(u64)) {
        let mut pending = vec![reference as u32];
        while let Some(reference) = pending.pop() {
            if !is_followed(reference) || !visited.0.insert(reference) {
                continue;
            }
            debug_assert!(reference.is_multiple_of(OBJECT_ALIGNMENT));
            let object = self.base().wrapping_add(reference as usize);
            // SAFETY: [heap-objects] The reference leads to an object.
            unsafe {
                self.traces().each_function(object, &mut visit);
                self.traces().each_reference(object, |place| pending.push(place.read()));
            }
        }
    }
}
