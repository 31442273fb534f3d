//! Arguments and environment: both are lists of NUL-terminated strings behind an array of pointers.

use super::Call;
use crate::{
    errno::{Errno, Outcome},
    memory::GuestMemory,
};

pub(crate) fn args_get(call: &mut Call<'_>, pointers: u32, bytes: u32) -> Outcome {
    Ok(write_strings(&mut call.memory, &call.ctx.world().args, pointers, bytes)?)
}

pub(crate) fn args_sizes_get(call: &mut Call<'_>, count: u32, len: u32) -> Outcome {
    Ok(write_sizes(&mut call.memory, &call.ctx.world().args, count, len)?)
}

pub(crate) fn environ_get(call: &mut Call<'_>, pointers: u32, bytes: u32) -> Outcome {
    Ok(write_strings(&mut call.memory, &call.ctx.world().environ, pointers, bytes)?)
}

pub(crate) fn environ_sizes_get(call: &mut Call<'_>, count: u32, len: u32) -> Outcome {
    Ok(write_sizes(&mut call.memory, &call.ctx.world().environ, count, len)?)
}

fn write_sizes(memory: &mut GuestMemory<'_>, strings: &[Vec<u8>], count: u32, len: u32) -> Result<(), Errno> {
    let total: usize = strings.iter().map(|string| string.len() + 1).sum();
    memory.write_u32(count, u32::try_from(strings.len()).map_err(|_| Errno::Overflow)?)?;
    memory.write_u32(len, u32::try_from(total).map_err(|_| Errno::Overflow)?)
}

fn write_strings(
    memory: &mut GuestMemory<'_>,
    strings: &[Vec<u8>],
    mut pointer: u32,
    mut address: u32,
) -> Result<(), Errno> {
    for string in strings {
        memory.write_u32(pointer, address)?;
        memory.write(address, string)?;
        let end = address.checked_add(string.len() as u32).ok_or(Errno::Fault)?;
        memory.write(end, &[0])?;
        pointer = pointer.checked_add(4).ok_or(Errno::Fault)?;
        address = end.checked_add(1).ok_or(Errno::Fault)?;
    }
    Ok(())
}
