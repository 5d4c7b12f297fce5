//! Every length of a name, and a NUL at every place in it: it is used whole or refused before the system sees it.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bowline_net::Endpoint;
use bowline_runtime::EndpointError;

use crate::scratch::Scratch;
use crate::{bound, connect};

/// Up to here: past every limit that a system has.
const LONGEST: usize = 300;
/// What `sockaddr_un` holds of a path, beside the NUL at its end.
const PATH: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };
const ABSTRACT: usize = 107;
const LOCAL: usize = 64;

type Make = fn(&str) -> Result<Endpoint, EndpointError>;

/// Each kind of name with the shortest that is one, and the longest.
const KINDS: [(&str, Make, &str, usize); 3] = [
    ("path", |name| Endpoint::unix(name), "/", PATH),
    ("abstract name", |name| Endpoint::abstract_name(name), "", ABSTRACT),
    ("local name", |name| Endpoint::local(name), "", LOCAL),
];

fn name(start: &str, length: usize) -> String {
    let mut name = start.to_owned();
    name.push_str(&"x".repeat(length.saturating_sub(start.len())));
    name.truncate(length);
    name
}

/// Mutant: a limit is one byte too high or too low.
#[test]
fn no_length_is_too_much_for_the_system() {
    for (kind, make, start, limit) in KINDS {
        for length in 0..=LONGEST {
            let made = make(&name(start, length));
            match length {
                0 => assert_eq!(made, Err(EndpointError::Empty), "{kind}"),
                _ if length == start.len() => assert_eq!(made, Err(EndpointError::NotAFile), "{kind}"),
                _ if length <= limit => assert!(made.is_ok(), "{kind} of {length}: {made:?}"),
                _ => assert_eq!(made, Err(EndpointError::TooLong { limit, length }), "{kind}"),
            }
        }
    }
}

/// Mutant: a NUL is looked for only up to the limit, or not in the last place, or not at all.
#[test]
fn a_nul_is_refused_wherever_it_is() {
    for (kind, make, start, _) in KINDS {
        for length in 1..=LONGEST {
            for position in 0..length {
                let mut name = name(start, length);
                name.replace_range(position..=position, "\0");
                let made = make(&name);
                // A path whose first byte it is does not begin with a slash either.
                let expected = Err(EndpointError::Nul { position });
                assert!(made == expected || position == 0 && made.is_err(), "{kind} of {length}: {made:?}");
            }
        }
    }
}

/// Mutant: a path is cut off at what the system's address holds.
#[test]
fn every_path_is_used_whole() {
    let scratch = Scratch::new();
    let shortest = scratch.path().as_os_str().len() + 2;
    for length in shortest..=PATH {
        let path = path_of(&scratch, length);
        let server = bound(&Endpoint::unix(&path).expect("it is not too long"));
        assert_eq!(entries(scratch.path()), [path.clone(), with_lock(&path)]);
        connect(server.endpoint()).expect("it is there under its whole name");
        drop(server);
        assert!(entries(scratch.path()).is_empty());
    }
}

fn path_of(scratch: &Scratch, length: usize) -> PathBuf {
    let directory = scratch.path().as_os_str().as_bytes().len() + 1;
    let path = scratch.path().join("x".repeat(length - directory));
    assert_eq!(path.as_os_str().len(), length);
    path
}

fn with_lock(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    lock.into()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(directory).expect("it is there");
    let mut entries: Vec<_> = found.map(|entry| entry.expect("it is readable").path()).collect();
    entries.sort();
    entries
}
