//! ipc-channel: channels of bytes between processes, one for each direction.

use core::future::Future;

use bytes::Bytes;
use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcReceiver, IpcSender};
use std::sync::{Mutex, OnceLock};

use super::flavour::{Flavour, Threads};
use super::{Connection, Contender, Unsupported};
use crate::Result;
use crate::order::Address;

/// A thread for each client.
pub(crate) struct IpcChannel;

/// What a client gives the server: both directions, as the server sees them.
type Ends = (IpcBytesSender, IpcBytesReceiver);

pub(crate) enum Listener {
    /// Nobody has come. Such a server serves once...
    Fresh(Option<IpcOneShotServer<Ends>>),
    /// ...and leaves a channel on which further ends can come.
    Met(IpcReceiver<Ends>),
}

pub(crate) struct Channels {
    out: IpcBytesSender,
    inbound: IpcBytesReceiver,
}

impl Contender for IpcChannel {
    const NAME: &str = "ipc-channel";

    type Listener = Listener;
    type Connection = Channels;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        Threads::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        Threads::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Listener, Address)> {
        let Address::Unix(_) = address else { return Err(Unsupported.into()) };
        let (server, name) = IpcOneShotServer::new()?;
        Ok((Listener::Fresh(Some(server)), Address::Token(name)))
    }

    async fn accept(listener: &mut Listener) -> Result<Channels> {
        let (out, inbound) = match listener {
            Listener::Met(further) => further.recv()?,
            Listener::Fresh(server) => {
                let (further, ends) = server.take().ok_or(Unsupported)?.accept()?;
                *listener = Listener::Met(further);
                ends
            }
        };
        Ok(Channels { out, inbound })
    }

    async fn connect(address: &Address) -> Result<Channels> {
        let Address::Token(name) = address else { return Err(Unsupported.into()) };
        let (out, theirs) = ipc::bytes_channel()?;
        let (to_us, inbound) = ipc::bytes_channel()?;
        introduce(name, (to_us, theirs))?;
        Ok(Channels { out, inbound })
    }
}

/// Hands the server both ends, over the one channel to it that this process has.
fn introduce(name: &str, ends: Ends) -> Result {
    static SERVER: OnceLock<Mutex<IpcSender<Ends>>> = OnceLock::new();
    let server = match SERVER.get() {
        Some(server) => server,
        None => {
            let server = Mutex::new(IpcSender::connect(name.to_owned())?);
            SERVER.get_or_init(|| server)
        }
    };
    Ok(server.lock().expect("nobody has panicked").send(ends)?)
}

impl Channels {
    /// `None` at the end.
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match self.inbound.recv() {
            Ok(message) => Ok(Some(message)),
            Err(IpcError::Disconnected) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Connection for Channels {
    async fn send(&mut self, message: &Bytes) -> Result {
        Ok(self.out.send(message)?)
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        Ok(self.next()?.map(|message| message.len()))
    }

    async fn echo(&mut self) -> Result<bool> {
        let Some(message) = self.next()? else { return Ok(false) };
        self.out.send(&message)?;
        Ok(true)
    }
}
