//! Functions. Each also comes as a builtin function object, which Python calls fastest.

use crate::{
    error::{self, OrRaise},
    host,
    store::Store,
    types::FuncType,
    value::{Place, read_results, write_slots},
};
use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::PyRuntimeError,
    ffi,
    prelude::*,
    types::{PyCFunction, PyTuple},
};
use std::{
    cell::UnsafeCell,
    ffi::CString,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
};

/// A function of a store: a guest's or a host's.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Func {
    store: Py<Store>,
    pub core: wasmrt::Func,
    ty: wasmrt::FuncType,
    method: Box<Method>,
}

/// What a builtin function object points to. `[method-live]` It lies in the `Func` that is the builtin's `__self__`,
/// which the builtin keeps alive, and never moves.
struct Method {
    definition: UnsafeCell<ffi::PyMethodDef>,
    name: CString,
    _doc: CString,
}

// SAFETY: [method-live] nothing writes to the definition once it is made; its pointers lead to its own strings.
#[allow(unsafe_code)]
unsafe impl Send for Method {}
// SAFETY: [method-live] as above.
#[allow(unsafe_code)]
unsafe impl Sync for Method {}

impl Method {
    fn new(name: &str, ty: &wasmrt::FuncType) -> Box<Method> {
        let text = |text: String| CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default();
        let (name, doc) = (text(name.to_owned()), text(ty.to_string()));
        let definition = ffi::PyMethodDef {
            ml_name: name.as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFast: call_builtin },
            ml_flags: ffi::METH_FASTCALL,
            ml_doc: doc.as_ptr(),
        };
        Box::new(Method { definition: UnsafeCell::new(definition), name, _doc: doc })
    }
}

/// Calls with up to this many slots need no allocation.
const INLINE_SLOTS: usize = 16;

impl Func {
    /// The Python object of a function.
    pub fn new(store: &Bound<'_, Store>, core: wasmrt::Func, name: Option<&str>) -> PyResult<Func> {
        let ty = core.ty(&store.get().core).or_raise(store.py())?;
        let method = Method::new(name.unwrap_or("func"), &ty);
        Ok(Func { store: store.clone().unbind(), core, ty, method })
    }

    /// The function that an object is: a `Func`, or the builtin form of one.
    pub fn of<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, Func>> {
        if let Ok(func) = object.cast::<Func>() {
            return Some(func.clone());
        }
        object.cast::<PyCFunction>().ok()?.getattr("__self__").ok()?.cast_into::<Func>().ok()
    }

    /// The builtin form.
    pub fn builtin<'py>(func: &Bound<'py, Func>) -> PyResult<Bound<'py, PyAny>> {
        let definition = func.get().method.definition.get();
        // SAFETY: [method-live]; the result is a new reference, or null with an exception set.
        #[allow(unsafe_code)]
        unsafe {
            Bound::from_owned_ptr_or_err(func.py(), ffi::PyCFunction_NewEx(definition, func.as_ptr(), ptr::null_mut()))
        }
    }

    /// Its store.
    pub fn store_of(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }

    fn run<'py>(
        &self,
        py: Python<'py>,
        count: usize,
        args: impl Iterator<Item = Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let params = self.ty.params();
        if params.len() != count {
            return Err(error::argument(py, format!("expected {} parameters, but got {count}", params.len())));
        }
        let (mut inline, mut allocated);
        let len = self.ty.call_slots();
        let slots = if len <= INLINE_SLOTS {
            inline = [0; INLINE_SLOTS];
            &mut inline[..len]
        } else {
            allocated = vec![0; len];
            &mut allocated[..]
        };
        let store = self.store.bind(py);
        let mut position = 0;
        for (index, (ty, value)) in params.iter().zip(args).enumerate() {
            write_slots(store, *ty, &value, Place { what: "parameter", index }, &mut slots[position..])?;
            position += ty.slots();
        }
        let func = self.core;
        Store::enter(store, |core| func.call_slots(core.clone(), slots))?;
        read_results(store, &self.ty, slots)
    }
}

/// What the interpreter calls for the builtin form. No panic leaves it.
#[allow(unsafe_code)]
unsafe extern "C" fn call_builtin(
    this: *mut ffi::PyObject,
    args: *mut *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    let call = |py: Python<'_>| {
        // SAFETY: [method-live] `this` is the `Func` that the builtin was made with.
        let this = unsafe { Borrowed::from_ptr(py, this).cast_unchecked::<Func>() };
        // SAFETY: the interpreter passes `count` arguments.
        let args = if count == 0 { &[] } else { unsafe { slice::from_raw_parts(args, count as usize) } };
        // SAFETY: the interpreter holds a reference to each argument.
        let args = args.iter().map(|arg| unsafe { Bound::from_borrowed_ptr(py, *arg) });
        this.get().run(py, args.len(), args).map(Bound::into_ptr)
    };
    let guarded = |py: Python<'_>| {
        let result = catch_unwind(AssertUnwindSafe(|| call(py)));
        let result = result.unwrap_or_else(|_| Err(PyRuntimeError::new_err("wasmrt panicked: this is a bug")));
        result.unwrap_or_else(|error| {
            error.restore(py);
            ptr::null_mut()
        })
    };
    // SAFETY: the interpreter calls this, so it is there.
    unsafe { Python::attach_unchecked(guarded) }
}

#[pymethods]
impl Func {
    /// A host function of a store.
    #[new]
    #[pyo3(signature = (store, ty, callable, *, with_caller=false))]
    fn py_new(
        store: &Bound<'_, Store>,
        ty: &FuncType,
        callable: &Bound<'_, PyAny>,
        with_caller: bool,
    ) -> PyResult<Func> {
        let py = store.py();
        store.get().check_open(py)?;
        let (body, shown) = host::body(py, ty.0.clone(), callable, with_caller)?;
        let core = wasmrt::Func::new_unchecked(store.get().core.clone(), ty.0.clone(), body).or_raise(py)?;
        store.get().callables.add(shown);
        Func::new(store, core, host::name_of(callable).as_deref())
    }

    #[getter]
    fn store(&self, py: Python<'_>) -> Py<Store> {
        self.store.clone_ref(py)
    }

    #[getter]
    fn r#type(&self) -> FuncType {
        FuncType(self.ty.clone())
    }

    /// The name under which the function was found; `func` for others.
    #[getter]
    fn __name__(&self) -> String {
        self.method.name.to_string_lossy().into_owned()
    }

    /// The function as a builtin function object: the fastest way to call it. Its `__self__` is this object.
    #[getter]
    fn call<'py>(slf: &Bound<'py, Func>) -> PyResult<Bound<'py, PyAny>> {
        Func::builtin(slf)
    }

    #[pyo3(signature = (*args))]
    fn __call__<'py>(&self, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        self.run(args.py(), args.len(), args.iter())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        Func::of(other).is_some_and(|other| other.get().core == self.core)
    }

    fn __hash__(&self) -> u64 {
        let (store, index, generation) = self.core.to_parts();
        store.rotate_left(40) ^ u64::from(index) << 16 ^ u64::from(generation)
    }

    fn __repr__(&self) -> String {
        format!("<wasmrt.Func {} {}>", self.__name__(), self.ty)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)
    }
}
