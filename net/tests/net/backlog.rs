//! More clients than may wait. Only Linux lets a client tell a busy server from none.

use std::fs;

use bowline_net::{BindOptions, Dialing, Endpoint, Socket, bind};

use crate::paths::{is_in_use, place};
use crate::scratch::Scratch;
use crate::{accepted, candidate};

/// Fills the backlog, as far as the kernel lets it.
fn fill(endpoint: &Endpoint) -> Vec<Socket> {
    let candidate = candidate(endpoint).expect("a path is a candidate");
    let mut clients = Vec::new();
    while let Dialing::Connected(socket) = candidate.dial().expect("the server listens") {
        clients.push(socket);
        assert!(clients.len() < 64, "the backlog has no end");
    }
    clients
}

#[test]
fn a_full_backlog_is_told_apart_and_passes() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    let server = bind(&endpoint, &BindOptions::new().backlog(1)).unwrap();
    let clients = fill(&endpoint);
    assert!(!clients.is_empty());
    // Full is not dead.
    fs::remove_file(path.with_extension("lock")).unwrap();
    assert!(is_in_use(&endpoint));
    accepted(&server);
    assert!(matches!(candidate(&endpoint).unwrap().dial(), Ok(Dialing::Connected(_))));
}
