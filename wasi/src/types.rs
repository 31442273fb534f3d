//! The records that cross the guest's memory, as rich types and as bytes.
//!
//! Layouts are those of the witx definitions; where `wasi_unstable` differs, the edition decides. Nothing here touches
//! guest memory: encoders return byte arrays, decoders take them.

use crate::errno::Errno;

/// Under which import module a function was reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edition {
    /// `wasi_snapshot_preview1`.
    Preview1,
    /// `wasi_unstable`, the edition before it.
    Unstable,
}

impl Edition {
    /// The import module's name.
    pub const fn module_name(self) -> &'static str {
        match self {
            Edition::Preview1 => "wasi_snapshot_preview1",
            Edition::Unstable => "wasi_unstable",
        }
    }

    pub(crate) const fn subscription_len(self) -> u32 {
        match self {
            Edition::Preview1 => 48,
            Edition::Unstable => 56,
        }
    }
}

/// What a descriptor or directory entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum FileType {
    /// Something else, or not known.
    #[default]
    Unknown = 0,
    /// A block device.
    BlockDevice = 1,
    /// A character device, for example a terminal.
    CharacterDevice = 2,
    /// A directory.
    Directory = 3,
    /// A regular file.
    RegularFile = 4,
    /// A datagram socket.
    SocketDgram = 5,
    /// A stream socket.
    SocketStream = 6,
    /// A symbolic link.
    SymbolicLink = 7,
}

/// What is known of a file. Times are in nanoseconds since the Unix epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FileStat {
    /// The device that holds it.
    pub device: u64,
    /// Its serial number on the device.
    pub inode: u64,
    /// What it is.
    pub file_type: FileType,
    /// Number of names that it has.
    pub links: u64,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Last access.
    pub accessed_ns: u64,
    /// Last change of the contents.
    pub modified_ns: u64,
    /// Last change of the status.
    pub changed_ns: u64,
}

impl FileStat {
    pub(crate) fn encode(&self, edition: Edition) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend(self.device.to_le_bytes());
        bytes.extend(self.inode.to_le_bytes());
        bytes.extend((self.file_type as u64).to_le_bytes());
        match edition {
            Edition::Preview1 => bytes.extend(self.links.to_le_bytes()),
            Edition::Unstable => {
                bytes.truncate(20);
                bytes.extend(u32::try_from(self.links).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
        for field in [self.size_bytes, self.accessed_ns, self.modified_ns, self.changed_ns] {
            bytes.extend(field.to_le_bytes());
        }
        bytes
    }
}

/// A new value for a file's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NewTime {
    /// Leave it as it is.
    Keep,
    /// The present.
    Now,
    /// Nanoseconds since the Unix epoch.
    At(u64),
}

/// How a guest means to use a range of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Advice {
    /// Nothing in particular.
    Normal,
    /// From low to high offsets.
    Sequential,
    /// In no order.
    Random,
    /// Soon.
    WillNeed,
    /// Not soon.
    DontNeed,
    /// Once.
    NoReuse,
}

impl Advice {
    pub(crate) fn decode(number: u32) -> Result<Advice, Errno> {
        Ok(match number {
            0 => Advice::Normal,
            1 => Advice::Sequential,
            2 => Advice::Random,
            3 => Advice::WillNeed,
            4 => Advice::DontNeed,
            5 => Advice::NoReuse,
            _ => return Err(Errno::Inval),
        })
    }
}

macro_rules! flags {
    ($($(#[$doc:meta])* $vis:vis $name:ident($repr:ty) { $($(#[$flag_doc:meta])* $flag:ident = $bit:expr;)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        $vis struct $name(pub $repr);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: $name = $name(1 << $bit);)*

            /// The known flags of a guest's number; `EINVAL` when others are set.
            #[allow(dead_code, reason = "not every set of flags comes from a guest")]
            pub(crate) fn decode(number: u32) -> Result<$name, Errno> {
                let known: $repr = $((1 << $bit) |)* 0;
                let flags = <$repr>::try_from(number).map_err(|_| Errno::Inval)?;
                if flags & !known == 0 { Ok($name(flags)) } else { Err(Errno::Inval) }
            }

            /// Whether all of `other` is set.
            pub const fn contains(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any of `other` is set.
            pub const fn intersects(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }
        }

        impl std::ops::BitOr for $name {
            type Output = $name;
            fn bitor(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }
        }
    )*};
}

flags! {
    /// How an open file behaves.
    pub FdFlags(u16) {
        /// Every write goes to the end.
        APPEND = 0;
        /// Writes reach the disk, data only.
        DSYNC = 1;
        /// Nothing blocks.
        NONBLOCK = 2;
        /// Reads wait for pending writes.
        RSYNC = 3;
        /// Writes reach the disk, metadata too.
        SYNC = 4;
    }

    /// How `path_open` treats what it finds.
    pub OpenFlags(u16) {
        /// Make the file if there is none.
        CREATE = 0;
        /// Fail unless it is a directory.
        DIRECTORY = 1;
        /// Fail if it exists.
        EXCLUSIVE = 2;
        /// Cut the file to zero bytes.
        TRUNCATE = 3;
    }

    /// How a path is resolved.
    pub(crate) LookupFlags(u32) {
        /// Follow a symbolic link in the last place.
        SYMLINK_FOLLOW = 0;
    }

    /// Which times to set.
    pub(crate) TimeFlags(u16) {
        ACCESSED = 0;
        ACCESSED_NOW = 1;
        MODIFIED = 2;
        MODIFIED_NOW = 3;
    }

    /// What a descriptor may do. Kept for what programs derive from them; only reading and writing are enforced.
    pub(crate) Rights(u64) {
        FD_DATASYNC = 0;
        FD_READ = 1;
        FD_SEEK = 2;
        FD_FDSTAT_SET_FLAGS = 3;
        FD_SYNC = 4;
        FD_TELL = 5;
        FD_WRITE = 6;
        FD_ADVISE = 7;
        FD_ALLOCATE = 8;
        PATH_CREATE_DIRECTORY = 9;
        PATH_CREATE_FILE = 10;
        PATH_LINK_SOURCE = 11;
        PATH_LINK_TARGET = 12;
        PATH_OPEN = 13;
        FD_READDIR = 14;
        PATH_READLINK = 15;
        PATH_RENAME_SOURCE = 16;
        PATH_RENAME_TARGET = 17;
        PATH_FILESTAT_GET = 18;
        PATH_FILESTAT_SET_SIZE = 19;
        PATH_FILESTAT_SET_TIMES = 20;
        FD_FILESTAT_GET = 21;
        FD_FILESTAT_SET_SIZE = 22;
        FD_FILESTAT_SET_TIMES = 23;
        PATH_SYMLINK = 24;
        PATH_REMOVE_DIRECTORY = 25;
        PATH_UNLINK_FILE = 26;
        POLL_FD_READWRITE = 27;
        SOCK_SHUTDOWN = 28;
        SOCK_ACCEPT = 29;
    }
}

impl Rights {
    /// Everything that makes sense for a stream.
    pub(crate) const STREAM: Rights =
        Rights(Rights::FD_FDSTAT_SET_FLAGS.0 | Rights::FD_FILESTAT_GET.0 | Rights::POLL_FD_READWRITE.0);

    /// Everything that makes sense for a file, beyond reading and writing.
    pub(crate) const FILE: Rights = Rights(
        Rights::STREAM.0
            | Rights::FD_DATASYNC.0
            | Rights::FD_SEEK.0
            | Rights::FD_SYNC.0
            | Rights::FD_TELL.0
            | Rights::FD_ADVISE.0
            | Rights::FD_FILESTAT_SET_TIMES.0,
    );

    /// What writing adds for a file.
    pub(crate) const FILE_WRITE: Rights =
        Rights(Rights::FD_WRITE.0 | Rights::FD_ALLOCATE.0 | Rights::FD_FILESTAT_SET_SIZE.0);

    /// Everything that makes sense for a directory.
    pub(crate) const DIRECTORY: Rights = Rights(
        (Rights::FD_READDIR.0 | Rights::FD_SYNC.0 | Rights::FD_DATASYNC.0 | Rights::FD_FDSTAT_SET_FLAGS.0)
            | (Rights::FD_FILESTAT_GET.0 | Rights::FD_FILESTAT_SET_TIMES.0)
            | (Rights::PATH_CREATE_DIRECTORY.0 | Rights::PATH_CREATE_FILE.0 | Rights::PATH_OPEN.0)
            | (Rights::PATH_LINK_SOURCE.0 | Rights::PATH_LINK_TARGET.0 | Rights::PATH_READLINK.0)
            | (Rights::PATH_RENAME_SOURCE.0 | Rights::PATH_RENAME_TARGET.0 | Rights::PATH_FILESTAT_GET.0)
            | (Rights::PATH_FILESTAT_SET_SIZE.0 | Rights::PATH_FILESTAT_SET_TIMES.0 | Rights::PATH_SYMLINK.0)
            | (Rights::PATH_REMOVE_DIRECTORY.0 | Rights::PATH_UNLINK_FILE.0),
    );
}

/// `fdstat`: file type, flags, base and inheriting rights.
pub(crate) fn encode_fdstat(file_type: FileType, flags: FdFlags, base: Rights, inheriting: Rights) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[0] = file_type as u8;
    bytes[2..4].copy_from_slice(&flags.0.to_le_bytes());
    bytes[8..16].copy_from_slice(&base.0.to_le_bytes());
    bytes[16..24].copy_from_slice(&inheriting.0.to_le_bytes());
    bytes
}

/// `dirent` without the name that follows it.
pub(crate) fn encode_dirent(next_cookie: u64, inode: u64, name_len: u32, file_type: FileType) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[0..8].copy_from_slice(&next_cookie.to_le_bytes());
    bytes[8..16].copy_from_slice(&inode.to_le_bytes());
    bytes[16..20].copy_from_slice(&name_len.to_le_bytes());
    bytes[20] = file_type as u8;
    bytes
}

/// What `poll_oneoff` is asked to wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Subscription {
    pub userdata: u64,
    pub kind: SubscriptionKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SubscriptionKind {
    Clock { id: u32, timeout_ns: u64, absolute: bool },
    Read { fd: u32 },
    Write { fd: u32 },
}

impl SubscriptionKind {
    /// The number in an event's `type` field.
    pub(crate) fn event_type(self) -> u8 {
        match self {
            SubscriptionKind::Clock { .. } => 0,
            SubscriptionKind::Read { .. } => 1,
            SubscriptionKind::Write { .. } => 2,
        }
    }
}

impl Subscription {
    /// `bytes` is one subscription of the edition's length.
    pub(crate) fn decode(bytes: &[u8], edition: Edition) -> Result<Subscription, Errno> {
        let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let u32_at = |at: usize| u32::from(u16_at(at)) | u32::from(u16_at(at + 2)) << 16;
        let u64_at = |at: usize| u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32;
        // The older edition puts an identifier before the clock's fields.
        let clock = if edition == Edition::Unstable { 24 } else { 16 };
        let kind = match bytes[8] {
            0 => {
                let flags = u16_at(clock + 24);
                if flags > 1 {
                    return Err(Errno::Inval);
                }
                SubscriptionKind::Clock {
                    id: u32_at(clock),
                    timeout_ns: u64_at(clock + 8),
                    absolute: flags & 1 != 0,
                }
            }
            1 => SubscriptionKind::Read { fd: u32_at(16) },
            2 => SubscriptionKind::Write { fd: u32_at(16) },
            _ => return Err(Errno::Inval),
        };
        Ok(Subscription { userdata: u64_at(0), kind })
    }
}

/// What `poll_oneoff` answers for one subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Event {
    pub userdata: u64,
    pub error: Option<Errno>,
    pub event_type: u8,
    pub ready_bytes: u64,
    pub hangup: bool,
}

impl Event {
    pub(crate) const LEN: u32 = 32;

    pub(crate) fn encode(&self) -> [u8; Event::LEN as usize] {
        let mut bytes = [0; Event::LEN as usize];
        bytes[0..8].copy_from_slice(&self.userdata.to_le_bytes());
        bytes[8..10].copy_from_slice(&self.error.map_or(0, Errno::number).to_le_bytes());
        bytes[10] = self.event_type;
        bytes[16..24].copy_from_slice(&self.ready_bytes.to_le_bytes());
        bytes[24] = u8::from(self.hangup);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filestat_has_each_editions_length() {
        let stat = FileStat { links: 3, size_bytes: 9, file_type: FileType::RegularFile, ..FileStat::default() };
        let new = stat.encode(Edition::Preview1);
        assert_eq!((new.len(), new[16], new[24], new[32]), (64, 4, 3, 9));
        let old = stat.encode(Edition::Unstable);
        assert_eq!((old.len(), old[16], old[20], old[24]), (56, 4, 3, 9));
    }

    #[test]
    fn clock_subscriptions_differ_by_edition() {
        let mut bytes = [0u8; 56];
        bytes[16] = 1;
        bytes[24] = 7;
        bytes[40] = 1;
        let expected = SubscriptionKind::Clock { id: 1, timeout_ns: 7, absolute: true };
        assert_eq!(Subscription::decode(&bytes, Edition::Preview1).unwrap().kind, expected);
        let mut bytes = [0u8; 56];
        bytes[24] = 1;
        bytes[32] = 7;
        bytes[48] = 1;
        assert_eq!(Subscription::decode(&bytes, Edition::Unstable).unwrap().kind, expected);
    }

    #[test]
    fn unknown_flags_are_refused() {
        assert_eq!(FdFlags::decode(1 << 5), Err(Errno::Inval));
        assert_eq!(FdFlags::decode(1 << 20), Err(Errno::Inval));
        assert_eq!(OpenFlags::decode(9), Ok(OpenFlags::CREATE | OpenFlags::TRUNCATE));
    }
}
