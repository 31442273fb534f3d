//! One guest's world: arguments, environment, descriptors, clocks, randomness.

use crate::{
    clock::{Clock, Sleep},
    errno::Errno,
    random::Random,
    table::{Descriptor, DescriptorTable},
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What the WASI functions work on. Clones are handles to the same world; give each guest its own, or let several
/// instances share one. Made by [`WasiConfig::build`](crate::WasiConfig::build).
#[derive(Clone)]
pub struct WasiCtx(Arc<World>);

pub(crate) struct World {
    pub args: Vec<Vec<u8>>,
    /// `NAME=value`.
    pub environ: Vec<Vec<u8>>,
    pub wall_clock: Arc<dyn Clock>,
    pub monotonic_clock: Arc<dyn Clock>,
    /// Whether the processor-time clocks may be read.
    pub cpu_clocks: bool,
    pub random: Arc<dyn Random>,
    pub sleep: Sleep,
    pub table: Mutex<DescriptorTable>,
}

impl WasiCtx {
    pub(crate) fn new(world: World) -> WasiCtx {
        WasiCtx(Arc::new(world))
    }

    pub(crate) fn world(&self) -> &World {
        &self.0
    }
}

impl World {
    /// The descriptors. The lock is held for moments only: never while anything is read, written or waited for.
    pub(crate) fn table(&self) -> MutexGuard<'_, DescriptorTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn descriptor(&self, fd: u32) -> Result<Arc<Descriptor>, Errno> {
        self.table().get(fd)
    }
}

impl fmt::Debug for WasiCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiCtx").finish_non_exhaustive()
    }
}
