//! Directories: pre-opens, listings, names made, moved and removed.

use super::{
    super::{fd, file, path},
    *,
};

#[test]
fn granted_directories_tell_their_guest_path() {
    let dir = TempDir::new();
    let mut config = WasiConfig::new();
    config.preopen_dir(dir.path(), "/data").unwrap().preopen_dir(dir.path(), ".").unwrap();
    let mut guest = Guest::new(&config);
    guest.call(|call| file::fd_prestat_get(call, 3, OUT)).unwrap();
    assert_eq!((guest.u32(OUT), guest.u32(OUT + 4)), (0, 5));
    guest.call(|call| file::fd_prestat_dir_name(call, 3, DATA, 5)).unwrap();
    assert_eq!(&guest.memory[DATA as usize..][..5], b"/data");
    assert_eq!(guest.call(|call| file::fd_prestat_dir_name(call, 3, DATA, 4)), Err(Errno::NameTooLong));
    guest.call(|call| file::fd_prestat_dir_name(call, 4, DATA, 1)).unwrap();
    assert_eq!(guest.call(|call| file::fd_prestat_get(call, 5, OUT)), Err(Errno::BadF));
    assert_eq!(guest.call(|call| file::fd_prestat_get(call, 1, OUT)), Err(Errno::BadF));
    let opened = guest.open(".", 2, READ).unwrap();
    assert_eq!(guest.call(|call| file::fd_prestat_get(call, opened, OUT)), Err(Errno::BadF));
}

#[test]
fn listings_have_dots_and_survive_small_buffers() {
    let dir = TempDir::new();
    for name in ["one", "two", "three"] {
        std::fs::write(dir.path().join(name), "").unwrap();
    }
    let mut guest = Guest::with_dir(&dir);
    let all = guest.read_dir(ROOT, 4096, 0).unwrap();
    assert_eq!(all[..2], [(".".to_owned(), 1), ("..".to_owned(), 2)]);
    assert_eq!(all.len(), 5);
    assert_eq!(guest.read_dir(ROOT, 30, 0).unwrap(), all);
    assert_eq!(guest.read_dir(ROOT, 4096, 4).unwrap(), all[4..]);
    assert_eq!(guest.read_dir(ROOT, 4096, 99).unwrap(), []);
    guest.call(|call| fd::fd_filestat_get(call, ROOT, OUT)).unwrap();
    let inode = guest.u64(OUT + 8);
    guest.call(|call| file::fd_readdir(call, ROOT, DATA, 4096, 0, OUT)).unwrap();
    assert_eq!((guest.u64(DATA + 8), guest.memory[DATA as usize + 20]), (inode, 3));
}

#[test]
fn cookies_stay_valid_while_the_directory_changes() {
    let dir = TempDir::new();
    for number in 0..10 {
        std::fs::write(dir.path().join(number.to_string()), "").unwrap();
    }
    let mut guest = Guest::with_dir(&dir);
    let before = guest.read_dir(ROOT, 4096, 0).unwrap();
    for number in 0..5 {
        std::fs::remove_file(dir.path().join(number.to_string())).unwrap();
    }
    assert_eq!(guest.read_dir(ROOT, 4096, 6).unwrap(), before[6..]);
    assert_eq!(guest.read_dir(ROOT, 4096, 0).unwrap().len(), 7);
}

#[test]
fn names_are_made_moved_linked_and_removed() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    guest.at_path("d", |call, at, len| path::path_create_directory(call, ROOT, at, len)).unwrap();
    let again = guest.at_path("d", |call, at, len| path::path_create_directory(call, ROOT, at, len));
    assert_eq!(again, Err(Errno::Exist));
    let file = guest.open("d/f", 1, WRITE).unwrap();
    guest.write(file, "abc").unwrap();
    let new = guest.put(PATH2, "g");
    guest.at_path("d/f", |call, at, len| path::path_rename(call, ROOT, at, len, ROOT, PATH2, new)).unwrap();
    let new = guest.put(PATH2, "d/h");
    guest.at_path("g", |call, at, len| path::path_link(call, ROOT, 0, at, len, ROOT, PATH2, new)).unwrap();
    let follow = guest.at_path("g", |call, at, len| path::path_link(call, ROOT, 1, at, len, ROOT, PATH2, new));
    assert_eq!(follow, Err(Errno::Inval));
    guest.at_path("d/h", |call, at, len| path::path_filestat_get(call, ROOT, 0, at, len, OUT)).unwrap();
    assert_eq!((guest.u64(OUT + 24), guest.u64(OUT + 32)), (2, 3));
    let remove_dir =
        |guest: &mut Guest, name| guest.at_path(name, |call, at, len| path::path_remove_directory(call, ROOT, at, len));
    let unlink =
        |guest: &mut Guest, name| guest.at_path(name, |call, at, len| path::path_unlink_file(call, ROOT, at, len));
    assert_eq!(remove_dir(&mut guest, "d"), Err(Errno::NotEmpty));
    assert_eq!(remove_dir(&mut guest, "g"), Err(Errno::NotDir));
    assert_eq!(unlink(&mut guest, "d"), Err(Errno::IsDir));
    assert_eq!(unlink(&mut guest, "g/"), Err(Errno::NotDir));
    assert_eq!(unlink(&mut guest, "d/h"), Ok(()));
    assert_eq!(remove_dir(&mut guest, "d"), Ok(()));
    assert_eq!(unlink(&mut guest, "none"), Err(Errno::NoEnt));
}

#[test]
fn symbolic_links_are_made_read_and_followed_on_request() {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("f"), "abc").unwrap();
    let mut guest = Guest::with_dir(&dir);
    let target = guest.put(PATH2, "f");
    guest.at_path("l", |call, at, len| path::path_symlink(call, PATH2, target, ROOT, at, len)).unwrap();
    guest.at_path("l", |call, at, len| path::path_readlink(call, ROOT, at, len, DATA, 9, OUT)).unwrap();
    assert_eq!((guest.u32(OUT), guest.memory[DATA as usize]), (1, b'f'));
    let stat = |guest: &mut Guest, lookup| {
        guest.at_path("l", |call, at, len| path::path_filestat_get(call, ROOT, lookup, at, len, OUT)).unwrap();
        guest.memory[OUT as usize + 16]
    };
    assert_eq!((stat(&mut guest, 0), stat(&mut guest, 1)), (7, 4));
    assert!(guest.open_with(ROOT, "l", 1, 0, READ).is_ok());
    assert_eq!(guest.open_with(ROOT, "l", 0, 0, READ), Err(Errno::Loop));
    let not_a_link = guest.at_path("f", |call, at, len| path::path_readlink(call, ROOT, at, len, DATA, 9, OUT));
    assert_eq!(not_a_link, Err(Errno::Inval));
    let set = |guest: &mut Guest, lookup, ns| {
        guest.at_path("l", |call, at, len| path::path_filestat_set_times(call, ROOT, lookup, at, len, 0, ns, 4))
    };
    set(&mut guest, 1, 5_000_000_000).unwrap();
    set(&mut guest, 0, 7_000_000_000).unwrap();
    stat(&mut guest, 1);
    assert_eq!(guest.u64(OUT + 48), 5_000_000_000);
    stat(&mut guest, 0);
    assert_eq!(guest.u64(OUT + 48), 7_000_000_000);
}

#[test]
fn directories_are_not_files() {
    let dir = TempDir::new();
    let mut guest = Guest::with_dir(&dir);
    assert_eq!(guest.read(ROOT, 1), Err(Errno::BadF));
    assert_eq!(guest.write(ROOT, "x"), Err(Errno::BadF));
    assert_eq!(guest.call(|call| fd::fd_seek(call, ROOT, 0, 0, OUT)), Err(Errno::BadF));
    assert_eq!(guest.call(|call| file::fd_allocate(call, ROOT, 0, 1)), Err(Errno::BadF));
    assert_eq!(guest.call(|call| fd::fd_fdstat_set_flags(call, ROOT, 1)), Err(Errno::BadF));
    assert_eq!(guest.call(|call| file::fd_readdir(call, 1, DATA, 9, 0, OUT)), Err(Errno::BadF));
    guest.call(|call| file::fd_filestat_set_times(call, ROOT, 0, 9, 4)).unwrap();
    guest.call(|call| fd::fd_sync(call, ROOT)).unwrap();
    guest.call(|call| fd::fd_fdstat_get(call, ROOT, OUT)).unwrap();
    assert_eq!(guest.memory[OUT as usize], 3);
    guest.call(|call| fd::fd_close(call, ROOT)).unwrap();
    assert_eq!(guest.open("f", 1, WRITE), Err(Errno::BadF));
}
