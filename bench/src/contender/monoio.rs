//! Framing by hand on monoio: io_uring, one thread, buffers that belong to the system while it uses them.

use core::future::Future;

use bytes::Bytes;
use monoio::buf::IoBufMut;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::{ListenerOpts, TcpListener, TcpStream, UnixListener, UnixStream};
use monoio::{FusionDriver, RuntimeBuilder};
use send_wrapper::SendWrapper;

use super::frames::{self, BLOCK, COPIED_BELOW, Inbound};
use super::{Batch, Connection, Contender, Unsupported};
use crate::Result;
use crate::order::Address;

/// Everything of it stays on its thread; the wrappers see to that.
pub(crate) struct Monoio;

pub(crate) enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

/// A stream and two buffers, which are handed out and come back.
pub(crate) struct Ring {
    stream: Stream,
    inbound: Inbound,
    out: Vec<u8>,
}

impl Contender for Monoio {
    const NAME: &str = "hand-monoio";

    type Listener = SendWrapper<Listener>;
    type Connection = SendWrapper<Ring>;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        RuntimeBuilder::<FusionDriver>::new().build().expect("a runtime can be had").block_on(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        monoio::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(SendWrapper<Listener>, Address)> {
        let (listener, address) = match address {
            Address::Unix(path) => {
                // By default it asks for what only TCP has.
                let options = ListenerOpts::new().reuse_port(false);
                (Listener::Unix(UnixListener::bind_with_config(path, &options)?), address.clone())
            }
            Address::Tcp(at) => {
                let listener = TcpListener::bind(at)?;
                let address = Address::Tcp(listener.local_addr()?);
                (Listener::Tcp(listener), address)
            }
            Address::Token(_) => return Err(Unsupported.into()),
        };
        Ok((SendWrapper::new(listener), address))
    }

    fn accept(
        listener: &mut SendWrapper<Listener>,
    ) -> impl Future<Output = Result<SendWrapper<Ring>>> + Send {
        SendWrapper::new(async {
            let stream = match &**listener {
                Listener::Unix(listener) => Stream::Unix(listener.accept().await?.0),
                Listener::Tcp(listener) => tcp(listener.accept().await?.0)?,
            };
            Ok(Ring::over(stream))
        })
    }

    fn connect(address: &Address) -> impl Future<Output = Result<SendWrapper<Ring>>> + Send {
        SendWrapper::new(async {
            let stream = match address {
                Address::Unix(path) => Stream::Unix(UnixStream::connect(path).await?),
                Address::Tcp(at) => tcp(TcpStream::connect(at).await?)?,
                Address::Token(_) => return Err(Unsupported.into()),
            };
            Ok(Ring::over(stream))
        })
    }
}

fn tcp(stream: TcpStream) -> Result<Stream> {
    stream.set_nodelay(true)?;
    Ok(Stream::Tcp(stream))
}

impl Ring {
    fn over(stream: Stream) -> SendWrapper<Self> {
        SendWrapper::new(Self { stream, inbound: Inbound::new(COPIED_BELOW), out: Vec::new() })
    }

    /// Reads until there is a message; `false` at the end.
    async fn fill(&mut self) -> Result<bool> {
        let (bytes, filled) = self.inbound.hand_out()?;
        let end = bytes.len();
        let room = bytes.into_boxed_slice().slice_mut(filled..end);
        let (count, room) = match &mut self.stream {
            Stream::Unix(stream) => stream.read(room).await,
            Stream::Tcp(stream) => stream.read(room).await,
        };
        self.inbound.take_back(room.into_inner().into_vec());
        self.inbound.advance(count?)
    }

    async fn flush(&mut self) -> Result {
        let out = core::mem::take(&mut self.out);
        let (sent, out) = match &mut self.stream {
            Stream::Unix(stream) => stream.write_all(out).await,
            Stream::Tcp(stream) => stream.write_all(out).await,
        };
        sent?;
        self.out = out;
        self.out.clear();
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        loop {
            if let Some(message) = self.inbound.next()? {
                return Ok(Some(Batch { count: 1, last: message.len() }));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }
}

impl Connection for SendWrapper<Ring> {
    fn send(&mut self, message: &Bytes) -> impl Future<Output = Result> + Send {
        SendWrapper::new(async {
            frames::append(&mut self.out, message)?;
            self.flush().await
        })
    }

    fn receive(&mut self) -> impl Future<Output = Result<Option<usize>>> + Send {
        SendWrapper::new(async { Ok(self.next().await?.map(|message| message.last)) })
    }

    fn echo(&mut self) -> impl Future<Output = Result<bool>> + Send {
        SendWrapper::new(async {
            loop {
                let Ring { inbound, out, .. } = &mut **self;
                if let Some(frame) = inbound.next_frame()? {
                    out.extend_from_slice(frame);
                    self.flush().await?;
                    return Ok(true);
                }
                if !self.fill().await? {
                    return Ok(false);
                }
            }
        })
    }

    fn send_batch(&mut self, message: &Bytes, count: usize) -> impl Future<Output = Result> + Send {
        SendWrapper::new(async move {
            for _ in 0..count {
                frames::append(&mut self.out, message)?;
                if self.out.len() >= BLOCK {
                    self.flush().await?;
                }
            }
            self.flush().await
        })
    }

    fn receive_batch(&mut self) -> impl Future<Output = Result<Option<Batch>>> + Send {
        SendWrapper::new(async {
            loop {
                if let Some(batch) = self.inbound.drain()? {
                    return Ok(Some(batch));
                }
                if !self.fill().await? {
                    return Ok(None);
                }
            }
        })
    }
}
