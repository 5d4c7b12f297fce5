//! The server: who may connect, who is connected, and how it all ends.

mod accept;
mod acceptor;
mod books;
mod incoming;
mod shutdown;
mod stats;

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Arc;

use bowline_core::{Admission, CloseReason, Config, State};
use bytes::Bytes;

use crate::executor::Executor;
use crate::flow::Clients;
use crate::glance::Seen;
use crate::handle::Handle;
use crate::link::Link;
use crate::socket::Socket;
use crate::transport::{Arrival, Listen};
use crate::write::Write;
use crate::{Endpoint, Peer, WriteError, view};
pub use accept::{Accept, AcceptOperation};
pub use incoming::Incoming;
pub use shutdown::{Shutdown, ShutdownOperation, ShutdownReport};
pub use stats::ServerStats;

use acceptor::Acceptor;
use books::Books;
pub(crate) use books::Member;

/// What a server allows its clients. The order of the setters does not matter.
///
/// ```
/// use bowline_runtime::{Admission, Config, ServerOptions};
///
/// let options = ServerOptions::new()
///     .admission(Admission::new().max_clients(100))
///     .config(Config::new().message_limit(64 << 20));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerOptions {
    pub(crate) admission: Admission,
    pub(crate) config: Config,
}

impl ServerOptions {
    /// The defaults of [`Admission`] and [`Config`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the limits and deadlines, for an adapter that knows its transport.
    #[must_use]
    pub fn map_config(mut self, change: impl FnOnce(Config) -> Config) -> Self {
        self.config = change(self.config);
        self
    }

    /// How many clients there may be.
    #[must_use]
    pub const fn admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// The limits and deadlines of each connection.
    #[must_use]
    pub const fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }
}

/// Who gets a message that was sent to all.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Broadcast {
    /// So many clients will be sent it.
    pub queued: usize,
    /// These had no room for it.
    pub slow: Vec<Socket>,
    /// So many were about to close, or take no messages of this length.
    pub refused: usize,
}

/// A server: it accepts, and never reads or writes by itself.
///
/// Until the program shows interest, with [`accept`](Self::accept) or [`on_connect`](Self::on_connect), every client is
/// turned away at once with a reason. A task that is spawned to accept may run later than a client that connects at once:
/// make the first accept, or [`incoming`](Self::incoming), before spawning. Clones are the same server. When the last one is dropped nobody is let in any more
/// and whoever waits is refused; open sockets live on.
pub struct Server {
    books: Arc<Books>,
}

impl Server {
    /// Serves what comes in at `listen`. Adapters call this; programs call an adapter's `bind`.
    pub fn start(
        executor: Arc<dyn Executor>,
        options: ServerOptions,
        endpoint: Option<Endpoint>,
        listen: Box<dyn Listen>,
    ) -> Self {
        let books = Books::new(executor, options, endpoint);
        view::server_started(books.endpoint.as_ref());
        books.executor.spawn(Box::pin(Acceptor::new(Arc::clone(&books), listen)));
        Self::hold(books)
    }

    fn hold(books: Arc<Books>) -> Self {
        books.handles.fetch_add(1, Ordering::Relaxed);
        Self { books }
    }

    /// Where clients connect: for TCP with the port that the system chose, for a local name with what it stands for.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.books.endpoint.as_ref()
    }

    /// Queues an accept, which shows interest: from now on clients wait for an answer. The n-th live accept gets the
    /// n-th client.
    ///
    /// # Cancel safety
    /// Dropping the task loses no client; see [`Accept`].
    pub fn accept(&self) -> Accept {
        AcceptOperation::start(Arc::clone(&self.books))
    }

    /// The clients as a [`Stream`](futures_core::Stream). This call shows interest: from now on clients wait for an answer.
    #[must_use]
    pub fn incoming(&self) -> Clients {
        Clients::new(self.clone())
    }

    /// Decides by callback instead of accept tasks, which shows interest: `decide` sees who it is, before any byte of
    /// his messages, and `connected` gets the socket of whoever was let in.
    ///
    /// Both run on threads of the executor, without any lock of the library's held; what they do about the server or
    /// its sockets is safe. A panic in one costs that client. A second call replaces the callbacks.
    pub fn on_connect(
        &self,
        decide: impl Fn(&Peer) -> bool + Send + Sync + 'static,
        connected: impl Fn(Socket) + Send + Sync + 'static,
    ) {
        self.books.decide_by(Arc::new(move |incoming: Incoming| {
            if decide(incoming.peer())
                && let Ok(socket) = incoming.accept()
            {
                connected(socket);
            }
        }));
    }

    /// Calls `callback` whenever an accepted client's connection is over, with who it was and why. Runs on a thread of
    /// the executor, without any lock of the library's held. A second call replaces the callback.
    pub fn on_disconnect(&self, callback: impl Fn(&Peer, CloseReason) + Send + Sync + 'static) {
        self.books.report_to(Arc::new(callback));
    }

    /// Offers the server a stream that came in another way, as if it had connected.
    pub fn adopt(&self, arrival: Arrival) {
        self.books.handle_arrival(arrival);
    }

    /// The sockets of all clients that are connected now.
    #[must_use]
    pub fn sockets(&self) -> Vec<Socket> {
        let open = |(link, admitted): (Arc<Link>, bool)| {
            let is_open = admitted && link.with(|driven| driven.connection.state() == State::Open);
            is_open.then(|| Socket::new(Handle::new(link)))
        };
        self.books.links().into_iter().filter_map(open).collect()
    }

    /// Sends a message to every client that is connected now, without copying it and without waiting: a client whose
    /// queue is full is left out, so that a slow one holds up nobody. Nobody will hear what becomes of each message.
    ///
    /// ```no_run
    /// # fn example(server: &bowline_runtime::Server) {
    /// let report = server.broadcast("the bar is open");
    /// for slow in &report.slow {
    ///     slow.abort(); // or try again later
    /// }
    /// # }
    /// ```
    pub fn broadcast(&self, payload: impl Into<Bytes>) -> Broadcast {
        let payload = payload.into();
        let mut report = Broadcast::default();
        for socket in self.sockets() {
            match socket.try_write(payload.clone()).map(Write::detach) {
                Ok(Ok(())) => report.queued += 1,
                Err(WriteError::Full { .. }) => report.slow.push(socket),
                _ => report.refused += 1,
            }
        }
        report
    }

    /// How many clients are connected.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.books.counts().0
    }

    /// How many clients wait for an answer.
    #[must_use]
    pub fn undecided(&self) -> usize {
        self.books.counts().1
    }

    /// The server in numbers.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        let (clients, undecided) = self.books.counts();
        let stats = self.books.with(|page| page.stats.clone());
        ServerStats { clients, undecided, ..stats }
    }

    /// Stops in order: nobody is let in any more, whoever waits is refused, every open socket is closed as by
    /// [`Socket::close`] with this `patience`. The task ends when all are over and says how they ended.
    ///
    /// # Cancel safety
    /// Dropping the task changes nothing: the shutdown goes on.
    pub fn close(&self, patience: Duration) -> Shutdown {
        self.books.stop();
        ShutdownOperation::start(Arc::clone(&self.books), patience)
    }
}

impl Clone for Server {
    fn clone(&self) -> Self {
        Self::hold(Arc::clone(&self.books))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.books.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.books.stop();
        }
    }
}

impl core::fmt::Debug for Server {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let seen = self.books.glance(|page| {
            let state = if page.stopped { "stopped" } else { "serving" };
            (state, page.listener.clients(), page.listener.undecided())
        });
        let mut shown = f.debug_struct("Server");
        self.books.show_endpoint(&mut shown);
        match seen {
            Some((state, clients, undecided)) => {
                shown.field("state", &format_args!("{state}"));
                shown.field("clients", &clients).field("undecided", &undecided).finish()
            }
            None => shown.field("state", &Seen::<()>(None)).finish(),
        }
    }
}
