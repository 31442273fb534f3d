//! Wasm → Python: host functions, and what they see of their caller.

use crate::{
    error::{self, OrRaise},
    instance::{Instance, export_object},
    roots::{HostCallable, Slot},
    store::{Store, running_store},
    types::{FuncType, val_type},
    value::{read_all, write_results},
};
use pyo3::{PyTraverseError, PyVisit, prelude::*, sync::PyOnceLock, types::PyTuple};
use std::sync::Arc;
use wasmrt::{Error, Result};

/// A host function as the core calls it.
pub type Body = Box<dyn Fn(wasmrt::Caller<'_, ()>, &mut [u64]) -> Result<()> + Send + Sync>;

/// A host function's body for the core, and what shows its callable to the garbage collector.
pub fn body(
    py: Python<'_>,
    ty: wasmrt::FuncType,
    callable: &Bound<'_, PyAny>,
    with_caller: bool,
) -> PyResult<(Body, Py<HostCallable>)> {
    if !callable.is_callable() {
        return Err(error::argument(py, format!("{} is not callable", callable.get_type())));
    }
    let (slot, shown) = HostCallable::new(py, callable.clone().unbind())?;
    let body = move |caller: wasmrt::Caller<'_, ()>, slots: &mut [u64]| {
        let called = Python::try_attach(|py| {
            call(py, &slot, &ty, with_caller, &caller, slots).map_err(|raised| error::from_exception(py, raised))
        });
        called.unwrap_or_else(|| Err(Error::host("the interpreter has ended")))
    };
    Ok((Box::new(body), shown))
}

fn call(
    py: Python<'_>,
    slot: &Arc<Slot>,
    ty: &wasmrt::FuncType,
    with_caller: bool,
    caller: &wasmrt::Caller<'_, ()>,
    slots: &mut [u64],
) -> PyResult<()> {
    let (Some(store), Some(callable)) = (running_store(py), slot.get(py)) else {
        return Err(error::usage(py, "the host function was collected with its store"));
    };
    let store = store.bind(py);
    let mut args = Vec::with_capacity(ty.params().len() + 1);
    if with_caller {
        let caller = Caller { store: store.clone().unbind(), instance: caller.instance(), watch: caller.watch() };
        args.push(Bound::new(py, caller)?.into_any());
    }
    args.extend(read_all(store, ty.params(), slots)?);
    let result = callable.call1(PyTuple::new(py, args)?)?;
    write_results(store, ty, &result, slots)
}

/// A callable's name, for display.
pub fn name_of(callable: &Bound<'_, PyAny>) -> Option<String> {
    callable.getattr("__name__").ok()?.extract().ok()
}

/// The type that a callable's annotations spell out, and whether its first parameter is the caller.
pub fn annotated_type(callable: &Bound<'_, PyAny>) -> PyResult<(wasmrt::FuncType, bool)> {
    static READER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = callable.py();
    let reader = READER
        .get_or_try_init(py, || Ok::<_, PyErr>(py.import("wasmrt._annotations")?.getattr("function_type")?.unbind()))?;
    let read = reader.bind(py).call1((callable,))?;
    let (params, results, with_caller): (Vec<String>, Vec<String>, bool) = read.extract()?;
    let types = |names: Vec<String>| names.iter().map(|name| val_type(py, name)).collect::<PyResult<Vec<_>>>();
    Ok((wasmrt::FuncType::new(types(params)?, types(results)?), with_caller))
}

/// The type to define a callable with: the one given, or the annotated one.
pub fn definition(
    callable: &Bound<'_, PyAny>,
    ty: Option<&FuncType>,
    with_caller: bool,
) -> PyResult<(wasmrt::FuncType, bool)> {
    match ty {
        Some(ty) => Ok((ty.0.clone(), with_caller)),
        None => annotated_type(callable).map(|(ty, wants_caller)| (ty, wants_caller || with_caller)),
    }
}

/// From where a host function was called.
#[pyclass(frozen, module = "wasmrt")]
pub struct Caller {
    store: Py<Store>,
    instance: Option<wasmrt::Instance>,
    watch: wasmrt::CallWatch,
}

#[pymethods]
impl Caller {
    #[getter]
    fn store(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }

    /// The instance that imports the function; `None` if the host called it directly.
    #[getter]
    fn instance(&self, py: Python<'_>) -> Option<Instance> {
        self.instance.map(|core| Instance::new(self.store.bind(py), core))
    }

    /// An export of the calling instance; `None` if there is none of that name.
    fn get_export<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let store = self.store.bind(py);
        let item = self.instance.and_then(|instance| instance.get_export(&store.get().core, name));
        item.map(|item| export_object(store, name, item)).transpose()
    }

    /// Raises what the call is to end with, if it is to end: for host functions that take their time.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.watch.check()).or_raise(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.store)
    }
}
