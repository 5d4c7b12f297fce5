//! The drive loop: what happens under a connection's lock, by whoever holds it.

mod receiving;
mod transfer;

use core::mem;
use core::task::Waker;
use std::sync::{Arc, Weak};

use bowline_core::{Connection, Event, TaskId};

use crate::link::Link;
use crate::nap::{Leftover, Nap};
use crate::parcel::Parcels;
use crate::server::Member;
use crate::transport::Transport;
use crate::waiters::Ticket;
use crate::wakers::{WriteWaker, read_waker};
use crate::{clock, defer};

/// What the lock protects: whoever holds it drives.
pub(crate) struct Driven {
    pub(crate) connection: Nap,
    transport: Option<Box<dyn Transport>>,
    /// Bytes that were read while there was room and for which there is none now.
    leftover: Leftover,
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
    /// Somebody is expected to drive, and nobody has begun since.
    expected: bool,
    /// The keeper was called, and nobody has begun to drive since.
    called: bool,
    /// A callback has a message and may answer it.
    answering: bool,
    /// The transport has said so.
    knows_peer: bool,
    read_waker: Waker,
    write_waker: WriteWaker,
}

/// How often both directions are tried before others get their turn.
const ROUNDS: usize = 4;
/// So many bytes at once are likely to be followed by more.
const MUCH: usize = 64 << 10;
/// How many results in a row are there at once before the task that takes them lets others have their turn: one flooded
/// connection must not starve its executor.
const STREAK: u32 = 32;

impl Driven {
    pub(crate) fn new(
        connection: Connection<Parcels>,
        transport: Box<dyn Transport>,
        link: &Weak<Link>,
    ) -> Self {
        Self {
            connection: Nap::new(connection),
            transport: Some(transport),
            leftover: Leftover::default(),
            unflushed: false,
            streak: 0,
            looking: None,
            receiving: false,
            paused: false,
            expected: false,
            called: false,
            answering: false,
            knows_peer: false,
            read_waker: read_waker(link),
            write_waker: WriteWaker::new(Weak::clone(link)),
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

    /// Whether the program can be asked about the peer.
    pub(crate) fn knows_peer(&mut self) -> bool {
        self.knows_peer =
            self.knows_peer || self.transport.as_ref().is_some_and(|transport| transport.knows_peer());
        self.knows_peer
    }

    /// Whether the transport is gone for good.
    pub(crate) const fn is_finished(&self) -> bool {
        self.transport.is_none()
    }

    /// Drives for a task that looks for its result and needs no wake-up for it. Where nothing can have come in, it only sends.
    pub(crate) fn drive_for<R>(
        &mut self,
        ticket: Ticket,
        link: &Link,
        look: &mut impl FnMut(&mut Self) -> Option<R>,
    ) -> Option<R> {
        self.looking = Some(ticket);
        let found = if link.waiters.is_readable() {
            self.drive_until(link, look)
        } else {
            self.drive_out(link);
            None
        };
        self.looking = None;
        found.or_else(|| look(self))
    }

    /// Somebody shall drive soon; whether that is seen to already, or [`Link::expect_drive`] has to follow.
    ///
    /// Between two drives it is true of the same messages, so that a burst of them says it once.
    pub(crate) const fn expect_drive(&mut self) -> bool {
        mem::replace(&mut self.expected, true)
    }

    /// A callback runs for the message that came last.
    pub(crate) const fn expect_answer(&mut self) {
        self.answering = true;
    }

    /// Nobody waits for what was written; whether it is seen to already, or [`Waiters::call_keeper`] has to follow.
    ///
    /// A callback's answer leaves at once: calling the keeper would cost more. Where more messages have come, their answers
    /// are better off together, and so is all that follows a first answer.
    ///
    /// [`Waiters::call_keeper`]: crate::waiters::Waiters::call_keeper
    pub(crate) fn see_off(&mut self, link: &Link) -> bool {
        if mem::take(&mut self.answering) && self.connection.unread() == 0 {
            self.drive_out(link);
            return true;
        }
        mem::replace(&mut self.called, true)
    }

    /// Moves bytes both ways until neither moves, then says who may go on.
    pub(crate) fn drive(&mut self, link: &Link) {
        let _nothing_looked_for = self.drive_until(link, &mut |_| None::<()>);
    }

    /// Moves bytes both ways until neither moves, or until what is looked for is found and much has come: the rest is
    /// better left where it is until that was used, while it is in the processor's memory.
    fn drive_until<R>(&mut self, link: &Link, look: &mut impl FnMut(&mut Self) -> Option<R>) -> Option<R> {
        (self.expected, self.called) = (false, false);
        link.waiters.drives();
        let now = clock::now();
        // What has come in time counts, even if nobody was there to look.
        let mut received = self.receive(now, link);
        self.connection.handle_timeout(now);
        let (mut found, mut more) = (None, true);
        for _ in 0..ROUNDS {
            let sent = self.send();
            if received >= MUCH {
                found = look(self);
            }
            if found.is_some() {
                break;
            }
            received = self.receive(now, link);
            more = sent || received > 0;
            if !more {
                break;
            }
        }
        self.paused = !self.connection.wants_input();
        self.announce(link);
        match (&found, more) {
            (Some(_), _) => link.hand_over(),
            (None, true) => link.waiters.call_keeper(),
            (None, false) => {}
        }
        found
    }

    /// Nothing has happened for a while: gives back what is not needed now.
    pub(crate) fn rest(&mut self) {
        self.connection.rest();
        self.leftover.rest();
        self.write_waker.rest();
    }

    /// Sees to it that reading goes on if it had stopped and there is room again.
    pub(crate) fn resume(&self, link: &Link) {
        if self.paused && self.connection.wants_input() {
            link.hand_over();
        }
    }

    /// Ends a read; its message goes to the next one, which has to hear of it.
    pub(crate) fn cancel_read(&mut self, read: TaskId, link: &Link) {
        self.connection.cancel_read(read);
        self.announce(link);
    }

    /// Wakes whoever has something to hear, and lets go of the transport once it is not needed any more.
    pub(crate) fn announce(&mut self, link: &Link) {
        // Of a peer who is not known yet nothing is told but its end.
        while (self.knows_peer() || self.is_over())
            && let Some(event) = self.connection.poll_event()
        {
            match event {
                Event::ReadReady(task) | Event::WriteDone(task)
                    if self.looking != Some(Ticket::task(task)) =>
                {
                    link.waiters.wake(Ticket::task(task));
                }
                Event::ReadReady(_) | Event::WriteDone(_) => {}
                other => {
                    link.waiters.wake_watchers();
                    link.view.happened(other, &self.connection, &link.peer);
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
            self.call_owner(link, |owner, _| owner.released());
            link.waiters.call_keeper();
        }
        link.waiters.arm(self.connection.poll_timeout());
    }

    fn tell_owner(&self, link: &Link, event: Event) {
        let tell: fn(&Member, &Arc<Link>) = match event {
            Event::Arrived => |owner, _| owner.arrived(),
            Event::Over => |owner, link| owner.over(link),
            _ => return,
        };
        self.call_owner(link, tell);
    }

    /// Calls the owner, if there is one, once the lock is free.
    fn call_owner(&self, link: &Link, tell: fn(&Member, &Arc<Link>)) {
        if let Some(link) = link.upgrade().filter(|link| link.owner.is_some()) {
            defer::call(move || {
                if let Some(owner) = &link.owner {
                    tell(owner, &link);
                }
            });
        }
    }
}
