//! The frame parser: one step for each place in a frame where a byte can belong.

use super::{Announced, Inbox, Message, Part, Reading, size};
use crate::control::{Control, MAX_CONTROL};
use crate::frame::{Header, Kind};
use crate::gate::Gate;
use crate::limits::Limits;
use crate::storage::{Buffer, Storage};
use crate::{Instant, Violation};

/// How far a call to [`Inbox::receive`] got.
pub(crate) struct Progress {
    pub(crate) used: usize,
    /// A control frame on which the connection has to act before it goes on.
    pub(crate) control: Option<Control>,
}

enum Step {
    /// So many bytes were used; there may be more to do.
    Used(usize),
    /// So many bytes were used and a control frame is complete.
    Control(usize, Control),
    /// Nothing can be done without more bytes or more room.
    Blocked,
}

impl<S: Storage> Inbox<S> {
    /// Takes in bytes until they are used up, a control frame is complete, or the queue is full.
    pub(crate) fn receive(&mut self, now: Instant, gate: Gate, bytes: &[u8]) -> Result<Progress, Violation> {
        let mut used = 0;
        loop {
            while let Some(count) =
                self.take_run(gate, &bytes[used..]).or_else(|| self.take_whole(gate, &bytes[used..]))
            {
                used += count;
            }
            match self.step(now, gate, &bytes[used..])? {
                Step::Used(count) => used += count,
                Step::Control(count, control) => {
                    return Ok(Progress { used: used + count, control: Some(control) });
                }
                Step::Blocked => return Ok(Progress { used, control: None }),
            }
        }
    }

    /// The rest of a long message's frame, to be read into directly; empty when there is none.
    pub(crate) fn recv_buf(&mut self) -> &mut [u8] {
        match (&mut self.reading, &mut self.announced) {
            (Reading::Whole { buffer, left }, _) => buffer.spare(size(*left)),
            (Reading::Chunk { left }, Some(Announced { buffer: Some(buffer), .. })) => {
                buffer.spare(size(*left))
            }
            _ => &mut [],
        }
    }

    /// Counts `count` bytes of [`recv_buf`](Self::recv_buf) as received; returns those beyond it.
    pub(crate) fn recv_advance(&mut self, count: usize) -> usize {
        let (buffer, left) = match (&mut self.reading, &mut self.announced) {
            (Reading::Whole { buffer, left }, _) => (buffer, left),
            (Reading::Chunk { left }, Some(Announced { buffer: Some(buffer), .. })) => (buffer, left),
            _ => return count,
        };
        let taken = u32::try_from(count).unwrap_or(u32::MAX).min(*left);
        buffer.advance(size(taken));
        *left -= taken;
        self.count_chunk(taken);
        self.finish_frame();
        count - size(taken)
    }

    /// Takes in a message that lies there from its first byte to its last, in one step. Whatever is unusual about it is left
    /// to [`step`](Self::step).
    fn take_whole(&mut self, gate: Gate, bytes: &[u8]) -> Option<usize> {
        let Reading::Word { have: 0, .. } = self.reading else { return None };
        let (word, rest) = bytes.split_first_chunk()?;
        let length = u32::from_le_bytes(*word);
        // A frame of another kind looks like one that is too long.
        if length > self.whole_limit || self.discarding || !self.admits_messages(gate) {
            return None;
        }
        let payload = rest.get(..size(length)).filter(|_| self.has_room(length))?;
        self.finish_message(Some(S::Buffer::copy(payload)));
        Some(word.len() + payload.len())
    }

    /// Whether a whole message may come now.
    pub(super) fn admits_messages(&self, gate: Gate) -> bool {
        self.plain || gate.admit(Kind::Message, self.announced.is_some()).is_ok()
    }

    fn step(&mut self, now: Instant, gate: Gate, bytes: &[u8]) -> Result<Step, Violation> {
        if let Reading::Held { length, announced } = self.reading {
            if !self.has_room(length) {
                return Ok(Step::Blocked);
            }
            self.begin_message(length, announced);
            return Ok(Step::Used(0));
        }
        if bytes.is_empty() {
            return Ok(Step::Blocked);
        }
        match &mut self.reading {
            Reading::Word { have: 0, .. } if let Some(word) = bytes.first_chunk() => {
                self.begin_frame(now, gate, *word)?;
                Ok(Step::Used(word.len()))
            }
            Reading::Word { bytes: word, have } => {
                let count = fill(word, have, bytes);
                if usize::from(*have) == word.len() {
                    let word = *word;
                    self.begin_frame(now, gate, word)?;
                }
                Ok(Step::Used(count))
            }
            Reading::Small { kind, length } => {
                let (kind, length) = (*kind, *length);
                if let Some(payload) = bytes.get(..usize::from(length)) {
                    return self.finish_small(kind, payload, payload.len());
                }
                let mut part = Part { kind, length, have: 0, bytes: [0; MAX_CONTROL] };
                let count = fill(&mut part.bytes, &mut part.have, bytes);
                self.reading = Reading::Part(part.into());
                Ok(Step::Used(count))
            }
            Reading::Part(part) => {
                let Part { kind, length, have, bytes: payload } = &mut **part;
                let room = &mut payload[..usize::from(*length)];
                let count = fill(room, have, bytes);
                if have < length {
                    return Ok(Step::Used(count));
                }
                let (kind, payload, length) = (*kind, *payload, usize::from(*length));
                self.finish_small(kind, &payload[..length], count)
            }
            _ => Ok(Step::Used(self.take_body(bytes))),
        }
    }

    /// Checks a frame's word against everything that can be known from it, then goes on to its payload.
    fn begin_frame(&mut self, now: Instant, gate: Gate, word: [u8; 4]) -> Result<(), Violation> {
        if self.plain {
            let length = u32::from_le_bytes(word);
            self.reading = Reading::Held { length, announced: false };
            return if length > self.message_limit { Err(Violation::TooLong) } else { Ok(()) };
        }
        let header = Header::decode(word)?;
        gate.admit(header.kind(), self.announced.is_some())?;
        header.check_length(self.message_limit)?;
        self.reading = match header.kind() {
            Kind::Message => Reading::Held { length: header.length(), announced: false },
            Kind::Chunk => self.begin_chunk(header.length())?,
            Kind::Abort => self.withdraw(now)?,
            Kind::Skippable(_) => Reading::Waste { left: header.length(), message: false },
            kind => Reading::Small { kind, length: u8::try_from(header.length()).unwrap_or(u8::MAX) },
        };
        self.finish_frame();
        Ok(())
    }

    fn begin_chunk(&self, length: u32) -> Result<Reading<S>, Violation> {
        match &self.announced {
            Some(announced) if length <= announced.left => Ok(Reading::Chunk { left: length }),
            _ => Err(Violation::ChunkOverflow),
        }
    }

    /// The peer takes the announced message back.
    fn withdraw(&mut self, now: Instant) -> Result<Reading<S>, Violation> {
        self.announced = None;
        self.tally.aborted += 1;
        self.aborts.spend(now).then(Reading::next_frame).ok_or(Violation::TooManyAborts)
    }

    /// A control frame is complete.
    fn finish_small(&mut self, kind: Kind, payload: &[u8], used: usize) -> Result<Step, Violation> {
        self.reading = Reading::next_frame();
        if kind != Kind::Begin {
            return Ok(Step::Control(used, Control::decode(kind, payload)?));
        }
        let length = payload.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        match length {
            0 => return Err(Violation::BadLength),
            length if length > self.message_limit => return Err(Violation::TooLong),
            length => self.reading = Reading::Held { length, announced: true },
        }
        Ok(Step::Used(used))
    }

    /// There is room for the message that is next.
    pub(super) fn begin_message(&mut self, length: u32, announced: bool) {
        let buffer = (!self.discarding).then(|| S::Buffer::with_total(size(length)));
        self.reading = Reading::next_frame();
        match (announced, buffer) {
            (true, buffer) => {
                self.announced = Some(Announced { buffer, left: length });
                self.growth += 1;
            }
            (false, Some(buffer)) => self.reading = Reading::Whole { buffer, left: length },
            (false, None) => self.reading = Reading::Waste { left: length, message: true },
        }
        self.finish_frame();
    }

    /// Takes bytes of a payload that may be long.
    fn take_body(&mut self, bytes: &[u8]) -> usize {
        let (buffer, left) = match (&mut self.reading, &mut self.announced) {
            (Reading::Whole { buffer, left }, _) => (Some(buffer), left),
            (Reading::Chunk { left }, Some(announced)) => (announced.buffer.as_mut(), left),
            (Reading::Waste { left, .. }, _) => (None, left),
            _ => return 0,
        };
        let taken = u32::try_from(bytes.len()).unwrap_or(u32::MAX).min(*left);
        *left -= taken;
        if let Some(buffer) = buffer {
            buffer.extend(&bytes[..size(taken)]);
        }
        self.count_chunk(taken);
        self.finish_frame();
        size(taken)
    }

    fn count_chunk(&mut self, taken: u32) {
        if let (Reading::Chunk { .. }, Some(announced)) = (&self.reading, &mut self.announced) {
            announced.left -= taken;
            self.growth += u64::from(taken);
        }
    }

    /// Goes on to the next frame if this one has no byte left, with its message if that is complete.
    fn finish_frame(&mut self) {
        let (Reading::Whole { left: 0, .. } | Reading::Chunk { left: 0 } | Reading::Waste { left: 0, .. }) =
            self.reading
        else {
            return;
        };
        match core::mem::replace(&mut self.reading, Reading::next_frame()) {
            Reading::Whole { buffer, .. } => self.finish_message(Some(buffer.freeze())),
            Reading::Waste { message: true, .. } => self.finish_message(None),
            Reading::Chunk { .. } if self.announced.as_ref().is_some_and(|announced| announced.left == 0) => {
                let buffer = self.announced.take().and_then(|announced| announced.buffer);
                self.finish_message(buffer.map(Buffer::freeze));
            }
            _ => {}
        }
    }

    /// A message has come whole; it is nothing if it was thrown away.
    fn finish_message(&mut self, payload: Option<S::Payload>) {
        self.arrived += 1;
        self.aborts.refund(1);
        let Some(payload) = payload else { return };
        let length = payload.as_ref().len();
        // It must not overtake those that came before it.
        while self.packed > 0 && self.unpack() {}
        if self.turnstile.push(Message { number: self.kept + 1, payload }).is_ok() {
            self.charged += Limits::cost(length);
            self.kept += 1;
            self.tally.count(1, length);
            self.tally.note_queued(self.waiting());
        }
    }
}

/// Copies as much as fits behind what it has already, and says how much that was.
fn fill(room: &mut [u8], have: &mut u8, bytes: &[u8]) -> usize {
    let room = &mut room[usize::from(*have)..];
    let count = room.len().min(bytes.len());
    room[..count].copy_from_slice(&bytes[..count]);
    *have = u8::try_from(usize::from(*have) + count).unwrap_or(u8::MAX);
    count
}
