//! Who waits for a connection, and whom a readiness wakes.
//!
//! Its lock is a leaf: it is never held while anything else is called, so that a transport may call its waker from
//! anywhere, another connection's drive included.

use core::mem;
use core::num::NonZeroU64;
use core::sync::atomic::Ordering;
use core::task::Waker;
use std::sync::PoisonError;

use bowline_core::{Instant, TaskId};

use crate::defer;
use crate::sync::{AtomicBool, Mutex, MutexGuard};
use crate::waitlist::{Waiting, Waitlist};

/// Everybody who waits for one connection: its tasks, and its keeper.
#[derive(Default)]
pub(crate) struct Waiters {
    inner: Mutex<Inner>,
    /// Whether a task waits, for those who would only look.
    waiting: AtomicBool,
    /// The transport has nothing to read, and will call when it has.
    unreadable: AtomicBool,
}

#[derive(Default)]
struct Inner {
    tasks: Waitlist,
    keeper: Option<Waker>,
    orders: Orders,
    /// When the keeper's timer fires; `None` if it is not armed.
    armed: Option<Instant>,
    last_watch: u64,
}

/// A waiting task's name: reads and writes by their task, watchers of the connection's life behind them all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Ticket(NonZeroU64);

impl Ticket {
    /// Behind all tasks: their numbers will not come that far.
    const WATCH: NonZeroU64 = NonZeroU64::MIN.saturating_add(1 << 63);

    pub(crate) const fn task(task: TaskId) -> Self {
        Self(NonZeroU64::MIN.saturating_add(task.number()))
    }

    pub(crate) const fn watch(number: u64) -> Self {
        Self(Self::WATCH.saturating_add(number))
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) const fn numbered(number: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(number))
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) const fn number(self) -> u64 {
        self.0.get() - 1
    }

    pub(crate) fn is_task(self) -> bool {
        self.0 < Self::WATCH
    }
}

/// Which readiness helps a waiting task on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Read,
    Write,
}

/// What the keeper and the lookout are to do.
#[derive(Default)]
struct Orders {
    /// The keeper shall drive now.
    urgent: bool,
    /// Somebody was woken to drive, or is expected to.
    owed: bool,
    /// At how many of the lookout's looks in a row something was owed.
    looks: u32,
    /// The lookout looks after this connection.
    watched: bool,
    /// It was owed something since its last look.
    stirred: bool,
}

/// After so many looks in a row at which a drive was owed, the keeper drives: whoever was to do it had two whole intervals.
const PATIENCE: u32 = 3;

impl Waiters {
    pub(crate) fn new_watch(&self) -> Ticket {
        let mut inner = self.lock();
        inner.last_watch += 1;
        Ticket::watch(inner.last_watch)
    }

    /// Registers a waiting task. Whoever registers looks again afterwards: what happened before woke nobody.
    pub(crate) fn register(&self, ticket: Ticket, side: Side, waker: Waker) {
        let mut inner = self.lock();
        inner.tasks.enter(Waiting { ticket, side, waker }).into_iter().for_each(defer::drop_waker);
        self.note(&inner);
    }

    /// Removes a waiting task; `None` if it did not wait or was woken. Called by whoever registered it, or in whose drive its
    /// result came.
    pub(crate) fn remove(&self, ticket: Ticket) -> Option<Waker> {
        // Registering came before, whatever others do meanwhile.
        if !self.waiting.load(Ordering::Relaxed) {
            return None;
        }
        let mut inner = self.lock();
        let waiting = inner.tasks.remove(ticket);
        self.note(&inner);
        waiting.map(|waiting| waiting.waker)
    }

    fn note(&self, inner: &Inner) {
        self.waiting.store(!inner.tasks.is_empty(), Ordering::Relaxed);
    }

    /// Wakes one task.
    pub(crate) fn wake(&self, ticket: Ticket) {
        if let Some(waker) = self.remove(ticket) {
            defer::wake(waker);
        }
    }

    /// Wakes everybody who watches the connection's life.
    pub(crate) fn wake_watchers(&self) {
        let mut inner = self.lock();
        let watchers = inner.tasks.take_watchers();
        self.note(&inner);
        drop(inner);
        watchers.for_each(|waiting| defer::wake(waiting.waker));
    }

    /// The transport is ready. Whoever waits first is woken to drive it; the keeper is, too, if others wait or nobody
    /// does, so that nobody's message depends on a task that its owner does not poll.
    ///
    /// Whether the connection has to be [entered](crate::lookout::Lookout::enter) with the lookout.
    #[must_use]
    pub(crate) fn ready(&self, side: Side) -> bool {
        if side == Side::Read {
            self.set_readable();
        }
        let mut inner = self.lock();
        let (waiting, others) = inner.tasks.take_first(side);
        let alone = waiting.is_none() || others;
        let (keeper, enters) = if alone { (inner.order_drive(), false) } else { (None, inner.order_watch()) };
        self.note(&inner);
        drop(inner);
        waiting.into_iter().map(|waiting| waiting.waker).chain(keeper).for_each(defer::wake);
        enters
    }

    /// Whether the transport is worth asking; whoever asks [says](Self::set_readable) if it had something. What it calls for
    /// meanwhile counts.
    pub(crate) fn take_readable(&self) -> bool {
        // Whoever asks holds the connection's lock, so that only a call can come in between, and what it called for is seen by
        // the asking that follows.
        let readable = self.is_readable();
        if readable {
            self.unreadable.store(true, Ordering::Release);
        }
        readable
    }

    /// Whether the transport is worth asking.
    pub(crate) fn is_readable(&self) -> bool {
        !self.unreadable.load(Ordering::Acquire)
    }

    /// There may be something to read.
    pub(crate) fn set_readable(&self) {
        self.unreadable.store(false, Ordering::Release);
    }

    /// A thread that received for all stops doing so: the next one that waits shall, or the keeper after a while. The result
    /// is [`ready`](Self::ready)'s.
    #[must_use]
    pub(crate) fn hand_over(&self) -> bool {
        if self.lock().tasks.iter().any(|waiting| waiting.side == Side::Read) {
            self.ready(Side::Read)
        } else {
            self.expect_drive()
        }
    }

    /// The keeper shall drive.
    pub(crate) fn call_keeper(&self) {
        let keeper = self.lock().order_drive();
        keeper.into_iter().for_each(defer::wake);
    }

    /// Somebody is expected to drive soon; the keeper shall do it if nobody does. The result is [`ready`](Self::ready)'s.
    #[must_use]
    pub(crate) fn expect_drive(&self) -> bool {
        self.lock().order_watch()
    }

    /// Somebody who may have been woken to drive will not.
    pub(crate) fn pass_on(&self) {
        let mut inner = self.lock();
        let keeper = if inner.orders.owed { inner.order_drive() } else { None };
        drop(inner);
        keeper.into_iter().for_each(defer::wake);
    }

    /// Somebody begins to drive. What becomes ready from now on is owed anew: this drive may have looked before.
    pub(crate) fn drives(&self) {
        self.lock().orders.owed = false;
    }

    /// The keeper's timer must fire by `deadline`.
    pub(crate) fn arm(&self, deadline: Option<Instant>) {
        let mut inner = self.lock();
        let sooner = deadline.is_some_and(|deadline| inner.armed.is_none_or(|armed| deadline < armed));
        let keeper = if sooner { inner.keeper.take() } else { None };
        drop(inner);
        keeper.into_iter().for_each(defer::wake);
    }

    /// The keeper registers and hears whether it is to drive now.
    pub(crate) fn take_orders(&self, keeper: &Waker) -> bool {
        let mut inner = self.lock();
        inner.keeper = Some(keeper.clone());
        mem::take(&mut inner.orders.urgent)
    }

    /// The keeper says when its timer fires.
    pub(crate) fn set_armed(&self, armed: Option<Instant>) {
        self.lock().armed = armed;
    }

    /// The lookout looks: what was owed for too long is the keeper's to do. Whether to look again; a connection that is used all
    /// the time need not be entered anew each time, and one that is not has no use for more memory than it fills.
    pub(crate) fn look(&self) -> bool {
        let mut inner = self.lock();
        let orders = &mut inner.orders;
        orders.looks = if orders.owed { orders.looks + 1 } else { 0 };
        orders.watched = mem::take(&mut orders.stirred) || orders.owed;
        let (late, stays) = (orders.looks >= PATIENCE, orders.watched);
        let keeper = if late { inner.order_drive() } else { None };
        if !stays {
            inner.tasks.rest();
        }
        drop(inner);
        keeper.into_iter().for_each(defer::wake);
        stays
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn order_drive(&mut self) -> Option<Waker> {
        self.orders.urgent = true;
        self.orders.looks = 0;
        self.keeper.take()
    }

    /// Whether the connection has to be entered with the lookout.
    const fn order_watch(&mut self) -> bool {
        self.orders.owed = true;
        self.orders.stirred = true;
        !mem::replace(&mut self.orders.watched, true)
    }
}
