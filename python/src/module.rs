//! Modules and what they import and export.

use crate::{
    engine::Engine,
    error::{self, OrRaise},
    types::extern_type,
};
use pyo3::{
    buffer::PyBuffer,
    prelude::*,
    types::{PyBytes, PyString},
};
use std::path::PathBuf;

/// A validated module with its code, usable in any store of its engine and from any thread.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Module {
    pub core: wasmrt::Module,
    pub engine: Py<Engine>,
}

/// Bytes of a str (text format) or of anything with a buffer.
pub fn source_bytes(source: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = source.cast::<PyString>() {
        return Ok(text.to_cow()?.into_owned().into_bytes());
    }
    let py = source.py();
    let buffer = PyBuffer::<u8>::get(source)
        .map_err(|_| error::argument(py, format!("expected bytes or text, not {}", source.get_type())))?;
    buffer.to_vec(py)
}

#[pymethods]
impl Module {
    #[new]
    fn new(py: Python<'_>, engine: Py<Engine>, source: &Bound<'_, PyAny>) -> PyResult<Module> {
        let bytes = source_bytes(source)?;
        let core = engine.get().core.clone();
        let core = py.detach(|| wasmrt::Module::new(&core, bytes)).or_raise(py)?;
        Ok(Module { core, engine })
    }

    /// As the constructor, for the binary format only.
    #[staticmethod]
    fn from_binary(py: Python<'_>, engine: Py<Engine>, source: &Bound<'_, PyAny>) -> PyResult<Module> {
        let bytes = source_bytes(source)?;
        let core = engine.get().core.clone();
        let core = py.detach(|| wasmrt::Module::from_binary(&core, &bytes)).or_raise(py)?;
        Ok(Module { core, engine })
    }

    /// Reads a file in the binary or the text format.
    #[staticmethod]
    fn from_file(py: Python<'_>, engine: Py<Engine>, path: PathBuf) -> PyResult<Module> {
        let core = engine.get().core.clone();
        let core = py.detach(|| Ok::<_, PyErr>(wasmrt::Module::new(&core, std::fs::read(path)?)))?.or_raise(py)?;
        Ok(Module { core, engine })
    }

    /// Decodes and validates only.
    #[staticmethod]
    fn validate(py: Python<'_>, engine: &Engine, source: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = source_bytes(source)?;
        py.detach(|| wasmrt::Module::validate(&engine.core, &bytes)).or_raise(py)
    }

    #[getter]
    fn engine(&self, py: Python<'_>) -> Py<Engine> {
        self.engine.clone_ref(py)
    }

    #[getter]
    fn name(&self) -> Option<&str> {
        self.core.name()
    }

    #[getter]
    fn imports(&self, py: Python<'_>) -> PyResult<Vec<ImportType>> {
        let import = |import: wasmrt::ImportType<'_>| {
            let ty = extern_type(py, import.ty())?;
            Ok(ImportType { module: import.module().to_owned(), name: import.name().to_owned(), ty })
        };
        self.core.imports().map(import).collect()
    }

    #[getter]
    fn exports(&self, py: Python<'_>) -> PyResult<Vec<ExportType>> {
        let export = |export: wasmrt::ExportType<'_>| {
            Ok(ExportType { name: export.name().to_owned(), ty: extern_type(py, export.ty())? })
        };
        self.core.exports().map(export).collect()
    }

    #[getter]
    fn custom_sections<'py>(&self, py: Python<'py>) -> Vec<(String, Bound<'py, PyBytes>)> {
        let sections = self.core.custom_sections();
        sections.map(|(name, bytes)| (name.to_owned(), PyBytes::new(py, bytes))).collect()
    }

    /// The module in the binary format.
    #[getter]
    fn binary<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.core.bytes())
    }

    /// Bytes of machine code; 0 for the interpreter.
    #[getter]
    fn code_bytes(&self) -> usize {
        self.core.code_bytes()
    }

    fn __repr__(&self) -> String {
        match self.core.name() {
            Some(name) => format!("<wasmrt.Module {name}>"),
            None => "<wasmrt.Module>".to_owned(),
        }
    }
}

/// One import of a module.
#[pyclass(frozen, get_all, module = "wasmrt")]
pub struct ImportType {
    module: String,
    name: String,
    #[pyo3(name = "type")]
    ty: Py<PyAny>,
}

#[pymethods]
impl ImportType {
    fn __repr__(&self) -> String {
        format!("ImportType({:?}, {:?}, {})", self.module, self.name, self.ty)
    }
}

/// One export of a module.
#[pyclass(frozen, get_all, module = "wasmrt")]
pub struct ExportType {
    name: String,
    #[pyo3(name = "type")]
    ty: Py<PyAny>,
}

#[pymethods]
impl ExportType {
    fn __repr__(&self) -> String {
        format!("ExportType({:?}, {})", self.name, self.ty)
    }
}
