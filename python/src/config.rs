//! Settings of an engine.

use crate::error;
use pyo3::prelude::*;
use wasmrt::{Features, OptLevel, Strategy};

/// How an engine compiles and runs modules. Immutable. `None` is the core's default.
#[pyclass(frozen, get_all, module = "wasmrt")]
pub struct Config {
    strategy: Option<String>,
    opt_level: Option<String>,
    consume_fuel: bool,
    interruption: bool,
    max_stack_bytes: Option<usize>,
    host_reserve_bytes: Option<usize>,
    signals: Option<bool>,
    spectre_mitigations: bool,
    features: Option<Vec<String>>,
    memory_reservation_bytes: Option<u64>,
    memory_guard_bytes: Option<u64>,
    compile_threads: usize,
}

#[pymethods]
impl Config {
    #[new]
    #[pyo3(signature = (
        *,
        strategy=None,
        opt_level=None,
        consume_fuel=false,
        interruption=true,
        max_stack_bytes=None,
        host_reserve_bytes=None,
        signals=None,
        spectre_mitigations=true,
        features=None,
        memory_reservation_bytes=None,
        memory_guard_bytes=None,
        compile_threads=0,
    ))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        strategy: Option<String>,
        opt_level: Option<String>,
        consume_fuel: bool,
        interruption: bool,
        max_stack_bytes: Option<usize>,
        host_reserve_bytes: Option<usize>,
        signals: Option<bool>,
        spectre_mitigations: bool,
        features: Option<Vec<String>>,
        memory_reservation_bytes: Option<u64>,
        memory_guard_bytes: Option<u64>,
        compile_threads: usize,
    ) -> PyResult<Config> {
        let config = Config {
            strategy,
            opt_level,
            consume_fuel,
            interruption,
            max_stack_bytes,
            host_reserve_bytes,
            signals,
            spectre_mitigations,
            features,
            memory_reservation_bytes,
            memory_guard_bytes,
            compile_threads,
        };
        config.core(py)?;
        Ok(config)
    }
}

impl Config {
    /// The core's settings.
    pub fn core(&self, py: Python<'_>) -> PyResult<wasmrt::Config> {
        let mut config = wasmrt::Config::new();
        match self.strategy.as_deref() {
            None => {}
            Some("jit") => drop(config.strategy(Strategy::Jit)),
            Some("interpreter") => drop(config.strategy(Strategy::Interpreter)),
            Some(other) => return Err(error::usage(py, format!("no strategy `{other}`: use jit or interpreter"))),
        }
        match self.opt_level.as_deref() {
            None => {}
            Some("none") => drop(config.opt_level(OptLevel::None)),
            Some("speed") => drop(config.opt_level(OptLevel::Speed)),
            Some("speed_and_size") => drop(config.opt_level(OptLevel::SpeedAndSize)),
            Some(other) => return Err(error::usage(py, format!("no optimization level `{other}`"))),
        }
        config.consume_fuel(self.consume_fuel).interruption(self.interruption);
        config.spectre_mitigations(self.spectre_mitigations).compile_threads(self.compile_threads);
        if let Some(enabled) = self.signals {
            config.signals(enabled);
        }
        if let Some(bytes) = self.max_stack_bytes {
            config.max_stack_bytes(bytes);
        }
        if let Some(bytes) = self.host_reserve_bytes {
            config.host_reserve_bytes(bytes);
        }
        if let Some(bytes) = self.memory_reservation_bytes {
            config.memory_reservation_bytes(bytes);
        }
        if let Some(bytes) = self.memory_guard_bytes {
            config.memory_guard_bytes(bytes);
        }
        if let Some(names) = &self.features {
            config.features(features(py, names)?);
        }
        Ok(config)
    }
}

fn features(py: Python<'_>, names: &[String]) -> PyResult<Features> {
    let mut features = Features::NONE;
    for name in names {
        *features.by_name(name).ok_or_else(|| error::usage(py, format!("no feature `{name}`")))? = true;
    }
    Ok(features)
}
