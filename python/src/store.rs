//! Stores: state, limits, fuel and interruption; and the one way into a guest.

use crate::{
    engine::Engine,
    error::{self, OrRaise},
    roots::{Callables, Externs, lock},
    signals::Watched,
};
use pyo3::{PyTraverseError, PyVisit, prelude::*};
use std::{
    cell::RefCell,
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use wasmrt::{SharedStore, StoreLimits};

/// Instances, memories and everything else that guests hold. Several threads may call into one store at once; guests run
/// without the interpreter lock.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Store {
    pub core: SharedStore,
    pub engine: Py<Engine>,
    pub callables: Callables,
    pub externs: Externs,
    instances: Mutex<HashSet<wasmrt::Instance>>,
    watched: Arc<Watched>,
    closed: AtomicBool,
}

thread_local! {
    /// The stores of the calls that run on this thread, innermost last.
    static RUNNING: RefCell<Vec<Py<Store>>> = const { RefCell::new(Vec::new()) };
}

/// Takes the innermost running call's store off again, however the call ends.
struct Running;

impl Running {
    fn begin(store: &Bound<'_, Store>) -> Running {
        RUNNING.with_borrow_mut(|running| running.push(store.clone().unbind()));
        Running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let store = RUNNING.with_borrow_mut(Vec::pop);
        drop(store);
    }
}

/// The store whose guest called the host function that asks.
pub fn running_store(py: Python<'_>) -> Option<Py<Store>> {
    RUNNING.with_borrow(|running| running.last().map(|store| store.clone_ref(py)))
}

impl Store {
    /// Runs a guest: detached from the interpreter, and open to Ctrl-C on the main thread.
    pub fn enter<R: Send>(
        store: &Bound<'_, Store>,
        body: impl FnOnce(&SharedStore) -> wasmrt::Result<R> + Send,
    ) -> PyResult<R> {
        let py = store.py();
        let this = store.get();
        this.check_open(py)?;
        let running = Running::begin(store);
        let main_call = this.watched.begin_call(py);
        let result = py.detach(|| body(&this.core));
        drop(main_call);
        drop(running);
        result.map_err(|error| error::end_of_call(py, &error, RUNNING.with_borrow(|running| !running.is_empty())))
    }

    /// Refuses what would run or make something in a closed store.
    pub fn check_open(&self, py: Python<'_>) -> PyResult<()> {
        if self.closed.load(Ordering::Relaxed) { Err(error::usage(py, "the store is closed")) } else { Ok(()) }
    }

    /// Notes an instance, to close it with the store.
    pub fn add_instance(&self, instance: wasmrt::Instance) {
        lock(&self.instances).insert(instance);
    }

    /// Closes one instance.
    pub fn close_instance(&self, instance: wasmrt::Instance) -> wasmrt::Result<()> {
        lock(&self.instances).remove(&instance);
        instance.close(&self.core)
    }
}

#[pymethods]
impl Store {
    #[new]
    #[pyo3(signature = (engine=None))]
    fn new(py: Python<'_>, engine: Option<Py<Engine>>) -> PyResult<Store> {
        let engine = match engine {
            Some(engine) => engine,
            None => py.get_type::<Engine>().call0()?.cast_into::<Engine>()?.unbind(),
        };
        let core = SharedStore::new(&engine.get().core);
        Ok(Store {
            watched: Watched::new(&core),
            core,
            engine,
            callables: Callables::default(),
            externs: Externs::default(),
            instances: Mutex::default(),
            closed: AtomicBool::new(false),
        })
    }

    #[getter]
    fn engine(&self, py: Python<'_>) -> Py<Engine> {
        self.engine.clone_ref(py)
    }

    /// The fuel that is left.
    #[getter]
    fn fuel(&self, py: Python<'_>) -> PyResult<u64> {
        self.core.fuel().or_raise(py)
    }

    #[setter]
    fn set_fuel(&self, py: Python<'_>, fuel: u64) -> PyResult<()> {
        self.core.set_fuel(fuel).or_raise(py)
    }

    /// Replaces all limits; `None` is unlimited. What exists already stays.
    #[pyo3(signature = (*, memory_bytes=None, table_elements=None, instances=None, memories=None, tables=None))]
    fn set_limits(
        &self,
        memory_bytes: Option<u64>,
        table_elements: Option<u64>,
        instances: Option<u64>,
        memories: Option<u64>,
        tables: Option<u64>,
    ) {
        self.core.set_limits(StoreLimits {
            memory_bytes,
            table_elements,
            instances,
            memories,
            tables,
            ..StoreLimits::default()
        });
    }

    /// How long each outermost call may take, in seconds or as a timedelta; `None` is as long as it likes.
    #[pyo3(signature = (timeout))]
    fn set_timeout(&self, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.core.set_timeout(timeout.map(duration).transpose()?);
        Ok(())
    }

    /// Stops calls once the engine's epoch has passed `ticks` more times.
    fn set_epoch_deadline(&self, ticks: u64) {
        self.core.set_epoch_deadline(ticks);
    }

    /// Something that stops the store's running calls from any thread.
    fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.core.interrupt_handle())
    }

    /// Closes every instance of the store; from now on nothing can be called or made in it.
    fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        let instances = std::mem::take(&mut *lock(&self.instances));
        for instance in instances {
            // Somebody else may have closed it meanwhile.
            let _ = instance.close(&self.core);
        }
    }

    fn __enter__(slf: Bound<'_, Store>) -> Bound<'_, Store> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.close();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.engine)?;
        self.callables.traverse(visit)?;
        self.externs.traverse(visit)
    }

    fn __clear__(&self) {
        self.callables.clear();
        self.externs.clear();
    }
}

/// Seconds as a number, or a timedelta.
fn duration(timeout: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds: f64 = match timeout.getattr("total_seconds") {
        Ok(method) => method.call0()?.extract()?,
        Err(_) => timeout.extract()?,
    };
    let duration = Duration::try_from_secs_f64(seconds);
    duration.map_err(|_| error::usage(timeout.py(), format!("no timeout of {seconds} seconds")))
}

/// Stops the running calls of a store from any thread. Calls that begin later are not affected.
#[pyclass(frozen, module = "wasmrt")]
pub struct InterruptHandle(wasmrt::InterruptHandle);

#[pymethods]
impl InterruptHandle {
    /// Asks every running call of the store to stop with `Interrupted`.
    fn interrupt(&self) {
        self.0.interrupt();
    }
}
