//! The Python face of wasmrt: the native half of the package `wasmrt`, one file per noun.
//!
//! `config`, `engine`, `module` and `types` describe; `store` holds state and lets calls in; `func`, `instance`,
//! `memory`, `table`, `global` are what a store holds; `linker` and `wasi` bring imports. `host` calls Python from a
//! guest, `value` and `error` convert, `roots` shows Python references inside the core to the garbage collector, and
//! `signals` makes Ctrl-C reach a running guest.
//!
//! Always true: a guest runs detached from the interpreter; no lock of this crate is held while Python code runs;
//! everything is immutable or behind a lock, so nothing relies on the global interpreter lock.

use pyo3::prelude::*;

mod config;
mod engine;
mod error;
mod func;
mod global;
mod host;
mod instance;
mod linker;
mod memory;
mod module;
mod roots;
mod signals;
mod store;
mod table;
mod types;
mod value;
mod wasi;

#[pymodule(gil_used = false)]
mod _wasmrt {
    #[pymodule_export]
    use super::{
        config::Config,
        engine::Engine,
        error::trap_codes,
        func::Func,
        global::Global,
        host::Caller,
        instance::{Exports, Instance},
        linker::Linker,
        memory::Memory,
        module::{ExportType, ImportType, Module},
        store::{InterruptHandle, Store},
        table::Table,
        types::{FuncType, GlobalType, MemoryType, TableType},
        wasi::WasiConfig,
    };
    use pyo3::prelude::*;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::signals::register_at_fork(module.py())
    }
}
