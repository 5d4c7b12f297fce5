//! Stopping a server as a task.

use core::fmt::DebugStruct;
use core::task::{Poll, Waker};
use core::time::Duration;
use std::sync::Arc;

use bowline_core::{Closed, Status};

use super::books::Books;
use crate::clock;
use crate::error::{CloseError, Misuse};
use crate::executor::Executor;
use crate::link::Link;
use crate::task::{Operation, Task, sealed};

/// A server's stop under way: it yields how the connections ended.
///
/// # Cancel safety
/// Dropping it changes nothing: the shutdown goes on, nobody hears how it ended.
pub type Shutdown = Task<ShutdownOperation>;

/// How the connections of a server that stopped have ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Their peers have taken in every message.
    pub clean: usize,
    /// Everything was handed to the system, which is all that the plain profile can say.
    pub flushed: usize,
    /// Some messages are unconfirmed.
    pub unconfirmed: usize,
}

/// What a [`Shutdown`] does.
pub struct ShutdownOperation {
    books: Arc<Books>,
    /// The connections that are not over yet, and whether they count: only clients that were let in do.
    links: Vec<(Arc<Link>, bool)>,
    report: ShutdownReport,
    taken: bool,
}

impl ShutdownOperation {
    pub(super) fn start(books: Arc<Books>, patience: Duration) -> Shutdown {
        let links = books.links();
        for (link, _counts) in &links {
            link.with(|driven| driven.connection.close(clock::now(), patience));
            link.waiters.call_keeper();
        }
        Task::new(Self { books, links, report: ShutdownReport::default(), taken: false })
    }

    /// Counts the connections that are over; whether all are, and the acceptor with its endpoint.
    fn look(&mut self) -> bool {
        let report = &mut self.report;
        self.links.retain(|(link, counts)| {
            let closed = link.with(|driven| driven.connection.closed());
            closed.filter(|_| *counts).into_iter().for_each(|closed| report.count(closed));
            closed.is_none()
        });
        self.links.is_empty() && self.books.with(|page| page.is_closed())
    }
}

impl ShutdownReport {
    const fn count(&mut self, closed: Closed) {
        match closed {
            Closed::Clean => self.clean += 1,
            Closed::Flushed => self.flushed += 1,
            _ => self.unconfirmed += 1,
        }
    }
}

impl sealed::Sealed for ShutdownOperation {}

impl Operation for ShutdownOperation {
    type Output = Result<ShutdownReport, CloseError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        if self.taken {
            return Poll::Ready(Err(Misuse::Taken.into()));
        }
        self.taken = self.poll_done(waker);
        if self.taken { Poll::Ready(Ok(self.report)) } else { Poll::Pending }
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        if let Some(waker) = waker {
            // Before looking: what happens in between wakes.
            self.books.with(|page| page.watchers.push(waker.clone()));
        }
        self.look()
    }

    fn stop_waiting(&self) {}

    fn status(&self) -> Status {
        let is_over =
            |(link, _): &(Arc<Link>, bool)| link.with(|driven| driven.connection.closed().is_some());
        let done = self.links.iter().all(is_over) && self.books.with(|page| page.is_closed());
        if done { Status::Success } else { Status::Pending }
    }

    fn judge(output: &Self::Output) -> Status {
        if output.is_ok() { Status::Success } else { Status::Failure }
    }

    fn executor(&self) -> &Arc<dyn Executor> {
        &self.books.executor
    }

    fn misused(misuse: Misuse) -> Self::Output {
        Err(misuse.into())
    }

    fn name(&self) -> &'static str {
        "Shutdown"
    }

    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status> {
        self.books.show_endpoint(shown);
        let over = |(link, _): &(Arc<Link>, bool)| link.glance(|driven| driven.connection.closed().is_some());
        let over: Vec<_> = self.links.iter().map(over).collect::<Option<_>>()?;
        let left = over.iter().filter(|over| !**over).count();
        shown.field("left", &left);
        let closed = self.books.glance(|page| page.is_closed())?;
        Some(if left == 0 && closed { Status::Success } else { Status::Pending })
    }
}
