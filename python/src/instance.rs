//! Instances and their exports.

use crate::{
    error::{self, OrRaise},
    func::Func,
    global::Global,
    host,
    memory::Memory,
    module::Module,
    store::Store,
    table::Table,
};
use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyKeyError, PyNotImplementedError},
    ffi,
    prelude::*,
    types::{PyDict, PyIterator, PyMapping, PyString, PyTuple},
};
use std::sync::OnceLock;
use wasmrt::{Extern, ExternType};

/// The Python object of something exported. Functions come in their builtin form.
pub fn export_object<'py>(store: &Bound<'py, Store>, name: &str, item: Extern) -> PyResult<Bound<'py, PyAny>> {
    let py = store.py();
    match item {
        Extern::Func(func) => Func::builtin(&Bound::new(py, Func::new(store, func, Some(name))?)?),
        Extern::Memory(memory) => Ok(Bound::new(py, Memory::new(store, memory))?.into_any()),
        Extern::Table(table) => Ok(Bound::new(py, Table::new(store, table))?.into_any()),
        Extern::Global(global) => Ok(Bound::new(py, Global::new(store, global))?.into_any()),
        Extern::Tag(_) => Err(PyNotImplementedError::new_err("tags have no Python object")),
    }
}

/// What an object that is to be imported or defined stands for in the core; `None` for others.
pub fn extern_of(object: &Bound<'_, PyAny>) -> Option<(Extern, Py<Store>)> {
    let py = object.py();
    if let Some(func) = Func::of(object) {
        return Some((func.get().core.into(), func.get().store_of(py)));
    }
    if let Ok(memory) = object.cast::<Memory>() {
        return Some((memory.get().core.into(), memory.get().store_of(py)));
    }
    if let Ok(table) = object.cast::<Table>() {
        return Some((table.get().core.into(), table.get().store_of(py)));
    }
    let global = object.cast::<Global>().ok()?;
    Some((global.get().core.into(), global.get().store_of(py)))
}

/// An instance of a module in a store. It lives until it is closed or its store ends.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Instance {
    store: Py<Store>,
    pub core: wasmrt::Instance,
    exports: OnceLock<Py<Exports>>,
}

impl Instance {
    /// The Python object of an instance.
    pub fn new(store: &Bound<'_, Store>, core: wasmrt::Instance) -> Instance {
        Instance { store: store.clone().unbind(), core, exports: OnceLock::new() }
    }

    /// Its store.
    pub fn store_of(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }
}

/// A callable as a definition of `linker` for an import whose type the module states.
fn define_callable(
    store: &Bound<'_, Store>,
    linker: &mut wasmrt::Linker<()>,
    import: wasmrt::ImportType<'_>,
    object: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = store.py();
    let (module, name) = (import.module(), import.name());
    if let Some((item, _)) = extern_of(object) {
        return linker.define(&store.get().core, module, name, item).map(|_| ()).or_raise(py);
    }
    let ExternType::Func(ty) = import.ty() else {
        let found = object.get_type();
        return Err(error::argument(py, format!("import `{module}.{name}` is a {}, not {found}", import.ty())));
    };
    let (body, shown) = host::body(py, ty.clone(), object, false)?;
    store.get().callables.add(shown);
    linker.func_new_unchecked(module, name, ty, body).map(|_| ()).or_raise(py)
}

/// A linker that holds just what the module imports.
fn linker_for(store: &Bound<'_, Store>, module: &Module, imports: &Bound<'_, PyAny>) -> PyResult<wasmrt::Linker<()>> {
    let py = store.py();
    let mut linker = wasmrt::Linker::new(&store.get().engine.get().core);
    linker.allow_shadowing(true);
    for import in module.core.imports() {
        let Ok(items) = imports.get_item(import.module()) else { continue };
        let object = match items.cast::<PyMapping>() {
            Ok(items) => items.get_item(import.name()).ok(),
            Err(_) => return Err(error::argument(py, "imports map module names to mappings of names to items")),
        };
        if let Some(object) = object {
            define_callable(store, &mut linker, import, &object)?;
        }
    }
    Ok(linker)
}

fn instantiate(store: &Bound<'_, Store>, module: &Module, imports: Option<&Bound<'_, PyAny>>) -> PyResult<Instance> {
    let py = store.py();
    let core = match imports {
        Some(imports) if imports.cast::<PyMapping>().is_ok() => {
            let linker = linker_for(store, module, imports)?;
            Store::enter(store, |core| linker.instantiate(core.clone(), &module.core))?
        }
        imports => {
            let given = imports.map(|imports| imports.try_iter()?.collect::<PyResult<Vec<_>>>()).transpose()?;
            let mut items = Vec::new();
            for (index, object) in given.unwrap_or_default().iter().enumerate() {
                let Some((item, _)) = extern_of(object) else {
                    return Err(error::argument(py, format!("import {index} is {}, no item", object.get_type())));
                };
                items.push(item);
            }
            Store::enter(store, |core| wasmrt::Instance::new(core.clone(), &module.core, &items))?
        }
    };
    store.get().add_instance(core);
    Ok(Instance::new(store, core))
}

#[pymethods]
impl Instance {
    /// Instantiates a module and runs its start function. `imports` is either one item per import, in their order, or a
    /// mapping of module names to mappings of names to items, where a callable takes the type that the module states.
    #[new]
    #[pyo3(signature = (store, module, imports=None))]
    fn py_new(store: &Bound<'_, Store>, module: &Module, imports: Option<&Bound<'_, PyAny>>) -> PyResult<Instance> {
        store.get().check_open(store.py())?;
        instantiate(store, module, imports)
    }

    #[getter]
    fn store(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }

    #[getter]
    fn module(&self, py: Python<'_>) -> PyResult<Module> {
        let engine = self.store.get().engine.clone_ref(py);
        let core = self.core.module(&self.store.get().core, &engine.get().core).or_raise(py)?;
        Ok(Module { core, engine })
    }

    /// The exports by name.
    #[getter]
    fn exports(&self, py: Python<'_>) -> PyResult<Py<Exports>> {
        if let Some(exports) = self.exports.get() {
            return Ok(exports.clone_ref(py));
        }
        let store = self.store.bind(py);
        let exports = self.core.exports(&store.get().core).or_raise(py)?;
        let made = Py::new(py, Exports::new(store, exports)?)?;
        Ok(self.exports.get_or_init(|| made).clone_ref(py))
    }

    /// Asks every call that runs in the instance to stop with `InterruptedError`.
    fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        self.core.interrupt(&self.store.get().core).or_raise(py)
    }

    /// Closes the instance: from now on its functions cannot be called from the host.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.store.get().close_instance(self.core)).or_raise(py)
    }

    fn __enter__(slf: Bound<'_, Instance>) -> Bound<'_, Instance> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        // The body may have closed it already.
        let _ = self.close(py);
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Instance>().is_ok_and(|other| other.get().core == self.core)
    }

    fn __hash__(&self) -> u64 {
        let (store, index, generation) = self.core.to_parts();
        store.rotate_left(40) ^ u64::from(index) << 16 ^ u64::from(generation)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)?;
        visit.call(self.exports.get())
    }
}

/// The exports of an instance: a mapping, whose items are attributes as well unless the mapping's own names hide them.
#[pyclass(frozen, mapping, module = "wasmrt")]
pub struct Exports {
    items: Py<PyDict>,
    /// Those that are attributes as well.
    attributes: Py<PyDict>,
}

impl Exports {
    fn new(store: &Bound<'_, Store>, exports: Vec<(String, Extern)>) -> PyResult<Exports> {
        let py = store.py();
        let class = py.get_type::<Exports>();
        let (items, attributes) = (PyDict::new(py), PyDict::new(py));
        for (name, item) in exports {
            let object = export_object(store, &name, item)?;
            if !class.hasattr(&name)? {
                attributes.set_item(&name, &object)?;
            }
            items.set_item(&name, object)?;
        }
        Ok(Exports { items: items.unbind(), attributes: attributes.unbind() })
    }
}

#[pymethods]
impl Exports {
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let item = self.items.bind(py).get_item(name)?;
        item.ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }

    /// Exports first, since looking in vain where Python looks first takes longer than most calls.
    fn __getattribute__<'py>(slf: &Bound<'py, Exports>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if let Some(item) = slf.get().attributes.bind(py).get_item(name)? {
            return Ok(item);
        }
        // SAFETY: both are objects that live; the result is a new reference, or null with an exception set.
        #[allow(unsafe_code)]
        unsafe {
            Bound::from_owned_ptr_or_err(py, ffi::PyObject_GenericGetAttr(slf.as_ptr(), name.as_ptr()))
        }
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.items.bind(py).len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.items.bind(py).try_iter()
    }

    fn __contains__(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.items.bind(py).contains(name)
    }

    #[pyo3(signature = (name, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.items.bind(py).get_item(name)?.or(default))
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.items.bind(py).call_method0("keys")
    }

    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.items.bind(py).call_method0("values")
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.items.bind(py).call_method0("items")
    }

    fn __dir__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.items.bind(py).call_method0("keys")
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "<wasmrt.Exports {}>",
            self.keys(py)?.try_iter()?.map(|name| name?.extract::<String>()).collect::<PyResult<Vec<_>>>()?.join(" ")
        ))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.items)?;
        visit.call(&self.attributes)
    }
}
