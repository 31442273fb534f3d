//! Types of functions, memories, tables and globals. Value types are their names: `"i32"`, `"funcref"`.

use crate::error;
use pyo3::{prelude::*, types::PyTuple};
use wasmrt::ValType;

/// The value type with this name.
pub fn val_type(py: Python<'_>, name: &str) -> PyResult<ValType> {
    Ok(match name {
        "i32" => ValType::I32,
        "i64" => ValType::I64,
        "f32" => ValType::F32,
        "f64" => ValType::F64,
        "v128" => ValType::V128,
        "funcref" => ValType::FUNCREF,
        "externref" => ValType::EXTERNREF,
        _ => return Err(error::usage(py, format!("`{name}` names no value type"))),
    })
}

fn val_types(types: &Bound<'_, PyAny>) -> PyResult<Vec<ValType>> {
    let py = types.py();
    if types.is_instance_of::<pyo3::types::PyString>() {
        return Err(error::argument(py, "value types are given as a list of names"));
    }
    types.try_iter()?.map(|name| val_type(py, name?.extract::<&str>()?)).collect()
}

fn names<'py>(py: Python<'py>, types: &[ValType]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, types.iter().map(ValType::to_string))
}

/// Parameter and result types of a function.
#[pyclass(frozen, eq, hash, module = "wasmrt")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FuncType(pub wasmrt::FuncType);

#[pymethods]
impl FuncType {
    #[new]
    #[pyo3(signature = (params, results))]
    fn new(params: &Bound<'_, PyAny>, results: &Bound<'_, PyAny>) -> PyResult<FuncType> {
        Ok(FuncType(wasmrt::FuncType::new(val_types(params)?, val_types(results)?)))
    }

    #[getter]
    fn params<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        names(py, self.0.params())
    }

    #[getter]
    fn results<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        names(py, self.0.results())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("FuncType({}, {})", self.params(py)?.repr()?, self.results(py)?.repr()?))
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyTuple>)> {
        Ok((self.params(py)?, self.results(py)?))
    }
}

/// The type of a memory. Sizes are in pages.
#[pyclass(frozen, eq, hash, module = "wasmrt")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MemoryType(pub wasmrt::MemoryType);

#[pymethods]
impl MemoryType {
    #[new]
    #[pyo3(signature = (min, max=None, *, memory64=false, shared=false, page_size_log2=16))]
    fn new(min: u64, max: Option<u64>, memory64: bool, shared: bool, page_size_log2: u32) -> MemoryType {
        MemoryType(wasmrt::MemoryType { min, max, memory64, shared, page_size_log2 })
    }

    #[getter]
    fn min(&self) -> u64 {
        self.0.min
    }

    #[getter]
    fn max(&self) -> Option<u64> {
        self.0.max
    }

    #[getter]
    fn memory64(&self) -> bool {
        self.0.memory64
    }

    #[getter]
    fn shared(&self) -> bool {
        self.0.shared
    }

    #[getter]
    fn page_size_log2(&self) -> u32 {
        self.0.page_size_log2
    }

    fn __repr__(&self) -> String {
        format!("MemoryType({})", self.0)
    }
}

/// The type of a table. Sizes are in elements.
#[pyclass(frozen, eq, hash, module = "wasmrt")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TableType(pub wasmrt::TableType);

#[pymethods]
impl TableType {
    #[new]
    #[pyo3(signature = (element, min, max=None, *, table64=false))]
    fn new(py: Python<'_>, element: &str, min: u64, max: Option<u64>, table64: bool) -> PyResult<TableType> {
        let ValType::Ref(element) = val_type(py, element)? else {
            return Err(error::usage(py, format!("tables hold references, not {element}")));
        };
        Ok(TableType(wasmrt::TableType { element, min, max, table64 }))
    }

    #[getter]
    fn element(&self) -> String {
        self.0.element.to_string()
    }

    #[getter]
    fn min(&self) -> u64 {
        self.0.min
    }

    #[getter]
    fn max(&self) -> Option<u64> {
        self.0.max
    }

    #[getter]
    fn table64(&self) -> bool {
        self.0.table64
    }

    fn __repr__(&self) -> String {
        format!("TableType({})", self.0)
    }
}

/// The type of a global.
#[pyclass(frozen, eq, hash, module = "wasmrt")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GlobalType(pub wasmrt::GlobalType);

#[pymethods]
impl GlobalType {
    #[new]
    #[pyo3(signature = (content, *, mutable=false))]
    fn new(py: Python<'_>, content: &str, mutable: bool) -> PyResult<GlobalType> {
        Ok(GlobalType(wasmrt::GlobalType { content: val_type(py, content)?, mutable }))
    }

    #[getter]
    fn content(&self) -> String {
        self.0.content.to_string()
    }

    #[getter]
    fn mutable(&self) -> bool {
        self.0.mutable
    }

    fn __repr__(&self) -> String {
        format!("GlobalType({})", self.0)
    }
}

/// The type of an import or export as a Python object.
pub fn extern_type(py: Python<'_>, ty: wasmrt::ExternType) -> PyResult<Py<PyAny>> {
    Ok(match ty {
        wasmrt::ExternType::Func(ty) => Py::new(py, FuncType(ty))?.into_any(),
        wasmrt::ExternType::Memory(ty) => Py::new(py, MemoryType(ty))?.into_any(),
        wasmrt::ExternType::Table(ty) => Py::new(py, TableType(ty))?.into_any(),
        wasmrt::ExternType::Global(ty) => Py::new(py, GlobalType(ty))?.into_any(),
        // The parameters are what an exception of this tag carries.
        wasmrt::ExternType::Tag(ty) => Py::new(py, FuncType(ty))?.into_any(),
    })
}
