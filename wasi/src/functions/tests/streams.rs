//! Standard streams, and errors that an embedder's stream raises.

use super::{super::fd, *};
use crate::{
    OutputBuffer,
    stream::{FromReader, InputBuffer, InputStream, IntoWriter, OutputStream},
};
use std::io;

#[test]
fn input_is_read_and_output_is_written() {
    let output = OutputBuffer::new();
    let mut config = WasiConfig::new();
    config.stdin(InputBuffer::new("hello")).stdout(output.clone());
    let mut guest = Guest::new(&config);
    assert_eq!(guest.read(0, 3).unwrap(), "hel");
    assert_eq!(guest.read(0, 30).unwrap(), "lo");
    assert_eq!(guest.read(0, 30).unwrap(), "");
    assert_eq!(guest.write(1, "abc").unwrap(), 3);
    assert_eq!(guest.write(2, "dropped").unwrap(), 7);
    assert_eq!(output.contents(), b"abc");
}

#[test]
fn streams_go_one_way_and_have_no_position() {
    let mut guest = Guest::new(&WasiConfig::new());
    assert_eq!(guest.write(0, "x"), Err(Errno::BadF));
    assert_eq!(guest.read(1, 1), Err(Errno::BadF));
    assert_eq!(guest.call(|call| fd::fd_seek(call, 0, 0, 0, OUT)), Err(Errno::SPipe));
    assert_eq!(guest.call(|call| fd::fd_tell(call, 1, OUT)), Err(Errno::SPipe));
    assert_eq!(guest.call(|call| fd::fd_pread(call, 0, IOVS, 0, 0, OUT)), Err(Errno::SPipe));
    assert_eq!(guest.call(|call| fd::fd_pwrite(call, 1, IOVS, 0, 0, OUT)), Err(Errno::SPipe));
    assert_eq!(guest.call(|call| fd::fd_sync(call, 1)), Ok(()));
    assert_eq!(guest.call(|call| fd::fd_datasync(call, 0)), Err(Errno::Inval));
    assert_eq!(guest.call(|call| fd::fd_fdstat_set_flags(call, 1, 1)), Err(Errno::NotSup));
    assert_eq!(guest.call(|call| fd::fd_fdstat_set_rights(call, 1, 0, 0)), Err(Errno::NotSup));
    guest.call(|call| fd::fd_fdstat_get(call, 0, OUT)).unwrap();
    assert_eq!(guest.memory[OUT as usize], 0);
    assert_eq!(guest.u64(OUT + 8) & (READ | Rights::FD_SEEK.0 | Rights::FD_TELL.0), READ);
}

#[test]
fn closed_descriptors_are_gone_and_their_numbers_come_back() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    guest.call(|call| fd::fd_close(call, 1)).unwrap();
    assert_eq!(guest.write(1, "x"), Err(Errno::BadF));
    assert_eq!(guest.call(|call| fd::fd_close(call, 1)), Err(Errno::BadF));
    assert_eq!(guest.open("new", 1, WRITE), Ok(1));
    assert_eq!(guest.write(1, "x"), Ok(1));
    guest.call(|call| fd::fd_renumber(call, 1, 2)).unwrap();
    assert_eq!(guest.write(2, "y"), Ok(1));
    assert_eq!(guest.write(1, "y"), Err(Errno::BadF));
    assert_eq!(std::fs::read(dir.path().join("new")).unwrap(), b"xy");
}

#[test]
fn bad_pointers_are_found_before_anything_is_read() {
    let mut guest = Guest::new(WasiConfig::new().stdin(InputBuffer::new("hello")));
    let (iovs, count) = guest.iov(3);
    assert_eq!(guest.call(|call| fd::fd_read(call, 0, iovs, count, 0xfffd)), Err(Errno::Fault));
    assert_eq!(guest.call(|call| fd::fd_read(call, 0, 0xfffc, 1, OUT)), Err(Errno::Fault));
    assert_eq!(guest.call(|call| fd::fd_read(call, 0, iovs, 1025, OUT)), Err(Errno::Inval));
    guest.put(IOVS, [0xfff0u32.to_le_bytes(), 0x11u32.to_le_bytes()].concat());
    assert_eq!(guest.call(|call| fd::fd_read(call, 0, IOVS, 1, OUT)), Err(Errno::Fault));
    assert_eq!(guest.read(0, 9).unwrap(), "hello");
}

struct Broken;

impl InputStream for Broken {
    fn read(&self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(wasmrt::Error::host("own error")))
    }
}

impl OutputStream for Broken {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len() + 1)
    }
}

#[test]
fn an_embedders_error_stops_the_guest_and_its_lies_are_an_io_error() {
    let mut guest = Guest::new(WasiConfig::new().stdin(Broken).stdout(Broken));
    let (iovs, count) = guest.iov(3);
    let outcome = guest.try_call(|call| fd::fd_read(call, 0, iovs, count, OUT));
    assert!(matches!(outcome, Err(Failure::Stop(error)) if error.message() == "own error"));
    assert_eq!(guest.write(1, "abc"), Err(Errno::Io));
}

#[test]
fn readers_and_writers_serve_as_streams() {
    let mut config = WasiConfig::new();
    config.stdin(FromReader::new(io::Cursor::new(b"in".to_vec()))).stdout(IntoWriter::new(Vec::new()));
    let mut guest = Guest::new(&config);
    assert_eq!(guest.read(0, 9).unwrap(), "in");
    assert_eq!(guest.write(1, "out"), Ok(3));
}
