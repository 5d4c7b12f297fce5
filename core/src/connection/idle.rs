//! An open connection with nothing to do, in as little memory as that takes.

use super::timers::Lull;
use super::{Connection, Farewell, Phase, Role, Told};
use crate::Config;
use crate::inbox::{IdleInbox, Inbox};
use crate::outbox::{IdleOutbox, Outbox};
use crate::storage::Storage;
use crate::task::TaskIds;

/// What an open connection has to remember while it has nothing to do: for drivers of many connections, most of which are
/// idle. Made by [`Connection::idle`].
///
/// On a 64-bit machine it takes 136 bytes where a [`Connection`] on the heap takes 736. There is nothing to ask it: no message
/// waits either way, and no deadline runs but the one for the next ping.
///
/// ```
/// use bowline_core::{Config, Connection, Heap, Instant};
///
/// let mut connection = Connection::<Heap>::client(Config::new(), Instant::default());
/// assert!(connection.idle().is_none(), "it has to say hello");
/// # let welcome = b"\x10\0\0\x02bwln\x01\0\0\0\xFF\xFF\xFF\x7F\0\0\0\0";
/// # let mut slices: [&[u8]; 1] = [&[]];
/// # let _ = connection.transmit(&mut slices);
/// # connection.transmitted(20);
/// connection.receive(Instant::default(), welcome);
/// while connection.poll_event().is_some() {}
///
/// let idle = connection.idle().expect("nothing is left to do");
/// connection = idle.resume();
/// assert!(connection.has_opened());
/// ```
pub struct Idle<S: Storage> {
    config: S::Shared<Config>,
    ids: TaskIds,
    inbox: IdleInbox,
    outbox: IdleOutbox,
    lull: Lull,
    peer_limit: u32,
    role: Role,
}

impl<S: Storage> Connection<S> {
    /// What is left to remember of this connection, if that is little: it is open, nothing is queued but at most one read, nothing
    /// is under way, and every event was polled. [`Idle::resume`] makes a connection of it that is as this one.
    #[must_use]
    pub fn idle(&self) -> Option<Idle<S>> {
        let is_open = self.phase == Phase::Open && self.farewell == Farewell::default() && self.told.opened;
        Some(Idle {
            inbox: self.inbox.idle().filter(|_| is_open)?,
            outbox: self.outbox.idle()?,
            lull: self.timers.lull()?,
            config: self.config.clone(),
            ids: self.ids,
            peer_limit: self.peer_limit,
            role: self.role,
        })
    }
}

impl<S: Storage> Idle<S> {
    /// The connection, as it was.
    #[must_use]
    pub fn resume(&self) -> Connection<S> {
        Connection {
            role: self.role,
            phase: Phase::Open,
            end: None,
            inbox: Inbox::resume(&self.config, &self.inbox),
            outbox: Outbox::resume(&self.config, &self.outbox),
            ids: self.ids,
            farewell: Farewell::default(),
            timers: self.lull.end(),
            opened: true,
            peer_limit: self.peer_limit,
            told: Told { arrived: true, opened: true, leaving: false, over: false },
            config: self.config.clone(),
        }
    }
}

impl<S: Storage> core::fmt::Debug for Idle<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Idle").field("role", &self.role).finish_non_exhaustive()
    }
}
