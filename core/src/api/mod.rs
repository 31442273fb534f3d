//! What embedders hold: thin handles over the layers below, each method one borrow, one call, one conversion.
#![deny(unsafe_code)]

mod anyref;
mod caller;
mod config;
mod engine;
mod exception;
mod externals;
mod externref;
mod func;
mod global;
mod instance;
mod into_func;
mod linker;
mod memory;
mod module;
mod object;
mod shared_memory;
mod store;
mod table;
mod tag;
mod typed;
mod val;

pub use anyref::AnyRef;
pub use caller::{CallWatch, Caller};
pub use config::Config;
pub use engine::Engine;
pub use exception::ExnRef;
pub use externals::Extern;
pub use externref::ExternRef;
pub use func::Func;
pub use global::Global;
pub use instance::Instance;
pub use into_func::IntoFunc;
pub use linker::Linker;
pub use memory::{HeldMemory, Memory};
pub use module::{ExportType, ImportType, Module};
pub use object::{ArrayRef, StructRef};
pub use shared_memory::SharedMemory;
pub use store::{AsContext, AsContextMut, SharedStore, Store};
pub use table::Table;
pub use tag::Tag;
pub use typed::{TypedFunc, WasmParams, WasmResults, WasmTy};
pub use val::Val;
