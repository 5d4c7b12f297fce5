//! One end of one connection: everything the application and the transport can do with it.

mod closing;
mod idle;
mod input;
mod life;
mod output;
mod tasks;
mod teardown;
mod timers;

use crate::config::MAX_MESSAGE;
use crate::hello::Hello;
use crate::inbox::Inbox;
use crate::outbox::Outbox;
use crate::storage::Storage;
use crate::task::TaskIds;
use crate::{CloseReason, Closed, Config, Instant, Refusal, TaskId, Text};
use closing::Farewell;
pub use idle::Idle;
use teardown::Teardown;
use timers::Timers;

/// One end of one connection: a state machine that is fed bytes and time, and asked for bytes and events.
///
/// It never touches a socket, a clock, a lock or a waker. Its methods come in five groups:
///
/// * **The application** queues tasks: [`read`](Self::read), [`write`](Self::write), [`close`](Self::close), takes
///   their results and cancels them.
/// * **The transport brings bytes**: [`receive`](Self::receive), or [`recv_buf`](Self::recv_buf) and
///   [`recv_advance`](Self::recv_advance) to read a long message straight into its place; then
///   [`handle_eof`](Self::handle_eof) and [`handle_error`](Self::handle_error).
/// * **The transport fetches bytes**: [`transmit`](Self::transmit) shows what is next, [`transmitted`](Self::transmitted)
///   counts what was sent; [`lend`](Self::lend) is for transports that confirm later.
/// * **Time**: [`poll_timeout`](Self::poll_timeout) says when [`handle_timeout`](Self::handle_timeout) is due. Spurious
///   calls do nothing.
/// * **The application hears**: [`poll_event`](Self::poll_event), until it returns `None`.
///
/// A driver, after anything happened: sends while [`has_output`](Self::has_output), receives while
/// [`wants_input`](Self::wants_input), shuts the write side down when [`wants_shutdown`](Self::wants_shutdown), polls
/// events, arms a timer, and drops the transport once [`is_finished`](Self::is_finished).
///
/// ```
/// use bowline_core::{Config, Connection, Event, Heap, Instant};
/// use bytes::Bytes;
///
/// fn carry(from: &mut Connection<Heap>, to: &mut Connection<Heap>, now: Instant) {
///     let mut slices: [&[u8]; 8] = [&[]; 8];
///     let filled = from.transmit(&mut slices);
///     let bytes = slices[..filled].concat();
///     from.transmitted(bytes.len());
///     to.receive(now, &bytes);
/// }
///
/// let now = Instant::default();
/// let mut client = Connection::<Heap>::client(Config::new(), now);
/// let mut server = Connection::<Heap>::server(Config::new(), now);
///
/// carry(&mut client, &mut server, now); // hello
/// assert_eq!(server.poll_event(), Some(Event::Arrived));
/// server.accept(now);
/// carry(&mut server, &mut client, now); // welcome
/// assert_eq!(client.poll_event(), Some(Event::Opened));
///
/// let read = server.read()?;
/// client.write(Bytes::from_static(b"ahoy"))?;
/// carry(&mut client, &mut server, now);
/// assert_eq!(server.take(read)?, Some(Bytes::from_static(b"ahoy")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Connection<S: Storage> {
    config: S::Shared<Config>,
    role: Role,
    phase: Phase,
    /// How it has ended; there is one in the last phase, and only then.
    end: Option<S::Rare<End>>,
    inbox: Inbox<S>,
    outbox: Outbox<S>,
    ids: TaskIds,
    farewell: Farewell,
    timers: Timers,
    opened: bool,
    /// The longest message that the peer takes.
    peer_limit: u32,
    told: Told,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Client,
    Server,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// The client waits for a welcome, the server for a hello.
    Greeting,
    /// The server's program decides.
    Deciding,
    Open,
    Over,
}

/// How a connection has ended.
struct End {
    reason: CloseReason,
    closed: Closed,
    /// What is left to do.
    teardown: Teardown,
}

/// Which one-time events were announced.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    arrived: bool,
    opened: bool,
    leaving: bool,
    over: bool,
}

/// What the application may want to hear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Server: the client has said hello; [`accept`](Connection::accept) or [`refuse`](Connection::refuse) it.
    Arrived,
    /// The connection is open: messages may flow.
    Opened,
    /// This read has its message, or will never have one.
    ReadReady(TaskId),
    /// This write has come to its end.
    WriteDone(TaskId),
    /// The peer has said goodbye; nothing more will come from it.
    PeerLeaving,
    /// The connection is over.
    Over,
}

/// How far a connection's life has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum State {
    /// The handshake is not finished.
    Connecting,
    /// Server: the client waits for an answer.
    Deciding,
    /// Messages flow.
    Open,
    /// One side has said that it closes; what has begun is finished.
    Draining,
    /// It is over.
    Closed,
}

// Construction and the server's decision.
impl<S: Storage> Connection<S> {
    /// The end that connects. With a heap, connections may share an `Arc<Config>`; a [`Config`] will do.
    #[must_use]
    pub fn client(config: impl Into<S::Shared<Config>>, now: Instant) -> Self {
        let mut connection = Self::new(Role::Client, config.into(), now);
        if connection.config.is_plain() {
            connection.open();
        } else {
            connection.greet();
        }
        connection
    }

    /// The end that accepts: it waits for a hello, then for [`accept`](Self::accept) or [`refuse`](Self::refuse). As to the
    /// configuration, see [`client`](Self::client).
    #[must_use]
    pub fn server(config: impl Into<S::Shared<Config>>, now: Instant) -> Self {
        let mut connection = Self::new(Role::Server, config.into(), now);
        if connection.config.is_plain() {
            connection.phase = Phase::Deciding;
        }
        connection
    }

    fn new(role: Role, config: S::Shared<Config>, now: Instant) -> Self {
        Self {
            role,
            phase: Phase::Greeting,
            end: None,
            inbox: Inbox::new(&config, now),
            outbox: Outbox::new(&config),
            ids: TaskIds::default(),
            farewell: Farewell::default(),
            timers: Timers::new(now),
            opened: false,
            peer_limit: if config.is_plain() { config.message_limit } else { MAX_MESSAGE },
            told: Told::default(),
            config,
        }
    }

    /// Server: opens the connection to a client that has arrived. Does nothing in any other state.
    pub fn accept(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Deciding) {
            self.timers.heard(now);
            self.open();
            if !self.config.is_plain() {
                self.greet();
            }
        }
    }

    /// Ends the connection and tells the peer why; on the plain profile it just ends. Does nothing once it is over.
    ///
    /// A server may call this before the hello has come.
    pub fn refuse(&mut self, now: Instant, refusal: Refusal, reason: Text) {
        self.timers.observe(now);
        self.turn_away(CloseReason::Declined(refusal), refusal, reason);
    }

    fn open(&mut self) {
        self.phase = Phase::Open;
        self.opened = true;
    }

    fn greet(&mut self) {
        let hello = Hello {
            limit: self.config.message_limit.min(S::MESSAGE_LIMIT),
            heartbeat: self.config.beats().map_or(0, crate::Heartbeat::milliseconds),
        };
        match self.role {
            Role::Client => self.outbox.pending.say_hello(hello),
            Role::Server => self.outbox.pending.welcome(hello),
        }
    }
}

// What the application hears.
impl<S: Storage> Connection<S> {
    /// The next thing that the application may want to hear. Events are derived from the state, not queued: nothing
    /// piles up if nobody asks.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        if !self.told.arrived && matches!(self.phase, Phase::Deciding) {
            self.told.arrived = true;
            return Some(Event::Arrived);
        }
        if !self.told.opened && matches!(self.phase, Phase::Open) {
            self.told.opened = true;
            return Some(Event::Opened);
        }
        if let Some(read) = self.inbox.poll_ready() {
            return Some(Event::ReadReady(read));
        }
        if let Some(write) = self.outbox.poll_done() {
            return Some(Event::WriteDone(write));
        }
        if !self.told.leaving && self.farewell.peer_left {
            self.told.leaving = true;
            return Some(Event::PeerLeaving);
        }
        if !self.told.over && matches!(self.phase, Phase::Over) {
            self.told.over = true;
            return Some(Event::Over);
        }
        None
    }
}

impl<S: Storage> core::fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Connection")
            .field("role", &self.role)
            .field("phase", &self.phase)
            .field("unread", &self.unread())
            .field("sent", &self.outbox.sent())
            .field("farewell", &self.farewell)
            .finish_non_exhaustive()
    }
}
