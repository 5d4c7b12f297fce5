//! L0, the limit: system calls written by hand, blocking, without anything around them.

mod crowd;

use core::future::Future;

use super::Contender;
use super::blocking::Wire;
use super::flavour::{Flavour, Threads};
use super::stream::{Listener, Stream};
use crate::Result;
use crate::order::{Address, Length};
use crate::said::Outcome;

/// One `write` and one `read` for each message, or as few as there can be for many.
pub(crate) struct L0;

impl Contender for L0 {
    const NAME: &str = "l0";

    type Listener = Listener;
    type Connection = Wire<Stream>;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        Threads::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        Threads::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Listener, Address)> {
        Listener::bind(address)
    }

    async fn accept(listener: &mut Listener) -> Result<Wire<Stream>> {
        Ok(Wire::new(listener.accept()?))
    }

    async fn connect(address: &Address) -> Result<Wire<Stream>> {
        Ok(Wire::new(Stream::connect(address)?))
    }

    async fn serve_crowd(listener: Listener) -> Result {
        crowd::serve(&listener)
    }

    async fn ask_crowd(address: Address, clients: usize, length: Length) -> Result<Outcome> {
        crowd::ask(&address, clients, length)
    }
}
