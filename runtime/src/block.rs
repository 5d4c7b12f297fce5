//! Waiting on a plain thread: where the transport allows it, the thread itself sleeps in the system until bytes come.

use core::task::Waker;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::drive::Driven;
use crate::link::Link;
use crate::park::{self, Parked};
use crate::transport::{Receive, blocks};
use crate::waiters::{Side, Ticket};

/// What a waiting thread does next.
enum Step<R> {
    Found(R),
    /// It receives, for itself and for everybody else.
    Receive(Arc<dyn Receive>),
    /// Somebody else receives, or readiness will tell.
    Sleep,
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
        let result = if self.with(|driven| driven.can_block()) {
            let parked = Parked::new();
            let waker = Waker::from(Arc::clone(&parked));
            self.wait_in_turn(deadline, &parked, |link, driven| {
                link.step(driven, &waker, ticket, side, &mut look)
            })
        } else {
            park::wait(deadline, |waker| self.poll(Some(waker), ticket, side, &mut look))
        };
        if result.is_none() {
            self.stop_waiting(ticket);
        }
        result
    }

    fn wait_in_turn<R>(
        &self,
        deadline: Option<Instant>,
        parked: &Parked,
        mut step: impl FnMut(&Self, &mut Driven) -> Step<R>,
    ) -> Option<R> {
        let mut has_received = false;
        let result = loop {
            let in_time = match self.with(|driven| step(self, driven)) {
                Step::Found(result) => break Some(result),
                Step::Sleep => parked.sleep(deadline),
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
            self.waiters.hand_over();
        }
        result
    }

    fn step<R>(
        &self,
        driven: &mut Driven,
        waker: &Waker,
        ticket: Ticket,
        side: Side,
        look: &mut impl FnMut(&mut Driven) -> Option<R>,
    ) -> Step<R> {
        let mut found = look(driven);
        if found.is_none() {
            self.waiters.register(ticket, side, waker.clone());
            driven.drive_out(self);
            found = look(driven);
        }
        if found.is_none() {
            if side == Side::Read
                && let Some(receiver) = driven.begin_receiving()
            {
                self.forget(ticket);
                return Step::Receive(receiver);
            }
            // Only readiness can tell now, and it has to be asked for.
            driven.drive(self);
            found = look(driven);
        }
        let Some(found) = found else { return Step::Sleep };
        self.forget(ticket);
        driven.resume(self);
        Step::Found(found)
    }

    /// Receives once; `false` if the deadline has passed.
    fn receive(&self, receiver: &dyn Receive, deadline: Option<Instant>) -> bool {
        blocks::with(|block| {
            let received = receiver.receive(block, deadline);
            let in_time = !matches!(&received, Err(error) if error.kind() == io::ErrorKind::TimedOut);
            self.with(|driven| driven.end_receiving(received.map(|count| &block[..count]), self));
            in_time
        })
    }
}
