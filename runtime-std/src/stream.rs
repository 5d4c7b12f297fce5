//! Streams that came in another way, as sockets.

#[cfg(unix)]
#[path = "stream/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "stream/windows.rs"]
mod system;

use core::time::Duration;

use bowline_net::Reactor;
use bowline_runtime::{Config, Connect, ConnectError, ConnectOperation, Role, Server};

use crate::keeper;
use crate::reactor::StdReactor;
pub use system::ByteStream;

/// Turns a stream into a socket: a socket pair, a connection that came from somewhere else, a child's pipes. A
/// [`Role::Client`] says hello and waits to be accepted, a [`Role::Server`] accepts whoever says it; on the plain profile
/// both are open at once.
///
/// `peer` is what logs and [`Socket::peer`](bowline_runtime::Socket::peer) show. The stream must not be read from or
/// written to elsewhere any more: its mode is changed (sockets into blocking, others into nonblocking mode, which whoever
/// shares them shares), and TCP no longer delays small messages. Threads that wait sleep in the system only on sockets;
/// for pipes and terminals the keeper wakes them.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bowline_std::{Config, Role, from_stream};
/// use std::os::unix::net::UnixStream;
///
/// let (left, right) = UnixStream::pair()?;
/// let server = from_stream(left, Role::Server, Config::new(), "left");
/// let client = from_stream(right, Role::Client, Config::new(), "right");
/// let (server, client) = (server.wait()?, client.wait()?);
///
/// client.write("ahoy").wait()?;
/// assert_eq!(server.read().wait()?, "ahoy");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The task ends with a [`ConnectError`]; with [`Unreachable`](ConnectError::Unreachable) for a descriptor that is no
/// stream, such as a datagram socket.
///
/// # Cancel safety
/// Dropping the task drops the stream.
pub fn from_stream(stream: impl Into<ByteStream>, role: Role, config: Config, peer: &str) -> Connect {
    let Ok(keeper) = keeper::get() else {
        return Connect::failed(bowline_runtime::TransportErrorKind::Exhausted);
    };
    let reactor = StdReactor(keeper);
    let arrival = stream.into().arrive(reactor, peer).map_err(ConnectError::Unreachable);
    ConnectOperation::start(reactor.executor(), config, role, Duration::MAX, Box::pin(async { arrival }))
}

/// Offers a stream to a server as if it had connected, so that the server's own rules decide about it. What
/// [`from_stream`] would refuse is dropped.
pub fn offer_stream(server: &Server, stream: impl Into<ByteStream>, peer: &str) {
    let arrival = keeper::get().and_then(|keeper| stream.into().arrive(StdReactor(keeper), peer));
    if let Ok(arrival) = arrival {
        server.adopt(arrival);
    }
}
