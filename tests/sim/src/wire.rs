//! One direction of a stream: what was written, what is under way, what has arrived.

use core::time::Duration;
use std::collections::VecDeque;

use bowline_core::Instant;

use crate::dice::Dice;
use crate::swarm::Flavour;

/// What a receiver finds behind the last byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    Eof,
    Reset,
}

/// The stream takes no more bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Broken;

/// Bytes from one end to the other. Three counts divide them, read ≤ arrived ≤ written, as in a kernel's two buffers.
#[derive(Debug)]
pub(crate) struct Wire {
    flavour: Flavour,
    capacity: usize,
    delay: Duration,
    dice: Dice,
    /// Written and not read.
    bytes: VecDeque<u8>,
    /// How many of them have arrived.
    arrived: usize,
    flights: VecDeque<(Instant, usize)>,
    pub(crate) clogged: bool,
    ending: Option<(Instant, Ending)>,
    /// Nobody will read any more.
    deaf: bool,
}

impl Wire {
    pub(crate) fn new(flavour: Flavour, capacity: usize, delay: Duration, dice: Dice) -> Self {
        let (bytes, flights) = (VecDeque::new(), VecDeque::new());
        Self {
            flavour,
            capacity,
            delay,
            dice,
            bytes,
            arrived: 0,
            flights,
            clogged: false,
            ending: None,
            deaf: false,
        }
    }

    /// Takes over as many bytes as there is room for.
    pub(crate) fn write(&mut self, now: Instant, bytes: &[u8]) -> Result<usize, Broken> {
        if self.deaf || self.ending.is_some() {
            return Err(Broken);
        }
        let count = bytes.len().min(self.capacity - self.bytes.len());
        if count > 0 {
            self.bytes.extend(&bytes[..count]);
            let at = (now + self.dice.delay(self.delay)).max(self.flights.back().map_or(now, |&(at, _)| at));
            self.flights.push_back((at, count));
            self.advance(now);
        }
        Ok(count)
    }

    /// Lets arrive what is due.
    pub(crate) fn advance(&mut self, now: Instant) {
        while let Some(&(at, count)) = self.flights.front() {
            if self.clogged || at > now {
                break;
            }
            self.arrived += count;
            self.flights.pop_front();
        }
    }

    /// The first stretch of what has arrived.
    pub(crate) fn readable(&self) -> &[u8] {
        let (first, _) = self.bytes.as_slices();
        &first[..first.len().min(self.arrived)]
    }

    /// Counts bytes as read.
    pub(crate) fn read(&mut self, count: usize) {
        self.bytes.drain(..count);
        self.arrived -= count;
    }

    /// What is behind the last byte, once all bytes were read.
    pub(crate) fn ended(&self, now: Instant) -> Option<Ending> {
        self.ending
            .filter(|&(at, _)| self.bytes.is_empty() && at <= now && !self.clogged)
            .map(|(_, ending)| ending)
    }

    /// When the next thing arrives.
    pub(crate) fn next_arrival(&self, now: Instant) -> Option<Instant> {
        let ending = self.ending.map(|(at, _)| at).filter(|&at| at > now);
        self.flights.front().map(|&(at, _)| at).or(ending).filter(|_| !self.clogged)
    }

    /// Whether everything that was written was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) const fn is_deaf(&self) -> bool {
        self.deaf
    }

    pub(crate) const fn flavour(&self) -> Flavour {
        self.flavour
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.ending.is_some()
    }
}

// How a direction ends.
impl Wire {
    /// The writer has finished: the end follows the last byte.
    pub(crate) fn finish(&mut self, now: Instant) {
        self.end(now, Ending::Eof);
    }

    /// The connection was reset; each system has its own way to lose what was under way.
    pub(crate) fn reset(&mut self, now: Instant) {
        match self.flavour {
            Flavour::Unix => {}
            Flavour::Tcp => self.keep(self.arrived),
            Flavour::Pipe => self.keep(0),
        }
        self.ending = None;
        self.end(now, Ending::Reset);
    }

    /// The writer's process has let go of the stream, having left bytes of the other direction unread or not.
    pub(crate) fn drop_writer(&mut self, now: Instant, unread: bool) {
        match self.flavour {
            Flavour::Unix if unread => self.end(now, Ending::Reset),
            Flavour::Tcp if unread => self.reset(now),
            Flavour::Pipe => {
                self.keep(0);
                self.end(now, Ending::Eof);
            }
            Flavour::Unix | Flavour::Tcp => self.end(now, Ending::Eof),
        }
    }

    /// The reader's process has let go of the stream; `true` if it left something unread.
    pub(crate) fn drop_reader(&mut self) -> bool {
        let unread = !self.bytes.is_empty();
        self.deaf = true;
        self.keep(0);
        unread
    }

    fn end(&mut self, now: Instant, ending: Ending) {
        if self.ending.is_none() {
            let at = self.flights.back().map_or(now, |&(at, _)| at);
            self.ending = Some((at, ending));
        }
    }

    fn keep(&mut self, count: usize) {
        self.bytes.truncate(count);
        self.arrived = self.arrived.min(count);
        self.flights.clear();
    }

    /// No more faults: everything arrives at once from now on.
    pub(crate) fn heal(&mut self, now: Instant) {
        (self.clogged, self.delay) = (false, Duration::ZERO);
        self.flights.iter_mut().for_each(|(at, _)| *at = now);
        if let Some((at, _)) = &mut self.ending {
            *at = now;
        }
        self.advance(now);
    }
}
