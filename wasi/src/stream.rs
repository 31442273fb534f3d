//! Byte streams for the guest's standard input, output and error: the traits an embedder implements, and ready-made ones.
//!
//! Methods take `&self`, since several guest threads may use one stream; an implementation locks what it must. An
//! `io::Error` that wraps a [`wasmrt::Error`] ends the guest's call with it; one that wraps an [`Errno`](crate::Errno)
//! gives the guest that number; others become the nearest number.

use std::{
    fs::File,
    io::{self, IoSlice, IsTerminal, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

/// Where a guest reads from.
pub trait InputStream: Send + Sync {
    /// Reads at most `buffer.len()` bytes, waiting until there is at least one; zero means the end.
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// The host's descriptor to wait on in `poll_oneoff`; a stream without one counts as always ready.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Whether a person types into it.
    fn is_terminal(&self) -> bool {
        false
    }
}

/// Where a guest writes to.
pub trait OutputStream: Send + Sync {
    /// Writes `bytes` or a first part of them and says how many.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Writes several buffers as one piece. The default takes the detour over one buffer.
    fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        match buffers {
            [buffer] => self.write(buffer),
            _ => self.write(&buffers.iter().flat_map(|buffer| buffer.iter().copied()).collect::<Vec<u8>>()),
        }
    }

    /// Hands on what an implementation may hold back.
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// The host's descriptor to wait on in `poll_oneoff`; a stream without one counts as always ready.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Whether a person reads it.
    fn is_terminal(&self) -> bool {
        false
    }
}

/// A panic while a lock was held leaves bytes that are still bytes.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Input from memory. Clones share the position.
#[derive(Clone, Debug, Default)]
pub struct InputBuffer(Arc<Mutex<io::Cursor<Vec<u8>>>>);

impl InputBuffer {
    /// Input that yields `bytes` and then ends.
    pub fn new(bytes: impl Into<Vec<u8>>) -> InputBuffer {
        InputBuffer(Arc::new(Mutex::new(io::Cursor::new(bytes.into()))))
    }
}

impl InputStream for InputBuffer {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        lock(&self.0).read(buffer)
    }
}

/// Output into memory. Clones are handles to the same bytes.
///
/// ```
/// use wasmrt_wasi::{OutputBuffer, WasiConfig};
/// let stdout = OutputBuffer::new();
/// let ctx = WasiConfig::new().stdout(stdout.clone()).build()?;
/// # drop(ctx);
/// assert!(stdout.contents().is_empty());
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OutputBuffer(Arc<Mutex<Vec<u8>>>);

impl OutputBuffer {
    /// An empty buffer.
    pub fn new() -> OutputBuffer {
        OutputBuffer::default()
    }

    /// A copy of what was written so far.
    pub fn contents(&self) -> Vec<u8> {
        lock(&self.0).clone()
    }

    /// Takes out what was written so far.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut lock(&self.0))
    }
}

impl OutputStream for OutputBuffer {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).write(bytes)
    }

    fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        lock(&self.0).write_vectored(buffers)
    }
}

/// Output that goes nowhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl OutputStream for Discard {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(buffers.iter().map(|buffer| buffer.len()).sum())
    }
}

/// Any reader as input.
#[derive(Debug)]
pub struct FromReader<R>(Mutex<R>);

impl<R: Read + Send> FromReader<R> {
    /// Input from `reader`, one guest thread at a time.
    pub fn new(reader: R) -> FromReader<R> {
        FromReader(Mutex::new(reader))
    }
}

impl<R: Read + Send> InputStream for FromReader<R> {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        lock(&self.0).read(buffer)
    }
}

/// Any writer as output; flushed after each write of the guest.
#[derive(Debug)]
pub struct IntoWriter<W>(Mutex<W>);

impl<W: Write + Send> IntoWriter<W> {
    /// Output to `writer`, one guest thread at a time.
    pub fn new(writer: W) -> IntoWriter<W> {
        IntoWriter(Mutex::new(writer))
    }
}

impl<W: Write + Send> OutputStream for IntoWriter<W> {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut writer = lock(&self.0);
        let len = writer.write(bytes)?;
        writer.flush()?;
        Ok(len)
    }

    fn flush(&self) -> io::Result<()> {
        lock(&self.0).flush()
    }
}

/// A file, pipe or whatever else has a descriptor, as input or output; guests can wait for it.
#[derive(Debug)]
pub struct FileStream(File);

impl FileStream {
    /// The stream of an open file.
    pub fn new(file: File) -> FileStream {
        FileStream(file)
    }
}

impl InputStream for FileStream {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buffer)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }

    fn is_terminal(&self) -> bool {
        self.0.is_terminal()
    }
}

impl OutputStream for FileStream {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        (&self.0).write(bytes)
    }

    fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        (&self.0).write_vectored(buffers)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }

    fn is_terminal(&self) -> bool {
        self.0.is_terminal()
    }
}

/// Kept so that its descriptor can be lent; its buffer is never used.
static STDIN: LazyLock<io::Stdin> = LazyLock::new(io::stdin);

/// This process's standard input, unbuffered.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostStdin;

impl InputStream for HostStdin {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(STDIN.as_fd(), buffer)?)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(STDIN.as_fd())
    }

    fn is_terminal(&self) -> bool {
        STDIN.as_fd().is_terminal()
    }
}

macro_rules! host_outputs {
    ($($(#[$doc:meta])* $name:ident = $open:path;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name;

        impl OutputStream for $name {
            fn write(&self, bytes: &[u8]) -> io::Result<usize> {
                self.write_vectored(&[IoSlice::new(bytes)])
            }

            fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
                let mut output = $open().lock();
                let len = output.write_vectored(buffers)?;
                output.flush()?;
                Ok(len)
            }

            fn flush(&self) -> io::Result<()> {
                $open().flush()
            }

            fn is_terminal(&self) -> bool {
                $open().is_terminal()
            }
        }
    )*};
}

host_outputs! {
    /// This process's standard output, flushed after each write, in order with what the process itself prints.
    HostStdout = io::stdout;
    /// This process's standard error.
    HostStderr = io::stderr;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_remember_and_end() {
        let input = InputBuffer::new("ab");
        let mut buffer = [0; 8];
        assert_eq!(input.read(&mut buffer).unwrap(), 2);
        assert_eq!(input.read(&mut buffer).unwrap(), 0);
        let output = OutputBuffer::new();
        output.write_vectored(&[IoSlice::new(b"x"), IoSlice::new(b"yz")]).unwrap();
        assert_eq!(output.contents(), b"xyz");
        assert_eq!(output.take(), b"xyz");
        assert_eq!(output.contents(), b"");
    }

    #[test]
    fn any_writer_serves_as_output() {
        let output = IntoWriter::new(Vec::new());
        assert_eq!(output.write_vectored(&[IoSlice::new(b"1"), IoSlice::new(b"23")]).unwrap(), 3);
        assert_eq!(*lock(&output.0), b"123");
    }
}
