//! An adapter without a system: pipes in memory that cut, hesitate and wake for nothing, as a seed says, and an executor
//! of its own. It is made of what bowline's runtime asks of an adapter and nothing else.

mod chance;
mod executor;
mod pipe;
mod registry;
mod rough;
mod timer;

use core::hash::BuildHasher;
use std::env;
use std::hash::RandomState;
use std::sync::{Mutex, PoisonError};

use bowline_net::BindError;
use bowline_runtime::{
    Arrival, BoxFuture, Config, Connect, ConnectError, ConnectOperation, Endpoint, Role, Server,
    ServerOptions,
};
use smol::Async;
use smol::io::{AsyncRead, AsyncWrite};

use crate::local::SmolStream;
use crate::watchdog::PATIENCE;
use crate::{Adapter, LocalStream};
use chance::Chance;
use executor::Thread;
use pipe::pipe;
use rough::Rough;

/// The simulated adapter and the thread of its executor.
pub struct Simulated {
    thread: Thread,
    chance: Mutex<Chance>,
}

impl Simulated {
    /// A new one. Its seed is `BOWLINE_SEED`, or drawn; a test that fails shows it. The same seed gives the same cuts, but
    /// threads still meet as they like.
    #[must_use]
    pub fn in_memory() -> Box<dyn Adapter> {
        let given = env::var("BOWLINE_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
        println!("BOWLINE_SEED={seed}");
        let mut chance = Chance::new(seed);
        Box::new(Self { thread: Thread::start(chance.split()), chance: Mutex::new(chance) })
    }

    fn chance(&self) -> Chance {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).split()
    }

    fn arrival(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, peer: &str) -> Arrival {
        Arrival::of_stream(Rough::new(stream, self.chance(), self.thread.executor()), peer)
    }
}

impl Adapter for Simulated {
    fn bind(&self, endpoint: &Endpoint, options: ServerOptions) -> Result<Server, BindError> {
        let (endpoint, listen) = registry::open(endpoint)?;
        Ok(Server::start(self.thread.executor(), options, Some(endpoint), Box::new(listen)))
    }

    fn connect(&self, endpoint: &Endpoint, config: Config) -> Connect {
        let (near, far) = pipe(&mut self.chance());
        let arrived = registry::arrive(endpoint, self.arrival(far, "client in memory"));
        let near = self.arrival(near, "server in memory");
        let dial = Box::pin(async { arrived.map(|()| near).map_err(ConnectError::Unreachable) });
        ConnectOperation::start(self.thread.executor(), config, Role::Client, PATIENCE, dial)
    }

    fn connect_in_memory(&self, server: &Server, config: Config) -> Connect {
        self.connect(server.endpoint().expect("it was bound"), config)
    }

    /// Who comes with a socket of the system is no end of bowline's: the same roughness over that socket.
    fn offer(&self, server: &Server, stream: LocalStream) {
        server.adopt(self.arrival(watched(stream), "offered"));
    }

    fn adopt(&self, stream: LocalStream, role: Role, config: Config) -> Connect {
        let arrival = self.arrival(watched(stream), "given");
        Connect::over(self.thread.executor(), config, role, arrival)
    }

    fn spawn(&self, future: BoxFuture<()>) {
        self.thread.spawn(future);
    }
}

fn watched(stream: LocalStream) -> SmolStream {
    Async::new(stream).expect("the reactor has room for it").into()
}
