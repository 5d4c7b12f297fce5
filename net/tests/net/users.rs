//! Who the other end is, and whether it may be. Linux lets a single thread act as another user, if root runs the tests.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use bowline_net::{
    BindOptions, Bound, Credentials, DialError, DialOptions, Endpoint, Peer, Socket, bind, candidates,
};
use rustix::process::{Gid, Uid, getegid, geteuid};

use crate::abstract_names::name;
use crate::paths::place;
use crate::scratch::Scratch;
use crate::{accepted, bound, connect, finish};

const STRANGER: u32 = 65_534;

/// Runs this as another user, or not at all if we can't be one.
fn as_stranger<T: Send>(act: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let stranger = scope.spawn(|| {
            let (uid, gid) = (Uid::from_raw(STRANGER), Gid::from_raw(STRANGER));
            rustix::thread::set_thread_res_gid(gid, gid, gid).ok()?;
            rustix::thread::set_thread_res_uid(uid, uid, uid).ok()?;
            Some(act())
        });
        stranger.join().expect("a stranger is well-behaved")
    })
}

fn connect_with(endpoint: &Endpoint, options: &DialOptions) -> Result<(Socket, Peer), DialError> {
    finish(&candidates(endpoint, options)?.next().expect("there is at least one"))
}

/// A place that everybody may use.
fn public_place(scratch: &Scratch) -> Endpoint {
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o1777)).expect("it is ours");
    place(scratch).1
}

fn for_everybody() -> BindOptions {
    BindOptions::new().mode(0o666)
}

#[test]
fn both_ends_get_the_others_credentials() {
    let scratch = Scratch::new();
    let (_, endpoint) = place(&scratch);
    let server = bound(&endpoint);
    let (_client, peer) = connect(&endpoint).unwrap();
    let incoming = accepted(&server);
    let us = Credentials::new(geteuid().as_raw(), getegid().as_raw(), Some(std::process::id()));
    assert_eq!((peer.credentials(), incoming.peer.credentials()), (Some(&us), Some(&us)));
    assert_eq!(incoming.peer.user(), Some(geteuid().as_raw().into()));
    assert_eq!(server.verify(&incoming.peer), Ok(()));
}

#[test]
fn permissions_keep_a_stranger_out() {
    let scratch = Scratch::new();
    let endpoint = public_place(&scratch);
    let _server = bound(&endpoint);
    let Some(result) = as_stranger(|| connect_with(&endpoint, &DialOptions::new().same_user(false))) else {
        return;
    };
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
}

/// Whether a stranger whom permissions let through may come in.
fn admits_stranger(server: &Bound) -> Option<bool> {
    let ours = geteuid().as_raw();
    let client = as_stranger(|| connect_with(server.endpoint(), &DialOptions::new().allow_users([ours])))?;
    client.expect("it trusts us");
    let peer = accepted(server).peer;
    assert_eq!(peer.user(), Some(STRANGER.into()));
    match server.verify(&peer) {
        Ok(()) => Some(true),
        Err(unauthorized) => {
            assert_eq!(unauthorized.uid(), Some(STRANGER));
            Some(false)
        }
    }
}

#[test]
fn a_server_admits_whom_it_lists() {
    let scratch = Scratch::new();
    let endpoint = public_place(&scratch);
    for (options, admitted) in [
        (for_everybody(), false),
        (for_everybody().allow_users([STRANGER - 1]), false),
        (for_everybody().allow_users([STRANGER]), true),
        (for_everybody().same_user(false), true),
    ] {
        let server = bind(&endpoint, &options).unwrap();
        let Some(verdict) = admits_stranger(&server) else { return };
        assert_eq!(verdict, admitted, "{options:?}");
    }
}

#[test]
fn an_abstract_name_always_checks_its_clients() {
    let endpoint = Endpoint::abstract_name(name("clients")).unwrap();
    for (options, admitted) in [
        (BindOptions::new(), false),
        (BindOptions::new().same_user(false), false),
        (BindOptions::new().allow_users([STRANGER]), true),
    ] {
        let server = bind(&endpoint, &options).unwrap();
        let Some(verdict) = admits_stranger(&server) else { return };
        assert_eq!(verdict, admitted, "{options:?}");
    }
}

/// Whether a client takes this server of a stranger's for its own.
fn trusts(server: &Bound, options: &DialOptions) -> bool {
    match connect_with(server.endpoint(), options) {
        Ok((_, peer)) => {
            assert_eq!(peer.user(), Some(STRANGER.into()));
            true
        }
        Err(DialError::WrongOwner(unauthorized)) => {
            assert_eq!(unauthorized.uid(), Some(STRANGER));
            false
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_client_does_not_talk_to_an_impostor() {
    let scratch = Scratch::new();
    let endpoint = public_place(&scratch);
    let Some(impostor) = as_stranger(|| bind(&endpoint, &for_everybody().shared_directory(true))) else {
        return;
    };
    let impostor = impostor.unwrap();
    assert!(!trusts(&impostor, &DialOptions::new()));
    assert!(!trusts(&impostor, &DialOptions::new().allow_users([STRANGER - 1])));
    assert!(trusts(&impostor, &DialOptions::new().allow_users([STRANGER])));
    assert!(trusts(&impostor, &DialOptions::new().same_user(false)));
}

#[test]
fn a_squatter_on_an_abstract_name_is_never_trusted_unless_listed() {
    let endpoint = Endpoint::abstract_name(name("squatter")).unwrap();
    let Some(squatter) = as_stranger(|| bound(&endpoint)) else { return };
    for _ in 0..100 {
        assert!(!trusts(&squatter, &DialOptions::new()));
    }
    assert!(!trusts(&squatter, &DialOptions::new().same_user(false)));
    assert!(trusts(&squatter, &DialOptions::new().allow_users([STRANGER])));
}
