//! Files: opening, positions, sizes, times, flags.

use super::{
    super::{fd, file},
    *,
};

const CREATE: u32 = 1;
const DIRECTORY: u32 = 2;
const EXCLUSIVE: u32 = 4;
const TRUNCATE: u32 = 8;

#[test]
fn a_file_is_written_sought_and_read() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    let fd = guest.open("f", CREATE, READ | WRITE).unwrap();
    assert_eq!(fd, 4);
    assert_eq!(guest.write(fd, "hello world"), Ok(11));
    guest.call(|call| fd::fd_tell(call, fd, OUT)).unwrap();
    assert_eq!(guest.u64(OUT), 11);
    for (offset, whence, expected) in [(6, 0, 6), (1, 1, 7), (-2, 2, 9)] {
        guest.call(|call| fd::fd_seek(call, fd, offset, whence, OUT)).unwrap();
        assert_eq!(guest.u64(OUT), expected);
    }
    assert_eq!(guest.read(fd, 10).unwrap(), "ld");
    assert_eq!(guest.call(|call| fd::fd_seek(call, fd, -1, 0, OUT)), Err(Errno::Inval));
    assert_eq!(guest.call(|call| fd::fd_seek(call, fd, -99, 1, OUT)), Err(Errno::Inval));
    assert_eq!(guest.call(|call| fd::fd_seek(call, fd, 0, 3, OUT)), Err(Errno::Inval));
}

#[test]
fn the_older_edition_counts_whence_differently() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    guest.edition = Edition::Unstable;
    let fd = guest.open("f", CREATE, READ | WRITE).unwrap();
    guest.write(fd, "hello").unwrap();
    for (offset, whence, expected) in [(1, 2, 1), (1, 0, 2), (-1, 1, 4)] {
        guest.call(|call| fd::fd_seek(call, fd, offset, whence, OUT)).unwrap();
        assert_eq!(guest.u64(OUT), expected);
    }
    guest.call(|call| fd::fd_filestat_get(call, fd, OUT)).unwrap();
    assert_eq!((guest.u32(OUT + 20), guest.u64(OUT + 24)), (1, 5));
}

#[test]
fn positioned_reads_and_writes_leave_the_position_alone() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    let fd = guest.open("f", CREATE, READ | WRITE).unwrap();
    guest.write(fd, "abcdef").unwrap();
    guest.put(DATA, "XY");
    let (iovs, count) = guest.iov(2);
    guest.call(|call| fd::fd_pwrite(call, fd, iovs, count, 1, OUT)).unwrap();
    let (iovs, count) = guest.iov(4);
    guest.call(|call| fd::fd_pread(call, fd, iovs, count, 0, OUT)).unwrap();
    assert_eq!((guest.u32(OUT), &guest.memory[DATA as usize..][..4]), (4, &b"aXYd"[..]));
    guest.call(|call| fd::fd_tell(call, fd, OUT)).unwrap();
    assert_eq!(guest.u64(OUT), 6);
    assert_eq!(guest.call(|call| fd::fd_pread(call, fd, iovs, count, u64::MAX, OUT)), Err(Errno::Inval));
}

#[test]
fn several_buffers_are_filled_in_order() {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("f"), "abcdef").unwrap();
    let mut guest = Guest::with_dir(&dir);
    let fd = guest.open("f", 0, READ).unwrap();
    let words = [DATA, 2, DATA + 0x10, 0, DATA + 0x20, 3, DATA + 0x30, 9];
    guest.put(IOVS, words.map(u32::to_le_bytes).concat());
    guest.call(|call| fd::fd_read(call, fd, IOVS, 4, OUT)).unwrap();
    assert_eq!(guest.u32(OUT), 6);
    let at = |offset: u32, len| &guest.memory[(DATA + offset) as usize..][..len];
    assert_eq!((at(0, 2), at(0x20, 3), at(0x30, 1)), (&b"ab"[..], &b"cde"[..], &b"f"[..]));
}

#[test]
fn rights_decide_about_reading_and_writing() {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("f"), "abc").unwrap();
    let mut guest = Guest::with_dir(&dir);
    let reader = guest.open("f", 0, READ).unwrap();
    assert_eq!(guest.write(reader, "x"), Err(Errno::BadF));
    assert_eq!(guest.call(|call| file::fd_filestat_set_size(call, reader, 0)), Err(Errno::BadF));
    assert_eq!(guest.call(|call| file::fd_allocate(call, reader, 0, 10)), Err(Errno::BadF));
    let writer = guest.open("f", 0, WRITE).unwrap();
    assert_eq!(guest.read(writer, 1), Err(Errno::BadF));
    guest.call(|call| fd::fd_fdstat_get(call, writer, OUT)).unwrap();
    assert_eq!((guest.memory[OUT as usize], guest.u64(OUT + 8) & (READ | WRITE)), (4, WRITE));
}

#[test]
fn open_flags_mean_what_they_say() {
    let dir = TempDir::new();
    std::fs::create_dir(dir.path().join("d")).unwrap();
    std::fs::write(dir.path().join("f"), "abc").unwrap();
    let mut guest = Guest::with_dir(&dir);
    assert_eq!(guest.open("none", 0, READ), Err(Errno::NoEnt));
    assert_eq!(guest.open("f", CREATE | EXCLUSIVE, WRITE), Err(Errno::Exist));
    assert_eq!(guest.open("f", DIRECTORY, READ), Err(Errno::NotDir));
    assert_eq!(guest.open("f/", 0, READ), Err(Errno::NotDir));
    assert_eq!(guest.open("d", CREATE | DIRECTORY, READ), Err(Errno::Inval));
    assert_eq!(guest.open("d", 0, WRITE), Err(Errno::IsDir));
    assert_eq!(guest.open("f", 1 << 4, READ), Err(Errno::Inval));
    assert_eq!(guest.open("", 0, READ), Err(Errno::NoEnt));
    assert_eq!(guest.open("a\0b", 0, READ), Err(Errno::IlSeq));
    let cut = guest.open("f", TRUNCATE, WRITE).unwrap();
    assert_eq!(std::fs::read(dir.path().join("f")).unwrap(), b"");
    assert!(guest.open("d", DIRECTORY, 0).is_ok());
    assert_eq!(guest.open_with(cut, "x", 1, 0, READ), Err(Errno::NotDir));
    assert_eq!(guest.open_with(99, "x", 1, 0, READ), Err(Errno::BadF));
}

#[test]
fn appending_can_be_switched_on_and_off() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    let fd = guest.open("f", CREATE, READ | WRITE).unwrap();
    guest.write(fd, "abc").unwrap();
    guest.call(|call| fd::fd_fdstat_set_flags(call, fd, 1)).unwrap();
    guest.call(|call| fd::fd_fdstat_get(call, fd, OUT)).unwrap();
    assert_eq!(guest.memory[OUT as usize + 2], 1);
    guest.call(|call| fd::fd_seek(call, fd, 0, 0, OUT)).unwrap();
    guest.write(fd, "d").unwrap();
    guest.call(|call| fd::fd_fdstat_set_flags(call, fd, 0)).unwrap();
    guest.call(|call| fd::fd_seek(call, fd, 0, 0, OUT)).unwrap();
    guest.write(fd, "X").unwrap();
    assert_eq!(std::fs::read(dir.path().join("f")).unwrap(), b"Xbcd");
    assert_eq!(guest.call(|call| fd::fd_fdstat_set_flags(call, fd, 1 << 4)), Err(Errno::NotSup));
    assert_eq!(guest.call(|call| fd::fd_fdstat_set_flags(call, fd, 1 << 9)), Err(Errno::Inval));
}

#[test]
fn size_room_and_times_can_be_set() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    let fd = guest.open("f", CREATE, READ | WRITE).unwrap();
    guest.call(|call| file::fd_filestat_set_size(call, fd, 10)).unwrap();
    guest.call(|call| file::fd_allocate(call, fd, 5, 20)).unwrap();
    guest.call(|call| file::fd_filestat_set_times(call, fd, 1_000_000_007, 2_000_000_009, 1 | 4)).unwrap();
    guest.call(|call| fd::fd_filestat_get(call, fd, OUT)).unwrap();
    let stat = [16, 24, 32, 40, 48].map(|at| guest.u64(OUT + at));
    assert_eq!(stat, [4, 1, 25, 1_000_000_007, 2_000_000_009]);
    let both = guest.call(|call| file::fd_filestat_set_times(call, fd, 0, 0, 1 | 2));
    assert_eq!(both, Err(Errno::Inval));
    guest.call(|call| file::fd_filestat_set_times(call, fd, 0, 0, 8)).unwrap();
    guest.call(|call| fd::fd_filestat_get(call, fd, OUT)).unwrap();
    assert!(guest.u64(OUT + 48) > 1_600_000_000_000_000_000);
    assert_eq!(guest.u64(OUT + 40), 1_000_000_007);
    assert_eq!(guest.call(|call| file::fd_filestat_set_size(call, fd, u64::MAX)), Err(Errno::Inval));
    for advice in 0..6 {
        guest.call(|call| file::fd_advise(call, fd, 0, 0, advice)).unwrap();
    }
    assert_eq!(guest.call(|call| file::fd_advise(call, fd, 0, 0, 6)), Err(Errno::Inval));
    guest.call(|call| fd::fd_sync(call, fd)).unwrap();
    guest.call(|call| fd::fd_datasync(call, fd)).unwrap();
}

#[test]
fn too_many_descriptors_are_refused() {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("f"), "").unwrap();
    let mut config = WasiConfig::new();
    let mut guest = Guest::new(config.max_descriptors(6).preopen_dir(dir.path(), "/").unwrap());
    guest.open("f", 0, READ).unwrap();
    let last = guest.open("f", 0, READ).unwrap();
    assert_eq!(guest.open("f", 0, READ), Err(Errno::MFile));
    guest.call(|call| fd::fd_close(call, last)).unwrap();
    assert_eq!(guest.open("f", 0, READ), Ok(last));
}
