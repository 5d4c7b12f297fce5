//! A server's books: who may connect, who waits for an answer, who is connected.

use core::num::NonZeroU64;

use crate::storage::{Queue, Storage};
use crate::task::TaskIds;
use crate::turnstile::{Taken, Turnstile};
use crate::{ReadError, Refusal, Status, TaskId};

/// The name of one client of one listener; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClientId(NonZeroU64);

/// How many clients a server wants. The order of the setters does not matter.
///
/// ```
/// use bowline_core::Admission;
///
/// let admission = Admission::new().max_clients(100).max_per_user(10).backlog(16);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Admission {
    max_clients: usize,
    max_per_user: usize,
    backlog: usize,
}

impl Default for Admission {
    fn default() -> Self {
        Self { max_clients: 1024, max_per_user: 256, backlog: 64 }
    }
}

impl Admission {
    /// The defaults: 1,024 clients, 256 of one user, 64 without an answer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The most clients at a time, those without an answer included.
    #[must_use]
    pub const fn max_clients(mut self, clients: usize) -> Self {
        self.max_clients = clients;
        self
    }

    /// The most clients of one user at a time.
    #[must_use]
    pub const fn max_per_user(mut self, clients: usize) -> Self {
        self.max_per_user = clients;
        self
    }

    /// The most clients without an answer at a time.
    #[must_use]
    pub const fn backlog(mut self, clients: usize) -> Self {
        self.backlog = clients;
        self
    }
}

/// Decides who may connect, hands clients to accept tasks in order, and counts them.
///
/// *Nobody is let in until the program has shown interest*, with an [`accept`](Self::accept) or by
/// [`show_interest`](Self::show_interest). From then on clients wait in the backlog: the n-th live accept owns the n-th
/// client, and a cancelled accept leaves its client to the next.
///
/// The life of a client: [`handle_arrival`](Self::handle_arrival) → [`offer`](Self::offer) once it has said hello →
/// [`take`](Self::take) → [`admit`](Self::admit) → [`handle_gone`](Self::handle_gone). A refused or lost one goes
/// straight to the last.
///
/// ```
/// use bowline_core::{Admission, Heap, Listener, Refusal};
///
/// let mut listener = Listener::<Heap>::new(Admission::new());
/// assert_eq!(listener.handle_arrival(None), Err(Refusal::NotAccepting));
///
/// let accept = listener.accept()?;
/// let client = listener.handle_arrival(None)?;
/// listener.offer(client);
/// assert_eq!(listener.take(accept)?, Some(client));
/// listener.admit(client);
/// assert_eq!(listener.clients(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Listener<S: Storage> {
    admission: Admission,
    interested: bool,
    stopped: bool,
    ids: TaskIds,
    last_client: u64,
    clients: S::Queue<Client>,
    turnstile: Turnstile<S, ClientId>,
    undecided: usize,
}

struct Client {
    id: ClientId,
    /// Whether the system says who it is.
    is_user: bool,
    user: u64,
    admitted: bool,
}

/// What the server's program may want to hear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ListenerEvent {
    /// This accept has its client, or will never have one.
    AcceptReady(TaskId),
}

// What the program does.
impl<S: Storage> Listener<S> {
    /// A listener that turns everybody away until somebody shows interest.
    #[must_use]
    pub fn new(admission: Admission) -> Self {
        Self {
            admission,
            interested: false,
            stopped: false,
            ids: TaskIds::default(),
            last_client: 0,
            clients: Default::default(),
            turnstile: Turnstile::new(),
            undecided: 0,
        }
    }

    /// Lets clients wait for an answer from now on.
    pub const fn show_interest(&mut self) {
        self.interested = true;
    }

    /// Whether anybody has [shown interest](Self::show_interest).
    #[must_use]
    pub const fn is_interested(&self) -> bool {
        self.interested
    }

    /// Queues an accept, which shows interest.
    ///
    /// # Errors
    /// [`ReadError::Full`] when a storage of fixed size holds no more.
    pub fn accept(&mut self) -> Result<TaskId, ReadError> {
        self.show_interest();
        let accept = self.ids.next();
        if self.turnstile.enter(accept) { Ok(accept) } else { Err(ReadError::Full) }
    }

    /// Takes the client that this accept owns, and ends the accept; `None` while there is none.
    ///
    /// # Errors
    /// [`ReadError::Closed`] when the listener has stopped; [`ReadError::NoSuchTask`] when the accept ended before.
    pub fn take(&mut self, accept: TaskId) -> Result<Option<ClientId>, ReadError> {
        match self.turnstile.take(accept) {
            Taken::Item(client) => Ok(Some(client)),
            Taken::Pending => Ok(None),
            Taken::Ended => Err(ReadError::Closed(crate::CloseReason::Closed)),
            Taken::NoTicket => Err(ReadError::NoSuchTask),
        }
    }

    /// Takes the first client that no accept owns, for programs that decide by callback.
    pub fn take_unclaimed(&mut self) -> Option<ClientId> {
        self.turnstile.take_unclaimed()
    }

    /// Ends an accept. Its client, if it has one, goes to the next. `false` when it ended before.
    pub fn cancel_accept(&mut self, accept: TaskId) -> bool {
        self.turnstile.cancel(accept)
    }

    /// How an accept stands; `None` when it ended before.
    #[must_use]
    pub fn accept_status(&self, accept: TaskId) -> Option<Status> {
        self.turnstile.status(accept)
    }

    /// The program has accepted this client. `false` when it is gone already.
    pub fn admit(&mut self, client: ClientId) -> bool {
        let Some(client) = self.position(client).and_then(|index| self.clients.get_mut(index)) else {
            return false;
        };
        self.undecided -= usize::from(!client.admitted);
        client.admitted = true;
        true
    }

    /// Nobody is let in any more; accepts come to their end. Returns with each call a client that still waits for an
    /// answer and should be refused, until there is none.
    pub fn stop(&mut self) -> Option<ClientId> {
        self.stopped = true;
        self.turnstile.end();
        self.turnstile.discard()
    }

    /// How many clients are connected.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.len() - self.undecided
    }

    /// How many clients have no answer yet.
    #[must_use]
    pub const fn undecided(&self) -> usize {
        self.undecided
    }

    /// The next thing that the program may want to hear.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ListenerEvent> {
        self.turnstile.poll_ready().map(ListenerEvent::AcceptReady)
    }
}

// What the transport does.
impl<S: Storage> Listener<S> {
    /// A client has connected; nothing of it was read yet. `user` is whoever the system says it is.
    ///
    /// # Errors
    /// Why it has to be refused at once.
    pub fn handle_arrival(&mut self, user: Option<u64>) -> Result<ClientId, Refusal> {
        self.check_arrival(user)?;
        let id = ClientId(NonZeroU64::MIN.saturating_add(self.last_client));
        self.clients
            .push_back(Client { id, is_user: user.is_some(), user: user.unwrap_or(0), admitted: false })
            .map_err(|_full| Refusal::Full)?;
        self.last_client += 1;
        self.undecided += 1;
        Ok(id)
    }

    /// The client has said hello: it is the next free accept's. `false` when it has to be refused because the storage is
    /// full or the listener has stopped.
    pub fn offer(&mut self, client: ClientId) -> bool {
        !self.stopped && self.turnstile.push(client).is_ok()
    }

    /// The client was refused, has disconnected or was lost: whether it had been accepted, or `None` when that was known.
    pub fn handle_gone(&mut self, client: ClientId) -> Option<bool> {
        let gone = self.position(client).and_then(|index| self.clients.remove(index))?;
        self.undecided -= usize::from(!gone.admitted);
        self.turnstile.withdraw(|waiting| *waiting == client);
        Some(gone.admitted)
    }

    fn check_arrival(&self, user: Option<u64>) -> Result<(), Refusal> {
        let of_user = |user: u64| (0..self.clients.len()).filter(|&index| self.is_of(index, user)).count();
        match () {
            () if self.stopped => Err(Refusal::ShuttingDown),
            () if !self.interested => Err(Refusal::NotAccepting),
            () if self.clients.len() >= self.admission.max_clients => Err(Refusal::Full),
            () if self.undecided >= self.admission.backlog => Err(Refusal::Backlog),
            () if user.is_some_and(|user| of_user(user) >= self.admission.max_per_user) => {
                Err(Refusal::UserLimit)
            }
            () => Ok(()),
        }
    }

    fn is_of(&self, index: usize, user: u64) -> bool {
        self.clients.get(index).is_some_and(|client| client.is_user && client.user == user)
    }

    fn position(&self, client: ClientId) -> Option<usize> {
        self.clients.search(&client, |client| client.id).ok()
    }
}
