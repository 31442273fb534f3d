//! Tables.

use crate::{
    error::OrRaise,
    store::Store,
    types::TableType,
    value::{Place, from_val, to_val},
};
use pyo3::{PyTraverseError, PyVisit, prelude::*};
use wasmrt::{Val, ValType};

/// A table of references.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Table {
    store: Py<Store>,
    pub core: wasmrt::Table,
}

impl Table {
    /// The Python object of a table.
    pub fn new(store: &Bound<'_, Store>, core: wasmrt::Table) -> Table {
        Table { store: store.clone().unbind(), core }
    }

    /// Its store.
    pub fn store_of(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }

    fn element(&self, value: &Bound<'_, PyAny>) -> PyResult<Val> {
        let py = value.py();
        let ty = self.core.ty(&self.store.get().core).or_raise(py)?;
        to_val(self.store.bind(py), ValType::Ref(ty.element), value, Place::VALUE)
    }
}

#[pymethods]
impl Table {
    /// A table of the host's own, filled with `init`.
    #[new]
    #[pyo3(signature = (store, ty, init=None))]
    fn py_new(store: &Bound<'_, Store>, ty: &TableType, init: Option<Bound<'_, PyAny>>) -> PyResult<Table> {
        let py = store.py();
        store.get().check_open(py)?;
        let init = init.unwrap_or_else(|| py.None().into_bound(py));
        let init = to_val(store, ValType::Ref(ty.0.element), &init, Place::VALUE)?;
        let core = wasmrt::Table::new(store.get().core.clone(), ty.0.clone(), init).or_raise(py)?;
        Ok(Table::new(store, core))
    }

    #[getter]
    fn store(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }

    /// The type, with the current size as minimum.
    #[getter]
    fn r#type(&self, py: Python<'_>) -> PyResult<TableType> {
        self.core.ty(&self.store.get().core).map(TableType).or_raise(py)
    }

    /// Current size in elements.
    #[getter]
    fn size(&self, py: Python<'_>) -> PyResult<u64> {
        self.core.size(&self.store.get().core).or_raise(py)
    }

    /// The element at `index`; out of bounds: `UsageError`.
    fn get<'py>(&self, py: Python<'py>, index: u64) -> PyResult<Bound<'py, PyAny>> {
        let value = self.core.get(&self.store.get().core, index).or_raise(py)?;
        from_val(self.store.bind(py), &value)
    }

    /// Replaces the element at `index`; out of bounds or of another type: `UsageError`.
    fn set(&self, py: Python<'_>, index: u64, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.core.set(self.store.get().core.clone(), index, self.element(value)?).or_raise(py)
    }

    /// Grows by `delta` elements and returns the old size. Beyond what is allowed: `LimitError`.
    #[pyo3(signature = (delta, init=None))]
    fn grow(&self, py: Python<'_>, delta: u64, init: Option<Bound<'_, PyAny>>) -> PyResult<u64> {
        let init = self.element(&init.unwrap_or_else(|| py.None().into_bound(py)))?;
        self.core.grow(self.store.get().core.clone(), delta, init).or_raise(py)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.size(py)? as usize)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Table>().is_ok_and(|other| other.get().core == self.core)
    }

    fn __hash__(&self) -> u64 {
        let (store, index, generation) = self.core.to_parts();
        store.rotate_left(40) ^ u64::from(index) << 16 ^ u64::from(generation)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)
    }
}
