//! What only files or only directories can do with their descriptor.

use super::{Call, new_times};
use crate::{
    errno::{Errno, Outcome},
    table::{Descriptor, OpenDirectory},
    types::{Advice, encode_dirent},
};

pub(crate) fn fd_advise(call: &mut Call<'_>, fd: u32, offset: u64, len: u64, advice: u32) -> Outcome {
    let advice = Advice::decode(advice)?;
    match &*call.descriptor(fd)? {
        Descriptor::File(open) => Ok(open.file.advise(offset, len, advice)?),
        Descriptor::Directory(_) => Err(Errno::BadF.into()),
        Descriptor::Input(_) | Descriptor::Output(_) => Err(Errno::SPipe.into()),
    }
}

pub(crate) fn fd_allocate(call: &mut Call<'_>, fd: u32, offset: u64, len: u64) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    Ok(descriptor.as_file()?.for_writing()?.allocate(offset, len)?)
}

pub(crate) fn fd_filestat_set_size(call: &mut Call<'_>, fd: u32, len: u64) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    Ok(descriptor.as_file()?.for_writing()?.set_len(len)?)
}

pub(crate) fn fd_filestat_set_times(
    call: &mut Call<'_>,
    fd: u32,
    accessed_ns: u64,
    modified_ns: u64,
    flags: u32,
) -> Outcome {
    let (accessed, modified) = new_times(accessed_ns, modified_ns, flags)?;
    match &*call.descriptor(fd)? {
        Descriptor::File(open) => Ok(open.file.set_times(accessed, modified)?),
        Descriptor::Directory(open) => Ok(open.directory.set_times(accessed, modified)?),
        Descriptor::Input(_) | Descriptor::Output(_) => Err(Errno::BadF.into()),
    }
}

/// The guest's name for a directory that it was given, which is all that a `prestat` tells.
fn guest_path(descriptor: &Descriptor) -> Result<&str, Errno> {
    let Descriptor::Directory(OpenDirectory { guest_path: Some(path), .. }) = descriptor else {
        return Err(Errno::BadF);
    };
    Ok(path)
}

pub(crate) fn fd_prestat_get(call: &mut Call<'_>, fd: u32, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let len = u32::try_from(guest_path(&descriptor)?.len()).map_err(|_| Errno::Overflow)?;
    let mut prestat = [0; 8];
    prestat[4..].copy_from_slice(&len.to_le_bytes());
    Ok(call.memory.write(out, &prestat)?)
}

pub(crate) fn fd_prestat_dir_name(call: &mut Call<'_>, fd: u32, out: u32, len: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    let path = guest_path(&descriptor)?;
    if path.len() > len as usize {
        return Err(Errno::NameTooLong.into());
    }
    Ok(call.memory.write(out, path.as_bytes())?)
}

/// Fills the buffer with entries from `cookie` on. An entry that does not fit is cut, which tells the guest to ask
/// again with a larger buffer; fewer bytes than the buffer holds mean the end.
pub(crate) fn fd_readdir(call: &mut Call<'_>, fd: u32, buffer: u32, len: u32, cookie: u64, out: u32) -> Outcome {
    let descriptor = call.descriptor(fd)?;
    call.memory.span(out, 4)?;
    let span = call.memory.span(buffer, len)?;
    let listing = match &*descriptor {
        Descriptor::Directory(open) => open.listing(cookie)?,
        Descriptor::File(_) => return Err(Errno::NotDir.into()),
        Descriptor::Input(_) | Descriptor::Output(_) => return Err(Errno::BadF.into()),
    };
    let target = call.memory.at_mut(span);
    let mut used = 0;
    let mut put = |bytes: &[u8]| {
        let part = bytes.len().min(target.len() - used);
        target[used..used + part].copy_from_slice(&bytes[..part]);
        used += part;
        used < target.len()
    };
    for (position, entry) in listing.iter().enumerate().skip(usize::try_from(cookie).unwrap_or(usize::MAX)) {
        let name = entry.name.as_bytes();
        let head = encode_dirent(position as u64 + 1, entry.inode, name.len() as u32, entry.file_type);
        if !put(&head) || !put(name) {
            break;
        }
    }
    Ok(call.memory.write_u32(out, used as u32)?)
}
