//! To the transport: bytes.

use super::Connection;
use crate::TransportErrorKind;
use crate::storage::Storage;

impl<S: Storage> Connection<S> {
    /// Whether there are bytes to send.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.is_broken() && self.outbox.has_output()
    }

    /// Whether bytes that were [lent](Self::lend) are not confirmed yet.
    #[must_use]
    pub fn has_lent(&self) -> bool {
        !self.is_broken() && self.outbox.has_lent()
    }

    /// Shows the bytes to send next, in order, and says how many slices it filled. Nothing has moved until
    /// [`transmitted`](Self::transmitted) or [`lend`](Self::lend) counts them, which must come before anything else is done
    /// to the connection: a write that is cancelled in between would be taken back although it was sent.
    ///
    /// Any number of slices is fine; many small messages fill two each.
    #[must_use]
    pub fn transmit<'a>(&'a mut self, slices: &mut [&'a [u8]]) -> usize {
        if self.is_broken() { 0 } else { self.outbox.transmit(slices) }
    }

    /// Copies the bytes to send next into `room` and says how many; as with [`transmit`](Self::transmit), nothing has
    /// moved yet. Stops before the first message, or batch of such, of at least `long` bytes, which is better sent from where
    /// it is, together with the words in it.
    ///
    /// Many small messages cost less copied together than as slices; from about 64 KiB a message it is the other way
    /// round. A driver with memory of its own, as for DMA, passes `usize::MAX`.
    #[must_use]
    pub fn gather(&mut self, room: &mut [u8], long: usize) -> usize {
        if self.is_broken() { 0 } else { self.outbox.gather(room, long) }
    }

    /// Counts `count` bytes as sent; bytes that were lent before are the first. A count beyond what there was is the
    /// driver's fault and ends the connection.
    pub fn transmitted(&mut self, count: usize) {
        if count > 0 {
            self.timers.spoke();
        }
        let excess = self.outbox.transmitted(count);
        self.check_excess(excess);
    }

    /// Counts `count` bytes as taken over by a transport that confirms them later with
    /// [`transmitted`](Self::transmitted): they can't be taken back any more, and [`transmit`](Self::transmit) shows
    /// what follows them.
    pub fn lend(&mut self, count: usize) {
        let excess = self.outbox.lend(count);
        self.check_excess(excess);
    }

    fn check_excess(&mut self, excess: usize) {
        if excess > 0 {
            self.handle_error(TransportErrorKind::Miscounted.into());
        }
        self.go_on_closing();
    }
}
