//! Which segments of an instance are still there: `data.drop` and `elem.drop` empty one for good.

use crate::{
    module::ModuleInfo,
    types::{DataIdx, ElemIdx},
};
use std::sync::atomic::{AtomicBool, Ordering};

/// One flag per segment of a module; dropping is seen by all threads of a shared store.
#[derive(Debug)]
pub struct Segments {
    data: Box<[AtomicBool]>,
    elements: Box<[AtomicBool]>,
}

impl Segments {
    /// All segments of `info`, none dropped.
    pub fn new(info: &ModuleInfo) -> Segments {
        let flags = |len: usize| (0..len).map(|_| AtomicBool::new(false)).collect();
        Segments { data: flags(info.data.len()), elements: flags(info.elements.len()) }
    }

    /// `data.drop`.
    pub fn drop_data(&self, data: DataIdx) {
        self.data[data.index()].store(true, Ordering::Release);
    }

    /// `elem.drop`.
    pub fn drop_element(&self, elem: ElemIdx) {
        self.elements[elem.index()].store(true, Ordering::Release);
    }

    /// The bytes of a data segment; none once it is dropped.
    pub fn data_bytes<'a>(&self, info: &'a ModuleInfo, data: DataIdx) -> &'a [u8] {
        if self.data[data.index()].load(Ordering::Acquire) { &[] } else { info.data_bytes(data) }
    }

    /// Number of elements of an element segment; 0 once it is dropped.
    pub fn elements_len(&self, info: &ModuleInfo, elem: ElemIdx) -> u64 {
        let is_dropped = self.elements[elem.index()].load(Ordering::Acquire);
        if is_dropped { 0 } else { info.elements[elem.index()].items.len() as u64 }
    }
}
