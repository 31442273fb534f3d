//! What a WASI guest is granted.

use crate::{
    error::{self, OrRaise},
    roots::{Callables, HostCallable, Slot},
};
use pyo3::{
    PyTraverseError, PyVisit,
    prelude::*,
    types::{PyBytes, PyDict, PyString},
};
use std::{
    fs::File,
    io,
    os::fd::{FromRawFd, OwnedFd},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use wasmrt_wasi::{
    Clock, InputBuffer, InputStream, OutputBuffer, OutputStream, Random,
    stream::{FileStream, HostStderr, HostStdin, HostStdout},
};

/// What a guest is granted: nothing at first but real clocks and the system's random source.
#[pyclass(frozen, module = "wasmrt")]
pub struct WasiConfig {
    pub core: wasmrt_wasi::WasiConfig,
    pub callables: Callables,
    captured: [Option<OutputBuffer>; 2],
}

/// A Python object or function as a stream.
struct Stream(Arc<Slot>);

impl Stream {
    /// Calls the object's method, or the object itself, with bytes or a length.
    fn call<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        argument: impl IntoPyObject<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let object = self.0.get(py).ok_or_else(|| error::usage(py, "the stream was collected with its store"))?;
        let callable = object.getattr_opt(method)?.unwrap_or_else(|| object.clone());
        Ok((callable.call1((argument,))?, object))
    }

    /// Calls the function where the guest cannot be told of a failure; `sys.unraisablehook` is.
    fn or_unraisable<R>(&self, body: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<R>, failed: R) -> R {
        let called = Python::try_attach(|py| {
            let function = self.0.get(py)?;
            body(&function).map_err(|error| error.write_unraisable(py, Some(&function))).ok()
        });
        called.flatten().unwrap_or(failed)
    }

    fn run<R>(&self, body: impl FnOnce(Python<'_>) -> PyResult<R>) -> io::Result<R> {
        let result = Python::try_attach(|py| body(py).map_err(|raised| error::from_exception(py, raised)));
        let ended = || wasmrt::Error::host("the interpreter has ended");
        result.unwrap_or_else(|| Err(ended())).map_err(io::Error::other)
    }
}

impl InputStream for Stream {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.run(|py| {
            let (bytes, _) = self.call(py, "read", buffer.len())?;
            let bytes = bytes.extract::<Vec<u8>>()?;
            let Some(place) = buffer.get_mut(..bytes.len()) else {
                return Err(error::usage(py, "the stream's read returned more than was asked for"));
            };
            place.copy_from_slice(&bytes);
            Ok(bytes.len())
        })
    }
}

impl OutputStream for Stream {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.run(|py| {
            let (written, object) = self.call(py, "write", PyBytes::new(py, bytes))?;
            if let Some(flush) = object.getattr_opt("flush")? {
                flush.call0()?;
            }
            // Functions that are no files return what they like.
            let written = written.extract::<usize>().unwrap_or(bytes.len());
            Ok(written.min(bytes.len()))
        })
    }
}

/// A Python function as a clock.
struct FunctionClock(Stream);

impl Clock for FunctionClock {
    fn now_ns(&self) -> u64 {
        self.0.or_unraisable(|function| function.call0()?.extract(), 0)
    }

    fn resolution_ns(&self) -> u64 {
        1
    }
}

impl Random for Stream {
    fn fill(&self, buffer: &mut [u8]) -> io::Result<()> {
        self.run(|py| {
            let (bytes, _) = self.call(py, "randbytes", buffer.len())?;
            let bytes = bytes.extract::<Vec<u8>>()?;
            if bytes.len() != buffer.len() {
                return Err(error::usage(
                    py,
                    format!("expected {} random bytes, but got {}", buffer.len(), bytes.len()),
                ));
            }
            buffer.copy_from_slice(&bytes);
            Ok(())
        })
    }
}

/// A file descriptor as a stream of its own; the given one stays the caller's.
fn duplicate(py: Python<'_>, fd: i32) -> PyResult<FileStream> {
    let copy: i32 = py.import("os")?.call_method1("dup", (fd,))?.extract()?;
    // SAFETY: `os.dup` just made the descriptor, for us alone.
    #[allow(unsafe_code)]
    let owned = unsafe { OwnedFd::from_raw_fd(copy) };
    Ok(FileStream::new(File::from(owned)))
}

/// Bytes of an argument, variable or path.
fn text_bytes(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    value.py().import("os")?.call_method1("fsencode", (value,))?.extract()
}

struct Builder {
    config: WasiConfig,
}

impl Builder {
    /// A stream that calls Python, and is shown to the garbage collector.
    fn stream(&self, object: &Bound<'_, PyAny>, method: &str) -> PyResult<Stream> {
        if !object.is_callable() && !object.hasattr(method)? {
            let found = object.get_type();
            return Err(error::argument(object.py(), format!("{found} cannot be a stream: it has no {method}")));
        }
        let (slot, shown) = HostCallable::new(object.py(), object.clone().unbind())?;
        self.config.callables.add(shown);
        Ok(Stream(slot))
    }

    fn stdin(&mut self, source: &Bound<'_, PyAny>) -> PyResult<()> {
        if source.cast::<PyString>().is_ok_and(|name| name == "inherit") {
            self.config.core.stdin(HostStdin);
        } else if let Ok(bytes) = source.cast::<PyBytes>() {
            self.config.core.stdin(InputBuffer::new(bytes.as_bytes()));
        } else if let Ok(fd) = source.extract::<i32>() {
            self.config.core.stdin(duplicate(source.py(), fd)?);
        } else {
            let stream = self.stream(source, "read")?;
            self.config.core.stdin(stream);
        }
        Ok(())
    }

    /// Sets what tells the time, gives random bytes and waits.
    fn surroundings(
        &mut self,
        wall_clock: Option<&Bound<'_, PyAny>>,
        monotonic_clock: Option<&Bound<'_, PyAny>>,
        random: Option<&Bound<'_, PyAny>>,
        sleep: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        if let Some(clock) = wall_clock {
            let clock = FunctionClock(self.stream(clock, "__call__")?);
            self.config.core.wall_clock(clock);
        }
        if let Some(clock) = monotonic_clock {
            let clock = FunctionClock(self.stream(clock, "__call__")?);
            self.config.core.monotonic_clock(clock);
        }
        if let Some(random) = random {
            let random = self.stream(random, "randbytes")?;
            self.config.core.random(random);
        }
        if let Some(sleep) = sleep {
            let sleep = self.stream(sleep, "__call__")?;
            self.config.core.sleep(move |time: Duration| {
                sleep.or_unraisable(|sleep| sleep.call1((time.as_secs_f64(),)).map(|_| ()), ());
            });
        }
        Ok(())
    }

    /// Sets stdout (0) or stderr (1).
    fn output(&mut self, which: usize, target: &Bound<'_, PyAny>) -> PyResult<()> {
        let put = |config: &mut WasiConfig, stream: Arc<dyn OutputStream>| {
            let stream = Shared(stream);
            let _ = if which == 0 { config.core.stdout(stream) } else { config.core.stderr(stream) };
        };
        let named = |wanted: &str| target.cast::<PyString>().is_ok_and(|name| name == wanted);
        if named("inherit") && which == 0 {
            put(&mut self.config, Arc::new(HostStdout));
        } else if named("inherit") {
            put(&mut self.config, Arc::new(HostStderr));
        } else if named("capture") {
            let buffer = OutputBuffer::new();
            self.config.captured[which] = Some(buffer.clone());
            put(&mut self.config, Arc::new(buffer));
        } else if let Ok(fd) = target.extract::<i32>() {
            put(&mut self.config, Arc::new(duplicate(target.py(), fd)?));
        } else {
            let stream = self.stream(target, "write")?;
            put(&mut self.config, Arc::new(stream));
        }
        Ok(())
    }
}

/// Any output stream as one type.
struct Shared(Arc<dyn OutputStream>);

impl OutputStream for Shared {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_vectored(&self, buffers: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(buffers)
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }

    fn poll_fd(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.0.poll_fd()
    }

    fn is_terminal(&self) -> bool {
        self.0.is_terminal()
    }
}

#[pymethods]
impl WasiConfig {
    /// `args` starts with the program's name by convention. `env` is a mapping. `stdin` is bytes, `"inherit"`, a file
    /// descriptor, an object with `read(n)` or a function of n; `stdout` and `stderr` are `"inherit"`, `"capture"`, a
    /// file descriptor, an object with `write(bytes)` or a function of bytes. `preopens` maps paths of the guest to
    /// directories of the host, which are opened now; those in `read_only_preopens` cannot be changed by the guest.
    /// `wall_clock` and `monotonic_clock` are functions that return nanoseconds, `random` one of a number of bytes or an
    /// object with `randbytes`, `sleep` one of seconds.
    #[new]
    #[pyo3(signature = (
        *,
        args=None,
        env=None,
        stdin=None,
        stdout=None,
        stderr=None,
        preopens=None,
        read_only_preopens=None,
        inherit_env=false,
        deterministic=false,
        wall_clock=None,
        monotonic_clock=None,
        random=None,
        sleep=None,
    ))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        args: Option<Vec<Bound<'_, PyAny>>>,
        env: Option<&Bound<'_, PyDict>>,
        stdin: Option<&Bound<'_, PyAny>>,
        stdout: Option<&Bound<'_, PyAny>>,
        stderr: Option<&Bound<'_, PyAny>>,
        preopens: Option<&Bound<'_, PyDict>>,
        read_only_preopens: Option<&Bound<'_, PyDict>>,
        inherit_env: bool,
        deterministic: bool,
        wall_clock: Option<&Bound<'_, PyAny>>,
        monotonic_clock: Option<&Bound<'_, PyAny>>,
        random: Option<&Bound<'_, PyAny>>,
        sleep: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<WasiConfig> {
        let core = wasmrt_wasi::WasiConfig::new();
        let mut made = Builder { config: WasiConfig { core, callables: Callables::default(), captured: [None, None] } };
        if deterministic {
            made.config.core.deterministic();
        }
        if inherit_env {
            made.config.core.inherit_env();
        }
        for arg in args.unwrap_or_default() {
            made.config.core.arg(text_bytes(&arg)?);
        }
        for (name, value) in env.into_iter().flatten() {
            made.config.core.env(text_bytes(&name)?, text_bytes(&value)?);
        }
        stdin.map(|source| made.stdin(source)).transpose()?;
        stdout.map(|target| made.output(0, target)).transpose()?;
        stderr.map(|target| made.output(1, target)).transpose()?;
        for (guest, host) in preopens.into_iter().flatten() {
            made.config.core.preopen_dir(host.extract::<PathBuf>()?, guest.extract::<String>()?).or_raise(py)?;
        }
        for (guest, host) in read_only_preopens.into_iter().flatten() {
            let (host, guest) = (host.extract::<PathBuf>()?, guest.extract::<String>()?);
            made.config.core.preopen_dir_read_only(host, guest).or_raise(py)?;
        }
        made.surroundings(wall_clock, monotonic_clock, random, sleep)?;
        // What is malformed is found now rather than when a linker asks.
        made.config.core.build().or_raise(py)?;
        Ok(made.config)
    }

    /// What guests have written to a captured stdout so far; `None` if it is not captured.
    #[getter]
    fn captured_stdout<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.captured[0].as_ref().map(|buffer| PyBytes::new(py, &buffer.contents()))
    }

    /// What guests have written to a captured stderr so far; `None` if it is not captured.
    #[getter]
    fn captured_stderr<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.captured[1].as_ref().map(|buffer| PyBytes::new(py, &buffer.contents()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.callables.traverse(visit)
    }

    fn __clear__(&self) {
        self.callables.clear();
    }
}
