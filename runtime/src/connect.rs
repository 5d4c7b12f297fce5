//! Connecting as a task.

use core::fmt::DebugStruct;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Poll, Waker};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use bowline_core::{CloseReason, Config, Connection, State, Status, TransportErrorKind};

use crate::clock;
use crate::error::{ConnectError, Misuse};
use crate::executor::{BoxFuture, Executor, Nowhere};
use crate::handle::Handle;
use crate::link::Link;
use crate::promise::Promise;
use crate::socket::Socket;
use crate::task::{Operation, Task, sealed};
use crate::transport::Arrival;
use crate::view::View;
use crate::waiters::Side;

/// A connect under way: it yields a [`Socket`] once the *server* has accepted, or says who refused and why.
///
/// # Cancel safety
/// Safe: dropping or cancelling it drops the connection, whatever its state; the server sees a client that went away.
pub type Connect = Task<ConnectOperation>;

/// What a [`Connect`] does.
pub struct ConnectOperation {
    executor: Arc<dyn Executor>,
    promise: Arc<Promise<Result<Socket, ConnectError>>>,
}

/// Which end of the handshake a stream is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It says hello and waits to be accepted.
    Client,
    /// It waits for a hello and accepts whoever says it.
    Server,
}

impl ConnectOperation {
    /// Dials on the executor, then shakes hands. `patience` bounds the dialling; the handshake has its own deadlines.
    pub fn start(
        executor: Arc<dyn Executor>,
        config: Config,
        role: Role,
        patience: Duration,
        dial: BoxFuture<Result<Arrival, ConnectError>>,
    ) -> Connect {
        let promise = Promise::new();
        let debt = Debt(Arc::clone(&promise));
        let work = establish(Arc::clone(&executor), config, role, patience, dial);
        executor.spawn(Box::pin(async move {
            if let Some(result) = unless_abandoned(&debt.0, work).await {
                // A socket that nobody wants any more says goodbye as it is dropped.
                drop(debt.0.fulfil(result));
            }
        }));
        Task::new(Self { executor, promise })
    }
}

/// Pays with an error if the executor drops the work.
struct Debt(Arc<Promise<Result<Socket, ConnectError>>>);

impl Drop for Debt {
    fn drop(&mut self) {
        let gone = CloseReason::Transport(TransportErrorKind::RuntimeGone.into());
        drop(self.0.fulfil(Err(gone.into())));
    }
}

async fn establish(
    executor: Arc<dyn Executor>,
    config: Config,
    role: Role,
    patience: Duration,
    dial: BoxFuture<Result<Arrival, ConnectError>>,
) -> Result<Socket, ConnectError> {
    let dialled = within(&*executor, patience, dial).await.ok_or(ConnectError::TimedOut)?;
    let arrival = dialled?;
    let connection = match role {
        Role::Client => Connection::client(config, clock::now()),
        Role::Server => Connection::server(config, clock::now()),
    };
    let view = View::new(role, &config, None, &arrival.peer);
    let handle = Handle::new(Link::spawn(executor, connection, arrival.transport, arrival.peer, view, None));
    open(&handle).await?;
    Ok(Socket::new(handle))
}

/// Waits until the connection is open; a server's end accepts.
async fn open(handle: &Handle) -> Result<(), ConnectError> {
    let ticket = handle.waiters.new_watch();
    poll_fn(|cx| {
        handle.poll(Some(cx.waker()), ticket, Side::Read, |driven| {
            let reason = driven.connection.close_reason();
            if !driven.knows_peer() {
                return reason.map(|reason| Err(ConnectError::of(reason, &handle.peer)));
            }
            if driven.connection.state() == State::Deciding {
                driven.connection.accept(clock::now());
                handle.waiters.call_keeper();
            }
            // A server may have sent something and closed already: that is for the program to read.
            if driven.connection.has_opened() {
                return Some(Ok(()));
            }
            reason.map(|reason| Err(ConnectError::of(reason, &handle.peer)))
        })
    })
    .await
}

/// The work's result; `None` if nobody wants it any more.
async fn unless_abandoned<T, R>(promise: &Promise<T>, work: impl Future<Output = R>) -> Option<R> {
    let mut work = pin!(work);
    poll_fn(|cx| match promise.poll_abandoned(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => work.as_mut().poll(cx).map(Some),
    })
    .await
}

/// The work's result; `None` if it takes longer than `patience`.
async fn within<R>(executor: &dyn Executor, patience: Duration, mut work: BoxFuture<R>) -> Option<R> {
    let deadline = Instant::now().checked_add(patience);
    let mut timer = deadline.map(|_| executor.timer());
    poll_fn(|cx| {
        if let Poll::Ready(result) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(result));
        }
        match (&mut timer, deadline) {
            (Some(timer), Some(deadline)) => timer.poll_until(cx, deadline).map(|()| None),
            _ => Poll::Pending,
        }
    })
    .await
}

impl Connect {
    /// Shakes hands over a stream that is there: what an adapter's `from_stream` does.
    pub fn over(executor: Arc<dyn Executor>, config: Config, role: Role, arrival: Arrival) -> Self {
        ConnectOperation::start(executor, config, role, Duration::MAX, Box::pin(async { Ok(arrival) }))
    }

    /// A connect that ends as it begins, for an adapter that is called outside of its runtime.
    pub fn failed(kind: TransportErrorKind) -> Self {
        let promise = Promise::new();
        drop(promise.fulfil(Err(CloseReason::Transport(kind.into()).into())));
        Self::new(ConnectOperation { executor: Arc::new(Nowhere::default()), promise })
    }

    /// Ends the connect. If the server had accepted already, it was too late, and here is the socket.
    pub fn cancel(self) -> Option<Socket> {
        self.into_operation().promise.abandon().and_then(Result::ok)
    }
}

impl sealed::Sealed for ConnectOperation {}

impl Operation for ConnectOperation {
    type Output = Result<Socket, ConnectError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        self.promise.poll(waker).map(|result| result.unwrap_or_else(|| Err(Misuse::Taken.into())))
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        self.promise.poll_done(waker)
    }

    fn stop_waiting(&self) {
        self.promise.stop_waiting();
    }

    fn status(&self) -> Status {
        as_status(self.promise.look(|result| result.is_some_and(Result::is_ok)))
    }

    fn judge(output: &Self::Output) -> Status {
        if output.is_ok() { Status::Success } else { Status::Failure }
    }

    fn executor(&self) -> &Arc<dyn Executor> {
        &self.executor
    }

    fn misused(misuse: Misuse) -> Self::Output {
        Err(misuse.into())
    }

    fn name(&self) -> &'static str {
        "Connect"
    }

    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status> {
        let _nothing_else = shown;
        let result = self.promise.glance(|result| result.is_some_and(Result::is_ok))?;
        Some(as_status(result))
    }
}

/// Whether it has a result, and a socket with it.
const fn as_status(result: Option<bool>) -> Status {
    match result {
        None => Status::Pending,
        Some(true) => Status::Success,
        Some(false) => Status::Failure,
    }
}

impl Drop for ConnectOperation {
    fn drop(&mut self) {
        drop(self.promise.abandon());
    }
}
