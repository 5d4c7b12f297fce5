//! Servers: the instances of a pipe, and a listening socket.

#[cfg(test)]
mod tests;

use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::os::windows::io::OwnedHandle;
use std::sync::Arc;
use std::thread;

use bowline_runtime::{Arrival, Listen, ListenFault, Peer, PeerAddress};
use socket2::{Socket, Type};

use super::system::completion::{Channel, File, Operation};
use super::system::{pipes, security, sockets};
use super::{PipeName, StreamTransport, arrival};
use crate::entrance::Entrance;
use crate::{AcceptFault, BindError, BindOptions, Bound, tcp};

/// A name is free once the last handle of the server before is closed, which is when the system has given up what was
/// under way on it: a moment after that server has ended. So long it is tried.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// A pipe on which at least one instance always waits for a client. An instance is used once.
pub(crate) struct PipeListen {
    name: PipeName,
    descriptor: security::Descriptor,
    waiting: Option<Arc<Operation>>,
    /// A client that is handed out once the next instance waits: or the pipe would be gone in between.
    connected: Option<Arc<Channel>>,
    /// A client of our own, if it could have the instance that waits when the server stops.
    last: Option<io::Result<OwnedHandle>>,
}

impl PipeListen {
    /// Makes the first instance.
    pub(crate) fn open(name: PipeName, options: &BindOptions) -> Result<Self, BindError> {
        let descriptor = describe(options).map_err(BindError::io("describe who may connect"))?;
        let mut listen = Self { name, descriptor, waiting: None, connected: None, last: None };
        for _ in 0..ATTEMPTS {
            match listen.wait_for_next(true) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => thread::sleep(PAUSE),
                result => return result.map(|()| listen).map_err(BindError::io("make the pipe")),
            }
        }
        Err(BindError::InUse { endpoint: listen.name.endpoint.clone() })
    }

    fn wait_for_next(&mut self, first: bool) -> io::Result<()> {
        let handle = pipes::make(&self.name.wide, first, &self.descriptor)?;
        let operation = Operation::on(&Channel::open(File::Pipe(handle))?);
        operation.await_client();
        self.waiting = Some(operation);
        Ok(())
    }

    fn poll_client(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ListenFault>> {
        let Some(waiting) = &self.waiting else {
            return Poll::Ready(self.wait_for_next(false).map_err(|_full| ListenFault::Exhausted));
        };
        let came = has_come(ready!(waiting.poll(cx)));
        let waiting = self.waiting.take();
        self.connected = waiting.filter(|_| came).map(|operation| Arc::clone(operation.channel()));
        Poll::Ready(if came { Ok(()) } else { Err(ListenFault::Transient) })
    }

    fn hand_out(&self, channel: Arc<Channel>) -> Arrival {
        arrival(channel, self.name.peer())
    }
}

impl Listen for PipeListen {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>> {
        loop {
            if self.waiting.is_some()
                && let Some(channel) = self.connected.take()
            {
                return Poll::Ready(Ok(self.hand_out(channel)));
            }
            ready!(self.poll_client(cx))?;
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        if let Some(channel) = self.connected.take() {
            return Poll::Ready(Some(self.hand_out(channel)));
        }
        let Some(waiting) = &self.waiting else { return Poll::Ready(None) };
        // An instance that waits no more can be opened all the same, until it is closed, and who does so would be lost. So we
        // open it ourselves; if we can't, somebody was faster, who is to be told.
        let is_ours = self.last.get_or_insert_with(|| pipes::open(&self.name.wide)).is_ok();
        let came = has_come(ready!(waiting.poll_given_up(cx))) && !is_ours;
        let waiting = self.waiting.take().filter(|_| came);
        Poll::Ready(waiting.map(|operation| self.hand_out(Arc::clone(operation.channel()))))
    }
}

impl Drop for PipeListen {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            waiting.channel().cancel();
        }
    }
}

/// Whether a client has come to an instance.
fn has_come(outcome: Option<io::Result<usize>>) -> bool {
    /// `ERROR_PIPE_CONNECTED`: the client was faster than the call.
    const CONNECTED: i32 = 535;
    outcome
        .is_some_and(|result| result.map_or_else(|error| error.raw_os_error() == Some(CONNECTED), |_| true))
}

/// The user and the system may do everything; others, if they are let in, may only read and write.
fn describe(options: &BindOptions) -> io::Result<security::Descriptor> {
    let user = security::own_user()?;
    let others = if options.trust.same_user { "" } else { "(A;;0x12019b;;;WD)" };
    security::Descriptor::parse(&format!("O:{user}D:P(A;;GA;;;{user})(A;;GA;;;SY){others}"))
}

/// A listening socket and the client for which it waits.
pub(crate) struct TcpListen {
    bound: Bound,
    entrance: Entrance,
    listener: Arc<Channel>,
    operation: Arc<Operation>,
    next: Option<Socket>,
}

impl TcpListen {
    pub(crate) fn open(bound: Bound, entrance: Entrance) -> io::Result<Self> {
        let listener = Channel::open(File::Socket(bound.socket().try_clone()?))?;
        let operation = Operation::on(&listener);
        Ok(Self { bound, entrance, listener, operation, next: None })
    }

    fn wait_for_next(&mut self) -> io::Result<()> {
        let address = self.bound.socket().local_addr()?;
        let next = Socket::new(address.domain(), Type::STREAM, None)?;
        self.operation.accept_into(&next);
        self.next = Some(next);
        Ok(())
    }

    fn arrive(&self, socket: Socket) -> io::Result<Arrival> {
        sockets::finish_accept(&socket, self.bound.socket())?;
        let address = socket.peer_addr()?.as_socket().ok_or(io::ErrorKind::ConnectionAborted)?;
        tcp::send_at_once(&socket)?;
        let stream = StreamTransport::new(Channel::open(File::Socket(socket))?);
        self.entrance.arrive(stream, Peer::new(PeerAddress::Tcp(address)))
    }
}

impl Listen for TcpListen {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>> {
        loop {
            let outcome = ready!(self.operation.poll(cx));
            return Poll::Ready(match (outcome, self.next.take()) {
                (Some(Ok(_)), Some(socket)) => self.arrive(socket).map_err(|_gone| ListenFault::Transient),
                (Some(Err(error)), _) if AcceptFault::of(&error) == AcceptFault::Fatal => {
                    Err(ListenFault::Fatal(error))
                }
                (Some(Err(_)), _) => Err(ListenFault::Transient),
                _ => match self.wait_for_next() {
                    Ok(()) => continue,
                    Err(_full) => Err(ListenFault::Exhausted),
                },
            });
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        let outcome = ready!(self.operation.poll_given_up(cx));
        let late = self.next.take().filter(|_| matches!(outcome, Some(Ok(_))));
        Poll::Ready(late.and_then(|socket| self.arrive(socket).ok()))
    }
}

impl Drop for TcpListen {
    fn drop(&mut self) {
        self.listener.cancel();
    }
}
