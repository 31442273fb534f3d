//! Reading the four clocks.

use super::Call;
use crate::{
    clock::cpu_time_ns,
    context::World,
    errno::{Errno, Outcome},
};
use rustix::time::ClockId;

pub(crate) const REALTIME: u32 = 0;
pub(crate) const MONOTONIC: u32 = 1;
const PROCESS_CPU_TIME: u32 = 2;
const THREAD_CPU_TIME: u32 = 3;

pub(crate) fn clock_res_get(call: &mut Call<'_>, id: u32, out: u32) -> Outcome {
    let resolution = match id {
        REALTIME => call.world().wall_clock.resolution_ns(),
        MONOTONIC => call.world().monotonic_clock.resolution_ns(),
        _ => cpu_clock(call.world(), id)?.1,
    };
    Ok(call.memory.write_u64(out, resolution)?)
}

/// The precision is a wish that every clock here meets anyway.
pub(crate) fn clock_time_get(call: &mut Call<'_>, id: u32, _precision: u64, out: u32) -> Outcome {
    // A bad pointer must not move a clock that steps when it is read.
    call.memory.span(out, 8)?;
    let now = match id {
        REALTIME => call.world().wall_clock.now_ns(),
        MONOTONIC => call.world().monotonic_clock.now_ns(),
        _ => cpu_clock(call.world(), id)?.0,
    };
    Ok(call.memory.write_u64(out, now)?)
}

fn cpu_clock(world: &World, id: u32) -> Result<(u64, u64), Errno> {
    let host = match id {
        PROCESS_CPU_TIME => ClockId::ProcessCPUTime,
        THREAD_CPU_TIME => ClockId::ThreadCPUTime,
        _ => return Err(Errno::Inval),
    };
    if world.cpu_clocks { Ok(cpu_time_ns(host)) } else { Err(Errno::NotSup) }
}
