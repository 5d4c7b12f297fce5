//! The drive loop: what happens under a connection's lock, by whoever holds it.

use core::task::{Context, Poll, Waker, ready};
use std::io;
use std::sync::{Arc, Weak};

use bowline_core::{Connection, Event, TaskId};

use crate::error::transport_error;
use crate::link::{Link, Owner};
use crate::parcel::Parcels;
use crate::transport::{Intake, Outflow, Receive, Transport};
use crate::waiters::{Ready, Side, Ticket};
use crate::{clock, defer};

/// What the lock protects: whoever holds it drives.
pub(crate) struct Driven {
    pub(crate) connection: Connection<Parcels>,
    transport: Option<Box<dyn Transport>>,
    /// Bytes that were read while there was room and for which there is none now.
    leftover: Vec<u8>,
    /// The stream itself may keep bytes back.
    unflushed: bool,
    /// How often in a row a task found its result there at once.
    streak: u32,
    /// The task that drives.
    looking: Option<Ticket>,
    /// A thread sleeps in the system until bytes come; nobody else may read meanwhile.
    receiving: bool,
    /// Reading has stopped for want of room, and nobody will be told by the transport to go on.
    paused: bool,
    read_waker: Waker,
    write_waker: Waker,
    link: Weak<Link>,
}

/// How often both directions are tried before others get their turn.
const ROUNDS: usize = 16;
/// How many results in a row are there at once before the task that takes them lets others have their turn: one flooded
/// connection must not starve its executor.
const STREAK: u32 = 128;

impl Driven {
    pub(crate) fn new(
        connection: Connection<Parcels>,
        transport: Box<dyn Transport>,
        link: &Weak<Link>,
    ) -> Self {
        Self {
            connection,
            transport: Some(transport),
            leftover: Vec::new(),
            unflushed: false,
            streak: 0,
            looking: None,
            receiving: false,
            paused: false,
            read_waker: Arc::new(Ready { link: Weak::clone(link), side: Side::Read }).into(),
            write_waker: Arc::new(Ready { link: Weak::clone(link), side: Side::Write }).into(),
            link: Weak::clone(link),
        }
    }

    /// Whether this connection's tasks have found so many results in a row that it is others' turn.
    pub(crate) const fn is_greedy(&mut self) -> bool {
        self.streak += 1;
        if self.streak > STREAK {
            self.streak = 0;
        }
        self.streak == 0
    }

    /// A task has to wait: others get their turn by that.
    pub(crate) const fn be_patient(&mut self) {
        self.streak = 0;
    }

    /// Whether the transport is gone for good.
    pub(crate) const fn is_finished(&self) -> bool {
        self.transport.is_none()
    }

    /// Drives for a task that looks for its result right afterwards and needs no wake-up for it.
    pub(crate) fn drive_for(&mut self, ticket: Ticket, link: &Link) {
        self.looking = Some(ticket);
        self.drive(link);
        self.looking = None;
    }

    /// Moves bytes both ways until neither moves, then says who may go on.
    pub(crate) fn drive(&mut self, link: &Link) {
        link.waiters.drives();
        self.connection.handle_timeout(clock::now());
        let more = (0..ROUNDS).all(|_| {
            let sent = self.send();
            let received = self.receive();
            sent || received
        });
        self.paused = !self.connection.wants_input();
        self.announce(link);
        if more {
            link.waiters.call_keeper();
        }
    }

    /// Sends what is queued. What comes in is for whoever receives, but for what is here already.
    pub(crate) fn drive_out(&mut self, link: &Link) {
        if !self.leftover.is_empty() {
            return self.drive(link);
        }
        self.connection.handle_timeout(clock::now());
        self.send();
        self.announce(link);
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

    /// Takes in what the receiving thread got. A deadline that has passed is no error of the stream's. When the thread
    /// leaves, it has to [hand over](crate::waiters::Waiters::hand_over).
    pub(crate) fn end_receiving(&mut self, received: io::Result<&[u8]>, link: &Link) {
        self.receiving = false;
        let (connection, leftover, now) = (&mut self.connection, &mut self.leftover, clock::now());
        match received {
            Ok([]) => connection.handle_eof(),
            Ok(bytes) => Intake { connection, leftover, now }.feed(bytes),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
            Err(error) => connection.handle_error(transport_error(&error)),
        }
        self.paused = !self.connection.wants_input();
        self.announce(link);
    }

    const fn is_over(&self) -> bool {
        self.connection.close_reason().is_some()
    }

    /// Sees to it that reading goes on if it had stopped and there is room again.
    pub(crate) fn resume(&self, link: &Link) {
        if self.paused && self.connection.wants_input() {
            link.waiters.hand_over();
        }
    }

    /// Sends until there is nothing to send or the transport is full; whether anything moved.
    fn send(&mut self) -> bool {
        let Some(transport) = &mut self.transport else { return false };
        let mut cx = Context::from_waker(&self.write_waker);
        let mut moved = false;
        while self.connection.has_output() || self.connection.has_lent() {
            match transport.poll_send(&mut cx, &mut Outflow { connection: &mut self.connection }) {
                Poll::Ready(Ok(1..)) => moved = true,
                Poll::Ready(failed) => {
                    let error = failed.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into());
                    self.connection.handle_write_error(transport_error(&error));
                }
                Poll::Pending => break,
            }
        }
        self.unflushed |= moved;
        if let Poll::Ready(Err(error)) = self.finish_sending() {
            self.connection.handle_write_error(transport_error(&error));
        }
        moved
    }

    /// Flushes what a buffering stream keeps back, and shuts the write side down when it is time.
    fn finish_sending(&mut self) -> Poll<io::Result<()>> {
        let Some(transport) = &mut self.transport else { return Poll::Ready(Ok(())) };
        let mut cx = Context::from_waker(&self.write_waker);
        if self.unflushed {
            ready!(transport.poll_flush(&mut cx))?;
            self.unflushed = false;
        }
        if self.connection.wants_shutdown() {
            let result = ready!(transport.poll_shutdown(&mut cx));
            self.connection.handle_shutdown();
            result?;
        }
        Poll::Ready(Ok(()))
    }

    /// Receives once; whether anything moved.
    fn receive(&mut self) -> bool {
        let (connection, leftover) = (&mut self.connection, &mut self.leftover);
        let now = clock::now();
        if self.receiving || !connection.wants_input() {
            return false;
        }
        if !leftover.is_empty() {
            let used = connection.receive(now, leftover);
            leftover.drain(..used);
            release_if_empty(leftover);
            return true;
        }
        let Some(transport) = &mut self.transport else { return false };
        let mut intake = Intake { connection, leftover, now };
        match transport.poll_recv(&mut Context::from_waker(&self.read_waker), &mut intake) {
            Poll::Ready(Ok(1..)) => true,
            Poll::Ready(Ok(0)) => {
                self.connection.handle_eof();
                true
            }
            Poll::Ready(Err(error)) => {
                self.connection.handle_error(transport_error(&error));
                true
            }
            Poll::Pending => false,
        }
    }

    /// Ends a read; its message goes to the next one, which has to hear of it.
    pub(crate) fn cancel_read(&mut self, read: TaskId, link: &Link) {
        self.connection.cancel_read(read);
        self.announce(link);
    }

    /// Wakes whoever has something to hear, and lets go of the transport once it is not needed any more.
    pub(crate) fn announce(&mut self, link: &Link) {
        while let Some(event) = self.connection.poll_event() {
            match event {
                Event::ReadReady(task) | Event::WriteDone(task)
                    if self.looking != Some(Ticket::Task(task)) =>
                {
                    link.waiters.wake(Ticket::Task(task));
                }
                Event::ReadReady(_) | Event::WriteDone(_) => {}
                other => {
                    link.waiters.wake_watchers();
                    self.tell_owner(link, other);
                }
            }
        }
        // A thread that sleeps in the system must hear of the end now, not when the last courtesies are over.
        let holds_a_thread = self.receiving && self.is_over() && !self.connection.has_output();
        if (holds_a_thread || self.connection.is_finished())
            && let Some(transport) = self.transport.take()
        {
            defer::drop_transport(transport);
            link.waiters.call_keeper();
        }
        link.waiters.arm(self.connection.poll_timeout());
    }

    fn tell_owner(&self, link: &Link, event: Event) {
        let tell: fn(&dyn Owner, &Arc<Link>) = match event {
            Event::Arrived => |owner, _| owner.arrived(),
            Event::Over => |owner, link| owner.over(link),
            _ => return,
        };
        if let Some(link) = self.link.upgrade().filter(|_| link.owner.is_some()) {
            defer::call(move || {
                if let Some(owner) = &link.owner {
                    tell(&**owner, &link);
                }
            });
        }
    }
}

/// An idle connection holds no read-ahead.
fn release_if_empty(leftover: &mut Vec<u8>) {
    if leftover.is_empty() {
        *leftover = Vec::new();
    }
}
