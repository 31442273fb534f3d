//! Which segments of an instance are still there: `data.drop` and `elem.drop` empty one for good. And what the element
//! segments hold whose elements are expressions: those are evaluated once, when the instance is made.

use crate::{
    module::{ElementItems, ModuleInfo},
    types::{DataIdx, ElemIdx},
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// The segments of an instance; dropping one is seen by all threads of a shared store.
#[derive(Debug)]
pub struct Segments {
    data: Box<[AtomicBool]>,
    elements: Box<[Elements]>,
}

/// An element segment.
#[derive(Debug)]
struct Elements {
    is_dropped: AtomicBool,
    /// Whether its references are the collector's.
    is_gc: bool,
    /// Raw references, if the elements are expressions.
    values: Mutex<Arc<[AtomicU64]>>,
}

impl Elements {
    fn values(&self) -> MutexGuard<'_, Arc<[AtomicU64]>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Segments {
    /// All segments of `info`, none dropped, expressions not evaluated yet.
    pub fn new(info: &ModuleInfo) -> Segments {
        let elements = info.elements.iter().map(|segment| Elements {
            is_dropped: AtomicBool::new(false),
            is_gc: segment.element.is_gc(),
            values: Mutex::default(),
        });
        Segments { data: info.data.iter().map(|_| AtomicBool::new(false)).collect(), elements: elements.collect() }
    }

    /// `data.drop`.
    pub fn drop_data(&self, data: DataIdx) {
        self.data[data.index()].store(true, Ordering::Release);
    }

    /// `elem.drop`.
    pub fn drop_element(&self, elem: ElemIdx) {
        let elements = &self.elements[elem.index()];
        elements.is_dropped.store(true, Ordering::Release);
        let values = std::mem::take(&mut *elements.values());
        // Whoever still reads finds nothing that the collector no longer knows.
        values.iter().for_each(|value| value.store(0, Ordering::Relaxed));
    }

    /// The bytes of a data segment; none once it is dropped.
    pub fn data_bytes<'a>(&self, info: &'a ModuleInfo, data: DataIdx) -> &'a [u8] {
        if self.data[data.index()].load(Ordering::Acquire) { &[] } else { info.data_bytes(data) }
    }

    /// Number of elements of an element segment; 0 once it is dropped.
    pub fn elements_len(&self, info: &ModuleInfo, elem: ElemIdx) -> u64 {
        let is_dropped = self.elements[elem.index()].is_dropped.load(Ordering::Acquire);
        if is_dropped { 0 } else { info.elements[elem.index()].items.len() as u64 }
    }

    /// Makes room for the values of a segment of expressions, all null, where the collector finds them.
    pub fn prepare(&self, info: &ModuleInfo, elem: ElemIdx) -> Arc<[AtomicU64]> {
        let len = match &info.elements[elem.index()].items {
            ElementItems::Expressions(items) => items.len(),
            ElementItems::Functions(_) => 0,
        };
        let values: Arc<[AtomicU64]> = (0..len).map(|_| AtomicU64::new(0)).collect();
        *self.elements[elem.index()].values() = values.clone();
        values
    }

    /// The raw references of a segment of expressions; none once it is dropped.
    pub fn values(&self, elem: ElemIdx) -> Arc<[AtomicU64]> {
        self.elements[elem.index()].values().clone()
    }

    /// Shows every reference that the collector knows to `visit`, which may change it.
    pub fn each_reference_mut(&self, mut visit: impl FnMut(&mut u64)) {
        for elements in self.elements.iter().filter(|elements| elements.is_gc) {
            for place in elements.values().iter() {
                let mut reference = place.load(Ordering::Relaxed);
                visit(&mut reference);
                place.store(reference, Ordering::Relaxed);
            }
        }
    }
}
