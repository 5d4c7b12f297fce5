//! NNG: a pair of sockets, which block.

use core::future::Future;

use bytes::Bytes;
use nng::options::{Options, RecvMaxSize};
use nng::{Protocol, Socket};

use super::flavour::{Flavour, Threads};
use super::{Connection, Contender, Unsupported};
use crate::Result;
use crate::order::Address;

/// Its own threads do the input and output.
pub(crate) struct Nng;

/// One end of a pair.
pub(crate) struct Peer(Socket);

impl Contender for Nng {
    const NAME: &str = "nng";

    type Listener = Option<Socket>;
    type Connection = Peer;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        Threads::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        Threads::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Option<Socket>, Address)> {
        let Address::Unix(path) = address else { return Err(Unsupported.into()) };
        let socket = socket()?;
        socket.listen(&format!("ipc://{}", path.display()))?;
        Ok((Some(socket), address.clone()))
    }

    async fn accept(listener: &mut Option<Socket>) -> Result<Peer> {
        Ok(Peer(listener.take().ok_or(Unsupported)?))
    }

    async fn connect(address: &Address) -> Result<Peer> {
        let Address::Unix(path) = address else { return Err(Unsupported.into()) };
        let socket = socket()?;
        socket.dial(&format!("ipc://{}", path.display()))?;
        Ok(Peer(socket))
    }

    async fn serve_crowd(_listener: Option<Socket>) -> Result {
        // A pair has two ends.
        Err(Unsupported.into())
    }
}

fn socket() -> Result<Socket> {
    let socket = Socket::new(Protocol::Pair0)?;
    socket.set_opt::<RecvMaxSize>(0)?;
    Ok(socket)
}

impl Connection for Peer {
    /// A message is in a queue of this process then.
    const AWAITS: bool = false;

    async fn send(&mut self, message: &Bytes) -> Result {
        Ok(self.0.send(&message[..]).map_err(|(_, error)| error)?)
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        Ok(Some(self.0.recv()?.len()))
    }

    async fn echo(&mut self) -> Result<bool> {
        let message = self.0.recv()?;
        self.0.send(message).map_err(|(_, error)| error)?;
        Ok(true)
    }

    async fn post(&mut self, message: &Bytes) -> Result {
        self.send(message).await
    }

    async fn farewell(self) -> Result {
        // A server does not hear that a client has gone.
        Err(Unsupported.into())
    }
}
