//! What a guest's files and directories are made of: the traits behind descriptors and path functions.
//!
//! [`HostDirectory`](crate::HostDirectory) implements them for directories of the host; an embedder can implement them
//! for anything else. A directory never answers for what lies outside it: paths are relative, `/`-separated, and those
//! that lead out fail with `EPERM`. The defaults make a read-only tree. Errors travel as described in [`crate::stream`].

use crate::{
    errno::Errno,
    types::{Advice, FdFlags, FileStat, FileType, NewTime, OpenFlags},
};
use std::{
    any::Any,
    io::{self, IoSlice, SeekFrom},
    os::fd::BorrowedFd,
    sync::Arc,
};

/// What `Directory::open` found.
pub enum Opened {
    /// Anything that is read and written.
    File(Arc<dyn File>),
    /// A directory.
    Directory(Arc<dyn Directory>),
}

/// How to open what a path names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpenOptions {
    /// Follow a symbolic link in the last place; without it such a link is `ELOOP`.
    pub follow: bool,
    /// Create, demand, truncate.
    pub flags: OpenFlags,
    /// The descriptor will be read.
    pub read: bool,
    /// The descriptor will be written.
    pub write: bool,
    /// Append, non-blocking, synchronous.
    pub fd_flags: FdFlags,
}

impl OpenOptions {
    /// Whether opening may change the file system, or is meant to change it later.
    pub fn changes_something(&self) -> bool {
        self.write || self.flags.intersects(OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE)
    }
}

/// A name in a directory. `.` and `..` are not among them: the descriptor adds these.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirectoryEntry {
    /// The name, without slashes.
    pub name: String,
    /// The serial number, or zero where there is none.
    pub inode: u64,
    /// What the name stands for.
    pub file_type: FileType,
}

fn read_only<T>() -> io::Result<T> {
    Err(Errno::RoFs.into())
}

fn unsupported<T>() -> io::Result<T> {
    Err(Errno::NotSup.into())
}

/// An open file. It has one position, which `read`, `write` and `seek` share and move.
pub trait File: Send + Sync {
    /// What is known of it.
    fn stat(&self) -> io::Result<FileStat>;

    /// Reads at the position; zero means the end.
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Reads at `offset` bytes from the start, leaving the position alone.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Moves the position and says where it is, in bytes from the start.
    fn seek(&self, to: SeekFrom) -> io::Result<u64>;

    /// Writes at the position, or at the end when appending.
    fn write(&self, _buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        read_only()
    }

    /// Writes at `offset` bytes from the start, leaving the position alone.
    fn write_at(&self, _buffers: &[IoSlice<'_>], _offset: u64) -> io::Result<usize> {
        read_only()
    }

    /// Cuts or extends it to `len_bytes`.
    fn set_len(&self, _len_bytes: u64) -> io::Result<()> {
        read_only()
    }

    /// Makes sure that there is room for a range.
    fn allocate(&self, _offset: u64, _len_bytes: u64) -> io::Result<()> {
        unsupported()
    }

    /// Sets its times.
    fn set_times(&self, _accessed: NewTime, _modified: NewTime) -> io::Result<()> {
        read_only()
    }

    /// Announces how a range will be used.
    fn advise(&self, _offset: u64, _len_bytes: u64, _advice: Advice) -> io::Result<()> {
        Ok(())
    }

    /// Brings what was written to the disk; `data_only` may leave the metadata behind.
    fn sync(&self, _data_only: bool) -> io::Result<()> {
        Ok(())
    }

    /// Changes `APPEND` and `NONBLOCK`.
    fn set_flags(&self, _flags: FdFlags) -> io::Result<()> {
        unsupported()
    }

    /// The host's descriptor to wait on in `poll_oneoff`; a file without one counts as always ready.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// An open directory: the only way to anything inside it.
pub trait Directory: Any + Send + Sync {
    /// What is known of it.
    fn stat(&self) -> io::Result<FileStat>;

    /// Opens what `path` names.
    fn open(&self, path: &str, options: OpenOptions) -> io::Result<Opened>;

    /// What is known of what `path` names; `follow` decides about a symbolic link in the last place.
    fn stat_path(&self, path: &str, follow: bool) -> io::Result<FileStat>;

    /// All names in it.
    fn entries(&self) -> io::Result<Vec<DirectoryEntry>>;

    /// The target of the symbolic link that `path` names.
    fn read_link(&self, _path: &str) -> io::Result<String> {
        Err(Errno::Inval.into())
    }

    /// Sets its own times.
    fn set_times(&self, _accessed: NewTime, _modified: NewTime) -> io::Result<()> {
        read_only()
    }

    /// Sets the times of what `path` names.
    fn set_path_times(&self, _path: &str, _follow: bool, _accessed: NewTime, _modified: NewTime) -> io::Result<()> {
        read_only()
    }

    /// Makes a directory.
    fn create_directory(&self, _path: &str) -> io::Result<()> {
        read_only()
    }

    /// Removes an empty directory.
    fn remove_directory(&self, _path: &str) -> io::Result<()> {
        read_only()
    }

    /// Removes a name that is not a directory.
    fn unlink_file(&self, _path: &str) -> io::Result<()> {
        read_only()
    }

    /// Makes a symbolic link `path` that says `target`.
    fn symlink(&self, _target: &str, _path: &str) -> io::Result<()> {
        read_only()
    }

    /// Moves `path` to `new_path` in `new_directory`; `EXDEV` if that is of another kind.
    fn rename(&self, _path: &str, _new_directory: &dyn Directory, _new_path: &str) -> io::Result<()> {
        read_only()
    }

    /// Gives what `path` names the further name `new_path` in `new_directory`; `EXDEV` if that is of another kind.
    fn link(&self, _path: &str, _new_directory: &dyn Directory, _new_path: &str) -> io::Result<()> {
        read_only()
    }

    /// Brings changes of names to the disk.
    fn sync(&self, _data_only: bool) -> io::Result<()> {
        Ok(())
    }
}
