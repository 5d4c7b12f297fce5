//! Waiting on a plain thread: where the transport allows it, the thread itself sleeps in the system until bytes come.

use core::task::Waker;
use std::sync::Arc;
use std::time::Instant;

use crate::drive::Driven;
use crate::link::Link;
use crate::park::Parked;
use crate::transport::{Receive, with_block};
use crate::waiters::{Side, Ticket};

/// What a waiting thread does next.
enum Step<R> {
    Found(R),
    /// It receives, for itself and for everybody else.
    Receive(Arc<dyn Receive>),
    /// Somebody else receives, or readiness will tell.
    Sleep(Arc<Parked>),
}

/// A thread that waits. It needs a waker only when it does not receive.
struct Sleeper {
    ticket: Ticket,
    side: Side,
    parked: Option<Arc<Parked>>,
}

impl Link {
    /// Blocks this thread until `look` finds something, at most until `deadline`. See [`Link::poll`].
    pub(crate) fn wait<R>(
        &self,
        deadline: Option<Instant>,
        ticket: Ticket,
        side: Side,
        mut look: impl FnMut(&mut Driven) -> Option<R>,
    ) -> Option<R> {
        let (mut sleeper, mut has_received) = (Sleeper { ticket, side, parked: None }, false);
        let result = loop {
            let in_time = match self.with(|driven| self.step(driven, &mut sleeper, &mut look)) {
                Step::Found(result) => break Some(result),
                Step::Sleep(parked) => parked.sleep(deadline),
                Step::Receive(receiver) => {
                    has_received = true;
                    self.receive(&*receiver, deadline)
                }
            };
            if !in_time {
                break None;
            }
        };
        if has_received {
            self.hand_over();
        }
        if result.is_none() {
            self.stop_waiting(ticket);
        }
        result
    }

    /// Looks, sends, and looks again; then receives or sleeps.
    ///
    /// It all happens under the lock, and whatever becomes ready without a waiting task to wake calls the keeper, which has
    /// to wait for the lock: so it is soon enough to register before sleeping.
    fn step<R>(
        &self,
        driven: &mut Driven,
        sleeper: &mut Sleeper,
        look: &mut impl FnMut(&mut Driven) -> Option<R>,
    ) -> Step<R> {
        let found = look(driven).or_else(|| {
            driven.drive_out(self);
            look(driven)
        });
        if let Some(found) = found {
            return self.found(driven, sleeper, found);
        }
        if sleeper.side == Side::Read
            && let Some(receiver) = driven.begin_receiving()
        {
            sleeper.forget(self);
            return Step::Receive(receiver);
        }
        let parked = sleeper.register(self);
        // Only readiness can tell now, and it has to be asked for.
        driven.drive(self);
        match look(driven) {
            Some(found) => self.found(driven, sleeper, found),
            None => Step::Sleep(parked),
        }
    }

    fn found<R>(&self, driven: &Driven, sleeper: &Sleeper, found: R) -> Step<R> {
        sleeper.forget(self);
        driven.resume(self);
        Step::Found(found)
    }

    /// Receives once; `false` if the deadline has passed.
    fn receive(&self, receiver: &dyn Receive, deadline: Option<Instant>) -> bool {
        with_block(|block| {
            let received = receiver.receive(block, deadline).map(|count| count.map(|count| &block[..count]));
            let in_time = !matches!(received, Ok(None));
            self.with(|driven| driven.end_receiving(received, self));
            in_time
        })
    }
}

impl Sleeper {
    fn register(&mut self, link: &Link) -> Arc<Parked> {
        let parked = self.parked.get_or_insert_with(Parked::new);
        link.waiters.register(self.ticket, self.side, Waker::from(Arc::clone(parked)));
        Arc::clone(parked)
    }

    fn forget(&self, link: &Link) {
        if self.parked.is_some() {
            link.forget(self.ticket);
        }
    }
}
