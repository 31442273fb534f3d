//! Python references that the core holds, where the garbage collector can see them.
//!
//! A guest's externref or a host function may refer to a Python object that refers back to the store. Each such
//! reference lives in a `Slot`, and exactly one Python object shows it to the collector.

use pyo3::{PyTraverseError, PyVisit, prelude::*};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
};

/// A lock that is held for moments only and never while Python code runs.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For the collector, which must not wait: whoever has the lock stands still until the collector is done.
fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// One reference to a Python object, until it is cleared.
pub struct Slot(Mutex<Option<Py<PyAny>>>);

impl Slot {
    /// A slot that refers to `object`.
    pub fn new(object: Py<PyAny>) -> Arc<Slot> {
        Arc::new(Slot(Mutex::new(Some(object))))
    }

    /// The object, unless cleared.
    pub fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        lock(&self.0).as_ref().map(|object| object.bind(py).clone())
    }

    /// Gives the reference up.
    pub fn clear(&self) {
        let object = lock(&self.0).take();
        drop(object);
    }

    fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match try_lock(&self.0).as_deref() {
            Some(Some(object)) => visit.call(object),
            _ => Ok(()),
        }
    }
}

/// Shows the reference of a host function or stream to the collector. The core has the slot only; stores and linkers
/// that may call the function hold this.
#[pyclass(frozen, module = "wasmrt._wasmrt", name = "_HostCallable")]
pub struct HostCallable {
    slot: Arc<Slot>,
}

#[pymethods]
impl HostCallable {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.slot.traverse(visit)
    }

    fn __clear__(&self) {
        self.slot.clear();
    }
}

impl HostCallable {
    /// Puts a callable into a slot for the core.
    pub fn new(py: Python<'_>, callable: Py<PyAny>) -> PyResult<(Arc<Slot>, Py<HostCallable>)> {
        let slot = Slot::new(callable);
        let shown = Py::new(py, HostCallable { slot: slot.clone() })?;
        Ok((slot, shown))
    }
}

/// The host functions that something may call.
#[derive(Default)]
pub struct Callables(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_slot: HashMap<usize, Py<HostCallable>>,
    prune_at: usize,
}

/// Fewer entries than this are never looked through.
const PRUNE_MIN: usize = 64;

impl Callables {
    /// Keeps a host function.
    pub fn add(&self, callable: Py<HostCallable>) {
        let mut unused = Vec::new();
        let mut kept = lock(&self.0);
        if kept.by_slot.len() >= kept.prune_at.max(PRUNE_MIN) {
            let is_unused = |callable: &Py<HostCallable>| Arc::strong_count(&callable.get().slot) == 1;
            unused.extend(kept.by_slot.extract_if(|_, callable| is_unused(callable)));
            kept.prune_at = 2 * kept.by_slot.len();
        }
        let key = Arc::as_ptr(&callable.get().slot) as usize;
        let replaced = kept.by_slot.insert(key, callable);
        drop(kept);
        drop((unused, replaced));
    }

    /// The host functions.
    pub fn list(&self, py: Python<'_>) -> Vec<Py<HostCallable>> {
        lock(&self.0).by_slot.values().map(|callable| callable.clone_ref(py)).collect()
    }

    /// For `__traverse__`.
    pub fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match try_lock(&self.0) {
            Some(kept) => kept.by_slot.values().try_for_each(|callable| visit.call(callable)),
            None => Ok(()),
        }
    }

    /// For `__clear__`.
    pub fn clear(&self) {
        let kept = std::mem::take(&mut *lock(&self.0));
        drop(kept);
    }
}

/// The objects that a store's guests hold as externrefs.
#[derive(Default)]
pub struct Externs(Mutex<Held>);

#[derive(Default)]
struct Held {
    slots: Vec<Arc<Slot>>,
    prune_at: usize,
}

/// What the core holds for an externref.
pub struct ExternObject(Arc<Slot>);

impl Drop for ExternObject {
    fn drop(&mut self) {
        self.0.clear();
    }
}

impl ExternObject {
    /// The Python object.
    pub fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.0.get(py)
    }
}

impl Externs {
    /// Makes an object ready for the core.
    pub fn wrap(&self, object: &Bound<'_, PyAny>) -> ExternObject {
        let slot = Slot::new(object.clone().unbind());
        let mut held = lock(&self.0);
        if held.slots.len() >= held.prune_at.max(PRUNE_MIN) {
            // These have been cleared when the core gave them up.
            held.slots.retain(|slot| Arc::strong_count(slot) > 1);
            held.prune_at = 2 * held.slots.len();
        }
        held.slots.push(slot.clone());
        ExternObject(slot)
    }

    /// For `__traverse__`.
    pub fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match try_lock(&self.0) {
            Some(held) => held.slots.iter().try_for_each(|slot| slot.traverse(visit)),
            None => Ok(()),
        }
    }

    /// For `__clear__`.
    pub fn clear(&self) {
        let slots = std::mem::take(&mut lock(&self.0).slots);
        slots.iter().for_each(|slot| slot.clear());
    }
}
