//! Descriptors of any kind: reading, writing, positions, closing, and what is known of them.

use super::Call;
use crate::{
    errno::{Errno, Failure, Outcome},
    memory::Buffers,
    table::{Descriptor, OpenFile},
    types::{Edition, FdFlags, FileStat, FileType, Rights, encode_fdstat},
};
use std::io::SeekFrom;

pub(crate) fn fd_read(call: &mut Call<'_>, fd: u32, iovs: u32, count: u32, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let buffers = call.memory.buffers(iovs, count)?;
    call.memory.span(out, 4)?;
    let len = match &*descriptor {
        Descriptor::Input(stream) => call.memory.fill_once(&buffers, |buffer| Ok(stream.read(buffer)?))?,
        Descriptor::File(open) => {
            let file = open.for_reading()?;
            if waits(open)? {
                call.memory.fill_once(&buffers, |buffer| Ok(file.read(buffer)?))?
            } else {
                call.memory.fill_each(&buffers, |buffer, _| Ok(file.read(buffer)?))?
            }
        }
        Descriptor::Output(_) | Descriptor::Directory(_) => return Err(Errno::BadF.into()),
    };
    Ok(call.memory.write_u32(out, len)?)
}

/// Whether reading may wait, as it does on pipes and terminals that a path led to.
fn waits(open: &OpenFile) -> Outcome<bool> {
    Ok(open.file.stat()?.file_type != FileType::RegularFile)
}

pub(crate) fn fd_pread(call: &mut Call<'_>, fd: u32, iovs: u32, count: u32, offset: u64, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let file = positioned(&descriptor)?.for_reading()?;
    let buffers = call.memory.buffers(iovs, count)?;
    call.memory.span(out, 4)?;
    let len = call.memory.fill_each(&buffers, |buffer, before| {
        Ok(file.read_at(buffer, offset.checked_add(before).ok_or(Errno::Inval)?)?)
    })?;
    Ok(call.memory.write_u32(out, len)?)
}

pub(crate) fn fd_write(call: &mut Call<'_>, fd: u32, iovs: u32, count: u32, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let buffers = call.memory.buffers(iovs, count)?;
    call.memory.span(out, 4)?;
    let len = match &*descriptor {
        Descriptor::Output(stream) => {
            call.memory.drain(&buffers, |slices| Ok(not_more(stream.write_vectored(slices)?, &buffers)?))?
        }
        Descriptor::File(open) => {
            let file = open.for_writing()?;
            call.memory.drain(&buffers, |slices| Ok(not_more(file.write(slices)?, &buffers)?))?
        }
        Descriptor::Input(_) | Descriptor::Directory(_) => return Err(Errno::BadF.into()),
    };
    Ok(call.memory.write_u32(out, len)?)
}

pub(crate) fn fd_pwrite(call: &mut Call<'_>, fd: u32, iovs: u32, count: u32, offset: u64, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let file = positioned(&descriptor)?.for_writing()?;
    let buffers = call.memory.buffers(iovs, count)?;
    call.memory.span(out, 4)?;
    let len = call.memory.drain(&buffers, |slices| Ok(not_more(file.write_at(slices, offset)?, &buffers)?))?;
    Ok(call.memory.write_u32(out, len)?)
}

/// A stream of the embedder that claims to have written more than it was given is broken.
fn not_more(len: usize, buffers: &Buffers) -> Result<usize, Errno> {
    if len as u64 <= buffers.total_bytes { Ok(len) } else { Err(Errno::Io) }
}

/// The file behind a descriptor that has a position; `ESPIPE` for streams.
fn positioned(descriptor: &Descriptor) -> Result<&OpenFile, Errno> {
    match descriptor {
        Descriptor::File(file) => Ok(file),
        Descriptor::Input(_) | Descriptor::Output(_) => Err(Errno::SPipe),
        Descriptor::Directory(_) => Err(Errno::BadF),
    }
}

pub(crate) fn fd_seek(call: &mut Call<'_>, fd: u32, offset: i64, whence: u32, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let open = positioned(&descriptor)?;
    call.memory.span(out, 8)?;
    let to = match (whence, call.edition) {
        (0, Edition::Preview1) | (2, Edition::Unstable) => {
            SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::Inval)?)
        }
        (1, Edition::Preview1) | (0, Edition::Unstable) => SeekFrom::Current(offset),
        (2, Edition::Preview1) | (1, Edition::Unstable) => SeekFrom::End(offset),
        _ => return Err(Errno::Inval.into()),
    };
    Ok(call.memory.write_u64(out, open.file.seek(to)?)?)
}

pub(crate) fn fd_tell(call: &mut Call<'_>, fd: u32, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let position = positioned(&descriptor)?.file.seek(SeekFrom::Current(0))?;
    Ok(call.memory.write_u64(out, position)?)
}

pub(crate) fn fd_close(call: &mut Call<'_>, fd: u32) -> Outcome {
    // Taken out first and dropped later: closing a file may take its time, and the table is locked meanwhile.
    let descriptor = call.world().table().remove(fd)?;
    drop(descriptor);
    Ok(())
}

pub(crate) fn fd_renumber(call: &mut Call<'_>, from: u32, to: u32) -> Outcome {
    Ok(call.world().table().renumber(from, to)?)
}

pub(crate) fn fd_sync(call: &mut Call<'_>, fd: u32) -> Outcome {
    sync(call, fd, false)
}

pub(crate) fn fd_datasync(call: &mut Call<'_>, fd: u32) -> Outcome {
    sync(call, fd, true)
}

fn sync(call: &mut Call<'_>, fd: u32, data_only: bool) -> Outcome {
    match &*call.descriptor(fd)? {
        Descriptor::File(open) => Ok(open.file.sync(data_only)?),
        Descriptor::Directory(open) => Ok(open.directory.sync(data_only)?),
        Descriptor::Output(stream) => Ok(stream.flush()?),
        Descriptor::Input(_) => Err(Errno::Inval.into()),
    }
}

/// What is known of any descriptor.
pub(crate) fn stat(descriptor: &Descriptor) -> Result<FileStat, Failure> {
    let stream = |is_terminal| FileStat {
        file_type: if is_terminal { FileType::CharacterDevice } else { FileType::Unknown },
        ..FileStat::default()
    };
    Ok(match descriptor {
        Descriptor::Input(input) => stream(input.is_terminal()),
        Descriptor::Output(output) => stream(output.is_terminal()),
        Descriptor::File(open) => open.file.stat()?,
        Descriptor::Directory(open) => open.directory.stat()?,
    })
}

pub(crate) fn fd_filestat_get(call: &mut Call<'_>, fd: u32, out: u32) -> Outcome {
    let stat = stat(&*call.descriptor(fd)?)?;
    Ok(call.memory.write(out, &stat.encode(call.edition))?)
}

pub(crate) fn fd_fdstat_get(call: &mut Call<'_>, fd: u32, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let file_type = stat(&descriptor)?.file_type;
    let encoded = match &*descriptor {
        Descriptor::Input(_) => {
            encode_fdstat(file_type, FdFlags::default(), Rights::STREAM | Rights::FD_READ, Rights::default())
        }
        Descriptor::Output(_) => {
            encode_fdstat(file_type, FdFlags::default(), Rights::STREAM | Rights::FD_WRITE, Rights::default())
        }
        Descriptor::File(open) => {
            let mut rights = Rights::FILE;
            if open.readable {
                rights = rights | Rights::FD_READ;
            }
            if open.writable {
                rights = rights | Rights::FILE_WRITE;
            }
            encode_fdstat(file_type, open.flags(), rights, Rights::default())
        }
        Descriptor::Directory(_) => {
            let inheriting = Rights::DIRECTORY | Rights::FILE | Rights::FILE_WRITE | Rights::FD_READ;
            encode_fdstat(file_type, FdFlags::default(), Rights::DIRECTORY, inheriting)
        }
    };
    Ok(call.memory.write(out, &encoded)?)
}

/// Only `APPEND` and `NONBLOCK` can change on an open file; the others must be as they were.
pub(crate) fn fd_fdstat_set_flags(call: &mut Call<'_>, fd: u32, flags: u32) -> Outcome {
    let flags = FdFlags::decode(flags)?;
    match &*call.descriptor(fd)? {
        Descriptor::File(open) => {
            let fixed = FdFlags::DSYNC | FdFlags::RSYNC | FdFlags::SYNC;
            if flags.0 & fixed.0 != open.flags().0 & fixed.0 {
                return Err(Errno::NotSup.into());
            }
            open.file.set_flags(flags)?;
            open.set_flags(flags);
            Ok(())
        }
        Descriptor::Input(_) | Descriptor::Output(_) if flags == FdFlags::default() => Ok(()),
        Descriptor::Input(_) | Descriptor::Output(_) => Err(Errno::NotSup.into()),
        Descriptor::Directory(_) => Err(Errno::BadF.into()),
    }
}

/// Rights are derived from what a descriptor is and how it was opened, so none can be given up.
pub(crate) fn fd_fdstat_set_rights(call: &mut Call<'_>, fd: u32, _base: u64, _inheriting: u64) -> Outcome {
    call.descriptor(fd)?;
    Err(Errno::NotSup.into())
}
