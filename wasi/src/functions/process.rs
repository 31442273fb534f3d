//! Ending, yielding, signals.

use super::Call;
use crate::errno::{Errno, Failure, Outcome};

pub(crate) fn proc_exit(_call: &mut Call<'_>, code: u32) -> Outcome {
    Err(Failure::Stop(wasmrt::Error::exit(code)))
}

pub(crate) fn proc_raise(_call: &mut Call<'_>, _signal: u32) -> Outcome {
    Err(Errno::NoSys.into())
}

pub(crate) fn sched_yield(_call: &mut Call<'_>) -> Outcome {
    std::thread::yield_now();
    Ok(())
}
