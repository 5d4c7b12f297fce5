//! Unix sockets at a path: connecting, stale files, and what is left behind.

use std::fs;
use std::io;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};

use bowline_net::{BindError, BindOptions, DialError, Endpoint, PeerAddress, bind};

use crate::scratch::Scratch;
use crate::{accepted, bound, candidate, connect, exchange};

/// A place for a socket in a directory of its own.
pub(crate) fn place(scratch: &Scratch) -> (PathBuf, Endpoint) {
    let path = scratch.path().join("socket");
    let endpoint = Endpoint::unix(&path).expect("a short, absolute path");
    (path, endpoint)
}

pub(crate) fn is_in_use(endpoint: &Endpoint) -> bool {
    matches!(bind(endpoint, &BindOptions::new()), Err(BindError::InUse { endpoint: theirs }) if &theirs == endpoint)
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).expect("it is there").next().is_none()
}

#[test]
fn both_ends_know_each_other() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    let server = bound(&endpoint);
    assert_eq!(server.endpoint(), &endpoint);
    let (client, peer) = connect(&endpoint).unwrap();
    assert_eq!(peer.address(), &PeerAddress::Unix(Some(path)));
    let incoming = accepted(&server);
    assert_eq!(incoming.peer.address(), &PeerAddress::Unix(None));
    for socket in [server.socket(), &client, &incoming.socket] {
        crate::assert_private_and_nonblocking(socket);
    }
    exchange(&client, &incoming.socket);
}

#[test]
fn nothing_is_left_behind() {
    let scratch = Scratch::new();
    let (_, endpoint) = place(&scratch);
    for _ in 0..3 {
        drop(bound(&endpoint));
        assert!(is_empty(scratch.path()));
    }
}

#[test]
fn nobody_there_is_said_so() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    assert_eq!(connect(&endpoint).unwrap_err().kind(), io::ErrorKind::NotFound);
    drop(UnixListener::bind(&path).unwrap());
    assert_eq!(connect(&endpoint).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_dead_socket_is_replaced() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    for _ in 0..3 {
        // The standard library leaves the file behind, as a killed server does.
        drop(UnixListener::bind(&path).unwrap());
        let server = bound(&endpoint);
        let (client, _) = connect(&endpoint).unwrap();
        exchange(&client, &accepted(&server).socket);
        drop(server);
        assert!(is_empty(scratch.path()));
    }
}

#[test]
fn a_server_of_ours_is_never_evicted() {
    let scratch = Scratch::new();
    let (_, endpoint) = place(&scratch);
    let server = bound(&endpoint);
    for _ in 0..3 {
        assert!(is_in_use(&endpoint));
    }
    let (client, _) = connect(&endpoint).unwrap();
    exchange(&client, &accepted(&server).socket);
}

#[test]
fn a_server_whose_lock_was_swept_away_is_not_evicted() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    let server = bound(&endpoint);
    fs::remove_file(path.with_extension("lock")).unwrap();
    assert!(is_in_use(&endpoint));
    drop(server);
    assert!(is_empty(scratch.path()));
}

#[test]
fn a_strangers_server_without_a_lock_is_not_evicted() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    let stranger = UnixListener::bind(&path).unwrap();
    assert!(is_in_use(&endpoint));
    connect(&endpoint).unwrap();
    // Neither is a socket of another type, which can't be asked whether it is alive.
    drop(stranger);
    fs::remove_file(&path).unwrap();
    let _datagrams = UnixDatagram::bind(&path).unwrap();
    assert!(matches!(bind(&endpoint, &BindOptions::new()), Err(BindError::Io { .. })));
    assert!(path.exists() && !path.with_extension("lock").exists());
}

#[test]
fn only_its_own_socket_is_removed() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    let server = bound(&endpoint);
    // As the numbers of files are used again, the new one would have the old one's if the server did not hold that.
    fs::remove_file(&path).unwrap();
    let stranger = UnixListener::bind(&path).unwrap();
    drop(server);
    connect(&endpoint).unwrap();
    drop(stranger);
}

#[test]
fn a_name_for_the_user_leads_to_a_private_directory() {
    use std::os::unix::fs::MetadataExt;
    let endpoint = Endpoint::local(format!("bowline-test-{}", std::process::id())).unwrap();
    let server = bound(&endpoint);
    let resolved = server.endpoint().to_string();
    let path = Path::new(resolved.strip_prefix("unix://").unwrap());
    let directory = fs::metadata(path.parent().unwrap()).unwrap();
    assert_eq!(directory.mode() & 0o077, 0);
    assert_eq!(fs::metadata(path).unwrap().mode() & 0o777, 0o600);
    let (client, _) = connect(&endpoint).unwrap();
    exchange(&client, &accepted(&server).socket);
    match bind(&endpoint, &BindOptions::new()) {
        Err(BindError::InUse { endpoint }) => assert_eq!(&endpoint, server.endpoint()),
        other => panic!("{other:?}"),
    }
    drop(server);
    assert!(!path.exists());
}

#[test]
fn pipes_are_not_for_unix() {
    let pipe = Endpoint::pipe("name").unwrap();
    let refused = bind(&pipe, &BindOptions::new());
    assert!(matches!(refused, Err(BindError::Unsupported { scheme: "pipe" })));
    assert!(matches!(candidate(&pipe), Err(DialError::Unsupported { scheme: "pipe" })));
}
