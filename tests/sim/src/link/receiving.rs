//! Bytes from a wire to its end.

use bowline_core::{Instant, TransportErrorKind};

use super::{Link, Party};
use crate::end::Memory;
use crate::guarded::Guarded;
use crate::marks::{Mark, Marks};
use crate::step::Side;
use crate::tap::Seen;
use crate::wire::Ending;

impl<M: Memory> Link<M> {
    /// Gives an end at most `most` bytes of what has come, or the end of the stream; returns how much that was.
    pub(crate) fn receive(&mut self, now: Instant, side: Side, most: usize, marks: &mut Marks) -> usize {
        self.wires[side.other() as usize].advance(now);
        if let Party::Hostile(hostile) = &mut self.parties[side as usize] {
            return hostile.receive(&mut self.wires[side.other() as usize]);
        }
        let mut moved = 0;
        while moved < most {
            let count = self.cut(most - moved);
            let step = self.fetch(now, side, count, marks) + self.feed(now, side, count, marks);
            moved += step;
            if step == 0 {
                return moved + usize::from(self.tell_end(now, side, marks));
            }
        }
        moved
    }

    /// Reads ahead from the wire, through memory that the system holds meanwhile if it confirms later.
    fn fetch(&mut self, now: Instant, side: Side, most: usize, marks: &mut Marks) -> usize {
        let Party::Honest(end) = &mut self.parties[side as usize] else { return 0 };
        if let Some(block) = end.driver.filled.take() {
            end.driver.ahead.extend(block.bytes());
            return block.bytes().len();
        }
        if end.driver.gone || !end.connection.wants_input() || !end.driver.ahead.is_empty() {
            return 0;
        }
        let wire = &mut self.wires[side.other() as usize];
        let room = end.connection.recv_buf();
        let direct = !room.is_empty() && !end.driver.completion;
        let limit = if direct { room.len().min(most) } else { most };
        let bytes = wire.readable();
        let count = bytes.len().min(limit).min(65_536);
        if direct && count > 0 {
            marks.hit(Mark::ReadInPlace);
            room[..count].copy_from_slice(&bytes[..count]);
            return self.advance_in_place(now, side, count);
        }
        if end.driver.completion && count > 0 {
            end.driver.filled = Some(Guarded::new(&bytes[..count]));
        } else {
            end.driver.ahead.extend(&bytes[..count]);
        }
        wire.read(count);
        count
    }

    fn advance_in_place(&mut self, now: Instant, side: Side, count: usize) -> usize {
        let wire = &mut self.wires[side.other() as usize];
        let bytes = wire.readable()[..count].to_vec();
        wire.read(count);
        self.taken_in(&bytes);
        let Party::Honest(end) = &mut self.parties[side as usize] else { return count };
        end.connection.recv_advance(now, count);
        count
    }

    /// Gives an end what was read ahead.
    fn feed(&mut self, now: Instant, side: Side, most: usize, marks: &mut Marks) -> usize {
        let Party::Honest(end) = &mut self.parties[side as usize] else { return 0 };
        if end.driver.gone || !end.connection.wants_input() || end.driver.ahead.is_empty() {
            return 0;
        }
        let bytes: Vec<u8> = end.driver.ahead.iter().copied().take(most).collect();
        let was_over = end.is_over();
        let used = end.connection.receive(now, &bytes);
        assert!(used == bytes.len() || !end.connection.wants_input(), "I12: stopped without being full");
        marks.hit_if(used < bytes.len(), Mark::Backpressure);
        end.driver.ahead.drain(..used);
        if !was_over {
            self.taken_in(&bytes[..used]);
        }
        self.note_arrivals(side, marks);
        used
    }

    /// What came in one piece may wait in one piece.
    fn note_arrivals(&mut self, side: Side, marks: &mut Marks) {
        self.observe(side);
        marks.hit_if(self.incoming(side).came_long_behind_small(), Mark::UnpackedByLong);
    }

    /// What a hostile end sent has been taken in.
    fn taken_in(&mut self, bytes: &[u8]) {
        let Some(hostile) = self.hostile else { return };
        let flow = &mut self.flows[hostile as usize];
        self.hostile_tap.take(bytes, |seen| {
            if let Seen::Message(message, _) = seen {
                flow.smuggled(message);
            }
        });
    }

    /// Nothing more comes: the end hears of it once.
    fn tell_end(&mut self, now: Instant, side: Side, marks: &mut Marks) -> bool {
        let ending = self.wires[side.other() as usize].ended(now);
        let Party::Honest(end) = &mut self.parties[side as usize] else { return false };
        let idle = end.driver.ahead.is_empty() && end.driver.filled.is_none();
        let (Some(ending), true) = (ending, idle && !end.driver.told_end && !end.driver.gone) else {
            return false;
        };
        // A driver that is not asked to read does not find the end.
        if !end.connection.wants_input() {
            return false;
        }
        end.driver.told_end = true;
        match ending {
            Ending::Eof => end.connection.handle_eof(),
            Ending::Reset => {
                marks.hit(Mark::ResetRead);
                end.connection.handle_error(TransportErrorKind::Reset.into());
                self.torn = true;
            }
        }
        true
    }
}
