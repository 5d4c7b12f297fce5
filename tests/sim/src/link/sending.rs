//! Bytes from an end to its wire.

use bowline_core::{Instant, TransportErrorKind};

use super::{Link, Party};
use crate::end::{End, Memory};
use crate::guarded::Guarded;
use crate::marks::{Mark, Marks};
use crate::model::Flow;
use crate::step::Side;
use crate::tap::{Seen, kind};
use crate::wire::Broken;

/// More than all control frames together can be, once.
const CONTROL: usize = 144;

impl<M: Memory> Link<M> {
    /// Moves at most `most` bytes out of an end, as far as there is room; returns how many.
    pub(crate) fn send(&mut self, now: Instant, side: Side, most: usize, marks: &mut Marks) -> usize {
        let completion = match &mut self.parties[side as usize] {
            Party::Honest(end) => end.driver.completion,
            Party::Hostile(hostile) => return hostile.send(&mut self.wires[side as usize], now),
            Party::Dead => return 0,
        };
        let mut moved = 0;
        while moved < most {
            let count = self.cut(most - moved);
            let step = if completion {
                self.lend(now, side, count, marks)
            } else {
                self.push(now, side, count, marks)
            };
            moved += step;
            if step == 0 {
                break;
            }
        }
        moved
    }

    /// Readiness: shows what there is, and counts what the wire took.
    fn push(&mut self, now: Instant, side: Side, most: usize, marks: &mut Marks) -> usize {
        let Party::Honest(end) = &mut self.parties[side as usize] else { return 0 };
        if end.driver.gone || !end.connection.has_output() {
            return 0;
        }
        let bytes = shown(end, most);
        match self.wires[side as usize].write(now, &bytes) {
            Ok(0) => 0,
            Ok(count) => {
                marks.hit_if(count < bytes.len(), Mark::ShortWrite);
                let seen = end.hand_over(&bytes[..count]);
                end.connection.transmitted(count);
                end.confirmed += count as u64;
                note(&seen, &mut self.flows, side, marks);
                count
            }
            Err(Broken) => self.break_write(side, marks),
        }
    }

    /// Completion: lends what there is to the system, which takes its time.
    fn lend(&mut self, now: Instant, side: Side, most: usize, marks: &mut Marks) -> usize {
        let Party::Honest(end) = &mut self.parties[side as usize] else { return 0 };
        if end.driver.gone {
            return 0;
        }
        let mut moved = 0;
        if end.connection.has_output() && end.driver.lent.len() < 3 {
            let bytes = shown(end, most);
            let seen = end.hand_over(&bytes);
            end.connection.lend(bytes.len());
            moved = bytes.len();
            end.driver.lent.push_back((Guarded::new(&bytes), 0));
            note(&seen, &mut self.flows, side, marks);
        }
        moved + self.complete(now, side, marks)
    }

    /// The system takes some of the bytes that it was lent.
    fn complete(&mut self, now: Instant, side: Side, marks: &mut Marks) -> usize {
        let Party::Honest(end) = &mut self.parties[side as usize] else { return 0 };
        let Some((block, written)) = end.driver.lent.front_mut() else { return 0 };
        let bytes = block.bytes();
        match self.wires[side as usize].write(now, &bytes[*written..]) {
            Ok(count) => {
                *written += count;
                if *written == bytes.len() {
                    end.driver.lent.pop_front();
                }
                end.connection.transmitted(count);
                end.confirmed += count as u64;
                count
            }
            Err(Broken) => self.break_write(side, marks),
        }
    }

    /// The wire takes no more.
    pub(crate) fn break_write(&mut self, side: Side, marks: &mut Marks) -> usize {
        let Some(end) = self.end(side) else { return 0 };
        if end.driver.write_broken {
            return 0;
        }
        end.driver.write_broken = true;
        end.driver.lent.clear();
        marks.hit_if(!end.is_over(), Mark::WriteBroke);
        end.connection.handle_write_error(TransportErrorKind::BrokenPipe.into());
        self.torn = true;
        1
    }
}

/// At most `most` of the bytes that an end has to send; it shows the same ones either way.
fn shown<M: Memory>(end: &mut End<M>, most: usize) -> Vec<u8> {
    let mut slices: [&[u8]; 16] = [&[]; 16];
    let filled = end.connection.transmit(&mut slices);
    let bytes: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.iter().copied()).take(most).collect();
    let mut gathered = vec![0; bytes.len()];
    assert_eq!(end.connection.gather(&mut gathered, usize::MAX), bytes.len(), "I12");
    assert!(gathered == bytes, "I1: gather shows other bytes than transmit");
    let quiet = end.connection.stats().sent.queued == 0 && end.tap.is_between();
    assert!(!quiet || end.is_over() || bytes.len() <= CONTROL, "I9: {} bytes of control frames", bytes.len());
    bytes
}

/// What has left is known to the reference.
fn note(seen: &[Seen], flows: &mut [Flow; 2], side: Side, marks: &mut Marks) {
    for seen in seen {
        match seen {
            Seen::Message(message, end) => flows[side as usize].leaves(message, *end),
            Seen::Begin(_) => marks.hit(Mark::Announced),
            Seen::Abort => marks.hit(Mark::AbortLeft),
            Seen::Control(kind::GOODBYE, count) => {
                assert_eq!(**count, flows[side as usize].sent().to_le_bytes(), "I15: goodbye miscounts");
            }
            Seen::Control(kind::GOODBYE_ACK, count) => {
                marks.hit(Mark::GoodbyeAnswered);
                let count = count.first_chunk().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes));
                assert!(count <= flows[side.other() as usize].sent(), "I15: more was taken in than left");
            }
            Seen::Control(kind, _) => marks.control(*kind),
        }
    }
}
