//! The server's books: clients by their number, tasks that wait for them, and the callbacks.

use core::fmt::DebugStruct;
use core::mem;
use core::sync::atomic::AtomicUsize;
use core::task::Waker;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};

use bowline_core::{
    ClientId, CloseReason, Config, Connection, Heap, Listener, ListenerEvent, Refusal, State, TaskId, Text,
};

use super::stats::ServerStats;
use super::{Incoming, ServerOptions};
use crate::connect::Role;
use crate::executor::Executor;
use crate::link::Link;
use crate::transport::Arrival;
use crate::view::{self, View};
use crate::{Endpoint, Peer, clock, defer};

/// What all handles of one server share.
pub(crate) struct Books {
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) endpoint: Option<Endpoint>,
    pub(super) handles: AtomicUsize,
    /// One for all connections.
    config: Arc<Config>,
    page: Mutex<Page>,
}

type Decide = Arc<dyn Fn(Incoming) + Send + Sync>;
type Report = Arc<dyn Fn(&Peer, CloseReason) + Send + Sync>;

/// What the lock protects. Never held while a link's lock is taken.
pub(super) struct Page {
    pub(super) listener: Listener<Heap>,
    /// All clients that the listener counts.
    clients: BTreeMap<ClientId, Client>,
    /// How many connections are only there to be told why they were refused.
    turned_away: usize,
    pub(super) accepts: BTreeMap<TaskId, Waker>,
    decide: Option<Decide>,
    report: Option<Report>,
    pub(super) stats: ServerStats,
    pub(super) stopped: bool,
    pub(super) acceptor: Option<Waker>,
    /// The acceptor is gone, and its endpoint with it.
    pub(super) closed: bool,
    /// Whoever waits for the server's end.
    pub(super) watchers: Vec<Waker>,
}

struct Client {
    link: Arc<Link>,
    /// The accepts know of it.
    offered: bool,
    /// The program has let it in.
    admitted: bool,
}

/// The most refused clients that are told why at one time; others see the stream end.
const MAX_TURNED_AWAY: usize = 64;

impl Books {
    pub(super) fn new(
        executor: Arc<dyn Executor>,
        options: ServerOptions,
        endpoint: Option<Endpoint>,
    ) -> Arc<Self> {
        let page = Page {
            listener: Listener::new(options.admission),
            clients: BTreeMap::new(),
            turned_away: 0,
            accepts: BTreeMap::new(),
            decide: None,
            report: None,
            stats: ServerStats::default(),
            stopped: false,
            acceptor: None,
            closed: false,
            watchers: Vec::new(),
        };
        let (handles, config) = (AtomicUsize::new(0), Arc::new(options.config));
        Arc::new(Self { executor, endpoint, handles, config, page: Mutex::new(page) })
    }

    /// A stream has come in.
    pub(super) fn handle_arrival(self: &Arc<Self>, arrival: Arrival) {
        let admitted = match arrival.objection {
            Some(objection) => Err(objection),
            None => self.with(|page| page.listener.handle_arrival(arrival.peer.user())),
        };
        let (client, refusal) = match admitted {
            Ok(client) => (Some(client), None),
            Err(refusal) if self.with(Page::may_turn_away) => (None, Some(refusal)),
            Err(refusal) => {
                self.with(|page| page.stats.count_end(Some(CloseReason::Declined(refusal))));
                view::turned_away(&arrival.peer, refusal);
                return defer::drop_transport(arrival.transport);
            }
        };
        let mut connection = Connection::server(Arc::clone(&self.config), clock::now());
        if let Some(refusal) = refusal {
            connection.refuse(clock::now(), refusal, Text::EMPTY);
        }
        let member = Member { books: Arc::downgrade(self), client };
        let (transport, peer) = (arrival.transport, arrival.peer);
        let view = View::new(Role::Server, &self.config, self.endpoint.as_ref(), &peer);
        let link = Link::spawn(Arc::clone(&self.executor), connection, transport, peer, view, Some(member));
        if let Some(client) = client {
            self.enter(client, &link);
        }
    }

    /// Enters a client; its hello may have come, or its end, before it is in the books.
    fn enter(self: &Arc<Self>, client: ClientId, link: &Arc<Link>) {
        let entry = Client { link: Arc::clone(link), offered: false, admitted: false };
        let _none = self.with(|page| page.clients.insert(client, entry));
        match link.with(|driven| (driven.connection.state(), driven.knows_peer())) {
            (State::Deciding, true) => self.arrived(client),
            (State::Closed, _) => self.over(Some(client), link),
            _ => {}
        }
    }

    /// A client has said hello.
    fn arrived(self: &Arc<Self>, client: ClientId) {
        match self.with(|page| page.offer(client)) {
            Ok(link) => {
                link.view.offered();
                self.announce();
            }
            Err(Some(link)) => refuse(&link, Refusal::ShuttingDown, Text::EMPTY),
            Err(None) => {}
        }
    }

    /// Gives waiting clients to those who asked for them.
    pub(super) fn announce(self: &Arc<Self>) {
        let callback = self.with(|page| {
            while let Some(ListenerEvent::AcceptReady(accept)) = page.listener.poll_event() {
                page.accepts.remove(&accept).into_iter().for_each(defer::wake);
            }
            page.decide.clone()
        });
        let Some(decide) = callback else { return };
        while let Some(client) = self.with(|page| page.listener.take_unclaimed()) {
            if let Some(incoming) = self.incoming(client) {
                let decide = Arc::clone(&decide);
                self.executor.spawn(Box::pin(async move { decide(incoming) }));
            }
        }
    }

    /// A connection is over.
    fn over(self: &Arc<Self>, client: Option<ClientId>, link: &Arc<Link>) {
        let reason = link.with(|driven| driven.connection.close_reason());
        let (_gone, report, _callback, is_last) = self.with(|page| {
            let Some(client) = client else {
                page.stats.count_end(reason);
                return (None, None, None, false);
            };
            // Not entered yet, which `enter` will see, or over already, which it has seen.
            let Some(gone) = page.clients.remove(&client) else { return (None, None, None, false) };
            page.stats.count_end(reason);
            page.stats.insecure += u64::from(!gone.admitted && link.peer.fault().is_some());
            let admitted = page.listener.handle_gone(client) == Some(true);
            page.watchers.drain(..).for_each(defer::wake);
            let report = page.report.clone().filter(|_| admitted);
            (Some(gone), report, page.take_idle_report(), page.is_closed())
        });
        if let (Some(report), Some(reason)) = (report, reason) {
            let link = Arc::clone(link);
            self.executor.spawn(Box::pin(async move { report(&link.peer, reason) }));
        }
        if is_last {
            view::server_closed(self.endpoint.as_ref());
        }
    }

    pub(super) fn decide_by(self: &Arc<Self>, decide: Decide) {
        let _before = self.with(|page| {
            page.show_interest();
            page.decide.replace(decide)
        });
        self.announce();
    }

    pub(super) fn report_to(&self, report: Report) {
        let _before = self.with(|page| page.report.replace(report));
    }

    /// Nobody is let in any more; whoever waits is refused.
    pub(super) fn stop(&self) {
        // A callback may hold a handle of its own server, which would keep it alive for ever.
        let (_callbacks, waiting, stops) = self.with(|page| {
            let stops = (!mem::replace(&mut page.stopped, true)).then(|| page.listener.clients());
            let mut waiting = Vec::new();
            while let Some(client) = page.listener.stop() {
                waiting.extend(page.clients.get(&client).map(|client| Arc::clone(&client.link)));
            }
            while let Some(ListenerEvent::AcceptReady(accept)) = page.listener.poll_event() {
                page.accepts.remove(&accept).into_iter().for_each(defer::wake);
            }
            page.acceptor.take().into_iter().for_each(defer::wake);
            ((page.decide.take(), page.take_idle_report()), waiting, stops)
        });
        if let Some(clients) = stops {
            view::server_stopping(self.endpoint.as_ref(), clients);
        }
        waiting.iter().for_each(|link| refuse(link, Refusal::ShuttingDown, Text::EMPTY));
    }

    fn incoming(self: &Arc<Self>, client: ClientId) -> Option<Incoming> {
        let link = self.with(|page| page.link(client))?;
        Some(Incoming::new(Arc::clone(self), client, link))
    }

    /// The program has accepted; `false` if the client is gone.
    pub(super) fn admit(&self, client: ClientId) -> bool {
        self.with(|page| {
            page.clients.get_mut(&client).into_iter().for_each(|entry| entry.admitted = true);
            page.stats.accepted += 1;
            page.listener.admit(client)
        })
    }

    /// How many clients are connected, and how many wait for an answer.
    pub(super) fn counts(&self) -> (usize, usize) {
        self.with(|page| (page.listener.clients(), page.listener.undecided()))
    }

    /// Every connection of a client, and whether the client was let in.
    pub(super) fn links(&self) -> Vec<(Arc<Link>, bool)> {
        self.with(|page| {
            page.clients.values().map(|client| (Arc::clone(&client.link), client.admitted)).collect()
        })
    }

    /// Runs `work` under the lock. Nothing of the user's runs before the lock is free again.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Page) -> R) -> R {
        defer::hold(|| work(&mut self.lock()))
    }

    /// Looks at the page; `None` while somebody holds the lock, which is always std's: the books are not modelled.
    pub(super) fn glance<R>(&self, look: impl FnOnce(&Page) -> R) -> Option<R> {
        match self.page.try_lock() {
            Ok(page) => Some(look(&page)),
            Err(TryLockError::Poisoned(poisoned)) => Some(look(&poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Shows where the server is, if that has a name.
    pub(super) fn show_endpoint(&self, shown: &mut DebugStruct<'_, '_>) {
        if let Some(endpoint) = &self.endpoint {
            shown.field("endpoint", &format_args!("{endpoint}"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    /// The callback that nobody is left to be reported to: it may hold a handle of its own server, too.
    fn take_idle_report(&mut self) -> Option<Report> {
        if self.stopped && self.clients.is_empty() { self.report.take() } else { None }
    }

    /// The acceptor may have waited for that; see [`Listen::keeps_clients`](crate::Listen::keeps_clients).
    pub(super) fn show_interest(&mut self) {
        if !self.listener.is_interested() {
            self.listener.show_interest();
            self.acceptor.take().into_iter().for_each(defer::wake);
        }
    }

    /// The endpoint is free, and nobody is left.
    pub(super) fn is_closed(&self) -> bool {
        self.closed && self.clients.is_empty()
    }

    pub(super) fn link(&self, client: ClientId) -> Option<Arc<Link>> {
        self.clients.get(&client).map(|client| Arc::clone(&client.link))
    }

    /// Offers a client to the accepts, once; the error is what to refuse, if anything.
    fn offer(&mut self, client: ClientId) -> Result<Arc<Link>, Option<Arc<Link>>> {
        let entry = self.clients.get_mut(&client).filter(|entry| !entry.offered).ok_or(None)?;
        entry.offered = true;
        let link = Arc::clone(&entry.link);
        if self.listener.offer(client) { Ok(link) } else { Err(Some(link)) }
    }

    /// Whether one more client may be told why it is refused.
    fn may_turn_away(&mut self) -> bool {
        let may = self.turned_away < MAX_TURNED_AWAY;
        self.turned_away += usize::from(may);
        may
    }
}

pub(super) fn refuse(link: &Arc<Link>, refusal: Refusal, reason: Text) {
    link.with(|driven| driven.connection.refuse(clock::now(), refusal, reason));
    link.waiters.call_keeper();
}

/// What a connection knows of the server that it belongs to. Called without any lock held.
pub(crate) struct Member {
    books: Weak<Books>,
    /// `None` for one that is only there to be told why it was refused.
    client: Option<ClientId>,
}

impl Member {
    /// The client has said hello.
    pub(crate) fn arrived(&self) {
        if let (Some(books), Some(client)) = (self.books.upgrade(), self.client) {
            books.arrived(client);
        }
    }

    /// The connection is over.
    pub(crate) fn over(&self, link: &Arc<Link>) {
        if let Some(books) = self.books.upgrade() {
            books.over(self.client, link);
        }
    }

    /// The transport was let go of: it costs nothing more.
    pub(crate) fn released(&self) {
        if let (Some(books), None) = (self.books.upgrade(), self.client) {
            books.with(|page| page.turned_away -= 1);
        }
    }
}
