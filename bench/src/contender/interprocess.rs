//! interprocess: local sockets that block, with framing by hand, since it has none.

use core::future::Future;

use interprocess::local_socket::prelude::*;
use interprocess::local_socket::{GenericFilePath, Listener, ListenerOptions, Stream};

use super::blocking::Wire;
use super::flavour::{Flavour, Threads};
use super::{Contender, Unsupported};
use crate::Result;
use crate::order::Address;

/// A thread for each client.
pub(crate) struct Interprocess;

impl Contender for Interprocess {
    const NAME: &str = "interprocess";

    type Listener = Listener;
    type Connection = Wire<Stream>;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        Threads::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        Threads::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Listener, Address)> {
        let Address::Unix(path) = address else { return Err(Unsupported.into()) };
        let name = path.as_path().to_fs_name::<GenericFilePath>()?;
        Ok((ListenerOptions::new().name(name).create_sync()?, address.clone()))
    }

    async fn accept(listener: &mut Listener) -> Result<Wire<Stream>> {
        Ok(Wire::new(listener.accept()?))
    }

    async fn connect(address: &Address) -> Result<Wire<Stream>> {
        let Address::Unix(path) = address else { return Err(Unsupported.into()) };
        Ok(Wire::new(Stream::connect(path.as_path().to_fs_name::<GenericFilePath>()?)?))
    }
}
