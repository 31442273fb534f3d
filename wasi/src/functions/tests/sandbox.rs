//! Attempts to leave a granted directory, or to change a read-only one. The secret lies beside the granted directory.

use super::{super::path, *};
use std::os::unix::fs::symlink;

struct Sandbox {
    outside: TempDir,
    guest: Guest,
}

impl Sandbox {
    fn new() -> Sandbox {
        let outside = TempDir::new();
        std::fs::write(outside.path().join("secret"), "secret").unwrap();
        let inside = outside.path().join("inside");
        std::fs::create_dir_all(inside.join("sub")).unwrap();
        std::fs::write(inside.join("f"), "abc").unwrap();
        let guest = Guest::new(WasiConfig::new().preopen_dir(&inside, "/").unwrap());
        Sandbox { outside, guest }
    }

    fn inside(&self, name: &str) -> PathBuf {
        self.outside.path().join("inside").join(name)
    }

    /// Every function that takes one path refuses this one.
    fn refuses(&mut self, path: &str) {
        let guest = &mut self.guest;
        assert_eq!(guest.open(path, 0, READ), Err(Errno::Perm), "open {path}");
        assert_eq!(guest.open(path, 1, WRITE), Err(Errno::Perm), "create {path}");
        let stat = guest.at_path(path, |call, at, len| path::path_filestat_get(call, ROOT, 1, at, len, OUT));
        assert_eq!(stat, Err(Errno::Perm), "stat {path}");
        let times = guest.at_path(path, |call, at, len| path::path_filestat_set_times(call, ROOT, 1, at, len, 0, 0, 4));
        assert_eq!(times, Err(Errno::Perm), "times {path}");
    }

    fn untouched(&self) {
        assert_eq!(std::fs::read(self.outside.path().join("secret")).unwrap(), b"secret");
        assert_eq!(std::fs::read_dir(self.outside.path()).unwrap().count(), 2);
    }
}

#[test]
fn dots_and_absolute_paths_do_not_lead_out() {
    let mut sandbox = Sandbox::new();
    for path in ["../secret", "sub/../../secret", "/etc/passwd", "sub/../../inside/f", "../inside/f", "./../secret"] {
        sandbox.refuses(path);
    }
    assert!(sandbox.guest.open("sub/../f", 0, READ).is_ok());
    sandbox.untouched();
}

#[test]
fn changes_outside_are_refused() {
    let mut sandbox = Sandbox::new();
    let guest = &mut sandbox.guest;
    for path in ["../x", "/tmp/x", "sub/../../x"] {
        let refused = [
            guest.at_path(path, |call, at, len| path::path_create_directory(call, ROOT, at, len)),
            guest.at_path("../secret", |call, at, len| path::path_unlink_file(call, ROOT, at, len)),
            guest.at_path("../inside", |call, at, len| path::path_remove_directory(call, ROOT, at, len)),
        ];
        assert_eq!(refused, [Err(Errno::Perm); 3]);
        let new = guest.put(PATH2, path);
        let moved_out = guest.at_path("f", |call, at, len| path::path_rename(call, ROOT, at, len, ROOT, PATH2, new));
        assert_eq!(moved_out, Err(Errno::Perm));
        let linked_out = guest.at_path("f", |call, at, len| path::path_link(call, ROOT, 0, at, len, ROOT, PATH2, new));
        assert_eq!(linked_out, Err(Errno::Perm));
        let target = guest.put(PATH2, "f");
        let symlinked = guest.at_path(path, |call, at, len| path::path_symlink(call, PATH2, target, ROOT, at, len));
        assert_eq!(symlinked, Err(Errno::Perm));
    }
    let new = guest.put(PATH2, "mine");
    let moved_in = guest.at_path("../secret", |call, at, len| path::path_rename(call, ROOT, at, len, ROOT, PATH2, new));
    assert_eq!(moved_in, Err(Errno::Perm));
    let linked_in =
        guest.at_path("../secret", |call, at, len| path::path_link(call, ROOT, 0, at, len, ROOT, PATH2, new));
    assert_eq!(linked_in, Err(Errno::Perm));
    sandbox.untouched();
}

#[test]
fn symbolic_links_do_not_lead_out() {
    let mut sandbox = Sandbox::new();
    symlink("../secret", sandbox.inside("relative")).unwrap();
    symlink("/etc/passwd", sandbox.inside("absolute")).unwrap();
    symlink("..", sandbox.inside("up")).unwrap();
    symlink("relative", sandbox.inside("chain")).unwrap();
    symlink("../../new", sandbox.inside("sub/dangling")).unwrap();
    for path in ["relative", "absolute", "up/secret", "chain", "sub/dangling", "up/inside/f"] {
        sandbox.refuses(path);
    }
    let guest = &mut sandbox.guest;
    let target = guest.put(PATH2, "/etc/passwd");
    let planted = guest.at_path("mine", |call, at, len| path::path_symlink(call, PATH2, target, ROOT, at, len));
    assert_eq!(planted, Err(Errno::Perm));
    let target = guest.put(PATH2, "../secret");
    guest.at_path("mine", |call, at, len| path::path_symlink(call, PATH2, target, ROOT, at, len)).unwrap();
    sandbox.refuses("mine");
    let through = sandbox.guest.at_path("up/x", |call, at, len| path::path_create_directory(call, ROOT, at, len));
    assert_eq!(through, Err(Errno::Perm));
    sandbox.untouched();
}

#[test]
fn a_directory_swapped_for_a_link_stays_inside() {
    let mut sandbox = Sandbox::new();
    let sub = sandbox.guest.open("sub", 2, READ).unwrap();
    std::fs::remove_dir(sandbox.inside("sub")).unwrap();
    symlink("..", sandbox.inside("sub")).unwrap();
    sandbox.refuses("sub/secret");
    assert_eq!(sandbox.guest.open_with(sub, "../secret", 1, 0, READ), Err(Errno::Perm));
    sandbox.untouched();
}

#[test]
fn read_only_directories_refuse_every_change() {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("f"), "abc").unwrap();
    std::fs::create_dir(dir.path().join("d")).unwrap();
    let mut config = WasiConfig::new();
    config.preopen_dir_read_only(dir.path(), "/ro").unwrap().preopen_dir(dir.path(), "/rw").unwrap();
    let mut guest = Guest::new(&config);
    let nested = guest.open("d", 2, READ).unwrap();
    for (root, file) in [(ROOT, "f"), (nested, "g")] {
        let new = guest.put(PATH2, "x");
        let refused = [
            guest.open_with(root, file, 1, 0, READ | WRITE).map(drop),
            guest.open_with(root, file, 1, 1, READ).map(drop),
            guest.open_with(root, file, 1, 8, READ).map(drop),
            guest.at_path("n", |call, at, len| path::path_create_directory(call, root, at, len)),
            guest.at_path("d", |call, at, len| path::path_remove_directory(call, root, at, len)),
            guest.at_path(file, |call, at, len| path::path_unlink_file(call, root, at, len)),
            guest.at_path(file, |call, at, len| path::path_rename(call, root, at, len, root, PATH2, new)),
            guest.at_path(file, |call, at, len| path::path_rename(call, root, at, len, ROOT + 1, PATH2, new)),
            guest.at_path(file, |call, at, len| path::path_link(call, root, 0, at, len, ROOT + 1, PATH2, new)),
            guest.at_path(file, |call, at, len| path::path_link(call, ROOT + 1, 0, at, len, root, PATH2, new)),
            guest.at_path("s", |call, at, len| path::path_symlink(call, PATH2, new, root, at, len)),
            guest.at_path(file, |call, at, len| path::path_filestat_set_times(call, root, 1, at, len, 0, 0, 4)),
            guest.call(|call| file::fd_filestat_set_times(call, root, 0, 0, 4)),
        ];
        assert_eq!(refused, [Err(Errno::RoFs); 13]);
    }
    let fd = guest.open("f", 0, READ).unwrap();
    assert_eq!(guest.read(fd, 9).unwrap(), "abc");
    assert_eq!(guest.call(|call| file::fd_filestat_set_times(call, fd, 0, 0, 4)), Err(Errno::RoFs));
}
