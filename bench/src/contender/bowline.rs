//! bowline, on each adapter.

mod adapter;
mod callbacks;
mod connection;

use core::future::Future;
use core::marker::PhantomData;

use anyhow::bail;
use bowline_runtime::{Accept, Admission, Config, Endpoint, Server, ServerOptions};

use super::Contender;
use crate::Result;
use crate::order::{Address, Length};
use crate::role::crowd;
use crate::said::Outcome;
use adapter::Adapter;
use connection::Connected;

/// bowline on an adapter, as its documentation says to use it.
pub(crate) struct Bowline<A>(PhantomData<A>);

/// A server, and the accept that waits for the next client: without one, clients would be turned away.
pub(crate) struct Listener {
    server: Server,
    next: Accept,
}

impl<A: Adapter> Contender for Bowline<A> {
    const NAME: &str = A::NAME;

    type Listener = Listener;
    type Connection = Connected<A>;

    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        A::run(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        A::spawn(task);
    }

    async fn listen(address: &Address) -> Result<(Listener, Address)> {
        let everybody = Admission::new().max_clients(100_000).max_per_user(100_000);
        let server =
            A::bind(&endpoint(address)?, ServerOptions::new().admission(everybody).config(config()))?;
        let address = address_of(&server, address)?;
        let next = server.accept();
        Ok((Listener { server, next }, address))
    }

    async fn accept(listener: &mut Listener) -> Result<Connected<A>> {
        let next = core::mem::replace(&mut listener.next, listener.server.accept());
        Ok(Connected::new(A::end(next).await?.accept()?))
    }

    async fn connect(address: &Address) -> Result<Connected<A>> {
        Ok(Connected::new(A::end(A::connect(&endpoint(address)?, config())).await?))
    }

    async fn serve_crowd(listener: Listener) -> Result {
        if A::HAS_TASKS {
            return crowd::serve::<Self>(listener).await;
        }
        // The accept would get the first client.
        drop(listener.next);
        callbacks::serve(&listener.server)
    }

    async fn ask_crowd(address: Address, clients: usize, length: Length) -> Result<Outcome> {
        if A::HAS_TASKS {
            return crowd::ask::<Self>(address, clients, length).await;
        }
        let connect = || A::connect(&endpoint(&address)?, config()).wait().map_err(Into::into);
        callbacks::ask(connect, clients, length)
    }
}

/// The defaults, but for the longest message that any workload sends.
fn config() -> Config {
    Config::new().message_limit(1 << 30)
}

fn endpoint(address: &Address) -> Result<Endpoint> {
    let text = match address {
        Address::Unix(path) => format!("unix://{}", path.display()),
        Address::Tcp(at) => format!("tcp://{at}"),
        Address::Token(_) => bail!("bowline has sockets"),
    };
    Ok(text.parse()?)
}

/// Where clients find the server; with the port that the system chose.
fn address_of(server: &Server, address: &Address) -> Result<Address> {
    match (address, server.endpoint()) {
        (Address::Tcp(_), Some(endpoint)) => {
            let text = endpoint.to_string();
            Ok(Address::Tcp(text.trim_start_matches("tcp://").parse()?))
        }
        _ => Ok(address.clone()),
    }
}
