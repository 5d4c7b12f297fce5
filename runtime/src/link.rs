//! One connection with its transport, the lock around both, and everybody who waits for them.

use core::task::{Poll, Waker};
use std::sync::{Arc, PoisonError, Weak};

use bowline_core::{Connection, TransportErrorKind};

use crate::drive::Driven;
use crate::glance::try_lock;
use crate::keeper::Keeper;
use crate::lookout::Lookout;
use crate::parcel::Parcels;
use crate::server::Member;
use crate::sync::{AtomicUsize, Mutex, MutexGuard};
use crate::transport::Transport;
use crate::view::View;
use crate::waiters::{Side, Ticket, Waiters};
use crate::{Executor, Peer, defer};

/// A connection, its transport and everybody who waits for it.
pub(crate) struct Link {
    pub(crate) waiters: Waiters,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) peer: Peer,
    pub(crate) view: View,
    pub(crate) owner: Option<Member>,
    /// How many handles and tasks the user holds.
    pub(crate) handles: AtomicUsize,
    state: Mutex<Driven>,
    this: Weak<Self>,
}

impl Link {
    /// Joins a connection and a transport, and spawns the keeper that looks after them.
    pub(crate) fn spawn(
        executor: Arc<dyn Executor>,
        connection: Connection<Parcels>,
        transport: Box<dyn Transport>,
        peer: Peer,
        view: View,
        owner: Option<Member>,
    ) -> Arc<Self> {
        Lookout::begin(&executor);
        let link = Arc::new_cyclic(|link: &Weak<Self>| Self {
            waiters: Waiters::default(),
            executor,
            peer,
            view,
            owner,
            handles: AtomicUsize::new(0),
            state: Mutex::new(Driven::new(connection, transport, link)),
            this: Weak::clone(link),
        });
        link.view.connected();
        link.waiters.call_keeper();
        link.executor.spawn(Box::pin(Keeper::new(Arc::clone(&link))));
        link
    }

    /// Runs `work` under the lock. Nothing of the user's runs before the lock is free again.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Driven) -> R) -> R {
        defer::hold(|| work(&mut self.lock()))
    }

    /// Asks the connection something.
    pub(crate) fn ask<R>(&self, question: impl FnOnce(&Connection<Parcels>) -> R) -> R {
        self.with(|driven| driven.connection.ask(question))
    }

    /// Moves what can be moved.
    pub(crate) fn drive(&self) {
        self.with(|driven| driven.drive(self));
    }

    /// Looks, drives, looks again, and registers if there is nothing to be found.
    ///
    /// `look` is called under the lock. Driving happens right here, on the thread of whoever waits; mostly that is all, and
    /// nobody has to be registered.
    pub(crate) fn poll<R>(
        &self,
        waker: Option<&Waker>,
        ticket: Ticket,
        side: Side,
        mut look: impl FnMut(&mut Driven) -> Option<R>,
    ) -> Poll<R> {
        // Cloned before the lock is taken and dropped after it, since both are the user's code.
        let mut waker = waker.cloned();
        self.with(|driven| {
            if waker.is_some() && driven.is_greedy() {
                waker.take().into_iter().for_each(defer::wake);
                return Poll::Pending;
            }
            let mut found = look(driven).or_else(|| driven.drive_for(ticket, self, &mut look));
            if found.is_none()
                && let Some(waker) = waker.take()
            {
                self.waiters.register(ticket, side, waker);
                // What has become ready in between found nobody to wake.
                if self.waiters.is_readable() || driven.has_something_to_send() {
                    found = driven.drive_for(ticket, self, &mut look);
                }
            }
            let Some(found) = found else {
                driven.be_patient();
                return Poll::Pending;
            };
            self.forget(ticket);
            driven.resume(self);
            Poll::Ready(found)
        })
    }

    /// The transport is ready; see [`Waiters::ready`].
    pub(crate) fn ready(&self, side: Side) {
        self.look_after(self.waiters.ready(side));
    }

    /// See [`Waiters::hand_over`].
    pub(crate) fn hand_over(&self) {
        self.look_after(self.waiters.hand_over());
    }

    /// See [`Waiters::expect_drive`].
    pub(crate) fn expect_drive(&self) {
        self.look_after(self.waiters.expect_drive());
    }

    fn look_after(&self, enters: bool) {
        if enters {
            self.executor.lookout().enter(Weak::clone(&self.this));
        }
    }

    /// The lookout looks; whether it shall look again.
    pub(crate) fn look_around(&self) -> bool {
        self.look();
        let stays = self.waiters.look();
        if !stays {
            self.with(Driven::rest);
        }
        stays
    }

    /// This connection, unless it is being dropped.
    pub(crate) fn upgrade(&self) -> Option<Arc<Self>> {
        self.this.upgrade()
    }

    /// Stops waiting; the waker is the user's and is dropped outside of the lock.
    pub(crate) fn forget(&self, ticket: Ticket) {
        if let Some(waker) = self.waiters.remove(ticket) {
            defer::drop_waker(waker);
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

    /// The lock, if nobody holds it.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, Driven>> {
        try_lock(&self.state)
    }

    fn lock(&self) -> MutexGuard<'_, Driven> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
