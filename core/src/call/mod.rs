//! The two doors. `enter` takes the host into wasm and is the only place where a trap is caught; `host` takes wasm
//! into host functions and is the only place where a host panic is caught.
//!
//! Slots carry handles on the host's side of a door and raw references on the guest's; `references` converts, and
//! checks what comes from the host.
#![expect(unsafe_code, reason = "the doors hand raw contexts and slots between host and guest")]

mod backtrace;
mod context;
mod enter;
mod exception;
mod heap;
mod host;
mod initialize;
mod interpret;
mod references;
#[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
mod signal;
mod state;
#[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
mod switch;
mod turn;
mod unwind;

#[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
pub use signal::catch_faults;

pub use context::{StoreContext, StoreContextMut, StoreOwner};
pub use enter::call;
pub use exception::{new_exception, payload_of, tag_of};
pub use heap::{HeapAccess, collect_now, heap_stats, with_heap};
pub use host::{HostFunc, host_of, new_host_context};
pub use initialize::initialize;
pub(crate) use interpret::interpreted_array_entry;
pub use references::{GcRef, HeldObject, checked_func, func_from_raw, gc_from_word, gc_to_word};
pub use state::store_builtins;
pub use turn::open_heap;

/// Nothing that runs here faults.
#[cfg(not(all(target_arch = "x86_64", unix, not(feature = "portable"))))]
pub fn catch_faults() {}
