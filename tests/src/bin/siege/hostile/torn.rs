//! Streams of TLS, each with a message in it, that end in a way of their own. Without a goodbye only TLS says whether an end
//! was meant: a notice at the end of a message is one, and nothing else is.

use std::io;

use bowline_tests::certificates::Visitor;
use bowline_tests::message;

use super::attack::Attack;
use super::secure::Secure;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;

pub(super) struct Torn {
    round: usize,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Message,
    End,
    Over,
}

/// How it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// In order, by the notice.
    Notice,
    /// Cut off between two messages.
    Cut,
    /// Cut off inside of a message.
    CutMessage,
    /// Cut off inside of a record.
    CutRecord,
    /// By the notice, inside of a message.
    EarlyNotice,
    /// By a notice that somebody on the way has put in.
    ForgedNotice,
    /// A record that nobody has sealed.
    Forged,
    /// A record that is longer than records may be.
    Oversized,
    /// Another handshake.
    Renegotiation,
    /// New keys are wanted without end, and nobody reads the answers.
    Keys,
}

const ENDS: [End; 10] = [
    End::Notice,
    End::Cut,
    End::CutMessage,
    End::CutRecord,
    End::EarlyNotice,
    End::ForgedNotice,
    End::Forged,
    End::Oversized,
    End::Renegotiation,
    End::Keys,
];

impl End {
    fn contents(self) -> Vec<u8> {
        let mut contents = message(&[7; 100]).bytes();
        if matches!(self, Self::CutMessage | Self::EarlyNotice) {
            contents.extend(&message(&[7; 100]).bytes()[..20]);
        }
        contents
    }

    fn come(self, tls: &mut Secure) -> io::Result<()> {
        match self {
            Self::Notice | Self::EarlyNotice => tls.end_writing(),
            Self::Cut | Self::CutMessage => tls.cut_off(),
            Self::CutRecord => {
                tls.meddle(&[&[0x17, 3, 3, 0, 100][..], &[7; 20]].concat())?;
                tls.cut_off()
            }
            Self::ForgedNotice => tls.meddle(&[0x15, 3, 3, 0, 2, 1, 0]),
            Self::Forged => tls.meddle(&[&[0x17, 3, 3, 0, 32][..], &[7; 32]].concat()),
            Self::Oversized => tls.meddle(&[0x17, 3, 3, 0x48, 1]),
            Self::Renegotiation => tls.meddle(&super::secure::client_hello()),
            Self::Keys => Ok(()),
        }
    }
}

impl Torn {
    pub(super) fn new(index: usize) -> Self {
        // Each starts somewhere else.
        Self { round: index, stage: Stage::Message }
    }

    fn end(&self) -> End {
        ENDS[self.round % ENDS.len()]
    }

    /// It is over; until the other side has noticed.
    fn wait(&self, wire: &mut Wire) {
        if self.end() == End::Keys {
            wire.bend(|tls| (0..8).try_for_each(|_| tls.rekey()));
        } else {
            wire.listen();
        }
    }
}

impl Attack for Torn {
    fn target(&self) -> Target {
        Target::Observed
    }

    /// Half of them; new keys are only known to TLS 1.3.
    fn visitor(&self) -> Option<Visitor> {
        let is_old = self.round / ENDS.len() % 2 == 1 && self.end() != End::Keys;
        Some(if is_old { Visitor::Veteran } else { Visitor::Member })
    }

    fn begin(&mut self) {
        self.round += 1;
        self.stage = Stage::Message;
    }

    fn step(&mut self, wire: &mut Wire, _tally: &mut Tally) {
        match self.stage {
            Stage::Message if wire.offer(&self.end().contents()) => self.stage = Stage::End,
            // A client that goes before it was let in is nobody's.
            Stage::End if wire.hear().is_some() => {
                wire.bend(|tls| self.end().come(tls));
                self.stage = Stage::Over;
            }
            Stage::Message | Stage::End => {}
            Stage::Over => self.wait(wire),
        }
    }

    fn over(&mut self, _wire: &Wire, tally: &mut Tally) {
        let end = self.end();
        match self.stage {
            Stage::Over => tally.add(if end == End::Notice { "orderly" } else { "torn" }, 1),
            _ => tally.add("ended", 1),
        }
        tally.add(&format!("end.{end:?}"), 1);
    }

    /// What is begun is gone through with, so that both sides can count.
    fn finish(&mut self, wire: &mut Wire, tally: &mut Tally) -> bool {
        self.step(wire, tally);
        wire.has_ended()
    }
}
