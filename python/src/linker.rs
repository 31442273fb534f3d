//! Linkers: definitions by name, from which modules take their imports.

use crate::{
    engine::Engine,
    error::{self, OrRaise},
    host,
    instance::{Instance, export_object, extern_of},
    module::Module,
    roots::{Callables, lock},
    store::Store,
    types::FuncType,
    wasi::WasiConfig,
};
use pyo3::{PyTraverseError, PyVisit, prelude::*};
use std::sync::{Arc, Mutex};

/// Definitions by module and item name. Host functions are defined once for all stores; other items belong to one.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Linker {
    /// Shared while somebody instantiates, so that a start function may define more.
    core: Mutex<Arc<wasmrt::Linker<()>>>,
    engine: Py<Engine>,
    callables: Callables,
}

impl Linker {
    fn change(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut wasmrt::Linker<()>) -> wasmrt::Result<()>,
    ) -> PyResult<()> {
        let result = change(Arc::make_mut(&mut lock(&self.core)));
        result.or_raise(py)
    }
}

#[pymethods]
impl Linker {
    #[new]
    #[pyo3(signature = (engine, *, allow_shadowing=false))]
    fn new(engine: Py<Engine>, allow_shadowing: bool) -> Linker {
        let mut core = wasmrt::Linker::new(&engine.get().core);
        core.allow_shadowing(allow_shadowing);
        Linker { core: Mutex::new(Arc::new(core)), engine, callables: Callables::default() }
    }

    #[getter]
    fn engine(&self, py: Python<'_>) -> Py<Engine> {
        self.engine.clone_ref(py)
    }

    /// Defines a function, memory, table or global of a store.
    fn define(&self, module: &str, name: &str, item: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = item.py();
        let Some((core, store)) = extern_of(item) else {
            return Err(error::argument(py, format!("{} cannot be imported; see define_func", item.get_type())));
        };
        self.change(py, |linker| linker.define(&store.get().core, module, name, core).map(|_| ()))
    }

    /// Defines a host function. Without `ty`, its annotations say the type: `wasmrt.i32` and its siblings. With
    /// `with_caller`, or a first parameter annotated `wasmrt.Caller`, it is told from where it was called.
    #[pyo3(signature = (module, name, callable, ty=None, *, with_caller=false))]
    fn define_func(
        &self,
        module: &str,
        name: &str,
        callable: &Bound<'_, PyAny>,
        ty: Option<&FuncType>,
        with_caller: bool,
    ) -> PyResult<()> {
        let py = callable.py();
        let (ty, with_caller) = host::definition(callable, ty, with_caller)?;
        let (body, shown) = host::body(py, ty.clone(), callable, with_caller)?;
        self.callables.add(shown);
        self.change(py, |linker| linker.func_new_unchecked(module, name, ty, body).map(|_| ()))
    }

    /// Defines every export of an instance under `module`.
    fn define_instance(&self, py: Python<'_>, module: &str, instance: &Instance) -> PyResult<()> {
        let store = instance.store_of(py);
        self.change(py, |linker| linker.instance(&store.get().core, module, instance.core).map(|_| ()))
    }

    /// Defines the functions of WASI preview 1. Everything that this linker instantiates shares one world.
    fn define_wasi(&self, py: Python<'_>, config: &WasiConfig) -> PyResult<()> {
        let ctx = config.core.build().or_raise(py)?;
        config.callables.list(py).into_iter().for_each(|callable| self.callables.add(callable));
        self.change(py, |linker| wasmrt_wasi::add_to_linker_shared(linker, ctx))
    }

    /// The definition with this name as an item of the store; `None` if there is none.
    fn get<'py>(&self, store: &Bound<'py, Store>, module: &str, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let linker = lock(&self.core).clone();
        let item = linker.get(store.get().core.clone(), module, name);
        let py = store.py();
        self.callables.list(py).into_iter().for_each(|callable| store.get().callables.add(callable));
        item.map(|item| export_object(store, name, item)).transpose()
    }

    /// Instantiates a module with these definitions and runs its start function.
    fn instantiate(&self, store: &Bound<'_, Store>, module: &Module) -> PyResult<Instance> {
        let py = store.py();
        store.get().check_open(py)?;
        self.callables.list(py).into_iter().for_each(|callable| store.get().callables.add(callable));
        let linker = lock(&self.core).clone();
        let core = Store::enter(store, |store| linker.instantiate(store.clone(), &module.core))?;
        store.get().add_instance(core);
        Ok(Instance::new(store, core))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.engine)?;
        self.callables.traverse(visit)
    }

    fn __clear__(&self) {
        self.callables.clear();
    }
}
