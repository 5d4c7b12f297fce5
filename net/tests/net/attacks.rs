//! What others may put at the path of a socket or of its lock: all of it is refused, and none of it is touched.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use bowline_net::{BindError, BindOptions, DirectoryError, bind};

use crate::paths::place;
use crate::scratch::Scratch;

/// Puts something at the path, and gives back what must live as long as the attack.
type Trap = fn(&Path, &Path) -> Option<UnixListener>;

/// Each with its name; the second path is one to which a link may lead.
const TRAPS: [(&str, Trap); 7] = [
    ("a dangling link", |path, target| {
        symlink(target, path).expect("a link");
        None
    }),
    ("a link to a file", |path, target| {
        fs::write(target, "precious").expect("a file");
        symlink(target, path).expect("a link");
        None
    }),
    ("a link to a directory", |path, target| {
        fs::create_dir(target).expect("a directory");
        symlink(target, path).expect("a link");
        None
    }),
    ("a link to a dead socket", |path, target| {
        drop(UnixListener::bind(target).expect("a socket"));
        symlink(target, path).expect("a link");
        None
    }),
    ("a link to a living socket", |path, target| {
        symlink(target, path).expect("a link");
        Some(UnixListener::bind(target).expect("a socket"))
    }),
    ("a directory", |path, _| {
        fs::create_dir(path).expect("a directory");
        None
    }),
    ("a link to itself", |path, _| {
        symlink(path, path).expect("a link");
        None
    }),
];

/// Everything that can be seen of a directory: names, numbers, types, permissions, lengths, where links lead.
fn picture(directory: &Path) -> Vec<(PathBuf, u64, u32, u64, Option<PathBuf>)> {
    let mut entries: Vec<_> = fs::read_dir(directory)
        .expect("it is there")
        .map(|entry| {
            let path = entry.expect("it is readable").path();
            let found = fs::symlink_metadata(&path).expect("it stays");
            let link = fs::read_link(&path).ok();
            (path, found.ino(), found.mode(), found.len(), link)
        })
        .collect();
    entries.sort();
    entries
}

fn assert_occupied(at: &str, traps: &[(&str, Trap)]) {
    for (name, set) in traps {
        let scratch = Scratch::new();
        let (_, endpoint) = place(&scratch);
        let _living = set(&scratch.path().join(at), &scratch.path().join("target"));
        let before = picture(scratch.path());
        let result = bind(&endpoint, &BindOptions::new());
        assert!(matches!(result, Err(BindError::Occupied { .. })), "{name} at {at}: {result:?}");
        assert_eq!(picture(scratch.path()), before, "{name} at {at}");
    }
}

#[test]
fn nothing_at_the_sockets_path_is_followed_or_touched() {
    assert_occupied("socket", &TRAPS);
    assert_occupied("socket", &[("a file", a_file)]);
}

#[test]
fn nothing_at_the_locks_path_is_followed_or_touched() {
    assert_occupied("socket.lock", &TRAPS);
    assert_occupied("socket.lock", &[("a socket", a_socket)]);
}

fn a_file(path: &Path, _: &Path) -> Option<UnixListener> {
    fs::write(path, "precious").expect("a file");
    None
}

fn a_socket(path: &Path, _: &Path) -> Option<UnixListener> {
    Some(UnixListener::bind(path).expect("a socket"))
}

#[cfg(target_os = "linux")]
fn a_fifo(path: &Path, _: &Path) -> Option<UnixListener> {
    use rustix::fs::{CWD, Mode, mkfifoat};
    mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).expect("a FIFO");
    None
}

#[cfg(target_os = "linux")]
#[test]
fn a_fifo_stops_nobody() {
    assert_occupied("socket", &[("a FIFO", a_fifo)]);
    assert_occupied("socket.lock", &[("a FIFO", a_fifo)]);
}

#[test]
fn a_lock_file_that_someone_left_is_used() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    fs::write(path.with_extension("lock"), "").unwrap();
    assert!(bind(&endpoint, &BindOptions::new()).is_ok());
}

#[test]
fn what_belongs_to_another_user_is_left_alone() {
    let traps: [(&str, Trap); 2] = [("socket", a_socket), ("socket.lock", a_file)];
    for (at, set) in traps {
        let scratch = Scratch::new();
        let (_, endpoint) = place(&scratch);
        let path = scratch.path().join(at);
        drop(set(&path, &path));
        if chown(&path, Some(65_534), None).is_err() {
            return; // Only root can set this up.
        }
        let before = picture(scratch.path());
        let result = bind(&endpoint, &BindOptions::new());
        assert!(matches!(result, Err(BindError::Foreign { owner: 65_534, .. })), "{at}: {result:?}");
        assert_eq!(picture(scratch.path()), before, "{at}");
    }
}

#[test]
fn a_directory_that_others_can_change_needs_consent() {
    let scratch = Scratch::new();
    let (_, endpoint) = place(&scratch);
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o777)).unwrap();
    match bind(&endpoint, &BindOptions::new()) {
        Err(BindError::Directory(DirectoryError::Permissions { path, mode: 0o777 })) => {
            assert_eq!(path, scratch.path());
        }
        other => panic!("{other:?}"),
    }
    assert!(picture(scratch.path()).is_empty());
    assert!(bind(&endpoint, &BindOptions::new().shared_directory(true)).is_ok());
    // As /tmp is.
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(bind(&endpoint, &BindOptions::new()).is_ok());
}

#[test]
fn a_missing_directory_is_not_made() {
    let scratch = Scratch::new();
    let path = scratch.path().join("missing/socket");
    let endpoint = bowline_net::Endpoint::unix(&path).unwrap();
    let result = bind(&endpoint, &BindOptions::new());
    assert!(matches!(result, Err(BindError::Directory(DirectoryError::Unusable { .. }))), "{result:?}");
    assert!(picture(scratch.path()).is_empty());
}
