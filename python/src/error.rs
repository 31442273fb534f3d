//! Errors in both directions: the core's become the classes of `wasmrt._errors`; a Python exception travels through the
//! core as it is and comes out as the same object.

use pyo3::{prelude::*, sync::PyOnceLock, types::PyDict};
use std::{cell::Cell, fmt};
use wasmrt::{Error, ErrorKind, FrameInfo, TrapCode};

/// A Python exception on its way through the core.
struct HostException {
    exception: PyErr,
    message: String,
    /// Whether it comes from a guest further in, whose frames it has.
    is_passing: bool,
}

thread_local! {
    /// Address of the exception that an inner guest's call last ended with inside a host function of this thread.
    static IN_FLIGHT: Cell<usize> = const { Cell::new(0) };
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
    let value = exception.value(py);
    let message = value.to_string();
    let is_passing = IN_FLIGHT.replace(0) == value.as_ptr().addr();
    Error::host(HostException { exception, message, is_passing })
}

/// The exception for an error of the core.
pub fn to_exception(py: Python<'_>, error: &Error) -> PyErr {
    match error.downcast_ref::<HostException>() {
        Some(host) if host.is_passing => host.exception.clone_ref(py),
        Some(host) => {
            attach_frames(py, &host.exception, error).map_or_else(|failure| failure, |()| host.exception.clone_ref(py))
        }
        None => make(py, error).unwrap_or_else(|failure| failure),
    }
}

/// The exception for an error that ended a call. `is_nested` calls were made by a host function.
pub fn end_of_call(py: Python<'_>, error: &Error, is_nested: bool) -> PyErr {
    let exception = to_exception(py, error);
    if is_nested {
        IN_FLIGHT.set(exception.value(py).as_ptr().addr());
    }
    exception
}

fn attach_frames(py: Python<'_>, exception: &PyErr, error: &Error) -> PyResult<()> {
    let frames: Vec<_> = error.backtrace().iter().map(frame).collect();
    errors_module(py)?.call_method1("attach_frames", (exception.value(py), frames))?;
    Ok(())
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
