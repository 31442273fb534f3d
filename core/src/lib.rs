//! A WebAssembly runtime: one core, two engines that always agree.
//!
//! Data flows down this list; a module imports only from those above it.
//!
//! - [`types`], [`trap`], [`error`], `sys`: the vocabulary, and the operating system
//! - `module`: bytes → `ModuleInfo`
//! - `vm`: the state that both engines share
//! - `interp`, `jit`: the engines
//! - `code`: a module with its code, whichever engine made it
//! - `store`: who owns what
//! - `call`: the doors between host and wasm
//! - `link`: imports + code → instance
//! - `api`: what embedders hold, re-exported here
//!
//! ```
//! use wasmrt::{Engine, Instance, Module, Store};
//! let engine = Engine::default();
//! let module = Module::new(&engine, r#"(module (func (export "answer") (result i32) (i32.const 42)))"#)?;
//! let mut store = Store::new(&engine, ());
//! let instance = Instance::new(&mut store, &module, &[])?;
//! let answer = instance.get_typed_func::<(), i32>(&store, "answer")?;
//! assert_eq!(answer.call(&mut store, ())?, 42);
//! # Ok::<(), wasmrt::Error>(())
//! ```

mod api;
mod call;
mod code;
pub mod error;
mod interp;
mod jit;
mod link;
mod module;
mod store;
mod sys;
pub mod trap;
pub mod types;
mod vm;

pub use api::{
    AnyRef, ArrayRef, AsContext, AsContextMut, CallWatch, Caller, Config, Engine, ExnRef, ExportType, Extern,
    ExternRef, Func, Global, HeldMemory, ImportType, Instance, IntoFunc, Linker, Memory, Module, SharedMemory,
    SharedStore, Store, StructRef, Table, Tag, TypedFunc, Val, WasmParams, WasmResults, WasmTy,
};
pub use call::{StoreContext, StoreContextMut};
pub use code::Strategy;
pub use error::{Error, ErrorKind, FrameInfo, Result};
pub use jit::OptLevel;
pub use store::{InterruptHandle, StoreLimits};
pub use trap::TrapCode;
pub use types::{
    CompositeKind, CompositeType, ConcreteType, ExternType, Features, FieldType, FuncType, GlobalType, HeapType,
    MemoryType, RefType, StorageType, SubType, TableType, ValType,
};
pub use vm::gc::HeapStats;
pub use vm::waiting::WaitResult;
