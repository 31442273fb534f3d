//! The state that both engines share: what compiled code, bytecode and builtins read and write.
//!
//! Layouts that generated code knows are `#[repr(C)]` and asserted in [`layout`]. Named invariants, cited by every
//! SAFETY comment of this crate:
//!
//! - `[vmctx-live]` A `VmContext` outlives every activation and every `FuncRef` or table entry that names it: the
//!   store frees an instance only when no activation runs in the store and nothing reachable refers to it.
//! - `[activation-live]` The activation that code receives was made by `call::enter` on this thread, stays in place
//!   until that call returns, and is used by this thread only.
//! - `[store-access]` Whoever holds exclusive access to a store's data is the only one who uses it: access is made from
//!   an exclusive borrow of the store, or by the host door from the pointer of the call that waits for it.
//! - `[mem-stable]` The base of a linear memory never changes and `len_bytes` only grows, from creation to drop, and
//!   every byte below `len_bytes` is readable and writable.
//! - `[table-stable]` The base of a table never changes and `len` only grows; entries below `len` are initialized.
//! - `[entry-version]` A table's function entries are written under the table's lock with the version word odd
//!   in between, and a reader uses an entry only if the word was even and the same before and after.
//! - `[slots-len]` A slot array handed to an array entry holds at least `FuncType::call_slots` slots.
//! - `[valid-module]` Bodies and indices come from a validated module.
//! - `[raw-ref]` A raw reference handed to tables, globals or builtins is 0, a handle of the same store, or the
//!   address of a `FuncRef` that lives as long as anything can name it (`[vmctx-live]`).
//! - `[context-layout]` A context's allocation has the size and alignment that its `VmLayout` says, and only
//!   `vm::instance` writes its head and arrays.
//! - `[mapping-owned]` A mapping or block of memory belongs to one value, which releases it when dropped; addresses
//!   into it are used only while that value lives.
//! - `[thread-self]` What is asked of the system concerns the calling thread and uses only the caller's own memory.
//! - `[code-live]` Code memory is unmapped only with the last module or instance that uses it.
//! - `[bytecode]` Bytecode comes from lowering a validated body: operands have the form that the opcode asks for and
//!   name what the function, its frame and its module have; jumps lead to instructions; it does not run off its end.
//! - `[interp-stack]` An interpreter stack's records are live until their `start` ends; a frame has all slots that its
//!   function asks for, and they were initialized when the stack was made.
//! - `[list-grace]` A list that signal handlers read without a lock is not changed once published; a reader counts
//!   itself in before it looks for the list and out after its last use, and a writer frees a list that it has
//!   replaced only when it then sees no reader.
//! - `[heap-access]` The heap of a store is used by one thread at a time: the one that runs guest code in the store, or
//!   that has exclusive access to it.
//! - `[heap-objects]` An offset in a store's heap that is not 0 and was taken from a place which the collector knows, or
//!   since the last collection, is the start of an object whose header names its type.
//! - `[frame-chain]` Compiled code keeps frame pointers, and the chain of an activation ends at its entry frame.

#![expect(unsafe_code, reason = "state whose layout and lifetime generated code shares")]

pub mod activation;
pub mod builtins;
pub mod exception;
#[cfg(test)]
mod fixture;
pub mod func;
pub mod gc;
pub mod global;
pub mod instance;
pub mod layout;
pub mod limits;
pub mod memory;
pub mod pointers;
pub mod segment;
pub mod signature;
pub mod table;
pub mod views;
pub mod waiting;

pub use activation::{Activation, RawFrame};
pub use builtins::Builtins;
pub use func::{ArrayEntry, FuncRef, STATUS_OK, STATUS_RAISE};
pub use global::GlobalCell;
pub use instance::{ContextKind, Instance, VmContext};
pub use layout::VmLayout;
pub use limits::GrowthLimiter;
#[cfg(test)]
pub use limits::Unlimited;
pub use memory::{Memory, MemoryDef, MemoryOptions, MemoryStyle};
pub use signature::{SignatureId, TypeRegistry};
pub use table::{Table, TableDef, TableEntry};
