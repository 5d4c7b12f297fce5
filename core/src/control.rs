//! Control frames: those that came, and those that wait to leave.

use crate::frame::{Header, Kind};
use crate::hello::Hello;
use crate::storage::Storage;
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

/// The control frames that wait to leave: at most one of each, whatever the peer sends. A refusal is kept
/// [by itself](Staged::refuse).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    /// A bit for each that waits: most of the time one look says that there is none.
    due: u8,
    hello: Hello,
    token: [u8; 8],
    /// How many messages were taken in, as it is sent.
    taken_in: [u8; 8],
}

const HELLO: u8 = 1;
const WELCOME: u8 = 1 << 1;
const ABORT: u8 = 1 << 2;
const PONG: u8 = 1 << 3;
const PING: u8 = 1 << 4;
const GOODBYE_ACK: u8 = 1 << 5;
const GOODBYE: u8 = 1 << 6;

impl Pending {
    pub(crate) const fn new() -> Self {
        Self { due: 0, hello: Hello { limit: 0, heartbeat: 0 }, token: [0; 8], taken_in: [0; 8] }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.due == 0
    }

    pub(crate) const fn say_hello(&mut self, hello: Hello) {
        (self.due, self.hello) = (self.due | HELLO, hello);
    }

    pub(crate) const fn welcome(&mut self, hello: Hello) {
        (self.due, self.hello) = (self.due | WELCOME, hello);
    }

    pub(crate) const fn abort(&mut self) {
        self.due |= ABORT;
    }

    pub(crate) const fn has_abort(&self) -> bool {
        self.due & ABORT != 0
    }

    pub(crate) const fn ping(&mut self) {
        self.due |= PING;
    }

    /// Answers a ping; the last one, if there were several.
    pub(crate) const fn pong(&mut self, token: [u8; 8]) {
        (self.due, self.token) = (self.due | PONG, token);
    }

    /// A sign of life that nobody has asked for, unless there is one anyway.
    pub(crate) const fn give_sign(&mut self) {
        if self.due & PONG == 0 {
            self.pong([0; 8]);
        }
    }

    pub(crate) const fn acknowledge_goodbye(&mut self, taken_in: u64) {
        (self.due, self.taken_in) = (self.due | GOODBYE_ACK, taken_in.to_le_bytes());
    }

    /// Less was taken in than an answer says that has not left yet.
    pub(crate) const fn correct(&mut self, taken_in: u64) {
        self.taken_in = taken_in.to_le_bytes();
    }

    pub(crate) const fn say_goodbye(&mut self) {
        self.due |= GOODBYE;
    }

    pub(crate) const fn has_goodbye(&self) -> bool {
        self.due & GOODBYE != 0
    }

    pub(crate) const fn take_back_goodbye(&mut self) {
        self.due &= !GOODBYE;
    }

    /// Encodes what waits, in the order in which the peer may see it, as far as there is room: none is longer than one
    /// before it but the first, so that none overtakes another. Nothing is sent behind a goodbye, so that it says how many
    /// messages were `sent` by now.
    pub(crate) fn stage<S: Storage>(&mut self, staged: &mut Staged<S>, sent: u64) {
        let (hello, sent) = (self.hello.encode(), sent.to_le_bytes());
        let frames: [(u8, Kind, &[u8]); 7] = [
            (HELLO, Kind::Hello, &hello),
            (WELCOME, Kind::Welcome, &hello),
            (ABORT, Kind::Abort, &[]),
            (PONG, Kind::Pong, &self.token),
            (PING, Kind::Ping, &[0; 8]),
            (GOODBYE_ACK, Kind::GoodbyeAck, &self.taken_in),
            (GOODBYE, Kind::Goodbye, &sent),
        ];
        for (bit, kind, payload) in frames {
            if self.due & bit != 0 && staged.frames.push(kind, payload) {
                self.due &= !bit;
            }
        }
    }
}

/// Room for a greeting and one more, or for two or three of the others: 20 + 12 bytes.
const STAGED: usize = 32;
/// A refusal with the longest reason.
const REFUSAL: usize = 4 + 2 + Text::CAPACITY;

/// Encoded control frames on their way out.
pub(crate) struct Staged<S: Storage> {
    frames: Frames<STAGED>,
    /// The last frame of all, and the only long one; behind the others.
    refusal: Option<S::Rare<Frames<REFUSAL>>>,
}

impl<S: Storage> Staged<S> {
    pub(crate) const fn new() -> Self {
        Self { frames: Frames::new(), refusal: None }
    }

    /// The next bytes, if there are any.
    pub(crate) fn rest(&self) -> &[u8] {
        match &self.refusal {
            Some(refusal) if self.frames.is_empty() => refusal.rest(),
            _ => self.frames.rest(),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.refusal.is_none()
    }

    /// Counts up to `count` of the next bytes as gone and says how many those were.
    pub(crate) fn advance(&mut self, count: usize) -> usize {
        match &mut self.refusal {
            Some(refusal) if self.frames.is_empty() => {
                let gone = refusal.advance(count);
                self.refusal.take_if(|refusal| refusal.is_empty());
                gone
            }
            _ => self.frames.advance(count),
        }
    }

    /// A refusal follows what is staged already.
    pub(crate) fn refuse(&mut self, refusal: Refusal, reason: Text) {
        let mut payload = [0; 2 + Text::CAPACITY];
        let text = reason.as_str().as_bytes();
        payload[..2].copy_from_slice(&refusal.code().to_le_bytes());
        payload[2..2 + text.len()].copy_from_slice(text);
        let mut frame = Frames::new();
        frame.push(Kind::Refuse, &payload[..2 + text.len()]);
        self.refusal = Some(frame.into());
    }
}

/// A few encoded frames, of which some bytes may be gone.
struct Frames<const ROOM: usize> {
    bytes: [u8; ROOM],
    end: u8,
    sent: u8,
}

impl<const ROOM: usize> Frames<ROOM> {
    const fn new() -> Self {
        Self { bytes: [0; ROOM], end: 0, sent: 0 }
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[usize::from(self.sent)..usize::from(self.end)]
    }

    const fn is_empty(&self) -> bool {
        self.sent == self.end
    }

    fn advance(&mut self, count: usize) -> usize {
        let left = self.end - self.sent;
        let count = u8::try_from(count).map_or(left, |count| count.min(left));
        self.sent += count;
        if self.is_empty() {
            (self.sent, self.end) = (0, 0);
        }
        usize::from(count)
    }

    /// Adds a frame if there is room for it; whether there was.
    fn push(&mut self, kind: Kind, payload: &[u8]) -> bool {
        let (start, length) = (usize::from(self.end), u8::try_from(payload.len()).unwrap_or(u8::MAX));
        let Some(room) = self.bytes.get_mut(start..start + 4 + payload.len()) else { return false };
        room[..4].copy_from_slice(&Header::new(kind, u32::from(length)).encode());
        room[4..].copy_from_slice(payload);
        self.end += 4 + length;
        true
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::Heap;
    use alloc::vec::Vec;

    /// Mutant: what finds no room is forgotten.
    #[test]
    fn one_of_each_leaves_in_order() {
        let mut pending = Pending::new();
        pending.say_goodbye();
        pending.acknowledge_goodbye(1);
        pending.ping();
        pending.pong([7; 8]);
        pending.abort();
        pending.welcome(Hello { limit: 1, heartbeat: 0 });
        let (mut staged, mut kinds) = (Staged::<Heap>::new(), Vec::new());
        while !pending.is_empty() {
            pending.stage(&mut staged, 2);
            while let Some((word, _)) = staged.rest().split_first_chunk() {
                let header = Header::decode(*word).unwrap();
                kinds.push(header.kind());
                staged.advance(4 + usize::try_from(header.length()).unwrap());
            }
        }
        let in_order = [Kind::Welcome, Kind::Abort, Kind::Pong, Kind::Ping, Kind::GoodbyeAck, Kind::Goodbye];
        assert_eq!(kinds, in_order);
    }

    /// Mutant: a refusal does not wait for what has begun.
    #[test]
    fn the_longest_refusal_fits_behind_what_has_begun() {
        let mut staged = Staged::<Heap>::new();
        let mut pending = Pending::new();
        pending.ping();
        pending.stage(&mut staged, 0);
        assert_eq!(staged.advance(5), 5);
        staged.refuse(Refusal::Declined, Text::new(&"x".repeat(62)));
        assert_eq!((staged.rest().len(), staged.advance(100)), (7, 7));
        assert_eq!((staged.rest().len(), staged.advance(100)), (68, 68));
        assert!(staged.is_empty());
    }
}
