//! Control frames: those that came, and those that wait to leave.

use crate::frame::{Header, Kind};
use crate::hello::Hello;
use crate::{Refusal, Text, Violation};

/// The longest payload of a control frame that is looked at.
pub(crate) const MAX_CONTROL: usize = 64;

/// A control frame that came in whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Control {
    Hello(Hello),
    Welcome(Hello),
    Refuse(Refusal, Text),
    Ping([u8; 8]),
    Pong,
    Goodbye(u64),
    GoodbyeAck(u64),
}

impl Control {
    pub(crate) fn decode(kind: Kind, payload: &[u8]) -> Result<Self, Violation> {
        let eight = || payload.first_chunk::<8>().copied().ok_or(Violation::BadLength);
        Ok(match kind {
            Kind::Hello => Self::Hello(Hello::decode(payload)?),
            Kind::Welcome => Self::Welcome(Hello::decode(payload)?),
            Kind::Refuse => {
                let (code, reason) = payload.split_first_chunk::<2>().ok_or(Violation::BadLength)?;
                Self::Refuse(Refusal::from_code(u16::from_le_bytes(*code)), Text::from_wire(reason))
            }
            Kind::Ping => Self::Ping(eight()?),
            Kind::Pong => Self::Pong,
            Kind::Goodbye => Self::Goodbye(u64::from_le_bytes(eight()?)),
            Kind::GoodbyeAck => Self::GoodbyeAck(u64::from_le_bytes(eight()?)),
            _ => return Err(Violation::Unexpected),
        })
    }
}

/// The control frames that wait to leave: at most one of each, whatever the peer sends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pending {
    pub(crate) greeting: Option<(Kind, Hello)>,
    pub(crate) abort: bool,
    pub(crate) ping: bool,
    pub(crate) pong: Option<[u8; 8]>,
    pub(crate) goodbye_ack: Option<u64>,
    pub(crate) goodbye: Option<u64>,
    pub(crate) refuse: Option<(Refusal, Text)>,
}

impl Pending {
    pub(crate) const fn is_empty(&self) -> bool {
        self.greeting.is_none()
            && !self.abort
            && !self.ping
            && self.pong.is_none()
            && self.goodbye_ack.is_none()
            && self.goodbye.is_none()
            && self.refuse.is_none()
    }

    /// Encodes everything that waits, in the order in which the peer may see it.
    pub(crate) fn stage(&mut self, staged: &mut Staged) {
        let pending = core::mem::take(self);
        if let Some((kind, hello)) = pending.greeting {
            staged.push(kind, &hello.encode());
        }
        if pending.abort {
            staged.push(Kind::Abort, &[]);
        }
        if let Some(token) = pending.pong {
            staged.push(Kind::Pong, &token);
        }
        if pending.ping {
            staged.push(Kind::Ping, &[0; 8]);
        }
        if let Some(count) = pending.goodbye_ack {
            staged.push(Kind::GoodbyeAck, &count.to_le_bytes());
        }
        if let Some(count) = pending.goodbye {
            staged.push(Kind::Goodbye, &count.to_le_bytes());
        }
        if let Some((refusal, reason)) = pending.refuse {
            let mut payload = [0; 2 + Text::CAPACITY];
            let text = reason.as_str().as_bytes();
            payload[..2].copy_from_slice(&refusal.code().to_le_bytes());
            payload[2..2 + text.len()].copy_from_slice(text);
            staged.push(Kind::Refuse, &payload[..2 + text.len()]);
        }
    }
}

/// One of each control frame: 20 + 4 + 12 × 4 + 68 bytes.
const STAGED: usize = 144;

/// Encoded control frames on their way out.
#[derive(Clone, Debug)]
pub(crate) struct Staged {
    bytes: [u8; STAGED],
    end: usize,
    sent: usize,
}

impl Staged {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; STAGED], end: 0, sent: 0 }
    }

    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.sent..self.end]
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.sent == self.end
    }

    /// Counts up to `count` bytes as gone and says how many those were.
    pub(crate) fn advance(&mut self, count: usize) -> usize {
        let count = count.min(self.end - self.sent);
        self.sent += count;
        if self.is_empty() {
            (self.sent, self.end) = (0, 0);
        }
        count
    }

    fn push(&mut self, kind: Kind, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap_or(0);
        let end = self.end + 4 + payload.len();
        if let Some(room) = self.bytes.get_mut(self.end..end) {
            room[..4].copy_from_slice(&Header::new(kind, length).encode());
            room[4..].copy_from_slice(payload);
            self.end = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_fits() {
        let hello = Hello { limit: 1, heartbeat: 0 };
        let mut pending = Pending {
            greeting: Some((Kind::Hello, hello)),
            abort: true,
            ping: true,
            pong: Some([7; 8]),
            goodbye_ack: Some(1),
            goodbye: Some(2),
            refuse: Some((Refusal::Declined, Text::new(&"x".repeat(62)))),
        };
        let mut staged = Staged::new();
        pending.stage(&mut staged);
        assert!(pending.is_empty());
        assert_eq!(staged.rest().len(), 20 + 4 + 12 * 4 + 68);
    }
}
