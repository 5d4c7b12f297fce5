//! What a child process is told to do.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One child's whole task, handed over as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) contender: String,
    pub(crate) side: Side,
    pub(crate) workload: Workload,
    /// Where to listen, or where to connect.
    pub(crate) address: Address,
    /// The processor that the whole process stays on.
    pub(crate) core: Option<usize>,
    pub(crate) length: Length,
    /// The server's process, for its client.
    pub(crate) peer: Option<u32>,
    /// The processes' priority, as `nice` has it.
    pub(crate) nice: i32,
    /// Whether allocations are counted, which costs a little each.
    pub(crate) count_allocations: bool,
}

/// Which of the two processes it is. The client measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Side {
    Server,
    Client,
}

/// What the two processes do with each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Workload {
    /// W1: one message there and back, over and over.
    PingPong { size: usize },
    /// W2: one way, without pause.
    Stream { size: usize, mode: Mode },
    /// W3: so many clients ask at the same time, each again when it was answered.
    Crowd { clients: usize },
    /// W4: so many clients are connected and do nothing.
    Idle { clients: usize },
    /// W5: one message, answered by a short one.
    Large { size: usize },
    /// W6: a round trip, before each of which a read is given up.
    CancelledReads,
    /// W6: a round trip, before each of which a write of 4 MiB is given up half-way.
    AbortedWrites,
    /// W6: connect, one round trip, close.
    Farewell,
    /// Growth: round trips on one connection after the other, of so many.
    Rotation { connections: usize },
    /// Growth: round trips while so many reads are queued.
    QueuedReads { reads: usize },
}

/// How messages that stream are handed to the library.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Mode {
    /// Each is with the operating system before the next is begun.
    Awaited,
    /// Each is handed over by a call of its own, and nobody waits for it.
    Posted,
    /// Many are handed over together, by whatever the library has for that.
    Batched,
    /// The same, and the receiver looks at them where they are instead of owning each.
    Lent,
}

/// Where a server is to be found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Address {
    Unix(PathBuf),
    Tcp(SocketAddr),
    /// What only the contender itself can make sense of.
    Token(String),
}

/// When a measurement is over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Length {
    Time(Duration),
    /// After so many messages, without any warm-up: for those who count what a message costs.
    Messages(u64),
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::PingPong { size } => write!(f, "W1 ping-pong {}", Bytes(size)),
            Self::Stream { size, mode } => write!(f, "W2 streaming {}, {mode}", Bytes(size)),
            Self::Crowd { clients } => write!(f, "W3 {clients} clients"),
            Self::Idle { clients } => write!(f, "W4 {clients} idle connections"),
            Self::Large { size } => write!(f, "W5 one message of {}", Bytes(size)),
            Self::CancelledReads => f.write_str("W6 round trip with a cancelled read"),
            Self::AbortedWrites => f.write_str("W6 round trip with an aborted write of 4 MiB"),
            Self::Farewell => f.write_str("W6 connect, round trip, close"),
            Self::Rotation { connections } => write!(f, "growth: {connections} connections in turn"),
            Self::QueuedReads { reads } => write!(f, "growth: {reads} queued reads"),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Awaited => "each awaited",
            Self::Posted => "nobody waits",
            Self::Batched => "batched",
            Self::Lent => "batched and lent",
        })
    }
}

/// A number of bytes, for people.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        match units.into_iter().find(|(shift, _)| self.0 >= 1 << shift) {
            Some((shift, unit)) => write!(f, "{} {unit}", self.0 >> shift),
            None => write!(f, "{} B", self.0),
        }
    }
}
