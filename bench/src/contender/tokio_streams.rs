//! Whatever speaks over tokio's byte streams.

use core::future::Future;
use core::marker::PhantomData;

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_util::either::Either;

use super::flavour::{Current, Flavour, Main, Multi};
use super::{Connection, Contender, Unsupported};
use crate::Result;
use crate::order::Address;

/// A byte stream of tokio's.
pub(crate) type Stream = Either<UnixStream, TcpStream>;

/// Something that makes messages of a byte stream, in a flavour of tokio's.
pub(crate) struct OnTokio<C, F>(PhantomData<(C, F)>);

/// What makes messages of a byte stream.
pub(crate) trait OverStream: Connection {
    /// Its name in each flavour: current-thread, multi-thread, main.
    const NAMES: [&str; 3];

    fn over(stream: Stream) -> Self;
}

/// A flavour of tokio's.
pub(crate) trait TokioFlavour: Flavour {
    const INDEX: usize;
}

impl TokioFlavour for Current {
    const INDEX: usize = 0;
}

impl TokioFlavour for Multi {
    const INDEX: usize = 1;
}

impl TokioFlavour for Main {
    const INDEX: usize = 2;
}

pub(crate) enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl<C: OverStream, F: TokioFlavour> Contender for OnTokio<C, F> {
    const NAME: &str = C::NAMES[F::INDEX];

    type Listener = Listener;
    type Connection = C;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        F::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        F::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Listener, Address)> {
        match address {
            Address::Unix(path) => Ok((Listener::Unix(UnixListener::bind(path)?), address.clone())),
            Address::Tcp(at) => {
                let listener = TcpListener::bind(at).await?;
                let address = Address::Tcp(listener.local_addr()?);
                Ok((Listener::Tcp(listener), address))
            }
            Address::Token(_) => Err(Unsupported.into()),
        }
    }

    async fn accept(listener: &mut Listener) -> Result<C> {
        let stream = match listener {
            Listener::Unix(listener) => Stream::Left(listener.accept().await?.0),
            Listener::Tcp(listener) => tcp(listener.accept().await?.0)?,
        };
        Ok(C::over(stream))
    }

    async fn connect(address: &Address) -> Result<C> {
        let stream = match address {
            Address::Unix(path) => Stream::Left(UnixStream::connect(path).await?),
            Address::Tcp(at) => tcp(TcpStream::connect(at).await?)?,
            Address::Token(_) => return Err(Unsupported.into()),
        };
        Ok(C::over(stream))
    }
}

fn tcp(stream: TcpStream) -> Result<Stream> {
    stream.set_nodelay(true)?;
    Ok(Stream::Right(stream))
}
