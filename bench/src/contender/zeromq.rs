//! zeromq, the one in Rust: a dealer asks a router, on tokio.

use core::future::Future;
use core::marker::PhantomData;

use anyhow::{Context, ensure};
use bytes::Bytes;
use zeromq::{DealerSocket, Endpoint, RouterSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

use super::tokio_streams::TokioFlavour;
use super::{Connection, Contender, Unsupported};
use crate::Result;
use crate::order::Address;

/// In a flavour of tokio's.
pub(crate) struct ZeroMq<F>(PhantomData<F>);

/// The one socket of a server, which speaks with everybody.
pub(crate) enum Peer {
    Server {
        socket: RouterSocket,
        /// Who has sent the last message.
        from: Bytes,
    },
    Client(DealerSocket),
}

impl<F: TokioFlavour> Contender for ZeroMq<F> {
    const NAME: &str = ["zeromq", "zeromq-mt", "zeromq-main"][F::INDEX];

    type Listener = Option<RouterSocket>;
    type Connection = Peer;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        F::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        F::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Option<RouterSocket>, Address)> {
        let mut socket = RouterSocket::new();
        let bound = socket.bind(&endpoint(address)?).await?;
        let address = match bound {
            Endpoint::Tcp(..) => Address::Token(bound.to_string()),
            _ => address.clone(),
        };
        Ok((Some(socket), address))
    }

    async fn accept(listener: &mut Option<RouterSocket>) -> Result<Peer> {
        Ok(Peer::Server { socket: listener.take().ok_or(Unsupported)?, from: Bytes::new() })
    }

    async fn connect(address: &Address) -> Result<Peer> {
        let mut socket = DealerSocket::new();
        socket.connect(&endpoint(address)?).await?;
        Ok(Peer::Client(socket))
    }

    /// One socket answers everybody.
    async fn serve_crowd(mut listener: Option<RouterSocket>) -> Result {
        let mut everybody = Self::accept(&mut listener).await?;
        while everybody.echo().await? {}
        Ok(())
    }
}

fn endpoint(address: &Address) -> Result<String> {
    Ok(match address {
        Address::Unix(path) => format!("ipc://{}", path.display()),
        Address::Tcp(at) => format!("tcp://{at}"),
        Address::Token(text) => text.clone(),
    })
}

impl Peer {
    /// The next message; a server remembers from whom.
    async fn next(&mut self) -> Result<Bytes> {
        match self {
            Self::Client(socket) => {
                socket.recv().await?.into_vec().pop().context("a message without a frame")
            }
            Self::Server { socket, from } => {
                let mut frames = socket.recv().await?.into_vec().into_iter();
                *from = frames.next().context("a message of nobody's")?;
                frames.next().context("a message without a frame")
            }
        }
    }

    async fn push(&mut self, message: Bytes) -> Result {
        match self {
            Self::Client(socket) => Ok(socket.send(message.into()).await?),
            Self::Server { socket, from } => {
                let mut whole = ZmqMessage::from(from.clone());
                whole.push_back(message);
                Ok(socket.send(whole).await?)
            }
        }
    }
}

impl Connection for Peer {
    /// A message is in a queue of this process then.
    const AWAITS: bool = false;

    async fn send(&mut self, message: &Bytes) -> Result {
        self.push(message.clone()).await
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        Ok(Some(self.next().await?.len()))
    }

    async fn echo(&mut self) -> Result<bool> {
        let message = self.next().await?;
        self.push(message).await?;
        Ok(true)
    }

    async fn post(&mut self, message: &Bytes) -> Result {
        // What it has taken of these in a quarter of a second is not all delivered half a minute later.
        ensure!(message.len() < 1 << 20, Unsupported);
        self.send(message).await
    }

    async fn farewell(self) -> Result {
        // A server does not hear that a client has gone.
        Err(Unsupported.into())
    }
}
