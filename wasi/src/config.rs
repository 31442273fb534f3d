//! What an embedder grants a guest. Nothing is granted by default but real clocks and the system's random source.

use crate::{
    clock::{Clock, Sleep, SteppingClock, SystemMonotonicClock, SystemWallClock},
    context::{WasiCtx, World},
    filesystem::Directory,
    host::HostDirectory,
    random::{FixedRandom, Random, SystemRandom},
    stream::{Discard, HostStderr, HostStdin, HostStdout, InputBuffer, InputStream, OutputStream},
    table::{Descriptor, DescriptorTable, OpenDirectory},
};
use std::{
    fmt,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use wasmrt::{Error, Result};

/// Builds a [`WasiCtx`].
///
/// ```
/// use wasmrt_wasi::{OutputBuffer, WasiConfig};
/// let stdout = OutputBuffer::new();
/// let mut config = WasiConfig::new();
/// config.arg("prog").env("LANG", "C").stdout(stdout.clone()).deterministic();
/// let ctx = config.build()?;
/// # drop(ctx);
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone)]
pub struct WasiConfig {
    args: Vec<Vec<u8>>,
    environ: Vec<(Vec<u8>, Vec<u8>)>,
    stdin: Arc<dyn InputStream>,
    stdout: Arc<dyn OutputStream>,
    stderr: Arc<dyn OutputStream>,
    preopens: Vec<(Arc<dyn Directory>, String)>,
    wall_clock: Arc<dyn Clock>,
    monotonic_clock: Arc<dyn Clock>,
    cpu_clocks: bool,
    random: Arc<dyn Random>,
    sleep: Sleep,
    max_descriptors: usize,
}

impl Default for WasiConfig {
    fn default() -> WasiConfig {
        WasiConfig {
            args: Vec::new(),
            environ: Vec::new(),
            stdin: Arc::new(InputBuffer::default()),
            stdout: Arc::new(Discard),
            stderr: Arc::new(Discard),
            preopens: Vec::new(),
            wall_clock: Arc::new(SystemWallClock),
            monotonic_clock: Arc::new(SystemMonotonicClock::default()),
            cpu_clocks: true,
            random: Arc::new(SystemRandom),
            sleep: Sleep::Real,
            max_descriptors: 65_536,
        }
    }
}

impl WasiConfig {
    /// No arguments, environment or files; empty input, output that goes nowhere; real clocks and randomness.
    pub fn new() -> WasiConfig {
        WasiConfig::default()
    }

    /// Adds an argument; by convention the first is the program's name.
    pub fn arg(&mut self, arg: impl AsRef<[u8]>) -> &mut WasiConfig {
        self.args.push(arg.as_ref().to_vec());
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, args: impl IntoIterator<Item = impl AsRef<[u8]>>) -> &mut WasiConfig {
        args.into_iter().fold(self, |config, arg| config.arg(arg))
    }

    /// Sets an environment variable; a name that is set again keeps its place and takes the new value.
    pub fn env(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> &mut WasiConfig {
        let (name, value) = (name.as_ref(), value.as_ref().to_vec());
        match self.environ.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.environ.push((name.to_vec(), value)),
        }
        self
    }

    /// Sets environment variables.
    pub fn envs<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> &mut WasiConfig {
        variables.into_iter().fold(self, |config, (name, value)| config.env(name, value))
    }

    /// Sets this process's environment variables.
    pub fn inherit_env(&mut self) -> &mut WasiConfig {
        self.envs(std::env::vars_os().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())))
    }

    /// Uses this process's standard input, output and error.
    pub fn inherit_stdio(&mut self) -> &mut WasiConfig {
        self.stdin(HostStdin).stdout(HostStdout).stderr(HostStderr)
    }

    /// What the guest reads from descriptor 0.
    pub fn stdin(&mut self, stream: impl InputStream + 'static) -> &mut WasiConfig {
        self.stdin = Arc::new(stream);
        self
    }

    /// Where descriptor 1 writes to.
    pub fn stdout(&mut self, stream: impl OutputStream + 'static) -> &mut WasiConfig {
        self.stdout = Arc::new(stream);
        self
    }

    /// Where descriptor 2 writes to.
    pub fn stderr(&mut self, stream: impl OutputStream + 'static) -> &mut WasiConfig {
        self.stderr = Arc::new(stream);
        self
    }

    /// Grants everything inside the host's directory `host`, which the guest finds at `guest`. It is opened now.
    pub fn preopen_dir(&mut self, host: impl AsRef<Path>, guest: impl Into<String>) -> Result<&mut WasiConfig> {
        let directory = open_host(host.as_ref())?;
        Ok(self.preopen(directory, guest))
    }

    /// Like [`preopen_dir`](WasiConfig::preopen_dir), but nothing in it can be changed.
    pub fn preopen_dir_read_only(
        &mut self,
        host: impl AsRef<Path>,
        guest: impl Into<String>,
    ) -> Result<&mut WasiConfig> {
        let directory = open_host(host.as_ref())?.read_only();
        Ok(self.preopen(directory, guest))
    }

    /// Grants a directory of any kind, which the guest finds at `guest`.
    pub fn preopen(&mut self, directory: impl Directory, guest: impl Into<String>) -> &mut WasiConfig {
        self.preopens.push((Arc::new(directory), guest.into()));
        self
    }

    /// The system's clocks, real sleep and the system's random source: the default.
    pub fn real_clocks(&mut self) -> &mut WasiConfig {
        self.wall_clock(SystemWallClock).monotonic_clock(SystemMonotonicClock::default()).random(SystemRandom);
        self.cpu_clocks = true;
        self.sleep = Sleep::Real;
        self
    }

    /// A world that is the same in every run: the wall clock starts at 2022-01-01T00:00:00Z and the monotonic one at
    /// zero, each a millisecond further per reading; sleeping takes no time; random bytes are a fixed stream.
    pub fn deterministic(&mut self) -> &mut WasiConfig {
        self.wall_clock(SteppingClock::wall()).monotonic_clock(SteppingClock::monotonic()).random(FixedRandom::default());
        self.cpu_clocks = false;
        self.sleep = Sleep::Skip;
        self
    }

    /// The clock that tells the date.
    pub fn wall_clock(&mut self, clock: impl Clock + 'static) -> &mut WasiConfig {
        self.wall_clock = Arc::new(clock);
        self
    }

    /// The clock that measures durations.
    pub fn monotonic_clock(&mut self, clock: impl Clock + 'static) -> &mut WasiConfig {
        self.monotonic_clock = Arc::new(clock);
        self
    }

    /// The source of random bytes.
    pub fn random(&mut self, random: impl Random + 'static) -> &mut WasiConfig {
        self.random = Arc::new(random);
        self
    }

    /// How to wait when nothing but time can end the wait.
    pub fn sleep(&mut self, sleep: impl Fn(Duration) + Send + Sync + 'static) -> &mut WasiConfig {
        self.sleep = Sleep::Custom(Arc::new(sleep));
        self
    }

    /// How many descriptors the guest may have open at once; beyond that it sees `EMFILE`. 65 536 by default.
    pub fn max_descriptors(&mut self, limit: usize) -> &mut WasiConfig {
        self.max_descriptors = limit;
        self
    }

    /// Makes a context. Each has descriptors of its own; streams, directories, clocks and random source are shared
    /// with other contexts from this configuration. A NUL byte in an argument or variable, or `=` in a variable's
    /// name, is a `Usage` error; more granted directories than descriptors is a `Limit` error.
    pub fn build(&self) -> Result<WasiCtx> {
        if self.args.iter().any(|arg| arg.contains(&0)) {
            return Err(Error::usage("a WASI argument contains a NUL byte"));
        }
        let mut environ = Vec::with_capacity(self.environ.len());
        for (name, value) in &self.environ {
            if name.is_empty() || name.contains(&b'=') || name.contains(&0) || value.contains(&0) {
                let name = String::from_utf8_lossy(name).into_owned();
                return Err(Error::usage(format!("the WASI environment variable {name:?} is malformed")));
            }
            environ.push([name, &b"="[..], value].concat());
        }
        let mut table = DescriptorTable::new(self.max_descriptors);
        let streams = [
            Descriptor::Input(self.stdin.clone()),
            Descriptor::Output(self.stdout.clone()),
            Descriptor::Output(self.stderr.clone()),
        ];
        let preopens = self.preopens.iter().map(|(directory, guest)| {
            Descriptor::Directory(OpenDirectory::new(directory.clone(), Some(guest.clone())))
        });
        for descriptor in streams.into_iter().chain(preopens) {
            table.insert(descriptor).map_err(|_| Error::limit("more WASI directories than descriptors are allowed"))?;
        }
        Ok(WasiCtx::new(World {
            args: self.args.clone(),
            environ,
            wall_clock: self.wall_clock.clone(),
            monotonic_clock: self.monotonic_clock.clone(),
            cpu_clocks: self.cpu_clocks,
            random: self.random.clone(),
            sleep: self.sleep.clone(),
            table: Mutex::new(table),
        }))
    }
}

fn open_host(path: &Path) -> Result<HostDirectory> {
    HostDirectory::open(path).map_err(|error| {
        let error = std::io::Error::new(error.kind(), format!("cannot open the directory {}: {error}", path.display()));
        Error::host(error)
    })
}

impl fmt::Debug for WasiConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiConfig").field("args", &self.args.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_strings_are_usage_errors() {
        assert!(WasiConfig::new().arg("a\0b").build().is_err());
        assert!(WasiConfig::new().env("A=B", "c").build().is_err());
        assert!(WasiConfig::new().env("", "c").build().is_err());
        assert!(WasiConfig::new().env("A", "b=c").build().is_ok());
    }

    #[test]
    fn a_variable_set_twice_keeps_its_place() {
        let mut config = WasiConfig::new();
        config.envs([("A", "1"), ("B", "2"), ("A", "3")]);
        assert_eq!(config.build().unwrap().world().environ, [&b"A=3"[..], &b"B=2"[..]]);
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        assert!(WasiConfig::new().preopen_dir("/nonexistent-directory", "/").is_err());
    }
}
