//! The servers that are attacked, with their limits, and what these let a peer cost.

use core::time::Duration;

use bowline_core::MESSAGE_OVERHEAD;
use bowline_runtime::{Admission, Config, Profile, ServerOptions};

/// The longest message: what the test vectors are written for.
pub(crate) const LIMIT: u32 = 1 << 20;
/// A queue's bytes, each way.
const QUEUE: u32 = 256 << 10;
/// Both of them where as much as possible is to be held.
pub(crate) const SMALL: u32 = 128 << 10;
/// The deadlines of those that are in a hurry.
pub(crate) const BRISK: Duration = Duration::from_millis(400);
/// More than a siege takes: what is measured is not this deadline.
const LONG: Duration = Duration::from_secs(600);
/// The sink lets go of a socket when its peer says goodbye; whatever that peer does next is still answered.
const LINGER: Duration = Duration::from_secs(30);

/// Which of the servers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// Takes every message in.
    Sink,
    /// Its program does not read for half of the siege.
    Stalled,
    /// Cuts everybody off who dawdles.
    Brisk,
    /// Its program accepts nobody.
    Squatted,
    /// Sends every message back.
    Hoarded,
    /// Sends each client a message longer than anything between them holds, and takes every message in.
    Talkative,
    /// Cuts everybody off who dawdles before the hello, and does not wait until they have heard why.
    Hasty,
    /// Knows no hello and no goodbye, and looks at how each stream ends.
    Observed,
}

impl Target {
    pub(crate) const ALL: [Self; 8] = [
        Self::Sink,
        Self::Stalled,
        Self::Brisk,
        Self::Squatted,
        Self::Hoarded,
        Self::Talkative,
        Self::Hasty,
        Self::Observed,
    ];

    /// The limits and deadlines of its connections.
    pub(crate) fn config(self) -> Config {
        let config = Config::new().heartbeat(None).handshake_timeout(LONG).progress_timeout(LONG);
        let config = config.close_timeout(LONG).linger(LINGER);
        let config = config.message_limit(LIMIT).queue_bytes(QUEUE as usize);
        match self {
            Self::Sink | Self::Stalled | Self::Talkative => config,
            Self::Brisk => config.handshake_timeout(BRISK).progress_timeout(BRISK),
            Self::Squatted => config.decision_timeout(BRISK),
            Self::Hasty => config.handshake_timeout(BRISK).linger(BRISK),
            Self::Observed => config.profile(Profile::Plain),
            Self::Hoarded => config.message_limit(SMALL).queue_bytes(SMALL as usize),
        }
    }

    /// Room for so many clients of one user, all of whom may be undecided at the same time unless they are squatters.
    pub(crate) fn options(self, connections: usize) -> ServerOptions {
        let room = connections + 64;
        let backlog = if self == Self::Squatted { backlog(connections) } else { room };
        let admission = Admission::new().max_clients(room).max_per_user(room).backlog(backlog);
        ServerOptions::new().admission(admission).config(self.config())
    }

    /// PROTOCOL.md, section 10, for one connection.
    pub(crate) fn formula(self) -> usize {
        match self {
            Self::Hoarded => formula(SMALL, SMALL, SMALL),
            _ => formula(LIMIT, QUEUE, 0),
        }
    }
}

/// How many may wait for an answer, of so many that try.
pub(crate) fn backlog(connections: usize) -> usize {
    (connections / 4).clamp(1, 64)
}

/// State, and control frames to be sent.
pub(crate) const FIXED: usize = 4096;
/// What a buffer may be ahead of what has come.
pub(crate) const SLACK: usize = 65_536;
/// What may have been read ahead.
const AHEAD: usize = 69_632;

/// What one connection may hold, with limits of its own and messages of its program of this length.
fn formula(limit: u32, queue: u32, message: u32) -> usize {
    let room = |longest: u32| (queue as usize).max(longest as usize + MESSAGE_OVERHEAD);
    room(limit) + SLACK + AHEAD + room(message) + FIXED
}
