//! The 46 functions, one file per noun. Each takes the call and its arguments as the witx definitions order them, and
//! knows nothing of stores or engines: `linker` brings it the context and the memory.

pub(crate) mod args;
pub(crate) mod clock;
pub(crate) mod fd;
pub(crate) mod file;
pub(crate) mod path;
pub(crate) mod poll;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod socket;

#[cfg(test)]
mod tests;

use crate::{
    context::{WasiCtx, World},
    errno::Errno,
    memory::GuestMemory,
    table::Descriptor,
    types::{Edition, NewTime, TimeFlags},
};
use std::sync::Arc;

/// One call of a guest.
pub(crate) struct Call<'a> {
    pub ctx: &'a WasiCtx,
    pub memory: GuestMemory<'a>,
    pub edition: Edition,
}

impl Call<'_> {
    fn world(&self) -> &World {
        self.ctx.world()
    }

    fn descriptor(&self, fd: u32) -> Result<Arc<Descriptor>, Errno> {
        self.world().descriptor(fd)
    }
}

/// The access and modification times that a `set_times` function asks for.
fn new_times(accessed_ns: u64, modified_ns: u64, flags: u32) -> Result<(NewTime, NewTime), Errno> {
    let flags = TimeFlags::decode(flags)?;
    let one = |explicit, now, ns| match (flags.contains(explicit), flags.contains(now)) {
        (true, true) => Err(Errno::Inval),
        (true, false) => Ok(NewTime::At(ns)),
        (false, true) => Ok(NewTime::Now),
        (false, false) => Ok(NewTime::Keep),
    };
    Ok((
        one(TimeFlags::ACCESSED, TimeFlags::ACCESSED_NOW, accessed_ns)?,
        one(TimeFlags::MODIFIED, TimeFlags::MODIFIED_NOW, modified_ns)?,
    ))
}
