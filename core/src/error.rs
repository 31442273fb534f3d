//! The one error type. Its kind says in which phase things went wrong and carries data, not prose.

use crate::trap::TrapCode;
use std::{any::Any, error::Error as StdError, fmt, sync::Arc};

/// What every fallible operation returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of any phase. One pointer wide.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    backtrace: Vec<FrameInfo>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// The exception, as the store knows it.
    thrown: Option<Arc<dyn Any + Send + Sync>>,
}

/// In which phase an error arose, with what a program may want to act on.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not a module. `offset` is in bytes from its start.
    Decode {
        /// Where the decoder stopped.
        offset: u64,
    },
    /// The module breaks a validation rule. `offset` is in bytes from its start.
    Validate {
        /// Where the rule is broken.
        offset: u64,
    },
    /// The module needs something that this build or configuration does not have.
    Unsupported {
        /// Where it is used, in bytes from the module's start.
        offset: u64,
        /// The WebAssembly proposal, or the feature of this library.
        feature: String,
    },
    /// An import is missing or has another type than the module expects.
    Link {
        /// The import's module name.
        module: String,
        /// The import's own name.
        name: String,
    },
    /// The guest was stopped by the semantics of WebAssembly.
    Trap(TrapCode),
    /// The guest threw an exception that nobody caught.
    Exception,
    /// A host function returned an error; see [`Error::downcast_ref`].
    Host,
    /// A configured or implementation limit was reached.
    Limit,
    /// The call was interrupted from outside: deadline, epoch, cancellation or closing.
    Interrupted,
    /// The guest ended itself (`proc_exit`).
    Exit {
        /// The guest's exit code.
        code: u32,
    },
    /// The library was used wrongly: wrong argument count or type, stale handle, foreign store.
    Usage,
    /// A bug in wasmrt.
    Internal,
}

impl ErrorKind {
    /// The kind's name, the same in every face.
    pub fn name(&self) -> &'static str {
        match self {
            ErrorKind::Decode { .. } => "Decode",
            ErrorKind::Validate { .. } => "Validate",
            ErrorKind::Unsupported { .. } => "Unsupported",
            ErrorKind::Link { .. } => "Link",
            ErrorKind::Trap(_) => "Trap",
            ErrorKind::Exception => "Exception",
            ErrorKind::Host => "Host",
            ErrorKind::Limit => "Limit",
            ErrorKind::Interrupted => "Interrupted",
            ErrorKind::Exit { .. } => "Exit",
            ErrorKind::Usage => "Usage",
            ErrorKind::Internal => "Internal",
        }
    }
}

/// One frame of a wasm backtrace, innermost first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameInfo {
    /// The module's name from its name section, if it has one.
    pub module_name: Option<String>,
    /// The function's index in its module; for host functions, in the store.
    pub func_index: u32,
    /// The function's name from the name section, or `module.name` of a host function's import.
    pub func_name: Option<String>,
    /// Offset of the instruction in bytes from the module's start, if known.
    pub module_offset: Option<u32>,
}

impl Error {
    /// An error of any kind with its core message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { kind, message: message.into(), backtrace: Vec::new(), source: None, thrown: None }))
    }

    /// A trap, with the message of the trap table.
    pub fn trap(code: TrapCode) -> Error {
        Error::new(ErrorKind::Trap(code), code.message())
    }

    /// An error for a host function to return; it reaches the caller of the guest and can be taken out again.
    pub fn host(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        let source = error.into();
        let message = source.to_string();
        let mut error = Error::new(ErrorKind::Host, message);
        error.0.source = Some(source);
        error
    }

    /// The guest's wish to end with `code`.
    pub fn exit(code: u32) -> Error {
        Error::new(ErrorKind::Exit { code }, format!("exit with code {code}"))
    }

    /// A wrong use of the library.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Usage, message)
    }

    /// A limit was reached.
    pub fn limit(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Limit, message)
    }

    /// A bug in wasmrt.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Internal, message)
    }

    /// The phase, with its data.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The core message, the same in every face, without backtrace.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The trap code, if this is a trap.
    pub fn trap_code(&self) -> Option<TrapCode> {
        if let ErrorKind::Trap(code) = self.0.kind { Some(code) } else { None }
    }

    /// The exit code, if the guest ended itself.
    pub fn exit_code(&self) -> Option<u32> {
        if let ErrorKind::Exit { code } = self.0.kind { Some(code) } else { None }
    }

    /// The wasm frames that were live when the error arose, innermost first; empty outside calls.
    pub fn backtrace(&self) -> &[FrameInfo] {
        &self.0.backtrace
    }

    /// The host's own error, if this wraps one of type `E`.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.source.as_ref()?.downcast_ref()
    }

    /// Takes the host's own error out.
    pub fn into_host_error(self) -> Option<Box<dyn StdError + Send + Sync>> {
        self.0.source
    }

    /// An exception on its way through the host.
    pub(crate) fn exception_of(thrown: Arc<dyn Any + Send + Sync>) -> Error {
        let mut error = Error::new(ErrorKind::Exception, "uncaught exception");
        error.0.thrown = Some(thrown);
        error
    }

    /// The exception, if this is one that was made of a `T`.
    pub(crate) fn thrown<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.thrown.clone()?.downcast().ok()
    }

    pub(crate) fn with_backtrace(mut self, frames: Vec<FrameInfo>) -> Error {
        if self.0.backtrace.is_empty() {
            self.0.backtrace = frames;
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for (position, frame) in self.0.backtrace.iter().enumerate() {
            f.write_str(if position == 0 { "\nwasm backtrace:\n" } else { "\n" })?;
            write!(f, "  {position}: {frame}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FrameInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(module) = &self.module_name {
            write!(f, "{module}.")?;
        }
        match &self.func_name {
            Some(name) => f.write_str(name)?,
            None => write!(f, "${}", self.func_index)?,
        }
        match self.module_offset {
            Some(offset) => write!(f, " (offset {offset:#x})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}
