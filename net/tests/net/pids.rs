//! A process id is for people: it is used again, and survives a fork. Who may come in is a question of the user alone.

use std::process::id;

use bowline_net::{Credentials, Peer, PeerAddress};
use rustix::process::{getegid, geteuid, getppid};

use crate::bound;
use crate::paths::place;
use crate::scratch::Scratch;

fn peer(uid: u32, pid: Option<u32>) -> Peer {
    Peer::new(PeerAddress::Unix(None)).with_credentials(Credentials::new(uid, getegid().as_raw(), pid))
}

/// A client of ours may have died, and a stranger's process may have its number by now; or the other way round.
///
/// Mutant: a peer with this process's own id is taken for a friend, or one without an id for a stranger.
#[test]
fn the_process_id_decides_nothing() {
    let scratch = Scratch::new();
    let server = bound(&place(&scratch).1);
    let us = geteuid().as_raw();
    let parent = getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    for pid in [None, Some(0), Some(1), Some(id()), parent, Some(u32::MAX)] {
        assert_eq!(server.verify(&peer(us, pid)), Ok(()), "{pid:?}");
        let refused = server.verify(&peer(us + 1, pid)).expect_err("a stranger");
        assert_eq!(refused.uid(), Some(us + 1), "{pid:?}");
    }
}
