//! Writing to a peer that resets, in a process that a SIGPIPE would kill.

#![allow(unsafe_code, reason = "a signal's action can't be changed without")]

use bowline_runtime::{Bytes, Config, Endpoint, ReadError, Socket, WriteError};
use clap::Args;
use nix::sys::signal::{SigHandler, Signal, signal};

use crate::host::Host;
use crate::process::print;

#[derive(Args)]
pub(crate) struct Reset {
    endpoint: Endpoint,
    /// How many times.
    rounds: usize,
}

impl Reset {
    pub(crate) fn run(self, host: &Host) {
        // SAFETY: the default action needs no handler of ours.
        unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }.expect("it can be changed");
        for _ in 0..self.rounds {
            let connect = host.connect(&self.endpoint, Config::new().queue_messages(4 * WRITES));
            let socket = connect.wait().expect("the server lets everybody in");
            let written = write(&socket);
            print("sent", written.sent);
            print("unknown", written.unknown);
            print("inbound", read_all(&socket));
        }
        print("survived", self.rounds);
    }
}

/// How many messages are queued at a time.
const WRITES: usize = 64;

#[derive(Default)]
struct Written {
    sent: usize,
    /// The connection broke with bytes of these on their way.
    unknown: usize,
    not_sent: usize,
}

/// Writes numbered messages until one can't be sent.
fn write(socket: &Socket) -> Written {
    let (mut written, mut numbers) = (Written::default(), 0_u64..);
    while written.unknown + written.not_sent == 0 {
        let writes: Vec<_> =
            numbers.by_ref().take(WRITES).map(|number| socket.write(message(number))).collect();
        writes.into_iter().for_each(|write| written.count(write.wait()));
    }
    written
}

impl Written {
    /// They are sent in order, so that the one that breaks is followed by such as were never begun.
    fn count(&mut self, result: Result<u64, WriteError>) {
        match result {
            Ok(_) => {
                assert_eq!(self.unknown + self.not_sent, 0, "one was sent after one that was not");
                self.sent += 1;
            }
            Err(WriteError::Unknown { .. }) => self.unknown += 1,
            Err(WriteError::NotSent { .. }) => self.not_sent += 1,
            Err(other) => panic!("{other}"),
        }
    }
}

/// Its number, and some more of it.
fn message(number: u64) -> Bytes {
    number.to_le_bytes().repeat(100).into()
}

/// How many messages can still be read.
fn read_all(socket: &Socket) -> usize {
    let mut count = 0;
    loop {
        match socket.read().wait() {
            Ok(_) => count += 1,
            Err(ReadError::Closed(_)) => return count,
            Err(other) => panic!("{other}"),
        }
    }
}
