//! Windows: named pipes and TCP by overlapped I/O, on one completion port for the process.

mod listen;
mod name;
mod stream;
mod system;
mod tcp;

pub(crate) use listen::{PipeListen, TcpListen};
pub(crate) use name::{PipeName, pipe_name};
pub(crate) use stream::StreamTransport;
pub(crate) use system::sockets::exclude_others;
pub(crate) use tcp::dial as dial_tcp;

use std::io;
use std::sync::Arc;

use bowline_runtime::{Arrival, Endpoint, Peer, PeerAddress, Transport};
use socket2::{SockAddr, Socket};

use crate::trust::Trust;
use crate::{BindError, BindOptions, Bound, Candidate, DialError};
use system::completion::{Channel, File};

/// What only Unix has.
#[derive(Debug)]
pub(crate) enum Claim {}

/// A pipe is no socket: [`serve`](crate::serve) makes it.
pub(crate) fn bind(endpoint: &Endpoint, _: &BindOptions) -> Result<Bound, BindError> {
    Err(BindError::Unsupported { scheme: endpoint.scheme() })
}

/// As above: [`join`](crate::join) opens it.
pub(crate) fn candidate(endpoint: &Endpoint, _: &Trust) -> Result<Candidate, DialError> {
    Err(DialError::Unsupported { scheme: endpoint.scheme() })
}

pub(crate) fn address(_: &SockAddr) -> PeerAddress {
    PeerAddress::Other("unknown".to_owned())
}

/// A connected socket, made for overlapped I/O, as a transport.
pub(crate) fn transport(socket: Socket) -> io::Result<Box<dyn Transport>> {
    Ok(Box::new(StreamTransport::new(Channel::open(File::Socket(socket))?)))
}

/// Whoever is at the other end of a channel has come in.
fn arrival(channel: Arc<Channel>, peer: Peer) -> Arrival {
    Arrival { transport: Box::new(StreamTransport::new(channel)), peer, objection: None }
}
