//! Directories and files of the host. Paths are resolved by cap-std, which never leaves the directory it starts from,
//! whatever symbolic links and renames happen meanwhile; everything else works on open descriptors.

use crate::{
    errno::Errno,
    filesystem::{Directory, DirectoryEntry, File, OpenOptions, Opened},
    types::{Advice, FdFlags, FileStat, FileType, NewTime, OpenFlags},
};
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, SystemTimeSpec};
use cap_std::{
    ambient_authority,
    fs::{Dir, OpenOptionsExt},
    time::SystemTime,
};
use rustix::fs::{self, FallocateFlags, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use std::{
    any::Any,
    io::{self, IoSlice, Read, Seek, SeekFrom, Write},
    num::NonZeroU64,
    os::fd::{AsFd, BorrowedFd},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

/// A directory of the host, as a capability for everything inside it and nothing outside.
#[derive(Debug)]
pub struct HostDirectory {
    dir: Dir,
    writable: bool,
}

impl HostDirectory {
    /// Opens the host's directory at `path`, with this process's own authority.
    pub fn open(path: impl AsRef<Path>) -> io::Result<HostDirectory> {
        Ok(HostDirectory { dir: Dir::open_ambient_dir(path, ambient_authority())?, writable: true })
    }

    /// The same directory, in which nothing can be changed: attempts answer `EROFS`.
    pub fn read_only(self) -> HostDirectory {
        HostDirectory { dir: self.dir, writable: false }
    }

    fn demand_writable(&self) -> io::Result<()> {
        if self.writable { Ok(()) } else { Err(Errno::RoFs.into()) }
    }
}

/// The host directory behind `directory`, in which something is about to be named.
fn writable_host(directory: &dyn Directory) -> io::Result<&Dir> {
    let host = (directory as &dyn Any).downcast_ref::<HostDirectory>().ok_or(Errno::XDev)?;
    host.demand_writable()?;
    Ok(&host.dir)
}

impl Directory for HostDirectory {
    fn stat(&self) -> io::Result<FileStat> {
        Ok(stat_of(&fs::fstat(&self.dir)?))
    }

    fn open(&self, path: &str, options: OpenOptions) -> io::Result<Opened> {
        if options.changes_something() {
            self.demand_writable()?;
        }
        let file = self.dir.open_with(path, &host_options(options))?.into_std();
        let is_directory = FileType::from(fs::FileType::from_raw_mode(fs::fstat(&file)?.st_mode)) == FileType::Directory;
        Ok(if is_directory {
            Opened::Directory(Arc::new(HostDirectory { dir: Dir::from_std_file(file), writable: self.writable }))
        } else {
            Opened::File(Arc::new(HostFile { file, writable: self.writable }))
        })
    }

    fn stat_path(&self, path: &str, follow: bool) -> io::Result<FileStat> {
        use cap_std::fs::MetadataExt;
        let metadata = if follow { self.dir.metadata(path)? } else { self.dir.symlink_metadata(path)? };
        Ok(FileStat {
            device: metadata.dev(),
            inode: metadata.ino(),
            file_type: fs::FileType::from_raw_mode(metadata.mode()).into(),
            links: metadata.nlink(),
            size_bytes: metadata.size(),
            accessed_ns: time_ns(metadata.atime(), metadata.atime_nsec()),
            modified_ns: time_ns(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: time_ns(metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Names that are not UTF-8 cannot be said to a guest and are left out.
    fn entries(&self) -> io::Result<Vec<DirectoryEntry>> {
        let mut entries = Vec::new();
        for entry in fs::Dir::read_from(&self.dir)? {
            let entry = entry?;
            match entry.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => entries.push(DirectoryEntry {
                    name: name.to_owned(),
                    inode: entry.ino(),
                    file_type: entry.file_type().into(),
                }),
            }
        }
        Ok(entries)
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        let target = self.dir.read_link(path)?;
        target.into_os_string().into_string().map_err(|_| Errno::IlSeq.into())
    }

    fn set_times(&self, accessed: NewTime, modified: NewTime) -> io::Result<()> {
        self.demand_writable()?;
        Ok(fs::futimens(&self.dir, &timestamps(accessed, modified))?)
    }

    fn set_path_times(&self, path: &str, follow: bool, accessed: NewTime, modified: NewTime) -> io::Result<()> {
        self.demand_writable()?;
        let (accessed, modified) = (time_spec(accessed), time_spec(modified));
        if follow {
            self.dir.set_times(path, accessed, modified)
        } else {
            self.dir.set_symlink_times(path, accessed, modified)
        }
    }

    fn create_directory(&self, path: &str) -> io::Result<()> {
        self.demand_writable()?;
        self.dir.create_dir(path)
    }

    fn remove_directory(&self, path: &str) -> io::Result<()> {
        self.demand_writable()?;
        self.dir.remove_dir(path)
    }

    fn unlink_file(&self, path: &str) -> io::Result<()> {
        self.demand_writable()?;
        self.dir.remove_file_or_symlink(path)
    }

    fn symlink(&self, target: &str, path: &str) -> io::Result<()> {
        self.demand_writable()?;
        DirExt::symlink(&self.dir, target, path)
    }

    fn rename(&self, path: &str, new_directory: &dyn Directory, new_path: &str) -> io::Result<()> {
        self.demand_writable()?;
        self.dir.rename(path, writable_host(new_directory)?, new_path)
    }

    fn link(&self, path: &str, new_directory: &dyn Directory, new_path: &str) -> io::Result<()> {
        // A further name in a writable directory would make a read-only file writable.
        self.demand_writable()?;
        self.dir.hard_link(path, writable_host(new_directory)?, new_path)
    }

    fn sync(&self, data_only: bool) -> io::Result<()> {
        Ok(if data_only { fs::fdatasync(&self.dir)? } else { fs::fsync(&self.dir)? })
    }
}

/// An open file of the host; the position is the descriptor's own.
#[derive(Debug)]
struct HostFile {
    file: std::fs::File,
    writable: bool,
}

impl File for HostFile {
    fn stat(&self) -> io::Result<FileStat> {
        Ok(stat_of(&fs::fstat(&self.file)?))
    }

    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.file).read(buffer)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn seek(&self, to: SeekFrom) -> io::Result<u64> {
        (&self.file).seek(to)
    }

    fn write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        (&self.file).write_vectored(buffers)
    }

    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        match buffers {
            [buffer] => self.file.write_at(buffer, offset),
            _ => Ok(rustix::io::pwritev(&self.file, buffers, offset)?),
        }
    }

    fn set_len(&self, len_bytes: u64) -> io::Result<()> {
        self.file.set_len(len_bytes)
    }

    fn allocate(&self, offset: u64, len_bytes: u64) -> io::Result<()> {
        Ok(fs::fallocate(&self.file, FallocateFlags::empty(), offset, len_bytes)?)
    }

    fn set_times(&self, accessed: NewTime, modified: NewTime) -> io::Result<()> {
        if !self.writable {
            return Err(Errno::RoFs.into());
        }
        Ok(fs::futimens(&self.file, &timestamps(accessed, modified))?)
    }

    fn advise(&self, offset: u64, len_bytes: u64, advice: Advice) -> io::Result<()> {
        let advice = match advice {
            Advice::Normal => fs::Advice::Normal,
            Advice::Sequential => fs::Advice::Sequential,
            Advice::Random => fs::Advice::Random,
            Advice::WillNeed => fs::Advice::WillNeed,
            Advice::DontNeed => fs::Advice::DontNeed,
            Advice::NoReuse => fs::Advice::NoReuse,
        };
        Ok(fs::fadvise(&self.file, offset, NonZeroU64::new(len_bytes), advice)?)
    }

    fn sync(&self, data_only: bool) -> io::Result<()> {
        if data_only { self.file.sync_data() } else { self.file.sync_all() }
    }

    fn set_flags(&self, flags: FdFlags) -> io::Result<()> {
        let changeable = OFlags::APPEND | OFlags::NONBLOCK;
        let kept = fs::fcntl_getfl(&self.file)? - changeable;
        Ok(fs::fcntl_setfl(&self.file, kept | (host_flags(flags) & changeable))?)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }
}

fn host_flags(flags: FdFlags) -> OFlags {
    let mut host = OFlags::empty();
    host.set(OFlags::APPEND, flags.contains(FdFlags::APPEND));
    host.set(OFlags::DSYNC, flags.contains(FdFlags::DSYNC));
    host.set(OFlags::NONBLOCK, flags.contains(FdFlags::NONBLOCK));
    host.set(OFlags::RSYNC, flags.contains(FdFlags::RSYNC));
    host.set(OFlags::SYNC, flags.contains(FdFlags::SYNC));
    host
}

fn host_options(options: OpenOptions) -> cap_std::fs::OpenOptions {
    let mut host = cap_std::fs::OpenOptions::new();
    let create = options.flags.contains(OpenFlags::CREATE);
    let exclusive = options.flags.contains(OpenFlags::EXCLUSIVE);
    let truncate = options.flags.contains(OpenFlags::TRUNCATE);
    // The host creates and truncates only through descriptors that can write; the guest's own descriptor remembers
    // what it asked for.
    let write = options.write || create || truncate;
    host.read(options.read || !write).write(write).truncate(truncate);
    host.create(create).create_new(create && exclusive);
    host.follow(if options.follow { FollowSymlinks::Yes } else { FollowSymlinks::No });
    let mut custom = host_flags(options.fd_flags) | OFlags::NOCTTY;
    custom.set(OFlags::DIRECTORY, options.flags.contains(OpenFlags::DIRECTORY));
    host.custom_flags(custom.bits() as i32);
    host
}

fn time_ns(seconds: i64, nanoseconds: i64) -> u64 {
    u64::try_from(i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)).unwrap_or(0)
}

fn timestamps(accessed: NewTime, modified: NewTime) -> Timestamps {
    let one = |time| match time {
        NewTime::Keep => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        NewTime::Now => Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        NewTime::At(ns) => Timespec { tv_sec: (ns / 1_000_000_000) as i64, tv_nsec: (ns % 1_000_000_000) as i64 },
    };
    Timestamps { last_access: one(accessed), last_modification: one(modified) }
}

fn time_spec(time: NewTime) -> Option<SystemTimeSpec> {
    match time {
        NewTime::Keep => None,
        NewTime::Now => Some(SystemTimeSpec::SymbolicNow),
        NewTime::At(ns) => {
            let time = std::time::UNIX_EPOCH + Duration::from_nanos(ns);
            Some(SystemTimeSpec::Absolute(SystemTime::from_std(time)))
        }
    }
}

fn stat_of(stat: &fs::Stat) -> FileStat {
    FileStat {
        device: stat.st_dev,
        inode: stat.st_ino,
        file_type: fs::FileType::from_raw_mode(stat.st_mode).into(),
        links: stat.st_nlink as u64,
        size_bytes: stat.st_size as u64,
        accessed_ns: time_ns(stat.st_atime as i64, stat.st_atime_nsec as i64),
        modified_ns: time_ns(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        changed_ns: time_ns(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
    }
}

impl From<fs::FileType> for FileType {
    fn from(host: fs::FileType) -> FileType {
        match host {
            fs::FileType::RegularFile => FileType::RegularFile,
            fs::FileType::Directory => FileType::Directory,
            fs::FileType::Symlink => FileType::SymbolicLink,
            fs::FileType::CharacterDevice => FileType::CharacterDevice,
            fs::FileType::BlockDevice => FileType::BlockDevice,
            fs::FileType::Socket => FileType::SocketStream,
            _ => FileType::Unknown,
        }
    }
}
