//! A program that stops reading: it leaves, it closes with a full queue, or the peer falls silent.

use core::time::Duration;

use bowline_core::{CloseReason, Closed, Instant, State, Violation};

use super::super::Memory;
use super::super::wire::{GOODBYE, GOODBYE_ACK, PING, PONG, frames, goodbye_ack, output};
use super::incoming::Incoming;
use super::{NOW, Script};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leaving {
    /// The program is gone.
    Abandon,
    /// It closes and reads no more.
    Overflow,
    /// Nothing more comes.
    Silence,
}

impl Leaving {
    /// Five of eight scripts are read to the end.
    pub(super) fn choose(byte: usize) -> Option<Self> {
        [Self::Abandon, Self::Overflow, Self::Silence].get(byte % 8).copied()
    }
}

impl<M: Memory> Incoming<M> {
    pub(super) fn leave(mut self, leaving: Leaving, wire: &[u8], cuts: &mut Script<'_>) {
        let share = cuts.byte();
        let used = self.fill(&wire[..wire.len() * (share + 1) / 256], cuts);
        let rest = &wire[used..];
        match leaving {
            Leaving::Abandon if share.is_multiple_of(2) => {
                self.collect();
                self.abandon(rest);
            }
            Leaving::Abandon => self.abandon(rest),
            Leaving::Overflow => self.overflow(rest),
            Leaving::Silence if self.end.state() == State::Draining => {}
            Leaving::Silence if self.end.wants_input() => self.hear_nothing(),
            Leaving::Silence => self.give_signs(),
        }
    }

    /// Takes bytes in until the queue is full.
    fn fill(&mut self, mut bytes: &[u8], cuts: &mut Script<'_>) -> usize {
        let length = bytes.len();
        while !bytes.is_empty() && self.end.wants_input() {
            let cut = cuts.next().unwrap_or(usize::MAX);
            let used = self.take_in(&bytes[..cut.max(1).min(bytes.len())], cut.is_multiple_of(2));
            bytes = &bytes[used..];
        }
        length - bytes.len()
    }

    /// What nobody will read is not acknowledged, and nothing blocks.
    fn abandon(mut self, rest: &[u8]) {
        self.end.abandon(NOW());
        assert!(self.end.receive(NOW(), rest) == rest.len() && self.end.unread() == 0);
        self.part();
    }

    /// What has no room for as long as the program lingers is thrown away, and all after it.
    fn overflow(mut self, mut rest: &[u8]) {
        self.end.close(NOW(), Duration::from_secs(60));
        let later = NOW() + Duration::from_secs(1);
        while !rest.is_empty() {
            let used = self.end.receive(NOW(), rest);
            rest = &rest[used..];
            if !self.end.wants_input() {
                self.end.handle_timeout(NOW() + Duration::from_millis(999));
                assert!(!self.end.wants_input(), "before the linger is over");
                self.end.handle_timeout(later);
                assert!(self.end.wants_input());
            }
        }
        self.collect();
        self.part();
    }

    /// The goodbyes count what was taken in, which is the first messages.
    fn part(mut self) {
        assert!(self.sent.starts_with(&self.came));
        let mut said = frames(&output(&mut self.end));
        said.retain(|(kind, _)| !matches!(*kind, PING | PONG));
        said.sort();
        let taken = self.came.len() as u64;
        let goodbyes = [(GOODBYE, 0_u64), (GOODBYE_ACK, taken)];
        assert_eq!(said, goodbyes.map(|(kind, count)| (kind, count.to_le_bytes().to_vec())));
        self.end.receive(NOW(), &goodbye_ack(0));
        assert_eq!(self.end.closed(), Some(Closed::Clean));
    }

    /// Whoever hears nothing asks, and then gives up.
    fn hear_nothing(mut self) {
        output(&mut self.end);
        assert_eq!(self.due(), 1000);
        assert!(frames(&output(&mut self.end)) == [(PING, vec![0; 8])]);
        assert_eq!(self.due(), 3000);
        assert_eq!(self.end.close_reason(), Some(CloseReason::Violated(Violation::HeartbeatTimeout)));
    }

    /// Whoever has stopped reading says by itself that it lives, twice as often as it was asked to.
    fn give_signs(mut self) {
        output(&mut self.end);
        for time in [500, 1000, 1500] {
            assert_eq!(self.due(), time);
            assert!(frames(&output(&mut self.end)) == [(PONG, vec![0; 8])]);
        }
        assert_eq!(self.end.close_reason(), None);
    }

    /// Lets what is due next happen; when that was, in milliseconds.
    fn due(&mut self) -> u128 {
        let at: Instant = self.end.poll_timeout().expect("something is due");
        self.end.handle_timeout(at);
        at.since(NOW()).as_millis()
    }
}
