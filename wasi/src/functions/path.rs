//! Functions that take a path relative to a directory's descriptor.

use super::{Call, new_times};
use crate::{
    errno::{Errno, Outcome},
    filesystem::{Directory, OpenOptions, Opened},
    table::{Descriptor, OpenDirectory, OpenFile},
    types::{FdFlags, LookupFlags, OpenFlags, Rights},
};
use std::sync::Arc;

/// A guest's path argument: address and length in bytes.
type PathArg = (u32, u32);

/// The directory behind `fd`, kept alive for the call.
fn directory(call: &Call<'_>, fd: u32) -> Result<Arc<dyn Directory>, Errno> {
    Ok(call.descriptor(fd)?.as_directory()?.directory.clone())
}

fn path<'a>(call: &'a Call<'_>, (address, len): PathArg) -> Result<&'a str, Errno> {
    call.memory.path(address, len)
}

#[expect(clippy::too_many_arguments, reason = "the witx definition has them")]
pub(crate) fn path_open(
    call: &mut Call<'_>,
    fd: u32,
    lookup: u32,
    path_address: u32,
    path_len: u32,
    flags: u32,
    rights_base: u64,
    _rights_inheriting: u64,
    fd_flags: u32,
    out: u32,
) -> Outcome {
    let directory = directory(call, fd)?;
    let flags = OpenFlags::decode(flags)?;
    if flags.contains(OpenFlags::DIRECTORY | OpenFlags::CREATE) {
        return Err(Errno::Inval.into());
    }
    let rights = Rights(rights_base);
    let options = OpenOptions {
        follow: LookupFlags::decode(lookup)?.contains(LookupFlags::SYMLINK_FOLLOW),
        flags,
        read: rights.intersects(Rights::FD_READ | Rights::FD_READDIR),
        write: rights.intersects(Rights::FILE_WRITE),
        fd_flags: FdFlags::decode(fd_flags)?,
    };
    let path = path(call, (path_address, path_len))?;
    call.memory.span(out, 4)?;
    if call.world().table().is_full() {
        return Err(Errno::MFile.into());
    }
    let descriptor = match directory.open(path, options)? {
        Opened::Directory(directory) => Descriptor::Directory(OpenDirectory::new(directory, None)),
        Opened::File(file) => {
            Descriptor::File(OpenFile::new(file, options.read, options.write, options.fd_flags))
        }
    };
    let fd = call.world().table().insert(descriptor)?;
    Ok(call.memory.write_u32(out, fd)?)
}

pub(crate) fn path_filestat_get(call: &mut Call<'_>, fd: u32, lookup: u32, address: u32, len: u32, out: u32) -> Outcome {
    let follow = LookupFlags::decode(lookup)?.contains(LookupFlags::SYMLINK_FOLLOW);
    let stat = directory(call, fd)?.stat_path(path(call, (address, len))?, follow)?;
    Ok(call.memory.write(out, &stat.encode(call.edition))?)
}

#[expect(clippy::too_many_arguments, reason = "the witx definition has them")]
pub(crate) fn path_filestat_set_times(
    call: &mut Call<'_>,
    fd: u32,
    lookup: u32,
    address: u32,
    len: u32,
    accessed_ns: u64,
    modified_ns: u64,
    flags: u32,
) -> Outcome {
    let (accessed, modified) = new_times(accessed_ns, modified_ns, flags)?;
    let follow = LookupFlags::decode(lookup)?.contains(LookupFlags::SYMLINK_FOLLOW);
    Ok(directory(call, fd)?.set_path_times(path(call, (address, len))?, follow, accessed, modified)?)
}

pub(crate) fn path_create_directory(call: &mut Call<'_>, fd: u32, address: u32, len: u32) -> Outcome {
    Ok(directory(call, fd)?.create_directory(path(call, (address, len))?)?)
}

pub(crate) fn path_remove_directory(call: &mut Call<'_>, fd: u32, address: u32, len: u32) -> Outcome {
    Ok(directory(call, fd)?.remove_directory(path(call, (address, len))?)?)
}

pub(crate) fn path_unlink_file(call: &mut Call<'_>, fd: u32, address: u32, len: u32) -> Outcome {
    Ok(directory(call, fd)?.unlink_file(path(call, (address, len))?)?)
}

pub(crate) fn path_rename(
    call: &mut Call<'_>,
    fd: u32,
    address: u32,
    len: u32,
    new_fd: u32,
    new_address: u32,
    new_len: u32,
) -> Outcome {
    let (old, new) = (directory(call, fd)?, directory(call, new_fd)?);
    Ok(old.rename(path(call, (address, len))?, &*new, path(call, (new_address, new_len))?)?)
}

/// Following a symbolic link before linking is refused, since no host does both in one step.
#[expect(clippy::too_many_arguments, reason = "the witx definition has them")]
pub(crate) fn path_link(
    call: &mut Call<'_>,
    fd: u32,
    lookup: u32,
    address: u32,
    len: u32,
    new_fd: u32,
    new_address: u32,
    new_len: u32,
) -> Outcome {
    let (old, new) = (directory(call, fd)?, directory(call, new_fd)?);
    if LookupFlags::decode(lookup)?.contains(LookupFlags::SYMLINK_FOLLOW) {
        return Err(Errno::Inval.into());
    }
    Ok(old.link(path(call, (address, len))?, &*new, path(call, (new_address, new_len))?)?)
}

pub(crate) fn path_symlink(
    call: &mut Call<'_>,
    target_address: u32,
    target_len: u32,
    fd: u32,
    address: u32,
    len: u32,
) -> Outcome {
    let directory = directory(call, fd)?;
    Ok(directory.symlink(path(call, (target_address, target_len))?, path(call, (address, len))?)?)
}

/// A target longer than the buffer is cut.
pub(crate) fn path_readlink(
    call: &mut Call<'_>,
    fd: u32,
    address: u32,
    len: u32,
    buffer: u32,
    buffer_len: u32,
    out: u32,
) -> Outcome {
    let directory = directory(call, fd)?;
    let span = call.memory.span(buffer, buffer_len)?;
    call.memory.span(out, 4)?;
    let target = directory.read_link(path(call, (address, len))?)?;
    let used = target.len().min(span.len());
    call.memory.at_mut(span)[..used].copy_from_slice(&target.as_bytes()[..used]);
    Ok(call.memory.write_u32(out, used as u32)?)
}
