//! Linear memories, as buffers without copies.

use crate::{
    error::{self, OrRaise},
    module::source_bytes,
    store::Store,
    types::MemoryType,
};
use pyo3::{PyTraverseError, PyVisit, exceptions::PyBufferError, ffi, prelude::*, types::PyBytes};
use std::{
    ffi::{c_int, c_void},
    ptr,
};
use wasmrt::HeldMemory;

/// A linear memory. Its buffer is writable and shows the size of the moment it was taken at; growth never moves a memory,
/// so the buffer stays good, even when instance and store are gone.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Memory {
    store: Py<Store>,
    pub core: wasmrt::Memory,
}

impl Memory {
    /// The Python object of a memory.
    pub fn new(store: &Bound<'_, Store>, core: wasmrt::Memory) -> Memory {
        Memory { store: store.clone().unbind(), core }
    }

    /// Its store.
    pub fn store_of(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }
}

/// What one buffer needs for as long as it is in use; `Py_buffer::internal` points to it.
struct View {
    _held: HeldMemory,
    len: ffi::Py_ssize_t,
    item_len: ffi::Py_ssize_t,
}

#[pymethods]
impl Memory {
    /// A memory of the host's own, zeroed.
    #[new]
    fn py_new(store: &Bound<'_, Store>, ty: &MemoryType) -> PyResult<Memory> {
        store.get().check_open(store.py())?;
        let core = wasmrt::Memory::new(store.get().core.clone(), ty.0.clone()).or_raise(store.py())?;
        Ok(Memory::new(store, core))
    }

    #[getter]
    fn store(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }

    /// The type, with the current size as minimum.
    #[getter]
    fn r#type(&self, py: Python<'_>) -> PyResult<MemoryType> {
        self.core.ty(&self.store.get().core).map(MemoryType).or_raise(py)
    }

    /// Current size in pages.
    #[getter]
    fn size(&self, py: Python<'_>) -> PyResult<u64> {
        self.core.size(&self.store.get().core).or_raise(py)
    }

    /// Current size in bytes.
    #[getter]
    fn data_size(&self, py: Python<'_>) -> PyResult<usize> {
        self.core.data_size(&self.store.get().core).or_raise(py)
    }

    /// Copies bytes out. Out of bounds: `UsageError`.
    fn read<'py>(&self, py: Python<'py>, offset: usize, length: usize) -> PyResult<Bound<'py, PyBytes>> {
        if length > self.data_size(py)? {
            let message =
                format!("{length} bytes at offset {offset} are outside the memory of {} bytes", self.data_size(py)?);
            return Err(error::usage(py, message));
        }
        PyBytes::new_with(py, length, |bytes| self.core.read(&self.store.get().core, offset, bytes).or_raise(py))
    }

    /// Copies bytes in. Out of bounds: `UsageError`, and nothing is written.
    fn write(&self, py: Python<'_>, offset: usize, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = match data.cast::<PyBytes>() {
            Ok(bytes) => return self.put(py, offset, bytes.as_bytes()),
            Err(_) => source_bytes(data)?,
        };
        self.put(py, offset, &bytes)
    }

    /// Grows by `delta` zeroed pages and returns the old size in pages. Beyond what is allowed: `LimitError`.
    fn grow(&self, py: Python<'_>, delta: u64) -> PyResult<u64> {
        self.core.grow(self.store.get().core.clone(), delta).or_raise(py)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.data_size(py)
    }

    #[allow(unsafe_code)]
    unsafe fn __getbuffer__(slf: Bound<'_, Memory>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("the view is null"));
        }
        let this = slf.get();
        let held = this.core.hold(&this.store.get().core).or_raise(slf.py())?;
        let (data, len) = (held.data_ptr(), held.data_size() as ffi::Py_ssize_t);
        let internal = Box::into_raw(Box::new(View { _held: held, len, item_len: 1 }));
        let wants = |flag: c_int| flags & flag == flag;
        // SAFETY: the interpreter passes a view to fill; [mem-stable] the held memory stays mapped at this address, and
        // `internal` stays allocated, until the view is released.
        unsafe {
            *view = ffi::Py_buffer {
                buf: data.cast(),
                obj: slf.into_any().into_ptr(),
                len,
                itemsize: 1,
                readonly: 0,
                ndim: 1,
                format: if wants(ffi::PyBUF_FORMAT) { c"B".as_ptr().cast_mut() } else { ptr::null_mut() },
                shape: if wants(ffi::PyBUF_ND) { &raw mut (*internal).len } else { ptr::null_mut() },
                strides: if wants(ffi::PyBUF_STRIDES) { &raw mut (*internal).item_len } else { ptr::null_mut() },
                suboffsets: ptr::null_mut(),
                internal: internal.cast::<c_void>(),
            };
        }
        Ok(())
    }

    #[allow(unsafe_code)]
    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: the interpreter releases each view once; `__getbuffer__` made its `internal`.
        drop(unsafe { Box::from_raw((*view).internal.cast::<View>()) });
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Memory>().is_ok_and(|other| other.get().core == self.core)
    }

    fn __hash__(&self) -> u64 {
        let (store, index, generation) = self.core.to_parts();
        store.rotate_left(40) ^ u64::from(index) << 16 ^ u64::from(generation)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)
    }
}

impl Memory {
    fn put(&self, py: Python<'_>, offset: usize, bytes: &[u8]) -> PyResult<()> {
        self.core.write(self.store.get().core.clone(), offset, bytes).or_raise(py)
    }
}
