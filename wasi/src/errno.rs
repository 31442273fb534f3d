//! The one table of error numbers (WASI preview 1, `errno`), and how the host's errors become them.

use rustix::io::Errno as Host;
use std::{fmt, io};

macro_rules! errnos {
    ($($(#[$doc:meta])* $name:ident = $number:literal $(<- $($host:ident)|+)?;)*) => {
        /// An error number as a guest sees it.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Errno {
            $($(#[$doc])* $name = $number,)*
        }

        impl Errno {
            /// Every error number, in the order of their values.
            pub const ALL: &'static [Errno] = &[$(Errno::$name),*];

            /// The name as written in Rust.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Errno::$name => stringify!($name),)*
                }
            }

            /// The error with this number; zero is success and therefore none.
            pub const fn from_number(number: u16) -> Option<Errno> {
                match number {
                    $($number => Some(Errno::$name),)*
                    _ => None,
                }
            }
        }

        impl From<Host> for Errno {
            fn from(host: Host) -> Errno {
                match host {
                    $($($(Host::$host)|+ => Errno::$name,)?)*
                    _ => Errno::Io,
                }
            }
        }
    };
}

errnos! {
    /// Argument list too long.
    TooBig = 1 <- TOOBIG;
    /// Permission denied.
    Acces = 2 <- ACCESS;
    /// Address in use.
    AddrInUse = 3 <- ADDRINUSE;
    /// Address not available.
    AddrNotAvail = 4 <- ADDRNOTAVAIL;
    /// Address family not supported.
    AfNoSupport = 5 <- AFNOSUPPORT;
    /// Resource unavailable, or operation would block.
    Again = 6 <- AGAIN;
    /// Connection already in progress.
    Already = 7 <- ALREADY;
    /// Bad file descriptor.
    BadF = 8 <- BADF;
    /// Bad message.
    BadMsg = 9 <- BADMSG;
    /// Device or resource busy.
    Busy = 10 <- BUSY;
    /// Operation cancelled.
    Canceled = 11 <- CANCELED;
    /// No child processes.
    Child = 12 <- CHILD;
    /// Connection aborted.
    ConnAborted = 13 <- CONNABORTED;
    /// Connection refused.
    ConnRefused = 14 <- CONNREFUSED;
    /// Connection reset.
    ConnReset = 15 <- CONNRESET;
    /// Resource deadlock would occur.
    Deadlk = 16 <- DEADLK;
    /// Destination address required.
    DestAddrReq = 17 <- DESTADDRREQ;
    /// Argument out of the function's domain.
    Dom = 18 <- DOM;
    /// Disk quota exceeded.
    DQuot = 19 <- DQUOT;
    /// File exists.
    Exist = 20 <- EXIST;
    /// Bad address.
    Fault = 21 <- FAULT;
    /// File too large.
    FBig = 22 <- FBIG;
    /// Host is unreachable.
    HostUnreach = 23 <- HOSTUNREACH;
    /// Identifier removed.
    IdRm = 24 <- IDRM;
    /// Illegal byte sequence.
    IlSeq = 25 <- ILSEQ;
    /// Operation in progress.
    InProgress = 26 <- INPROGRESS;
    /// Interrupted.
    Intr = 27 <- INTR;
    /// Invalid argument.
    Inval = 28 <- INVAL;
    /// Input or output error.
    Io = 29;
    /// Socket is connected.
    IsConn = 30 <- ISCONN;
    /// Is a directory.
    IsDir = 31 <- ISDIR;
    /// Too many levels of symbolic links.
    Loop = 32 <- LOOP;
    /// Too many open descriptors.
    MFile = 33 <- MFILE;
    /// Too many links.
    MLink = 34 <- MLINK;
    /// Message too large.
    MsgSize = 35 <- MSGSIZE;
    /// Reserved by the specification.
    Multihop = 36 <- MULTIHOP;
    /// File name too long.
    NameTooLong = 37 <- NAMETOOLONG;
    /// Network is down.
    NetDown = 38 <- NETDOWN;
    /// Connection aborted by the network.
    NetReset = 39 <- NETRESET;
    /// Network is unreachable.
    NetUnreach = 40 <- NETUNREACH;
    /// Too many open files in the system.
    NFile = 41 <- NFILE;
    /// No buffer space.
    NoBufs = 42 <- NOBUFS;
    /// No such device.
    NoDev = 43 <- NODEV;
    /// No such file or directory.
    NoEnt = 44 <- NOENT;
    /// Executable format error.
    NoExec = 45 <- NOEXEC;
    /// No locks available.
    NoLck = 46 <- NOLCK;
    /// Reserved by the specification.
    NoLink = 47 <- NOLINK;
    /// Not enough memory.
    NoMem = 48 <- NOMEM;
    /// No message of the desired type.
    NoMsg = 49 <- NOMSG;
    /// Protocol not available.
    NoProtoOpt = 50 <- NOPROTOOPT;
    /// No space left on the device.
    NoSpc = 51 <- NOSPC;
    /// Function not supported.
    NoSys = 52 <- NOSYS;
    /// Socket is not connected.
    NotConn = 53 <- NOTCONN;
    /// Not a directory.
    NotDir = 54 <- NOTDIR;
    /// Directory not empty.
    NotEmpty = 55 <- NOTEMPTY;
    /// State not recoverable.
    NotRecoverable = 56 <- NOTRECOVERABLE;
    /// Not a socket.
    NotSock = 57 <- NOTSOCK;
    /// Not supported.
    NotSup = 58 <- NOTSUP;
    /// Not a terminal.
    NoTty = 59 <- NOTTY;
    /// No such device or address.
    NxIo = 60 <- NXIO;
    /// Value too large for its type.
    Overflow = 61 <- OVERFLOW;
    /// Previous owner died.
    OwnerDead = 62 <- OWNERDEAD;
    /// Operation not permitted; also every attempt to leave a directory's sandbox.
    Perm = 63 <- PERM;
    /// Broken pipe.
    Pipe = 64 <- PIPE;
    /// Protocol error.
    Proto = 65 <- PROTO;
    /// Protocol not supported.
    ProtoNoSupport = 66 <- PROTONOSUPPORT;
    /// Wrong protocol type for the socket.
    ProtoType = 67 <- PROTOTYPE;
    /// Result too large.
    Range = 68 <- RANGE;
    /// Read-only file system.
    RoFs = 69 <- ROFS;
    /// Invalid seek.
    SPipe = 70 <- SPIPE;
    /// No such process.
    Srch = 71 <- SRCH;
    /// Stale file handle.
    Stale = 72 <- STALE;
    /// Connection timed out.
    TimedOut = 73 <- TIMEDOUT;
    /// Text file busy.
    TxtBsy = 74 <- TXTBSY;
    /// Link across devices.
    XDev = 75 <- XDEV;
    /// The descriptor lacks the right that the call needs.
    NotCapable = 76;
}

impl Errno {
    /// The number that a guest receives.
    pub const fn number(self) -> u16 {
        self as u16
    }
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Errno {
        use io::ErrorKind::*;
        if let Some(host) = Host::from_io_error(&error) {
            return host.into();
        }
        if let Some(errno) = error.get_ref().and_then(|inner| inner.downcast_ref::<Errno>()) {
            return *errno;
        }
        match error.kind() {
            NotFound => Errno::NoEnt,
            // The sandbox reports an escape as a denial without a number of the system.
            PermissionDenied => Errno::Perm,
            AlreadyExists => Errno::Exist,
            InvalidInput | InvalidData => Errno::Inval,
            NotADirectory => Errno::NotDir,
            IsADirectory => Errno::IsDir,
            DirectoryNotEmpty => Errno::NotEmpty,
            BrokenPipe => Errno::Pipe,
            WouldBlock => Errno::Again,
            TimedOut => Errno::TimedOut,
            Interrupted => Errno::Intr,
            Unsupported => Errno::NotSup,
            OutOfMemory => Errno::NoMem,
            StorageFull => Errno::NoSpc,
            ReadOnlyFilesystem => Errno::RoFs,
            InvalidFilename => Errno::NameTooLong,
            _ => Errno::Io,
        }
    }
}

/// For implementors of this crate's traits: the guest receives exactly this number.
impl From<Errno> for io::Error {
    fn from(errno: Errno) -> io::Error {
        io::Error::other(errno)
    }
}

/// What a function answers instead of success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A number that the guest receives.
    Errno(Errno),
    /// The guest does not continue: exit, or an error that the embedder's own object raised.
    Stop(wasmrt::Error),
}

/// What every WASI function returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Failure {
        Failure::Errno(errno)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.downcast::<wasmrt::Error>() {
            Ok(stop) => Failure::Stop(stop),
            Err(error) => Failure::Errno(error.into()),
        }
    }
}

impl From<Host> for Failure {
    fn from(host: Host) -> Failure {
        Failure::Errno(host.into())
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{}", self.name().to_ascii_uppercase())
    }
}

impl std::error::Error for Errno {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_find_their_way_back() {
        for (position, errno) in Errno::ALL.iter().enumerate() {
            assert_eq!(errno.number() as usize, position + 1);
            assert_eq!(Errno::from_number(errno.number()), Some(*errno));
        }
        assert_eq!(Errno::from_number(0), None);
    }

    #[test]
    fn errors_of_the_system_keep_their_meaning() {
        assert_eq!(Errno::from(io::Error::from_raw_os_error(Host::NOTEMPTY.raw_os_error())), Errno::NotEmpty);
        assert_eq!(Errno::from(io::Error::new(io::ErrorKind::PermissionDenied, "outside")), Errno::Perm);
        assert_eq!(Errno::from(io::Error::from(Errno::NotCapable)), Errno::NotCapable);
        assert_eq!(Errno::NoEnt.to_string(), "ENOENT");
    }

    #[test]
    fn an_error_of_the_embedder_stops_the_guest() {
        let error = io::Error::other(wasmrt::Error::exit(3));
        assert!(matches!(Failure::from(error), Failure::Stop(stop) if stop.exit_code() == Some(3)));
    }
}
