//! The public face of `bowline-net` on real sockets: who can bind, who can connect, and what is left behind.

mod tcp;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod abstract_names;
#[cfg(unix)]
mod attacks;
#[cfg(target_os = "linux")]
mod backlog;
#[cfg(target_os = "linux")]
mod moments;
#[cfg(unix)]
mod names;
#[cfg(unix)]
mod paths;
#[cfg(unix)]
mod permissions;
#[cfg(unix)]
mod pids;
#[cfg(unix)]
mod races;
#[cfg(unix)]
mod scale;
#[cfg(unix)]
#[path = "../../src/scratch.rs"]
mod scratch;
#[cfg(target_os = "linux")]
mod users;

use core::time::Duration;
use std::io;
use std::thread;
use std::time::Instant;

use bowline_net::{
    Accepted, BindOptions, Bound, Candidate, DialError, DialOptions, Dialing, Endpoint, Peer, Socket, accept,
    bind, candidates,
};

/// What a server with the default options gets.
fn bound(endpoint: &Endpoint) -> Bound {
    bind(endpoint, &BindOptions::new()).expect("nothing is in the way")
}

/// Waits for the next client.
fn accepted(bound: &Bound) -> Accepted {
    eventually(|| match accept(bound) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
        outcome => Some(outcome.expect("the listener is sound")),
    })
}

/// The first address of a server, with the default options.
fn candidate(endpoint: &Endpoint) -> Result<Candidate, DialError> {
    Ok(candidates(endpoint, &DialOptions::new())?.next().expect("there is at least one"))
}

/// Connects as far as the kernel does it, without anybody accepting.
fn connect(endpoint: &Endpoint) -> Result<(Socket, Peer), DialError> {
    finish(&candidate(endpoint)?)
}

fn finish(candidate: &Candidate) -> Result<(Socket, Peer), DialError> {
    let socket = match candidate.dial()? {
        Dialing::Connected(socket) | Dialing::InProgress(socket) => socket,
        other => panic!("{other:?}"),
    };
    let peer = eventually(|| candidate.finish(&socket).transpose())?;
    Ok((socket, peer))
}

/// Asks again and again; the operating system does the rest by itself.
fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "nothing happened");
        thread::yield_now();
    }
}

/// Sends a byte each way, which shows that these two really are each other's ends.
fn exchange(one: &Socket, other: &Socket) {
    for (from, to) in [(one, other), (other, one)] {
        assert_eq!(from.send(b"!").expect("there is room for a byte"), 1);
        let mut byte = [core::mem::MaybeUninit::uninit()];
        assert_eq!(eventually(|| to.recv(&mut byte).ok()), 1);
    }
}

/// What every socket that the library hands out has to be.
#[cfg(unix)]
fn assert_private_and_nonblocking(socket: &Socket) {
    use rustix::io::FdFlags;
    assert!(socket.nonblocking().expect("it is open"));
    assert!(rustix::io::fcntl_getfd(socket).expect("it is open").contains(FdFlags::CLOEXEC));
}
