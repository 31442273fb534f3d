//! Builtins on memories and data segments.
//!
//! Bounds are checked before anything is charged or written, with lengths and offsets that cannot overflow. Bytes
//! move through raw pointers only: other threads of a shared store may use the same bytes at the same time.

use super::control::{Caller, Direction};
use crate::{
    trap::TrapCode,
    types::{DataIdx, MemoryIdx},
    vm::{Activation, Memory, VmContext},
};

/// Bytes moved between two polls.
const PIECE_BYTES: u64 = 1 << 20;
/// Bytes that one unit of fuel pays for.
const BYTES_PER_FUEL: u64 = 64;

fn memory<'a>(caller: Caller<'a>, memory: u32) -> &'a Memory {
    &caller.instance.memories[MemoryIdx(memory).index()]
}

fn range(memory: &Memory, offset: u64, len: u64) -> Result<*mut u8, TrapCode> {
    memory.range(offset, len).ok_or(TrapCode::MemoryOutOfBounds)
}

pub(super) unsafe extern "C" fn memory_grow(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    index: u32,
    delta_pages: u64,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    memory(caller, index).grow(delta_pages, &*caller.instance.limiter).unwrap_or(u64::MAX)
}

pub(super) unsafe extern "C" fn memory_copy(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    to_memory: u32,
    from_memory: u32,
    to: u64,
    from: u64,
    len: u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report((|| {
        let target = range(memory(caller, to_memory), to, len)?;
        let source = range(memory(caller, from_memory), from, len)?;
        caller.charge(len.div_ceil(BYTES_PER_FUEL))?;
        caller.in_pieces(len, PIECE_BYTES, Direction::of_copy(to, from), |piece| {
            let (at, bytes) = (piece.start as usize, (piece.end - piece.start) as usize);
            // SAFETY: [mem-stable] Both ranges were checked and stay accessible; `copy` allows them to overlap.
            unsafe { std::ptr::copy(source.add(at), target.add(at), bytes) };
            Ok(())
        })
    })())
}

pub(super) unsafe extern "C" fn memory_fill(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    index: u32,
    to: u64,
    byte: u32,
    len: u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report((|| {
        let target = range(memory(caller, index), to, len)?;
        caller.charge(len.div_ceil(BYTES_PER_FUEL))?;
        caller.in_pieces(len, PIECE_BYTES, Direction::Forward, |piece| {
            // SAFETY: [mem-stable] The range was checked and stays accessible.
            unsafe { target.add(piece.start as usize).write_bytes(byte as u8, (piece.end - piece.start) as usize) };
            Ok(())
        })
    })())
}

pub(super) unsafe extern "C" fn memory_init(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    index: u32,
    data: u32,
    to: u64,
    from: u32,
    len: u32,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let (len, from, data) = (u64::from(len), u64::from(from), DataIdx(data));
    caller.report((|| {
        let target = range(memory(caller, index), to, len)?;
        let source = caller.instance.data_bytes(data, from, len)?.as_ptr();
        caller.charge(len.div_ceil(BYTES_PER_FUEL))?;
        caller.in_pieces(len, PIECE_BYTES, Direction::Forward, |piece| {
            let (at, bytes) = (piece.start as usize, (piece.end - piece.start) as usize);
            // SAFETY: [mem-stable] Both ranges were checked; a module's bytes are not in a linear memory.
            unsafe { std::ptr::copy_nonoverlapping(source.add(at), target.add(at), bytes) };
            Ok(())
        })
    })())
}

pub(super) unsafe extern "C" fn data_drop(activation: *mut Activation, vmctx: *mut VmContext, data: u32) {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.instance.segments.drop_data(DataIdx(data));
}
