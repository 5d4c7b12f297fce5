//! libzmq itself: a dealer asks a router, which block.

use core::future::Future;
use std::sync::OnceLock;

use bytes::Bytes;
use zmq::{Context, Socket, SocketType};

use super::flavour::{Flavour, Threads};
use super::{Connection, Contender, Unsupported};
use crate::Result;
use crate::order::Address;

/// Its own thread does the input and output.
pub(crate) struct LibZmq;

/// One end. That of a server speaks with everybody.
pub(crate) struct Peer {
    socket: Socket,
    /// Who has sent the last message; `None` for a client, who has only one peer.
    from: Option<zmq::Message>,
}

impl Contender for LibZmq {
    const NAME: &str = "libzmq";

    type Listener = Option<Socket>;
    type Connection = Peer;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        Threads::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        Threads::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Option<Socket>, Address)> {
        let socket = context().socket(SocketType::ROUTER)?;
        socket.bind(&endpoint(address))?;
        let address = match (address, socket.get_last_endpoint()?) {
            (Address::Tcp(_), Ok(text)) => Address::Token(text),
            _ => address.clone(),
        };
        Ok((Some(socket), address))
    }

    async fn accept(listener: &mut Option<Socket>) -> Result<Peer> {
        Ok(Peer { socket: listener.take().ok_or(Unsupported)?, from: Some(zmq::Message::new()) })
    }

    async fn connect(address: &Address) -> Result<Peer> {
        let socket = context().socket(SocketType::DEALER)?;
        socket.connect(&endpoint(address))?;
        Ok(Peer { socket, from: None })
    }

    /// One socket answers everybody.
    async fn serve_crowd(mut listener: Option<Socket>) -> Result {
        let mut everybody = Self::accept(&mut listener).await?;
        while everybody.echo().await? {}
        Ok(())
    }
}

/// One for the process, with room for the largest crowd.
fn context() -> &'static Context {
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    CONTEXT.get_or_init(Context::new)
}

fn endpoint(address: &Address) -> String {
    match address {
        Address::Unix(path) => format!("ipc://{}", path.display()),
        Address::Tcp(at) => format!("tcp://{at}"),
        Address::Token(text) => text.clone(),
    }
}

impl Peer {
    fn next(&mut self) -> Result<zmq::Message> {
        if let Some(from) = &mut self.from {
            self.socket.recv(from, 0)?;
        }
        Ok(self.socket.recv_msg(0)?)
    }

    fn push(&mut self, message: impl Into<zmq::Message>) -> Result {
        if let Some(from) = &self.from {
            self.socket.send(&from[..], zmq::SNDMORE)?;
        }
        Ok(self.socket.send(message, 0)?)
    }
}

impl Connection for Peer {
    /// A message is in a queue of this process then.
    const AWAITS: bool = false;

    async fn send(&mut self, message: &Bytes) -> Result {
        self.push(&message[..])
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        Ok(Some(self.next()?.len()))
    }

    async fn echo(&mut self) -> Result<bool> {
        let message = self.next()?;
        self.push(message)?;
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
