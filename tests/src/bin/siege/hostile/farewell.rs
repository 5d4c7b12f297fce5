//! A goodbye that is meant: it counts what was sent, and hears what has come.

use bowline_tests::{Frame, kind};

use super::wire::Wire;
use crate::tally::Tally;

/// How far it has come.
#[derive(Default)]
pub(super) struct Farewell {
    said: bool,
}

impl Farewell {
    /// Says that `sent` messages were sent, answers the other side's goodbye, and reads to the end; `true` once that has
    /// come.
    pub(super) fn say(&mut self, sent: u64, wire: &mut Wire, tally: &mut Tally) -> bool {
        if !wire.is_open() {
            return wire.has_ended();
        }
        if !self.said {
            self.said = wire.offer(&Frame::new(kind::GOODBYE, &sent.to_le_bytes()).bytes());
            tally.add("sent", if self.said { sent } else { 0 });
        }
        wire.flush();
        while let Some(frame) = wire.hear() {
            self.answer(&frame, sent, wire, tally);
        }
        wire.has_ended()
    }

    fn answer(&self, frame: &Frame, sent: u64, wire: &mut Wire, tally: &mut Tally) {
        match frame.kind {
            kind::GOODBYE => {
                wire.offer(&Frame::new(kind::GOODBYE_ACK, &frame.payload).bytes());
                wire.end_writing();
            }
            kind::GOODBYE_ACK if frame.payload == sent.to_le_bytes() => tally.add("acknowledged", sent),
            kind::GOODBYE_ACK => tally.add("miscounted", 1),
            _ => {}
        }
    }
}
