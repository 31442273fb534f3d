//! WASI preview 1 for wasmrt, on its public API only.
//!
//! [`WasiConfig`] says what a guest is granted and makes a [`WasiCtx`]; [`add_to_linker`] (the context lives in the
//! store's data) or [`add_to_linker_shared`] (the linker holds it) gives the functions to a guest. In data-flow order:
//! `linker` brings the guest's context and memory to one of `functions`, which decodes the arguments through `memory`
//! and `types`, finds descriptors in `table`, works on the traits of `stream`, [`filesystem`], `clock` and `random`, and
//! answers with an `errno`. `host` is the file system of this machine behind the traits.
//!
//! A bad guest pointer answers `EFAULT`; nothing that a guest passes makes the host panic.

mod clock;
mod config;
mod context;
mod errno;
pub mod filesystem;
mod functions;
mod host;
mod linker;
mod memory;
mod random;
pub mod stream;
mod table;
mod types;

pub use clock::{Clock, SteppingClock, SystemMonotonicClock, SystemWallClock};
pub use config::WasiConfig;
pub use context::WasiCtx;
pub use errno::Errno;
pub use filesystem::{Directory, File};
pub use host::HostDirectory;
pub use linker::{UNSUPPORTED, add_to_linker, add_to_linker_shared};
pub use random::{FixedRandom, Random, SystemRandom};
pub use stream::{InputBuffer, InputStream, OutputBuffer, OutputStream};
pub use types::{Advice, Edition, FdFlags, FileStat, FileType, NewTime, OpenFlags};
