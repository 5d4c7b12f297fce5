//! What the children of kills and stops do.

use bowline_runtime::{Closed, Config, Socket};

use super::{Place, Stamp};
use crate::watchdog::PATIENCE;

/// Writes numbered messages: so many, and then it closes in order; or, if `count` is 0, until it ends.
///
/// # Panics
/// When its arguments are not right, or the close is not clean.
pub fn write(adapter: &str, endpoint: &str, count: u32, seed: u64) {
    let adapter = (Place::named(adapter).expect("an adapter").make)();
    let connect = adapter.connect(&endpoint.parse().expect("an endpoint"), Config::new());
    let socket = connect.wait().expect("the parent serves");
    let mut choices = fastrand::Rng::with_seed(seed);
    let mut previous = None;
    let last = if count == 0 { u32::MAX } else { count };
    for number in 0..last {
        let stamp = Stamp { stream: 0, number, attempt: 0 };
        // Two at a time, so that there is always one to send.
        let next = socket.write(stamp.message(length(&mut choices)));
        if previous.replace(next).is_some_and(|write| write.wait().is_err()) {
            return;
        }
    }
    assert!(previous.is_some_and(|write| write.wait().is_ok()), "the parent reads");
    assert_eq!(socket.close(PATIENCE).wait(), Ok(Closed::Clean));
}

/// Reads numbered messages and says after each how many it has, or that one was wrong; until the connection ends.
///
/// # Panics
/// When its arguments are not right.
pub fn read(adapter: &str, endpoint: &str) {
    let adapter = (Place::named(adapter).expect("an adapter").make)();
    let connect = adapter.connect(&endpoint.parse().expect("an endpoint"), Config::new());
    let socket = connect.wait().expect("the parent serves");
    let mut count = 0_u32;
    while let Ok(message) = socket.read().wait() {
        if Stamp::of(&message).is_none_or(|stamp| stamp.number != count) {
            return say(&socket, b"not the message that was due");
        }
        count += 1;
        say(&socket, &u64::from(count).to_le_bytes());
    }
}

fn say(socket: &Socket, words: &[u8]) {
    let _gone = socket.write(words.to_vec()).wait();
}

/// From a few bytes to several chunks.
pub(super) fn length(choices: &mut fastrand::Rng) -> usize {
    let most = [40, 1000, 70_000, 400_000][choices.usize(..4)];
    choices.usize(..most)
}
