//! A plain thread that receives for everybody, asleep in the system.

use std::io;
use std::sync::Arc;

use super::Driven;
use crate::clock;
use crate::error::transport_error;
use crate::link::Link;
use crate::transport::{Intake, Receive};

impl Driven {
    /// Sends what is queued. What comes in is for whoever receives, but for what is here already.
    pub(crate) fn drive_out(&mut self, link: &Link) {
        if !self.leftover.is_empty() {
            return self.drive(link);
        }
        // Deadlines are the keeper's: this thread may come late, and what came in time is not read yet.
        if self.has_something_to_send() {
            self.send();
            self.announce(link);
        }
    }

    /// Makes the calling thread the one that receives, if one may.
    pub(crate) fn begin_receiving(&mut self) -> Option<Arc<dyn Receive>> {
        if !self.can_block() {
            return None;
        }
        let receiver = self.transport.as_ref()?.receiver();
        self.receiving = receiver.is_some();
        receiver
    }

    /// Whether a thread may sleep in the system, if the transport allows it, until bytes come.
    ///
    /// Nothing but bytes or the end of the connection gets it out again. As long as there are messages that belong to other
    /// reads, whose cancelling would give them to this thread's, it must not sleep there.
    pub(crate) fn can_block(&self) -> bool {
        let by_bytes_only = self.leftover.is_empty() && self.connection.unread() == 0;
        by_bytes_only && !self.receiving && self.connection.wants_input() && !self.is_over()
    }

    /// Takes in what the receiving thread got, or `None` if its deadline has passed. When the thread leaves, it has to
    /// [hand over](crate::waiters::Waiters::hand_over).
    pub(crate) fn end_receiving(&mut self, received: io::Result<Option<&[u8]>>, link: &Link) {
        self.receiving = false;
        let (connection, leftover, now) = (&mut self.connection, &mut self.leftover, clock::now());
        match received {
            Ok(None) => {}
            Ok(Some([])) => connection.handle_eof(),
            Ok(Some(bytes)) => Intake { connection, leftover, now, holds: false }.feed(bytes),
            Err(error) => connection.handle_error(transport_error(&error)),
        }
        self.paused = !self.connection.wants_input();
        self.announce(link);
    }

    pub(super) fn is_over(&self) -> bool {
        self.connection.close_reason().is_some()
    }
}
