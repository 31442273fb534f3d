//! Globals.

use crate::{
    error::OrRaise,
    store::Store,
    types::GlobalType,
    value::{Place, from_val, to_val},
};
use pyo3::{PyTraverseError, PyVisit, prelude::*};

/// A global variable or constant.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Global {
    store: Py<Store>,
    pub core: wasmrt::Global,
}

impl Global {
    /// The Python object of a global.
    pub fn new(store: &Bound<'_, Store>, core: wasmrt::Global) -> Global {
        Global { store: store.clone().unbind(), core }
    }

    /// Its store.
    pub fn store_of(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }
}

#[pymethods]
impl Global {
    /// A global of the host's own.
    #[new]
    fn py_new(store: &Bound<'_, Store>, ty: &GlobalType, value: &Bound<'_, PyAny>) -> PyResult<Global> {
        let py = store.py();
        store.get().check_open(py)?;
        let value = to_val(store, ty.0.content, value, Place::VALUE)?;
        let core = wasmrt::Global::new(store.get().core.clone(), ty.0.clone(), value).or_raise(py)?;
        Ok(Global::new(store, core))
    }

    #[getter]
    fn store(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }

    #[getter]
    fn r#type(&self, py: Python<'_>) -> PyResult<GlobalType> {
        self.core.ty(&self.store.get().core).map(GlobalType).or_raise(py)
    }

    /// The value.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let value = self.core.get(&self.store.get().core).or_raise(py)?;
        from_val(self.store.bind(py), &value)
    }

    /// Replaces the value; immutable or of another type: `UsageError`.
    fn set(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let ty = self.core.ty(&self.store.get().core).or_raise(py)?;
        let value = to_val(self.store.bind(py), ty.content, value, Place::VALUE)?;
        self.core.set(self.store.get().core.clone(), value).or_raise(py)
    }

    #[getter(value)]
    fn py_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }

    #[setter(value)]
    fn set_py_value(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set(py, value)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Global>().is_ok_and(|other| other.get().core == self.core)
    }

    fn __hash__(&self) -> u64 {
        let (store, index, generation) = self.core.to_parts();
        store.rotate_left(40) ^ u64::from(index) << 16 ^ u64::from(generation)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)
    }
}
