//! Accepting as a task.

use core::fmt::DebugStruct;
use core::task::{Poll, Waker};
use std::sync::Arc;

use bowline_core::{Status, TaskId};

use super::Incoming;
use super::books::{Books, Page};
use crate::defer;
use crate::error::{AcceptError, Misuse};
use crate::executor::Executor;
use crate::read::is_decided;
use crate::task::{Operation, Task, sealed};

/// An accept under way: it yields a client that waits for an answer.
///
/// # Cancel safety
/// Safe: dropping or cancelling an accept loses no client. One that came for it and was not taken goes to the next
/// accept; without one it waits, until the decision timeout refuses it.
///
/// A client may also leave while it waits: an accept whose client was there is then [`Pending`](Status::Pending) again
/// and gets the next one.
pub type Accept = Task<AcceptOperation>;

/// What an [`Accept`] does.
pub struct AcceptOperation {
    books: Arc<Books>,
    /// `None` once the result was taken.
    task: Option<TaskId>,
}

impl AcceptOperation {
    pub(super) fn start(books: Arc<Books>) -> Accept {
        let task = books.with(|page| {
            page.show_interest();
            page.listener.accept()
        });
        // Clients that a dropped accept has left behind are this one's now.
        books.announce();
        Task::new(Self { books, task: task.ok() })
    }
}

impl Accept {
    /// Ends the accept. If its client was there already, it was too late to cancel, and here it is.
    pub fn cancel(mut self) -> Option<Incoming> {
        self.try_take().and_then(Result::ok)
    }
}

impl sealed::Sealed for AcceptOperation {}

impl Operation for AcceptOperation {
    type Output = Result<Incoming, AcceptError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        let Some(task) = self.task else { return Poll::Ready(Err(Misuse::Taken.into())) };
        // Under one lock: a client that leaves is taken off the listener and off the page at once.
        let taken = self.books.with(|page| match page.listener.take(task) {
            Ok(Some(client)) => page.link(client).map(|link| Ok((client, link))),
            Ok(None) => {
                page.wait_for(task, waker);
                None
            }
            Err(_) => Some(Err(AcceptError::Stopped)),
        });
        let Some(taken) = taken else { return Poll::Pending };
        self.task = None;
        Poll::Ready(taken.map(|(client, link)| Incoming::new(Arc::clone(&self.books), client, link)))
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        let Some(task) = self.task else { return true };
        self.books.with(|page| {
            let decided = is_decided(page.listener.accept_status(task)).is_some();
            if !decided {
                page.wait_for(task, waker);
            }
            decided
        })
    }

    fn stop_waiting(&self) {
        if let Some(task) = self.task {
            let _waker = self.books.with(|page| page.accepts.remove(&task));
        }
    }

    fn status(&self) -> Status {
        let status = |task| self.books.with(|page| page.listener.accept_status(task));
        self.task.and_then(status).unwrap_or(Status::Failure)
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
        "Accept"
    }

    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status> {
        self.books.show_endpoint(shown);
        let Some(task) = self.task else { return Some(Status::Failure) };
        let status = self.books.glance(|page| page.listener.accept_status(task))?;
        Some(status.unwrap_or(Status::Failure))
    }
}

impl Drop for AcceptOperation {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        let _waker = self.books.with(|page| {
            page.listener.cancel_accept(task);
            page.accepts.remove(&task)
        });
        self.books.announce();
    }
}

impl Page {
    fn wait_for(&mut self, accept: TaskId, waker: Option<&Waker>) {
        if let Some(waker) = waker
            && let Some(before) = self.accepts.insert(accept, waker.clone())
        {
            defer::call(move || drop(before));
        }
    }
}
