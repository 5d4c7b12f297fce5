//! The handle of one open connection.

use core::time::Duration;
use std::sync::Arc;

use bowline_core::{CloseReason, Connection, State, Stats};
use bytes::Bytes;

use crate::close::{self, Close, Ended};
use crate::drive::Driven;
use crate::error::{ReadError, WriteError};
use crate::flow::{Messages, Outgoing};
use crate::glance::Seen;
use crate::halves::{ReadHalf, WriteHalf};
use crate::handle::Handle;
use crate::parcel::Parcel;
use crate::read::{Read, ReadOperation};
use crate::read_many::{self, ReadBatch, ReadMany};
use crate::write::{Write, WriteOperation};
use crate::write_all::{WriteAll, WriteAllOperation};
use crate::{Executor, Peer, clock, on_message};

/// One end of an open connection: whole messages in, whole messages out.
///
/// Clones are the same socket; it can be used from any number of threads and tasks without further care. When the last
/// clone and the last of its tasks are dropped the connection says goodbye by itself, within a bounded time
/// ([`Config::linger`](bowline_core::Config::linger)); messages that nobody read are then not acknowledged.
/// [`close`](Self::close) does it in full and says what arrived.
///
/// A socket never reconnects.
#[derive(Clone)]
pub struct Socket {
    handle: Handle,
}

impl Socket {
    pub(crate) const fn new(handle: Handle) -> Self {
        Self { handle }
    }

    pub(crate) fn number(&self) -> usize {
        self.handle.view.number()
    }

    pub(crate) fn expect_answer(&self) {
        self.handle.with(Driven::expect_answer);
    }

    pub(crate) fn executor(&self) -> &Arc<dyn Executor> {
        &self.handle.executor
    }

    /// Queues a read. The n-th live read owns the n-th message; any number may be queued.
    ///
    /// # Errors
    /// The task ends with [`ReadError::Closed`] once nothing more will come and all that came was read.
    ///
    /// # Cancel safety
    /// Dropping the task loses no message; see [`Read`].
    pub fn read(&self) -> Read {
        ReadOperation::start(self.handle.clone())
    }

    /// Takes a message that is there already and that no queued read owns; `None` if there is none.
    ///
    /// # Errors
    /// [`ReadError::Closed`] once nothing more will come.
    pub fn try_read(&self) -> Result<Option<Bytes>, ReadError> {
        let mut read = self.read();
        read.try_take().transpose()
    }

    /// Queues a message. It leaves after all that were queued before it, and waits while the queue is full.
    ///
    /// Nothing is sent by this call: awaiting the task sends, at once and everything that is queued; what nobody awaits
    /// is sent by the library, in large batches. To send without awaiting, [`detach`](crate::Task::detach) the task: a
    /// message whose task is merely held leaves when anybody awaits anything of this socket or asks for the
    /// [`status`](crate::Task::status), else within about 0.1 s.
    ///
    /// # Errors
    /// The task ends with [`WriteError::NotSent`] or [`WriteError::TooLong`] when not a byte of the message left, and
    /// then holds the payload; with [`WriteError::Unknown`] when the connection broke with bytes on their way.
    ///
    /// # Cancel safety
    /// Dropping the task cancels the write; see [`Write`].
    pub fn write(&self, payload: impl Into<Bytes>) -> Write {
        WriteOperation::start(self.handle.clone(), payload.into())
    }

    /// Reads at least one message and at most `most`, as many as are there.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Cancel safety
    /// Dropping the task loses no message; see [`ReadMany`].
    pub fn read_many(&self, most: usize) -> ReadMany {
        read_many::read_many(self.handle.clone(), most)
    }

    /// Reads at least one message and the small ones that came together with it, in one piece of memory.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Cancel safety
    /// Dropping the task loses no message; see [`ReadBatch`].
    pub fn read_batch(&self) -> ReadBatch {
        read_many::read_batch(self.handle.clone())
    }

    /// Queues several messages, one right after the other.
    ///
    /// # Errors
    /// The task ends with a [`WriteAllError`](crate::WriteAllError), which holds those of which not a byte left.
    ///
    /// # Cancel safety
    /// Dropping the task cancels those that have not left; see [`WriteAll`].
    pub fn write_all<P: Into<Bytes>>(&self, payloads: impl IntoIterator<Item = P>) -> WriteAll {
        WriteAllOperation::start(self.handle.clone(), payloads.into_iter().map(Into::into))
    }

    /// Calls `callback` with each message, one after the other and in order, on a thread of the executor, until nothing
    /// more will come; [`ended`](Self::ended) says when that is, and why. Reads that are queued elsewhere get their messages
    /// all the same. What the callback does about this or any other socket is safe.
    ///
    /// The library holds the socket as long as it lasts: it ends by [`close`](Self::close), [`abort`](Self::abort) or the
    /// peer. A panic in the callback ends the calls, and lets go of the socket.
    pub fn on_message(&self, callback: impl FnMut(&Self, Bytes) + Send + 'static) {
        on_message::start(self.clone(), callback);
    }

    /// Queues a message if there is room for it now.
    ///
    /// # Errors
    /// As [`write`](Self::write), at once, and [`WriteError::Full`] when there is no room. Each hands the payload back.
    pub fn try_write(&self, payload: impl Into<Bytes>) -> Result<Write, WriteError> {
        WriteOperation::try_start(self.handle.clone(), payload.into())
    }

    /// Sends a message without a task: nobody will hear what becomes of it. It leaves soon, with others that are queued by then.
    /// This is the fastest way to send many small messages; [`close`](Self::close) tells how many of them arrived.
    ///
    /// # Errors
    /// As [`write`](Self::write), at once, and [`WriteError::Full`] when there is no room: [`write`](Self::write) it then, which
    /// waits for room. Each hands the payload back.
    ///
    /// ```no_run
    /// # use bowline_runtime::{Socket, WriteError};
    /// # async fn example(socket: &Socket) -> Result<(), WriteError> {
    /// match socket.post("tick") {
    ///     Err(WriteError::Full { payload }) => drop(socket.write(payload).await?),
    ///     posted => posted?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn post(&self, payload: impl Into<Bytes>) -> Result<(), WriteError> {
        let payload = payload.into();
        let length = payload.len();
        let payload = Parcel::new(payload);
        let (posted, is_called) =
            self.handle.with(|driven| (driven.connection.post(payload), driven.see_off(&self.handle)));
        if !is_called {
            self.handle.waiters.call_keeper();
        }
        let posted = posted.map(|copied| drop(copied.map(Parcel::into_bytes))).map_err(WriteError::from);
        self.handle.view.queued("post", length, posted.as_ref().err());
        posted
    }

    /// The messages as a [`Stream`](futures_core::Stream).
    #[must_use]
    pub fn messages(&self) -> Messages {
        Messages::new(self.clone())
    }

    /// The writing side as a [`Sink`](futures_sink::Sink), whose `close` waits 5 s for the peer.
    #[must_use]
    pub fn sink(&self) -> Outgoing {
        Outgoing::new(self.clone(), Duration::from_secs(5))
    }

    /// The two directions as two handles, which can go to different threads or tasks.
    #[must_use]
    pub fn split(self) -> (ReadHalf, WriteHalf) {
        (ReadHalf(self.clone()), WriteHalf(self))
    }

    /// Closes in order: what is queued is sent, then a goodbye; the task ends when the peer's side has taken everything
    /// in, or `patience` has passed, and says which messages are unconfirmed. Nothing can be written any more, but
    /// messages that come in meanwhile can be read.
    ///
    /// # Cancel safety
    /// Dropping the task changes nothing: the close goes on.
    pub fn close(&self, patience: Duration) -> Close {
        self.handle.with(|driven| driven.connection.close(clock::now(), patience));
        close::close(self.handle.clone())
    }

    /// Ends the connection now. What the peer has not taken in may be lost to it.
    pub fn abort(&self) {
        self.handle.with(|driven| {
            driven.connection.abort();
            driven.announce(&self.handle);
        });
    }

    /// A task that ends when the connection is over, and says why.
    pub fn ended(&self) -> Ended {
        close::ended(self.handle.clone())
    }

    /// Why the connection is over; `None` while it is not.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.handle.ask(Connection::close_reason)
    }

    /// Whether messages can be written.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.handle.ask(Connection::state) == State::Open
    }

    /// The connection in numbers.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.handle.ask(Connection::stats)
    }

    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.handle.peer
    }

    /// The longest message in bytes that the peer takes.
    #[must_use]
    pub fn peer_message_limit(&self) -> u32 {
        self.handle.ask(Connection::peer_message_limit)
    }
}

impl core::fmt::Debug for Socket {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let seen = self.handle.glance(|driven| {
            let Stats { received, sent, .. } = driven.connection.stats();
            (driven.connection.state(), received.queued, sent.queued)
        });
        let mut shown = f.debug_struct("Socket");
        shown
            .field("number", &self.handle.view.number())
            .field("peer", &format_args!("{}", self.handle.peer));
        match seen {
            Some((state, unread, unsent)) => {
                shown.field("state", &state).field("unread", &unread).field("unsent", &unsent).finish()
            }
            None => shown.field("state", &Seen::<State>(None)).finish(),
        }
    }
}
