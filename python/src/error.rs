//! Errors in both directions: the core's become the classes of `wasmrt._errors`; a Python exception travels through the
//! core as it is and comes out as the same object.

use pyo3::{prelude::*, sync::PyOnceLock, types::PyDict};
use std::fmt;
use wasmrt::{Error, ErrorKind, FrameInfo, TrapCode};

/// A Python exception on its way through the core.
struct HostException {
    exception: PyErr,
    message: String,
}

impl fmt::Debug for HostException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for HostException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for HostException {}

/// The core's error for an exception that ends a guest's call.
pub fn from_exception(py: Python<'_>, exception: PyErr) -> Error {
    let message = exception.value(py).to_string();
    Error::host(HostException { exception, message })
}

/// The exception for an error of the core.
pub fn to_exception(py: Python<'_>, error: &Error) -> PyErr {
    match error.downcast_ref::<HostException>() {
        Some(host) => host.exception.clone_ref(py),
        None => make(py, error).unwrap_or_else(|failure| failure),
    }
}

/// The exception for a wrong use of the library.
pub fn usage(py: Python<'_>, message: impl Into<String>) -> PyErr {
    to_exception(py, &Error::usage(message))
}

/// The exception for an argument that is missing or of a wrong type; a `TypeError`, too.
pub fn argument(py: Python<'_>, message: impl Into<String>) -> PyErr {
    let made = errors_module(py).and_then(|module| module.getattr("ArgumentError")?.call1((message.into(),)));
    made.map_or_else(|failure| failure, PyErr::from_value)
}

/// Turns results of the core into Python's.
pub trait OrRaise<T> {
    /// The value, or the exception for the error.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for wasmrt::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| to_exception(py, &error))
    }
}

fn errors_module(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static MODULE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || Ok::<_, PyErr>(py.import("wasmrt._errors")?.into_any().unbind()))?;
    Ok(module.bind(py).clone())
}

fn make(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let data = PyDict::new(py);
    match error.kind() {
        ErrorKind::Decode { offset } | ErrorKind::Validate { offset } => data.set_item("offset", offset)?,
        ErrorKind::Unsupported { offset, feature } => {
            data.set_item("offset", offset)?;
            data.set_item("feature", feature)?;
        }
        ErrorKind::Link { module, name } => {
            data.set_item("module", module)?;
            data.set_item("name", name)?;
        }
        ErrorKind::Trap(code) => data.set_item("code", *code as u8)?,
        ErrorKind::Exit { code } => data.set_item("code", code)?,
        _ => {}
    }
    let frames: Vec<_> = error.backtrace().iter().map(frame).collect();
    let maker = errors_module(py)?.getattr("from_core")?;
    Ok(PyErr::from_value(maker.call1((error.kind().name(), error.message(), data, frames))?))
}

fn frame(frame: &FrameInfo) -> (Option<&str>, u32, Option<&str>, Option<u32>, String) {
    let FrameInfo { module_name, func_index, func_name, module_offset } = frame;
    (module_name.as_deref(), *func_index, func_name.as_deref(), *module_offset, frame.to_string())
}

/// The core's table of trap codes: number, name as in Rust, message.
#[pyfunction]
pub fn trap_codes() -> Vec<(u8, &'static str, &'static str)> {
    TrapCode::ALL.iter().map(|code| (*code as u8, code.name(), code.message())).collect()
}
