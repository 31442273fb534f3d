//! How a subcommand can fail, what is printed then, and with which exit code the process ends.

use std::{fmt::Display, io, path::Path};
use wasmrt::{Error, ErrorKind};

/// Exit code of a guest that trapped: what a shell reports for a process that aborted.
pub const TRAPPED: u8 = 134;

/// Why a subcommand could not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The command line makes no sense for this module.
    Usage(String),
    /// Anything else, in words.
    Message(String),
    /// An error of the runtime or of the guest.
    Runtime(Error),
    /// Nobody reads what is printed any more.
    PipeClosed,
}

impl Failure {
    /// `error`, which arose while working on the file at `path`.
    pub fn of_file(path: &Path, error: impl Display) -> Failure {
        Failure::Message(format!("{}: {error}", path.display()))
    }

    /// Prints the failure to standard error.
    pub fn report(&self) {
        match self {
            Failure::Usage(message) | Failure::Message(message) => eprintln!("error: {message}"),
            Failure::Runtime(error) if error.trap_code().is_some() => eprintln!("error: wasm trap: {error}"),
            Failure::Runtime(error) => eprintln!("error: {error}"),
            Failure::PipeClosed => {}
        }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) => 2,
            Failure::Runtime(error) => match error.kind() {
                ErrorKind::Trap(_) => TRAPPED,
                _ => 1,
            },
            Failure::Message(_) => 1,
            Failure::PipeClosed => 0,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Runtime(error)
    }
}

/// Only for writing what a subcommand prints; errors on files are made with [`Failure::of_file`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::PipeClosed,
            _ => Failure::Message(format!("cannot write: {error}")),
        }
    }
}
