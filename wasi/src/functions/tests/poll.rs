//! Waiting: clocks, descriptors that are always ready, descriptors of the host.

use super::{
    super::{fd, poll::poll_oneoff},
    *,
};
use crate::stream::InputStream;
use std::{
    io::{self, PipeReader, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, Instant},
};

fn clock(userdata: u64, id: u32, timeout_ns: u64, flags: u16) -> Vec<u8> {
    let mut bytes = vec![0; 48];
    bytes[..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[16..20].copy_from_slice(&id.to_le_bytes());
    bytes[24..32].copy_from_slice(&timeout_ns.to_le_bytes());
    bytes[40..42].copy_from_slice(&flags.to_le_bytes());
    bytes
}

fn descriptor(userdata: u64, kind: u8, fd: u32) -> Vec<u8> {
    let mut bytes = vec![0; 48];
    bytes[..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[8] = kind;
    bytes[16..20].copy_from_slice(&fd.to_le_bytes());
    bytes
}

/// User data, error, type and ready bytes of each event.
fn poll(guest: &mut Guest, subscriptions: &[Vec<u8>]) -> Result<Vec<(u64, u16, u8, u64)>, Errno> {
    guest.put(DATA, subscriptions.concat());
    let count = subscriptions.len() as u32;
    guest.call(|call| poll_oneoff(call, DATA, 0x4000, count, OUT))?;
    let events = (0..guest.u32(OUT)).map(|event| 0x4000 + 32 * event);
    Ok(events
        .map(|at| (guest.u64(at), guest.u32(at + 8) as u16, guest.memory[at as usize + 10], guest.u64(at + 16)))
        .collect())
}

#[test]
fn the_nearest_clock_ends_the_wait() {
    let mut guest = Guest::new(&WasiConfig::new());
    let started = Instant::now();
    let events = poll(&mut guest, &[clock(1, 1, 3_600_000_000_000, 0), clock(2, 1, 30_000_000, 0)]).unwrap();
    assert_eq!(events, [(2, 0, 0, 0)]);
    assert!(started.elapsed() >= Duration::from_millis(30));
    assert_eq!(poll(&mut guest, &[clock(3, 0, 1, 1)]).unwrap(), [(3, 0, 0, 0)]);
}

#[test]
fn fake_sleep_takes_no_time() {
    let mut guest = Guest::new(WasiConfig::new().deterministic());
    let started = Instant::now();
    let events = poll(&mut guest, &[clock(1, 1, 7_200_000_000_000, 0), clock(2, 0, 3_600_000_000_000, 0)]).unwrap();
    assert_eq!(events, [(2, 0, 0, 0)]);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn the_embedder_can_sleep() {
    let slept = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = slept.clone();
    let mut guest = Guest::new(WasiConfig::new().sleep(move |duration| log.lock().unwrap().push(duration)));
    poll(&mut guest, &[clock(1, 1, 5_000_000_000, 0)]).unwrap();
    assert_eq!(*slept.lock().unwrap(), [Duration::from_secs(5)]);
}

#[test]
fn files_and_buffers_are_always_ready() {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("f"), "abc").unwrap();
    let mut guest = Guest::with_dir(&dir);
    let fd = guest.open("f", 0, READ).unwrap();
    let list = [descriptor(1, 1, fd), descriptor(2, 2, 1), descriptor(3, 1, 0), clock(4, 1, 9_000_000_000, 0)];
    assert_eq!(poll(&mut guest, &list).unwrap(), [(1, 0, 1, 3), (2, 0, 2, 0), (3, 0, 1, 1)]);
}

#[test]
fn bad_subscriptions_answer_one_by_one() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    let badf = Errno::BadF.number();
    let list = [descriptor(1, 1, 99), descriptor(2, 1, 1), descriptor(3, 1, ROOT), clock(4, 9, 0, 0)];
    let expected = [(1, badf, 1, 0), (2, badf, 1, 0), (3, badf, 1, 0), (4, Errno::NotSup.number(), 0, 0)];
    assert_eq!(poll(&mut guest, &list).unwrap(), expected);
    assert_eq!(poll(&mut guest, &[]), Err(Errno::Inval));
    assert_eq!(poll(&mut guest, &[descriptor(1, 3, 0)]), Err(Errno::Inval));
    assert_eq!(guest.call(|call| poll_oneoff(call, 0xfff0, 0x4000, 1, OUT)), Err(Errno::Fault));
    assert_eq!(guest.call(|call| poll_oneoff(call, DATA, 0xfff0, 1, OUT)), Err(Errno::Fault));
    assert_eq!(guest.call(|call| poll_oneoff(call, DATA, 0x4000, u32::MAX, OUT)), Err(Errno::Inval));
}

struct Pipe(PipeReader);

impl InputStream for Pipe {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buffer)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }
}

#[test]
fn a_pipe_is_ready_when_something_is_in_it() {
    let (reader, mut writer) = io::pipe().unwrap();
    let mut guest = Guest::new(WasiConfig::new().stdin(Pipe(reader)));
    let list = [descriptor(1, 1, 0), clock(2, 1, 20_000_000, 0)];
    assert_eq!(poll(&mut guest, &list).unwrap(), [(2, 0, 0, 0)]);
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        writer.write_all(b"hello").unwrap();
        writer
    });
    assert_eq!(poll(&mut guest, &[descriptor(1, 1, 0)]).unwrap(), [(1, 0, 1, 5)]);
    assert_eq!(guest.read(0, 99).unwrap(), "hello");
    drop(thread.join().unwrap());
    poll(&mut guest, &[descriptor(1, 1, 0)]).unwrap();
    assert_eq!(guest.memory[0x4000 + 24], 1);
    guest.call(|call| fd::fd_close(call, 0)).unwrap();
}
