//! The permissions of a socket: exactly those asked for.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use bowline_net::{BindError, BindOptions, bind};

use crate::bound;
use crate::paths::place;
use crate::scratch::Scratch;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("it is there").mode() & 0o7777
}

#[test]
fn a_socket_and_its_lock_are_the_owners_only() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    let _server = bound(&endpoint);
    assert_eq!((mode(&path), mode(&path.with_extension("lock"))), (0o600, 0o600));
}

#[test]
fn other_permissions_are_exactly_those_asked_for() {
    for wanted in [0o600, 0o660, 0o666, 0o777, 0o700, 0o622] {
        let scratch = Scratch::new();
        let (path, endpoint) = place(&scratch);
        let _server = bind(&endpoint, &BindOptions::new().mode(wanted)).unwrap();
        assert_eq!(mode(&path), wanted, "{wanted:o}");
        assert_eq!(mode(&path.with_extension("lock")), 0o600);
    }
}

#[test]
fn more_than_permissions_is_refused() {
    let scratch = Scratch::new();
    let (_, endpoint) = place(&scratch);
    for mode in [0o1000, 0o4755, u32::MAX] {
        let result = bind(&endpoint, &BindOptions::new().mode(mode));
        assert!(matches!(result, Err(BindError::Mode { mode: m }) if m == mode), "{result:?}");
    }
}
