//! What several behaviours need.

use core::time::Duration;
use std::env;
use std::sync::mpsc;
use std::thread;

use bowline_runtime::{Endpoint, Profile, Socket};
use bowline_tests::{Directory, Transport, World, unique_name};

use crate::Make;

/// Where a test runs.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The adapter's name in a victim's command line.
    pub(crate) adapter: &'static str,
    pub(crate) make: Make,
    pub(crate) transport: Transport,
}

impl Place {
    /// The same place in this process.
    pub(crate) fn world(self) -> World {
        World::new(self.make, self.transport, Profile::Full)
    }

    /// The transport's name in a victim's command line.
    pub(crate) const fn transport(self) -> &'static str {
        match self.transport {
            Transport::Tcp => "tcp",
            _ => "unix",
        }
    }

    /// An endpoint that nobody uses.
    pub(crate) fn endpoint(self, directory: &Directory) -> Endpoint {
        let endpoint = match self.transport {
            Transport::Tcp => Endpoint::tcp("127.0.0.1", 0),
            _ => Endpoint::unix(directory.path().join(unique_name())),
        };
        endpoint.unwrap()
    }
}

/// Runs a test under a watchdog that has the patience which its size needs.
pub(crate) fn test(name: &str, place: Place, behaviour: fn(Place)) {
    let (done, finished) = mpsc::channel::<()>();
    let body = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _done = done;
        behaviour(place);
    });
    let patience = if is_long() { Duration::from_secs(1800) } else { Duration::from_secs(180) };
    match finished.recv_timeout(patience) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name} hangs"),
        _ => body.unwrap().join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)),
    }
}

/// How often, or how many: the second number where somebody has asked for the long run.
pub(crate) fn quick_or_long(quick: usize, long: usize) -> usize {
    if is_long() { long } else { quick }
}

fn is_long() -> bool {
    env::var_os("BOWLINE_LONG").is_some_and(|value| value != "0")
}

/// Sends a message one way and the other way: both directions work.
#[track_caller]
pub(crate) fn exchange(one: &Socket, other: &Socket) {
    for (from, to) in [(one, other), (other, one)] {
        let read = to.read();
        from.write("still here").wait().expect("the connection is open");
        assert_eq!(read.wait().expect("the connection is open"), "still here");
    }
}
