//! What one connection may cost and how long it may take.

use core::time::Duration;

use crate::time::Span;

/// The hard ceiling of a message's length: 2³¹ − 1 bytes, so that a length fits a signed 32-bit number anywhere.
pub const MAX_MESSAGE: u32 = 0x7FFF_FFFF;

/// Which wire format a connection speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Profile {
    /// The whole protocol: handshake, abort, refusal, heartbeat, lossless close.
    #[default]
    Full,
    /// A 32-bit little-endian length in front of each message and nothing else.
    ///
    /// It can't abort a message whose first byte has left, refuse politely, or confirm anything when it closes.
    Plain,
}

/// When silence means that the peer is lost.
///
/// The patience, interval times misses, should be well above 150 ms: so long a task that is held without being polled may
/// delay the answer to a ping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heartbeat {
    /// After so long a silence the peer is asked for a sign of life; zero switches the heartbeat off.
    pub interval: Duration,
    /// So many intervals without a single byte end the connection.
    pub misses: u32,
}

impl Heartbeat {
    /// Every 30 s, lost after three: the default on TCP.
    pub const TCP: Self = Self { interval: Duration::from_secs(30), misses: 3 };

    pub(crate) fn patience(self) -> Duration {
        self.interval.saturating_mul(self.misses.max(1))
    }

    pub(crate) fn milliseconds(self) -> u32 {
        u32::try_from(self.interval.as_millis()).unwrap_or(u32::MAX)
    }
}

/// The limits and deadlines of one connection. The order of the setters does not matter.
///
/// ```
/// use bowline_core::Config;
/// use core::time::Duration;
///
/// let config = Config::new().message_limit(64 << 20).progress_timeout(Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    pub(crate) profile: Profile,
    pub(crate) message_limit: u32,
    pub(crate) chunk_size: u32,
    pub(crate) queue_messages: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) handshake_timeout: Span,
    pub(crate) decision_timeout: Span,
    pub(crate) progress_timeout: Span,
    pub(crate) close_timeout: Span,
    pub(crate) linger: Span,
    /// `None` as long as nobody said anything.
    pub(crate) heartbeat: Option<Option<Heartbeat>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Profile::Full,
            message_limit: 16 << 20,
            chunk_size: 64 << 10,
            queue_messages: 1024,
            queue_bytes: 4 << 20,
            handshake_timeout: Span::seconds(10),
            decision_timeout: Span::seconds(10),
            progress_timeout: Span::seconds(30),
            close_timeout: Span::seconds(5),
            linger: Span::seconds(1),
            heartbeat: None,
        }
    }
}

impl Config {
    /// The defaults: messages up to 16 MiB, queues of 1,024 messages or 4 MiB each way, handshake and decision 10 s,
    /// progress 30 s, close 5 s, linger 1 s, no heartbeat.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The wire format.
    #[must_use]
    pub const fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The longest message that this side takes, in bytes; at most [`MAX_MESSAGE`].
    #[must_use]
    pub const fn message_limit(mut self, bytes: u32) -> Self {
        self.message_limit = if bytes > MAX_MESSAGE { MAX_MESSAGE } else { bytes };
        self
    }

    /// Messages over this many bytes are announced and sent in chunks of this size; from 1 byte to 1 MiB.
    ///
    /// An abort, a ping or a goodbye waits for one chunk at most.
    #[must_use]
    pub const fn chunk_size(mut self, bytes: u32) -> Self {
        self.chunk_size = if bytes == 0 {
            1
        } else if bytes > 1 << 20 {
            1 << 20
        } else {
            bytes
        };
        self
    }

    /// How many messages either queue holds; at least one always fits.
    #[must_use]
    pub const fn queue_messages(mut self, messages: usize) -> Self {
        self.queue_messages = if messages == 0 { 1 } else { messages };
        self
    }

    /// How many bytes either queue holds, each message charged its payload plus [`MESSAGE_OVERHEAD`](crate::MESSAGE_OVERHEAD);
    /// one message always fits.
    #[must_use]
    pub const fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// How long the peer may take to say hello or welcome.
    #[must_use]
    pub const fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = Span::of(timeout);
        self
    }

    /// How long a server's program may take to accept or refuse a client.
    #[must_use]
    pub const fn decision_timeout(mut self, timeout: Duration) -> Self {
        self.decision_timeout = Span::of(timeout);
        self
    }

    /// How long the peer may be silent inside a frame or an announced message.
    #[must_use]
    pub const fn progress_timeout(mut self, timeout: Duration) -> Self {
        self.progress_timeout = Span::of(timeout);
        self
    }

    /// How long the peer may take to finish a close that it began.
    #[must_use]
    pub const fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = Span::of(timeout);
        self
    }

    /// How long the connection goes on without its owner, to say goodbye or to let a refusal arrive.
    #[must_use]
    pub const fn linger(mut self, linger: Duration) -> Self {
        self.linger = Span::of(linger);
        self
    }

    /// When silence means that the peer is lost; `None` switches the heartbeat off.
    #[must_use]
    pub const fn heartbeat(mut self, heartbeat: Option<Heartbeat>) -> Self {
        self.heartbeat = Some(heartbeat);
        self
    }

    /// The heartbeat for a transport that needs one, unless [`heartbeat`](Self::heartbeat) was called.
    #[must_use]
    pub const fn default_heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        if self.heartbeat.is_none() {
            self.heartbeat = Some(Some(heartbeat));
        }
        self
    }

    pub(crate) fn beats(&self) -> Option<Heartbeat> {
        self.heartbeat.flatten().filter(|heartbeat| !self.is_plain() && !heartbeat.interval.is_zero())
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.profile == Profile::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Mutants: a length beyond the ceiling stays; a chunk has no byte, or more than 1 MiB.
    #[test]
    fn lengths_stay_within_what_is_legal() {
        let limit = |bytes| Config::new().message_limit(bytes).message_limit;
        let chunk = |bytes| Config::new().chunk_size(bytes).chunk_size;
        let (most, largest) = (MAX_MESSAGE, 1 << 20);
        assert_eq!([0, most - 1, most, most + 1, u32::MAX].map(limit), [0, most - 1, most, most, most]);
        assert_eq!([0, 1, largest, largest + 1, u32::MAX].map(chunk), [1, 1, largest, largest, largest]);
    }
}
