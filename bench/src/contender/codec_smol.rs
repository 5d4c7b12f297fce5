//! asynchronous-codec's `LengthCodec` on smol's streams.

use core::future::Future;
use core::marker::PhantomData;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};

use asynchronous_codec::{Framed, LengthCodec};
use bytes::Bytes;
use futures_lite::future::poll_once;
use futures_util::future::Either;
use futures_util::{SinkExt, StreamExt};
use smol::Async;

use super::flavour::{Flavour, Smol, SmolSpawned};
use super::frames::BLOCK;
use super::{Connection, Contender, Unsupported};
use crate::Result;
use crate::order::Address;

type Stream = Either<Async<UnixStream>, Async<TcpStream>>;

/// In a flavour of smol's.
pub(crate) struct CodecSmol<F>(PhantomData<F>);

/// A flavour of smol's.
pub(crate) trait SmolFlavour: Flavour {
    const NAME: &str;
}

impl SmolFlavour for Smol {
    const NAME: &str = "codec-smol";
}

impl SmolFlavour for SmolSpawned {
    const NAME: &str = "codec-smol-spawned";
}

pub(crate) enum Listener {
    Unix(Async<UnixListener>),
    Tcp(Async<TcpListener>),
}

impl<F: SmolFlavour> Contender for CodecSmol<F> {
    const NAME: &str = F::NAME;

    type Listener = Listener;
    type Connection = Codec;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        F::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        F::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Listener, Address)> {
        match address {
            Address::Unix(path) => Ok((Listener::Unix(Async::<UnixListener>::bind(path)?), address.clone())),
            Address::Tcp(at) => {
                let listener = Async::<TcpListener>::bind(*at)?;
                let address = Address::Tcp(listener.get_ref().local_addr()?);
                Ok((Listener::Tcp(listener), address))
            }
            Address::Token(_) => Err(Unsupported.into()),
        }
    }

    async fn accept(listener: &mut Listener) -> Result<Codec> {
        Ok(Codec::over(match listener {
            Listener::Unix(listener) => Either::Left(listener.accept().await?.0),
            Listener::Tcp(listener) => tcp(listener.accept().await?.0)?,
        }))
    }

    async fn connect(address: &Address) -> Result<Codec> {
        Ok(Codec::over(match address {
            Address::Unix(path) => Either::Left(Async::<UnixStream>::connect(path).await?),
            Address::Tcp(at) => tcp(Async::<TcpStream>::connect(*at).await?)?,
            Address::Token(_) => return Err(Unsupported.into()),
        }))
    }
}

fn tcp(stream: Async<TcpStream>) -> Result<Stream> {
    stream.get_ref().set_nodelay(true)?;
    Ok(Either::Right(stream))
}

pub(crate) struct Codec(Framed<Stream, LengthCodec>);

impl Codec {
    fn over(stream: Stream) -> Self {
        let mut framed = Framed::new(stream, LengthCodec);
        framed.set_send_high_water_mark(BLOCK);
        Self(framed)
    }
}

impl Connection for Codec {
    async fn send(&mut self, message: &Bytes) -> Result {
        Ok(self.0.send(message.clone()).await?)
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        Ok(self.0.next().await.transpose()?.map(|message| message.len()))
    }

    async fn echo(&mut self) -> Result<bool> {
        let Some(message) = self.0.next().await else { return Ok(false) };
        self.0.send(message?).await?;
        Ok(true)
    }

    async fn send_batch(&mut self, message: &Bytes, count: usize) -> Result {
        for _ in 0..count {
            self.0.feed(message.clone()).await?;
        }
        Ok(SinkExt::<Bytes>::flush(&mut self.0).await?)
    }

    async fn cancel_receive(&mut self) -> Result {
        let too_early = poll_once(self.0.next()).await;
        anyhow::ensure!(too_early.is_none(), "there is a message already");
        Ok(())
    }
}
