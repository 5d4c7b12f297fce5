//! One connection with its transport: the lock around both, and the drive loop.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker, ready};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Wake;

use bowline_core::{Connection, Event, TaskId, TransportErrorKind};

use crate::error::transport_error;
use crate::keeper::Keeper;
use crate::parcel::Parcels;
use crate::transport::{Intake, Outflow, Transport};
use crate::waiters::{Side, Ticket, Waiters};
use crate::{Executor, Peer, clock, defer};

/// A connection, its transport and everybody who waits for it.
pub(crate) struct Link {
    pub(crate) waiters: Waiters,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) peer: Peer,
    owner: Option<Box<dyn Owner>>,
    /// How many handles and tasks the user holds.
    handles: AtomicUsize,
    state: Mutex<Driven>,
}

/// Who keeps the books of a server's connections. Called without any lock held.
pub(crate) trait Owner: Send + Sync {
    /// The client has said hello.
    fn arrived(&self, link: &Arc<Link>);
    /// The connection is over.
    fn over(&self, link: &Arc<Link>);
}

/// What the lock protects: whoever holds it drives.
pub(crate) struct Driven {
    pub(crate) connection: Connection<Parcels>,
    transport: Option<Box<dyn Transport>>,
    /// Bytes that were read while there was room and for which there is none now.
    leftover: Vec<u8>,
    /// The stream itself may keep bytes back.
    unflushed: bool,
    /// Reading has stopped for want of room, and nobody will be told by the transport to go on.
    paused: bool,
    read_waker: Waker,
    write_waker: Waker,
    link: Weak<Link>,
}

/// How often both directions are tried before others get their turn.
const ROUNDS: usize = 16;

impl Link {
    /// Joins a connection and a transport, and spawns the keeper that looks after them.
    pub(crate) fn spawn(
        executor: Arc<dyn Executor>,
        connection: Connection<Parcels>,
        transport: Box<dyn Transport>,
        peer: Peer,
        owner: Option<Box<dyn Owner>>,
    ) -> Arc<Self> {
        let link = Arc::new_cyclic(|link: &Weak<Self>| Self {
            waiters: Waiters::default(),
            executor,
            peer,
            owner,
            handles: AtomicUsize::new(0),
            state: Mutex::new(Driven {
                connection,
                transport: Some(transport),
                leftover: Vec::new(),
                unflushed: false,
                paused: false,
                read_waker: Arc::new(Ready { link: Weak::clone(link), side: Side::Read }).into(),
                write_waker: Arc::new(Ready { link: Weak::clone(link), side: Side::Write }).into(),
                link: Weak::clone(link),
            }),
        });
        link.waiters.call_keeper();
        link.executor.spawn(Box::pin(Keeper::new(Arc::clone(&link))));
        link
    }

    /// Runs `work` under the lock. Nothing of the user's runs before the lock is free again.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Driven) -> R) -> R {
        defer::hold(|| work(&mut self.lock()))
    }

    /// Moves what can be moved.
    pub(crate) fn drive(&self) {
        self.with(|driven| driven.drive(self));
    }

    /// Looks, registers, drives, and looks again, until `look` finds something.
    ///
    /// `look` is called under the lock. Driving happens right here, on the thread of whoever waits.
    pub(crate) fn poll<R>(
        &self,
        waker: Option<&Waker>,
        ticket: Ticket,
        side: Side,
        mut look: impl FnMut(&mut Driven) -> Option<R>,
    ) -> Poll<R> {
        self.with(|driven| {
            if let Some(found) = look(driven) {
                self.forget(ticket);
                driven.resume(self);
                return Poll::Ready(found);
            }
            if let Some(waker) = waker {
                self.waiters.register(ticket, side, waker);
            }
            driven.drive(self);
            match look(driven) {
                Some(found) => {
                    self.forget(ticket);
                    Poll::Ready(found)
                }
                None => Poll::Pending,
            }
        })
    }

    /// Stops waiting; the waker is the user's and is dropped outside of the lock.
    pub(crate) fn forget(&self, ticket: Ticket) {
        if let Some(waker) = self.waiters.remove(ticket) {
            defer::call(move || drop(waker));
        }
    }

    /// A task that may have been woken to drive does not; somebody else has to.
    pub(crate) fn stop_waiting(&self, ticket: Ticket) {
        defer::hold(|| {
            self.forget(ticket);
            self.waiters.pass_on();
        });
    }

    /// Nobody drives this connection any more.
    pub(crate) fn fail(&self, kind: TransportErrorKind) {
        self.with(|driven| {
            driven.connection.handle_error(kind.into());
            driven.announce(self);
        });
    }

    fn lock(&self) -> MutexGuard<'_, Driven> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driven {
    /// Whether the transport is gone for good.
    pub(crate) const fn is_finished(&self) -> bool {
        self.transport.is_none()
    }

    /// Moves bytes both ways until neither moves, then says who may go on.
    pub(crate) fn drive(&mut self, link: &Link) {
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

    /// Sees to it that reading goes on if it had stopped and there is room again.
    pub(crate) fn resume(&self, link: &Link) {
        if self.paused && self.connection.wants_input() {
            link.waiters.expect_drive();
        }
    }

    /// Sends until there is nothing to send or the transport is full; whether anything moved.
    fn send(&mut self) -> bool {
        let Some(transport) = &mut self.transport else { return false };
        let mut cx = Context::from_waker(&self.write_waker);
        let mut moved = false;
        while self.connection.has_output() {
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
        if !connection.wants_input() {
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
                Event::ReadReady(task) | Event::WriteDone(task) => link.waiters.wake(Ticket::Task(task)),
                Event::Arrived => self.tell_owner(link, |owner, link| owner.arrived(link)),
                Event::Over => {
                    link.waiters.wake_watchers();
                    self.tell_owner(link, |owner, link| owner.over(link));
                }
                _ => link.waiters.wake_watchers(),
            }
        }
        if self.connection.is_finished()
            && let Some(transport) = self.transport.take()
        {
            defer::drop_transport(transport);
            link.waiters.call_keeper();
        }
        link.waiters.driven(self.connection.poll_timeout());
    }

    fn tell_owner(&self, link: &Link, tell: fn(&dyn Owner, &Arc<Link>)) {
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

/// The transport's waker: it belongs to the connection, not to whoever drives, so that readiness reaches all who wait.
struct Ready {
    link: Weak<Link>,
    side: Side,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(link) = self.link.upgrade() {
            link.waiters.ready(self.side);
        }
    }
}

/// A hard reference: with the last one the connection says goodbye.
pub(crate) struct Handle(Arc<Link>);

impl Handle {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        link.handles.fetch_add(1, Ordering::Relaxed);
        Self(link)
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.0))
    }
}

impl core::ops::Deref for Handle {
    type Target = Arc<Link>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // AcqRel: what was done through other handles comes before the goodbye.
        if self.0.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.with(|driven| driven.connection.abandon(clock::now()));
            self.0.waiters.call_keeper();
        }
    }
}
