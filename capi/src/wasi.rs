//! WASI preview 1: what a guest is granted, and its functions for a linker.

use crate::{
    error::wasmrt_error,
    ffi::{Env, answer, array, array_mut, borrow, borrow_mut, boundary, delete, out, text, wasmrt_finalizer},
    linker::wasmrt_linker,
};
use std::{
    ffi::{c_char, c_void},
    io,
    os::fd::BorrowedFd,
    ptr,
    time::Duration,
};
use wasmrt::{Error, Result};
use wasmrt_wasi::{
    Clock, Errno, InputBuffer, InputStream, OutputBuffer, OutputStream, Random, WasiConfig,
    stream::{FileStream, HostStderr, HostStdin, HostStdout},
};

/// What a guest is granted: nothing at first but real clocks and the system's random source. Owned by the caller: free
/// it with `wasmrt_wasi_config_delete`, at any time; linkers that were given it keep what they need. One thread at a
/// time. Streams are numbered as in the guest: 0 is its standard input, 1 output, 2 error.
pub struct wasmrt_wasi_config {
    config: WasiConfig,
    captured: [Option<OutputBuffer>; 2],
}

/// Fills `buffer` with at most `buffer_len` bytes, waiting until there is at least one, and returns how many; 0 is the
/// end; minus a WASI error number is an error for the guest.
pub type wasmrt_wasi_read = Option<unsafe extern "C" fn(env: *mut c_void, buffer: *mut u8, buffer_len: usize) -> i64>;

/// Takes `bytes`, or a first part of them, and returns how many; minus a WASI error number is an error for the guest.
pub type wasmrt_wasi_write = Option<unsafe extern "C" fn(env: *mut c_void, bytes: *const u8, bytes_len: usize) -> i64>;

/// The present in nanoseconds: since 1970-01-01T00:00:00Z for a wall clock, since any moment for a monotonic one.
pub type wasmrt_wasi_clock = Option<unsafe extern "C" fn(env: *mut c_void) -> u64>;

/// Fills all of `buffer` with random bytes and returns 0; a WASI error number is an error for the guest.
pub type wasmrt_wasi_random = Option<unsafe extern "C" fn(env: *mut c_void, buffer: *mut u8, buffer_len: usize) -> i32>;

/// Waits.
pub type wasmrt_wasi_sleep = Option<unsafe extern "C" fn(env: *mut c_void, nanoseconds: u64)>;

/// A callback of any kind with its `env`.
struct Callback<F> {
    call: F,
    env: Env,
}

impl<F> Callback<F> {
    fn new(call: Option<F>, env: Env) -> Result<Callback<F>> {
        Ok(Callback { call: call.ok_or_else(|| Error::usage("callback is NULL"))?, env })
    }
}

fn errno(number: i64) -> io::Error {
    u16::try_from(number).ok().and_then(Errno::from_number).unwrap_or(Errno::Io).into()
}

/// The number of bytes that a stream callback says, which must not be more than it was offered.
fn transferred(answer: i64, offered: usize) -> io::Result<usize> {
    match usize::try_from(answer) {
        Ok(len) if len <= offered => Ok(len),
        Ok(_) => Err(Errno::Io.into()),
        Err(_) => Err(errno(answer.saturating_neg())),
    }
}

impl InputStream for Callback<unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> i64> {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        // SAFETY: [c-callback]
        transferred(unsafe { (self.call)(self.env.pointer, buffer.as_mut_ptr(), buffer.len()) }, buffer.len())
    }
}

impl OutputStream for Callback<unsafe extern "C" fn(*mut c_void, *const u8, usize) -> i64> {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: [c-callback]
        transferred(unsafe { (self.call)(self.env.pointer, bytes.as_ptr(), bytes.len()) }, bytes.len())
    }
}

impl Random for Callback<unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> i32> {
    fn fill(&self, buffer: &mut [u8]) -> io::Result<()> {
        // SAFETY: [c-callback]
        match unsafe { (self.call)(self.env.pointer, buffer.as_mut_ptr(), buffer.len()) } {
            0 => Ok(()),
            number => Err(errno(number.into())),
        }
    }
}

struct CallbackClock {
    callback: Callback<unsafe extern "C" fn(*mut c_void) -> u64>,
    resolution: u64,
}

impl Clock for CallbackClock {
    fn now_ns(&self) -> u64 {
        // SAFETY: [c-callback]
        unsafe { (self.callback.call)(self.callback.env.pointer) }
    }

    fn resolution_ns(&self) -> u64 {
        self.resolution.max(1)
    }
}

/// A descriptor of the host's, duplicated, as a stream.
fn duplicate(fd: i32) -> Result<FileStream> {
    if fd < 0 {
        return Err(Error::usage(format!("no file descriptor {fd}")));
    }
    // SAFETY: [c-borrow] the caller says that the descriptor is open; if not, duplicating it fails.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    let owned = borrowed.try_clone_to_owned();
    owned.map(|fd| FileStream::new(fd.into())).map_err(|error| Error::usage(format!("file descriptor {fd}: {error}")))
}

fn no_stream(stream: u32) -> Error {
    Error::usage(format!("no such stream: {stream}"))
}

/// Sets the stream 1 or 2.
fn set_output(config: &mut wasmrt_wasi_config, stream: u32, output: impl OutputStream + 'static) -> Result<()> {
    match stream {
        1 => config.config.stdout(output),
        2 => config.config.stderr(output),
        _ => return Err(no_stream(stream)),
    };
    Ok(())
}

/// Makes a configuration that grants nothing but real clocks and randomness. NULL only if memory is exhausted.
///
/// Ownership: the caller's.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_wasi_config_new() -> *mut wasmrt_wasi_config {
    answer(ptr::null_mut(), || {
        Box::into_raw(Box::new(wasmrt_wasi_config { config: WasiConfig::new(), captured: [None, None] }))
    })
}

/// Frees a configuration; NULL is nothing. Finalizers of callbacks run when the last linker and instance that use them
/// are gone, too.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_delete(config: *mut wasmrt_wasi_config) {
    // SAFETY: [c-owned]
    unsafe { delete(config) }
}

/// Adds an argument; by convention the first is the program's name.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_push_arg(
    config: *mut wasmrt_wasi_config,
    arg: *const c_char,
    arg_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        // SAFETY: [c-slice]
        config.config.arg(unsafe { array(arg.cast::<u8>(), arg_len, "arg") }?);
        Ok(())
    })
}

/// Sets an environment variable.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_push_env(
    config: *mut wasmrt_wasi_config,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        // SAFETY: [c-slice]
        let name = unsafe { array(name.cast::<u8>(), name_len, "name") }?;
        // SAFETY: [c-slice]
        let value = unsafe { array(value.cast::<u8>(), value_len, "value") }?;
        config.config.env(name, value);
        Ok(())
    })
}

/// Lets the guest use this process's own stream of that number.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_inherit_stream(
    config: *mut wasmrt_wasi_config,
    stream: u32,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        match stream {
            0 => config.config.stdin(HostStdin),
            1 => config.config.stdout(HostStdout),
            2 => config.config.stderr(HostStderr),
            _ => return Err(no_stream(stream)),
        };
        Ok(())
    })
}

/// Lets the guest use all three standard streams of this process.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_inherit_stdio(config: *mut wasmrt_wasi_config) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.inherit_stdio();
        Ok(())
    })
}

/// Makes a file descriptor of this process the guest's stream. The descriptor is duplicated and stays the caller's.
/// Fails with Usage if it is not open.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_stream_fd(
    config: *mut wasmrt_wasi_config,
    stream: u32,
    fd: i32,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        let descriptor = duplicate(fd)?;
        if stream == 0 {
            config.config.stdin(descriptor);
            return Ok(());
        }
        set_output(config, stream, descriptor)
    })
}

/// Lets the guest read a copy of these bytes from its standard input, and then the end.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_stdin_bytes(
    config: *mut wasmrt_wasi_config,
    bytes: *const u8,
    bytes_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        // SAFETY: [c-slice]
        config.config.stdin(InputBuffer::new(unsafe { array(bytes, bytes_len, "bytes") }?));
        Ok(())
    })
}

/// Lets the guest read its standard input from a callback.
///
/// Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_stdin_callback(
    config: *mut wasmrt_wasi_config,
    read: wasmrt_wasi_read,
    env: *mut c_void,
    finalizer: wasmrt_finalizer,
) -> *mut wasmrt_error {
    boundary(|| {
        let callback = Callback::new(read, Env::new(env, finalizer))?;
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.stdin(callback);
        Ok(())
    })
}

/// Hands what the guest writes to stream 1 or 2 to a callback.
///
/// Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_output_callback(
    config: *mut wasmrt_wasi_config,
    stream: u32,
    write: wasmrt_wasi_write,
    env: *mut c_void,
    finalizer: wasmrt_finalizer,
) -> *mut wasmrt_error {
    boundary(|| {
        let callback = Callback::new(write, Env::new(env, finalizer))?;
        // SAFETY: [c-borrow]
        set_output(unsafe { borrow_mut(config, "config") }?, stream, callback)
    })
}

/// Keeps what the guest writes to stream 1 or 2, for `wasmrt_wasi_config_captured_output`.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_capture_output(
    config: *mut wasmrt_wasi_config,
    stream: u32,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        let buffer = OutputBuffer::new();
        set_output(config, stream, buffer.clone())?;
        config.captured[stream as usize - 1] = Some(buffer);
        Ok(())
    })
}

/// Copies what the guest has written so far to a stream that is captured, from byte `offset` on, as much as fits into
/// `bytes_len`. `*out_len` is the number of bytes captured in all; to learn only that, pass no buffer.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_captured_output(
    config: *const wasmrt_wasi_config,
    stream: u32,
    offset: usize,
    out_bytes: *mut u8,
    bytes_len: usize,
    out_len: *mut usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_len = unsafe { out(out_len, "out_len") }?;
        // SAFETY: [c-borrow]
        let config = unsafe { borrow(config, "config") }?;
        // SAFETY: [c-out]
        let bytes = unsafe { array_mut(out_bytes, bytes_len, "out_bytes") }?;
        let position = (stream as usize).checked_sub(1).ok_or_else(|| no_stream(stream))?;
        let buffer = config.captured.get(position).ok_or_else(|| no_stream(stream))?;
        let captured = buffer.as_ref().ok_or_else(|| Error::usage("the stream is not captured"))?.contents();
        let rest = captured.get(offset..).unwrap_or(&[]);
        let len = rest.len().min(bytes.len());
        bytes[..len].copy_from_slice(&rest[..len]);
        out_len.put(captured.len())
    })
}

/// Grants a directory of the host's and everything in it; the guest finds it at `guest_path`. It is opened now. With
/// `read_only` not 0 nothing in it can be changed. Fails with Host if it cannot be opened.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_preopen_dir(
    config: *mut wasmrt_wasi_config,
    host_path: *const c_char,
    host_path_len: usize,
    guest_path: *const c_char,
    guest_path_len: usize,
    read_only: u32,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        // SAFETY: [c-slice]
        let host_path = unsafe { text(host_path, host_path_len, "host_path") }?;
        // SAFETY: [c-slice]
        let guest_path = unsafe { text(guest_path, guest_path_len, "guest_path") }?;
        match read_only {
            0 => config.config.preopen_dir(host_path, guest_path)?,
            _ => config.config.preopen_dir_read_only(host_path, guest_path)?,
        };
        Ok(())
    })
}

/// Makes the guest's world the same in every run: clocks start at fixed times and step by a millisecond per reading,
/// sleeping takes no time, random bytes are a fixed stream.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_deterministic(config: *mut wasmrt_wasi_config) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.deterministic();
        Ok(())
    })
}

/// Tells the guest the date from a callback.
///
/// Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_wall_clock(
    config: *mut wasmrt_wasi_config,
    clock: wasmrt_wasi_clock,
    resolution_nanoseconds: u64,
    env: *mut c_void,
    finalizer: wasmrt_finalizer,
) -> *mut wasmrt_error {
    boundary(|| {
        let callback = Callback::new(clock, Env::new(env, finalizer))?;
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        config.config.wall_clock(CallbackClock { callback, resolution: resolution_nanoseconds });
        Ok(())
    })
}

/// Lets the guest measure durations by a callback.
///
/// Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_monotonic_clock(
    config: *mut wasmrt_wasi_config,
    clock: wasmrt_wasi_clock,
    resolution_nanoseconds: u64,
    env: *mut c_void,
    finalizer: wasmrt_finalizer,
) -> *mut wasmrt_error {
    boundary(|| {
        let callback = Callback::new(clock, Env::new(env, finalizer))?;
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        config.config.monotonic_clock(CallbackClock { callback, resolution: resolution_nanoseconds });
        Ok(())
    })
}

/// Gives the guest random bytes from a callback.
///
/// Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_random(
    config: *mut wasmrt_wasi_config,
    random: wasmrt_wasi_random,
    env: *mut c_void,
    finalizer: wasmrt_finalizer,
) -> *mut wasmrt_error {
    boundary(|| {
        let callback = Callback::new(random, Env::new(env, finalizer))?;
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.random(callback);
        Ok(())
    })
}

/// Lets a callback wait when the guest sleeps.
///
/// Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_wasi_config_set_sleep(
    config: *mut wasmrt_wasi_config,
    sleep: wasmrt_wasi_sleep,
    env: *mut c_void,
    finalizer: wasmrt_finalizer,
) -> *mut wasmrt_error {
    boundary(|| {
        let callback = Callback::new(sleep, Env::new(env, finalizer))?;
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        config.config.sleep(move |time: Duration| {
            let callback = &callback;
            let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            // SAFETY: [c-callback]
            unsafe { (callback.call)(callback.env.pointer, nanoseconds) }
        });
        Ok(())
    })
}

/// Defines the functions of WASI preview 1 in a linker: under `wasi_snapshot_preview1`, and under the older
/// `wasi_unstable`. Everything that the linker instantiates shares one world made from `config`: its descriptors, for
/// instance. Fails with Usage if an argument or variable is malformed or a name is taken.
///
/// Ownership: `config` stays the caller's.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_linker_define_wasi(
    linker: *mut wasmrt_linker,
    config: *const wasmrt_wasi_config,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let linker = unsafe { borrow_mut(linker, "linker") }?;
        // SAFETY: [c-borrow]
        let ctx = unsafe { borrow(config, "config") }?.config.build()?;
        wasmrt_wasi::add_to_linker_shared(&mut linker.linker, ctx)
    })
}
