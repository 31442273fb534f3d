//! Engines: settings, and what modules of all stores share.

use crate::{config::Config, error::OrRaise};
use pyo3::prelude::*;
use wasmrt::Strategy;

/// Compiles modules and is shared by the stores that run them. Any thread may use it.
#[pyclass(frozen, weakref, module = "wasmrt")]
pub struct Engine {
    pub core: wasmrt::Engine,
    config: Py<Config>,
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (config=None))]
    fn new(py: Python<'_>, config: Option<Py<Config>>) -> PyResult<Engine> {
        let config = match config {
            Some(config) => config,
            None => py.get_type::<Config>().call0()?.cast_into::<Config>()?.unbind(),
        };
        Ok(Engine { core: wasmrt::Engine::new(&config.get().core(py)?).or_raise(py)?, config })
    }

    #[getter]
    fn config(&self, py: Python<'_>) -> Py<Config> {
        self.config.clone_ref(py)
    }

    #[getter]
    fn strategy(&self) -> &'static str {
        match self.core.strategy() {
            Strategy::Jit => "jit",
            Strategy::Interpreter => "interpreter",
            _ => "unknown",
        }
    }

    fn increment_epoch(&self) {
        self.core.increment_epoch();
    }

    fn __repr__(&self) -> String {
        format!("<wasmrt.Engine {}>", self.strategy())
    }
}
