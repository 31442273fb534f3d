//! The functions called directly, on a memory and a context of their own.

mod directories;
mod files;
mod poll;
mod sandbox;
mod streams;
mod world;

use super::{Call, file, path};
use crate::{
    WasiConfig,
    context::WasiCtx,
    errno::{Errno, Failure, Outcome},
    memory::GuestMemory,
    types::{Edition, Rights},
};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A directory that goes away with its owner.
pub(super) struct TempDir(PathBuf);

impl TempDir {
    pub(super) fn new() -> TempDir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wasmrt-wasi-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        TempDir(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where tests put a path, a second path, buffers, and results.
pub(super) const PATH: u32 = 0x100;
pub(super) const PATH2: u32 = 0x400;
pub(super) const OUT: u32 = 0x800;
pub(super) const IOVS: u32 = 0x900;
pub(super) const DATA: u32 = 0x1000;

/// The directory that `Guest::with_dir` grants.
pub(super) const ROOT: u32 = 3;
pub(super) const READ: u64 = Rights::FD_READ.0;
pub(super) const WRITE: u64 = Rights::FD_WRITE.0;

pub(super) struct Guest {
    pub ctx: WasiCtx,
    pub memory: Vec<u8>,
    pub edition: Edition,
}

impl Guest {
    pub(super) fn new(config: &WasiConfig) -> Guest {
        Guest { ctx: config.build().unwrap(), memory: vec![0; 0x10000], edition: Edition::Preview1 }
    }

    pub(super) fn with_dir(dir: &TempDir) -> Guest {
        Guest::new(WasiConfig::new().preopen_dir(dir.path(), "/").unwrap())
    }

    /// Makes one call; a call that would stop the guest panics.
    pub(super) fn call(&mut self, body: impl FnOnce(&mut Call<'_>) -> Outcome) -> Result<(), Errno> {
        match self.try_call(body) {
            Ok(()) => Ok(()),
            Err(Failure::Errno(errno)) => Err(errno),
            Err(Failure::Stop(error)) => panic!("stopped: {error}"),
        }
    }

    pub(super) fn try_call(&mut self, body: impl FnOnce(&mut Call<'_>) -> Outcome) -> Outcome {
        let memory = GuestMemory::new(&mut self.memory);
        body(&mut Call { ctx: &self.ctx, memory, edition: self.edition, watch: None })
    }

    pub(super) fn put(&mut self, address: u32, bytes: impl AsRef<[u8]>) -> u32 {
        let bytes = bytes.as_ref();
        self.memory[address as usize..][..bytes.len()].copy_from_slice(bytes);
        bytes.len() as u32
    }

    pub(super) fn u32(&self, address: u32) -> u32 {
        u32::from_le_bytes(self.memory[address as usize..][..4].try_into().unwrap())
    }

    pub(super) fn u64(&self, address: u32) -> u64 {
        u64::from_le_bytes(self.memory[address as usize..][..8].try_into().unwrap())
    }

    /// One buffer at `DATA`.
    pub(super) fn iov(&mut self, len: u32) -> (u32, u32) {
        self.put(IOVS, [DATA.to_le_bytes(), len.to_le_bytes()].concat());
        (IOVS, 1)
    }

    /// Calls a function whose last parameters are a path.
    pub(super) fn at_path(
        &mut self,
        path: &str,
        body: impl FnOnce(&mut Call<'_>, u32, u32) -> Outcome,
    ) -> Result<(), Errno> {
        let len = self.put(PATH, path);
        self.call(|call| body(call, PATH, len))
    }

    pub(super) fn open_with(
        &mut self,
        dir: u32,
        path: &str,
        lookup: u32,
        flags: u32,
        rights: u64,
    ) -> Result<u32, Errno> {
        self.at_path(path, |call, at, len| path::path_open(call, dir, lookup, at, len, flags, rights, 0, 0, OUT))?;
        Ok(self.u32(OUT))
    }

    pub(super) fn open(&mut self, path: &str, flags: u32, rights: u64) -> Result<u32, Errno> {
        self.open_with(ROOT, path, 1, flags, rights)
    }

    pub(super) fn write(&mut self, fd: u32, bytes: &str) -> Result<u32, Errno> {
        let len = self.put(DATA, bytes);
        let (iovs, count) = self.iov(len);
        self.call(|call| super::fd::fd_write(call, fd, iovs, count, OUT))?;
        Ok(self.u32(OUT))
    }

    pub(super) fn read(&mut self, fd: u32, len: u32) -> Result<String, Errno> {
        let (iovs, count) = self.iov(len);
        self.call(|call| super::fd::fd_read(call, fd, iovs, count, OUT))?;
        let len = self.u32(OUT) as usize;
        Ok(String::from_utf8(self.memory[DATA as usize..][..len].to_vec()).unwrap())
    }

    /// All names that `fd_readdir` gives, through a buffer of `len` bytes, with the cookies that follow them.
    pub(super) fn read_dir(&mut self, fd: u32, len: u32, mut cookie: u64) -> Result<Vec<(String, u64)>, Errno> {
        let mut names = Vec::new();
        loop {
            self.call(|call| file::fd_readdir(call, fd, DATA, len, cookie, OUT))?;
            let used = self.u32(OUT);
            let mut at = 0;
            while at + 24 <= used {
                let next = self.u64(DATA + at);
                let name_len = self.u32(DATA + at + 16);
                if at + 24 + name_len > used {
                    break;
                }
                let name = &self.memory[(DATA + at + 24) as usize..][..name_len as usize];
                names.push((String::from_utf8(name.to_vec()).unwrap(), next));
                cookie = next;
                at += 24 + name_len;
            }
            if used < len {
                return Ok(names);
            }
            assert!(at > 0, "the buffer is too small for one entry");
        }
    }
}
