//! A second reader of the protocol, written from PROTOCOL.md alone: nothing here calls or copies the core.

use super::wire::{ABORT, BEGIN, CHUNK, GOODBYE, GOODBYE_ACK, HELLO, MESSAGE, PING, PONG, REFUSE, WELCOME};

pub(crate) const BAD_MAGIC: u16 = 0x0101;
pub(crate) const BAD_VERSION: u16 = 0x0102;
pub(crate) const UNKNOWN_KIND: u16 = 0x0103;
pub(crate) const TOO_LONG: u16 = 0x0104;
pub(crate) const BAD_LENGTH: u16 = 0x0105;
pub(crate) const UNEXPECTED: u16 = 0x0106;
pub(crate) const CHUNK_OVERFLOW: u16 = 0x0107;
pub(crate) const COUNT_MISMATCH: u16 = 0x0108;
pub(crate) const TOO_MANY_ABORTS: u16 = 0x0109;

/// Where the sender of a direction is: section 4. Waiting is silence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Before the frame of this kind, hello or welcome.
    Opening(u8),
    Silence,
    Idle,
    Announced {
        total: usize,
        have: Vec<u8>,
    },
    Goodbye,
}

/// How a direction stopped before its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    Refused(u16, String),
    Broken(u16),
}

/// What one direction said, read at once.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) place: Place,
    /// The state after a hello: the program may answer at once or not at all.
    pub(crate) after_hello: Place,
    /// The reader's message limit.
    pub(crate) limit: u32,
    /// How many messages the reader has sent, once it has said goodbye and not heard the answer.
    pub(crate) owed: Option<u64>,
    /// What a goodbye makes of that: the reader then says its own.
    pub(crate) answer: Option<u64>,
    credit: u32,
    pub(crate) arrived: u64,
    /// The peer's limit and heartbeat.
    pub(crate) greeting: Option<(u32, u32)>,
    pub(crate) messages: Vec<Vec<u8>>,
    pub(crate) aborted: usize,
    /// Control frames except greetings, begin and abort.
    pub(crate) controls: Vec<(u8, Vec<u8>)>,
    pub(crate) mid_frame: bool,
    pub(crate) stop: Option<Stop>,
}

impl Reader {
    pub(crate) fn new(place: Place, limit: u32) -> Self {
        Self {
            place,
            after_hello: Place::Idle,
            limit,
            owed: None,
            answer: None,
            credit: 256,
            arrived: 0,
            greeting: None,
            messages: Vec::new(),
            aborted: 0,
            controls: Vec::new(),
            mid_frame: false,
            stop: None,
        }
    }

    pub(crate) fn read(mut self, mut bytes: &[u8]) -> Self {
        while let Some((&[low, middle, high, kind], rest)) = bytes.split_first_chunk() {
            let length = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
            self.mid_frame = length > rest.len();
            let payload = &rest[..length.min(rest.len())];
            let step = self.check(kind, length).and_then(|()| match self.mid_frame {
                true => Ok(()),
                false => self.act(kind, payload),
            });
            if let Err(stop) = step {
                self.stop = Some(stop);
                return self;
            }
            bytes = &rest[payload.len()..];
            if self.mid_frame {
                return self;
            }
        }
        self.mid_frame = !bytes.is_empty();
        self
    }

    /// The order of checks, section 4.
    fn check(&self, kind: u8, length: usize) -> Result<(), Stop> {
        if (0x0B..=0x7F).contains(&kind) {
            return Err(Stop::Broken(UNKNOWN_KIND));
        }
        let admitted = match (&self.place, kind) {
            (_, REFUSE) => true,
            (Place::Opening(first), _) => kind == *first,
            (Place::Silence, _) | (_, HELLO | WELCOME) => false,
            (Place::Idle, MESSAGE | BEGIN | GOODBYE) | (Place::Announced { .. }, CHUNK | ABORT) => true,
            (_, MESSAGE | BEGIN | CHUNK | ABORT | GOODBYE) => false,
            (_, GOODBYE_ACK) => self.owed.is_some(),
            _ => true,
        };
        if !admitted {
            return Err(Stop::Broken(UNEXPECTED));
        }
        let shape = match kind {
            HELLO | WELCOME => 16..=64,
            REFUSE => 2..=64,
            BEGIN => 4..=4,
            CHUNK => 1..=usize::MAX,
            ABORT => 0..=0,
            PING | PONG | GOODBYE | GOODBYE_ACK => 8..=8,
            _ => 0..=usize::MAX,
        };
        let (most, code) = match &self.place {
            Place::Announced { total, have } if kind == CHUNK => (total - have.len(), CHUNK_OVERFLOW),
            _ if kind == MESSAGE => (usize::try_from(self.limit).unwrap_or(usize::MAX), TOO_LONG),
            _ => (65_536, TOO_LONG),
        };
        match () {
            () if !shape.contains(&length) => Err(Stop::Broken(BAD_LENGTH)),
            () if length > most => Err(Stop::Broken(code)),
            () => Ok(()),
        }
    }

    /// A frame has come whole.
    fn act(&mut self, kind: u8, payload: &[u8]) -> Result<(), Stop> {
        match kind {
            HELLO | WELCOME => self.greet(kind, payload)?,
            REFUSE => {
                let (text, code) = (&payload[2..], u16::from_le_bytes([payload[0], payload[1]]));
                let valid = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
                return Err(Stop::Refused(code, valid.to_owned()));
            }
            MESSAGE => self.complete(payload.to_vec()),
            BEGIN => match number(payload) {
                0 => return Err(Stop::Broken(BAD_LENGTH)),
                total if total > u64::from(self.limit) => return Err(Stop::Broken(TOO_LONG)),
                total => {
                    let total = usize::try_from(total).expect("checked against the limit");
                    self.place = Place::Announced { total, have: Vec::new() };
                }
            },
            CHUNK => self.append(payload),
            ABORT => {
                self.place = Place::Idle;
                self.aborted += 1;
                self.credit = self.credit.checked_sub(1).ok_or(Stop::Broken(TOO_MANY_ABORTS))?;
            }
            GOODBYE if number(payload) != self.arrived => return Err(Stop::Broken(COUNT_MISMATCH)),
            GOODBYE => (self.place, self.owed) = (Place::Goodbye, self.owed.or(self.answer)),
            GOODBYE_ACK if self.owed < Some(number(payload)) => return Err(Stop::Broken(COUNT_MISMATCH)),
            GOODBYE_ACK => self.owed = None,
            _ => {}
        }
        if matches!(kind, PING | PONG | GOODBYE | GOODBYE_ACK) {
            self.controls.push((kind, payload.to_vec()));
        }
        Ok(())
    }

    fn greet(&mut self, kind: u8, payload: &[u8]) -> Result<(), Stop> {
        match (&payload[..4], &payload[4..6]) {
            (magic, _) if magic != b"bwln" => return Err(Stop::Broken(BAD_MAGIC)),
            (_, version) if version != [1, 0] => return Err(Stop::Broken(BAD_VERSION)),
            _ => {}
        }
        let field = |at: usize| u32::try_from(number(&payload[at..at + 4])).expect("four bytes");
        self.greeting = Some((field(8).min(0x7FFF_FFFF), field(12)));
        self.place = if kind == HELLO { self.after_hello.clone() } else { Place::Idle };
        Ok(())
    }

    fn append(&mut self, payload: &[u8]) {
        if let Place::Announced { total, have } = &mut self.place {
            have.extend(payload);
            if have.len() == *total {
                let message = core::mem::take(have);
                self.complete(message);
            }
        }
    }

    fn complete(&mut self, message: Vec<u8>) {
        self.place = Place::Idle;
        self.messages.push(message);
        self.arrived += 1;
        self.credit = (self.credit + 1).min(256);
    }

    /// Whether the direction ended inside of a frame or an announced message.
    pub(crate) const fn is_mid_message(&self) -> bool {
        self.mid_frame || matches!(self.place, Place::Announced { .. })
    }
}

/// Section 9: the messages of a plain stream, whether it ended inside a frame, and whether a length was over the limit.
pub(crate) fn read_plain(mut bytes: &[u8], limit: u32) -> (Vec<Vec<u8>>, bool, bool) {
    let mut messages = Vec::new();
    while let Some((word, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*word);
        if length > limit {
            return (messages, true, true);
        }
        let Some((message, rest)) =
            usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length))
        else {
            return (messages, true, false);
        };
        messages.push(message.to_vec());
        bytes = rest;
    }
    (messages, !bytes.is_empty(), false)
}

/// A little-endian number.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}
