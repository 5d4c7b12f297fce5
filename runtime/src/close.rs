//! Closing, and hearing of the end, as tasks.

use core::fmt::DebugStruct;
use core::task::{Poll, Waker};
use std::sync::Arc;
use std::time::Instant;

use bowline_core::{CloseReason, Closed, Status};

use crate::drive::Driven;
use crate::error::{CloseError, Misuse};
use crate::executor::Executor;
use crate::handle::Handle;
use crate::task::{Operation, Task, sealed};
use crate::waiters::{Side, Ticket};

/// A close under way: it yields what the peer is known to have taken in.
///
/// # Cancel safety
/// Dropping it changes nothing: the close goes on, nobody hears how it ended. [`cancel`](Task::cancel) takes the close
/// back if the peer was not told of it yet.
pub type Close = Task<Watch<Closed>>;

/// The end of a connection, awaited: it yields why the connection is over.
///
/// # Cancel safety
/// Safe: dropping it changes nothing.
pub type Ended = Task<Watch<CloseReason>>;

/// What [`Close`] and [`Ended`] do: they watch for the end of the connection.
pub struct Watch<T> {
    handle: Handle,
    ticket: Ticket,
    name: &'static str,
    look: fn(&Driven) -> Option<T>,
}

impl<T> Watch<T> {
    fn start(handle: Handle, name: &'static str, look: fn(&Driven) -> Option<T>) -> Task<Self>
    where
        T: Send + 'static,
    {
        let ticket = handle.waiters.new_watch();
        Task::new(Self { handle, ticket, name, look })
    }
}

pub(crate) fn close(handle: Handle) -> Close {
    handle.waiters.call_keeper();
    Watch::start(handle, "Close", |driven| driven.connection.closed())
}

pub(crate) fn ended(handle: Handle) -> Ended {
    Watch::start(handle, "Ended", |driven| driven.connection.close_reason())
}

impl Close {
    /// Takes the close back; `true` if the peer was not told of it yet and the connection is as open as before.
    #[must_use = "whether the connection is still open depends on it"]
    pub fn cancel(self) -> bool {
        self.into_operation().handle.with(|driven| driven.connection.cancel_close())
    }
}

impl<T> sealed::Sealed for Watch<T> {}

impl<T: Send + 'static> Operation for Watch<T> {
    type Output = Result<T, CloseError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        let look = self.look;
        self.handle.poll(waker, self.ticket, Side::Read, |driven| look(driven)).map(Ok)
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        let look = self.look;
        self.handle.poll(waker, self.ticket, Side::Read, |driven| look(driven).map(drop)).is_ready()
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Option<Self::Output> {
        let look = self.look;
        self.handle.wait(deadline, self.ticket, Side::Read, |driven| look(driven)).map(Ok)
    }

    fn stop_waiting(&self) {
        self.handle.stop_waiting(self.ticket);
    }

    fn status(&self) -> Status {
        let look = self.look;
        if self.handle.with(|driven| look(driven).is_some()) { Status::Success } else { Status::Pending }
    }

    fn judge(output: &Self::Output) -> Status {
        if output.is_ok() { Status::Success } else { Status::Failure }
    }

    fn executor(&self) -> &Arc<dyn Executor> {
        &self.handle.executor
    }

    fn misused(misuse: Misuse) -> Self::Output {
        Err(misuse.into())
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status> {
        shown.field("socket", &self.handle.view.number());
        let decided = self.handle.glance(|driven| (self.look)(driven).is_some())?;
        Some(if decided { Status::Success } else { Status::Pending })
    }
}

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        self.handle.stop_waiting(self.ticket);
    }
}
