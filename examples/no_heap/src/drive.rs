//! The loop between a connection and whatever carries its bytes.

use bowline_core::{Connection, Instant, Storage};
use heapless::Vec;

/// How many bytes at most move each way in one turn.
pub const BLOCK: usize = 32;

/// What carries bytes. Neither method waits.
pub trait Port {
    /// Takes as many of `bytes` as there is room for and says how many.
    fn send(&mut self, bytes: &[u8]) -> usize;

    /// Fills `room` with what has come and says how much that is.
    fn receive(&mut self, room: &mut [u8]) -> usize;
}

/// A connection with its port.
///
/// It borrows the connection, which is large: one that is moved around passes over the stack each time.
#[derive(Debug)]
pub struct Driver<'a, S: Storage, P> {
    /// For the application: reads, writes, closing, and what became of them.
    pub connection: &'a mut Connection<S>,
    port: P,
    /// Bytes that have come and for which the connection has no room yet.
    kept: Vec<u8, BLOCK>,
}

impl<'a, S: Storage, P: Port> Driver<'a, S, P> {
    /// Joins them.
    pub const fn new(connection: &'a mut Connection<S>, port: P) -> Self {
        Self { connection, port, kept: Vec::new() }
    }

    /// Does what can be done now and says whether anything was. If not, there is nothing to do until an interrupt brings
    /// bytes, or time, or until the application wants something.
    pub fn turn(&mut self, now: Instant) -> bool {
        self.connection.handle_timeout(now);
        let moved = self.send() | self.receive(now);
        // Such a line has no end that one could shut down: done as soon as asked for.
        let ends = self.connection.wants_shutdown();
        if ends {
            self.connection.handle_shutdown();
        }
        moved | ends
    }

    fn send(&mut self) -> bool {
        let mut block = [0; BLOCK];
        let filled = self.connection.gather(&mut block, usize::MAX);
        let sent = self.port.send(&block[..filled]);
        self.connection.transmitted(sent);
        sent > 0
    }

    fn receive(&mut self, now: Instant) -> bool {
        if !self.connection.wants_input() {
            return false;
        }
        if self.kept.is_empty() {
            let mut block = [0; BLOCK];
            let filled = self.port.receive(&mut block);
            self.kept.extend(block.into_iter().take(filled));
        }
        let used = self.connection.receive(now, &self.kept);
        self.kept.drain(..used);
        used > 0
    }
}
