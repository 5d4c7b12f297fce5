//! The count of handles: the last one says goodbye, once, and no other does.

use bowline_core::{Config, State};

use super::rig::Rig;
use super::wire::frame;
use super::{explore, spawn};
use crate::Bytes;

/// Mutant: `Drop` reads the count and writes it back in two steps. Either nobody says goodbye or somebody too early.
///
/// That the count is `AcqRel` can't be tested so: the lock that `abandon` takes orders what was done before.
#[test]
fn the_last_handle_says_goodbye() {
    explore("handle: drop, drop", || {
        let (Rig { link, socket, wire, .. }, mut post) = Rig::new(Config::new(), false);
        let other = socket.clone();
        let one = spawn(move || drop(other));
        assert!(socket.is_open());
        drop(socket.write(Bytes::from_static(b"m")).detach());
        drop(socket);
        one.join().unwrap();
        post.settle();
        assert_eq!(link.handles.load(core::sync::atomic::Ordering::Relaxed), 0);
        assert_ne!(link.with(|driven| driven.connection.state()), State::Open);
        assert_eq!(wire.sent(), frame(b"m"));
    });
}

/// A clone made while another is dropped keeps the connection open.
///
/// Mutant: `Handle::new` reads the count and writes it back in two steps.
#[test]
fn a_clone_keeps_the_connection_open() {
    explore("handle: clone, drop", || {
        let (Rig { socket, .. }, _post) = Rig::new(Config::new(), false);
        let (one, two) = (socket.clone(), socket);
        let cloner = spawn(move || {
            let clone = one.clone();
            drop(one);
            clone
        });
        drop(two);
        let clone = cloner.join().unwrap();
        assert!(clone.is_open());
    });
}
