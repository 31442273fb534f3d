//! `memory.atomic.wait` and `memory.atomic.notify`.

use super::{
    NO_ANSWER,
    control::{Caller, Stop},
};
use crate::{
    trap::TrapCode,
    types::MemoryIdx,
    vm::{Activation, Memory, VmContext, waiting::Expected},
};
use std::time::Duration;

/// The memory, and the address of the cell in it.
fn cell(caller: Caller<'_>, memory: u32, index: u64, offset: u64, size_bytes: u64) -> Result<(&Memory, u64), TrapCode> {
    let memory = &*caller.instance.memories[MemoryIdx(memory).index()];
    match index.checked_add(offset) {
        Some(address) => Ok((memory, address)),
        None if index.wrapping_add(offset).is_multiple_of(size_bytes) => Err(TrapCode::MemoryOutOfBounds),
        None => Err(TrapCode::UnalignedAtomic),
    }
}

fn answer(caller: Caller<'_>, outcome: Result<u32, Stop>) -> u64 {
    match outcome {
        Ok(answer) => answer.into(),
        Err(stop) => {
            caller.report(Err(stop));
            NO_ANSWER
        }
    }
}

pub(super) unsafe extern "C" fn memory_atomic_notify(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    memory: u32,
    index: u64,
    offset: u64,
    count: u32,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let woken = cell(caller, memory, index, offset, 4).and_then(|(memory, address)| memory.notify(address, count));
    answer(caller, woken.map_err(Stop::from))
}

fn wait(
    caller: Caller<'_>,
    cell: Result<(&Memory, u64), TrapCode>,
    expected: Expected,
    timeout_nanos: i64,
) -> Result<u32, Stop> {
    let (memory, address) = cell?;
    let timeout = u64::try_from(timeout_nanos).ok().map(Duration::from_nanos);
    let look = || caller.poll().map(|()| caller.is_asked());
    caller.paused(|| memory.wait(address, expected, timeout, caller.bell(), look)).map(|result| result as u32)
}

pub(super) unsafe extern "C" fn memory_atomic_wait32(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    memory: u32,
    index: u64,
    offset: u64,
    expected: u64,
    timeout_nanos: i64,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let cell = cell(caller, memory, index, offset, 4);
    answer(caller, wait(caller, cell, Expected::Bits32(expected as u32), timeout_nanos))
}

pub(super) unsafe extern "C" fn memory_atomic_wait64(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    memory: u32,
    index: u64,
    offset: u64,
    expected: u64,
    timeout_nanos: i64,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let cell = cell(caller, memory, index, offset, 8);
    answer(caller, wait(caller, cell, Expected::Bits64(expected), timeout_nanos))
}
