//! Where a test runs: an adapter, a transport, a profile.

use core::future::Future;
use std::sync::mpsc;

use bowline_runtime::{Config, Connect, Endpoint, Profile, Server, ServerOptions, Socket};

use crate::{Adapter, Directory, Raw, pair, unique_name, watchdog};

/// What carries the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// A Unix socket at a path.
    Unix,
    /// A Unix socket with a name in Linux's abstract namespace.
    Abstract,
    /// A Windows named pipe.
    Pipe,
    /// TCP on the loopback interface.
    Tcp,
    /// TLS over the same, with a certificate on both sides.
    Tls,
    /// A stream that the test made, `from_stream`.
    Stream,
}

/// Where a test runs. Whatever it makes, it makes with this world's adapter, transport and profile.
pub struct World {
    /// The adapter, with an executor that is running.
    pub adapter: Box<dyn Adapter>,
    /// What carries the bytes.
    pub transport: Transport,
    profile: Profile,
    make: fn() -> Box<dyn Adapter>,
    directory: Directory,
}

impl Transport {
    /// The one for peers on the same machine.
    #[allow(non_upper_case_globals, reason = "it is used like a variant")]
    pub const Local: Self = if cfg!(windows) { Self::Pipe } else { Self::Unix };
}

impl World {
    /// A world of its own.
    #[must_use]
    pub fn new(make: fn() -> Box<dyn Adapter>, transport: Transport, profile: Profile) -> Self {
        Self { adapter: make(), transport, profile, make, directory: Directory::new() }
    }

    /// Another world of the same kind, with an executor of its own.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(self.make, self.transport, self.profile)
    }

    /// Whether this world speaks the plain profile.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.profile == Profile::Plain
    }

    /// The defaults, with this world's profile.
    #[must_use]
    pub fn config(&self) -> Config {
        Config::new().profile(self.profile)
    }

    /// An endpoint that nobody uses. Streams have none: their server listens somewhere and nobody ever comes there.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        let endpoint = match self.transport {
            // A server of streams needs an endpoint all the same, at which nobody will come.
            Transport::Stream if cfg!(windows) => Endpoint::pipe(unique_name()),
            Transport::Pipe => Endpoint::pipe(unique_name()),
            Transport::Unix | Transport::Stream => Endpoint::unix(self.directory.path().join(unique_name())),
            Transport::Abstract => Endpoint::abstract_name(unique_name()),
            Transport::Tcp => Endpoint::tcp("127.0.0.1", 0),
            Transport::Tls => Endpoint::tls("127.0.0.1", 0),
        };
        endpoint.expect("it is short and plain")
    }

    /// A server with the default options.
    #[must_use]
    pub fn serve(&self) -> Server {
        self.serve_with(ServerOptions::new())
    }

    /// A server with these options, and this world's profile.
    #[must_use]
    pub fn serve_with(&self, options: ServerOptions) -> Server {
        let options = options.map_config(|config| config.profile(self.profile));
        self.adapter.bind(&self.endpoint(), options).expect("nobody else uses this endpoint")
    }

    /// Connects to one of this world's servers.
    pub fn connect(&self, server: &Server) -> Connect {
        self.connect_with(server, self.config())
    }

    /// Connects to one of this world's servers, with limits and deadlines of the client's own.
    pub fn connect_with(&self, server: &Server, config: Config) -> Connect {
        let config = config.profile(self.profile);
        match self.transport {
            Transport::Stream => self.adapter.connect_in_memory(server, config),
            _ => self.adapter.connect(address(server), config),
        }
    }

    /// Connects to one of this world's servers with bare bytes.
    #[must_use]
    pub fn raw(&self, server: &Server) -> Raw {
        if self.transport == Transport::Stream {
            let (far, near) = pair();
            self.adapter.offer(server, far);
            return Raw::local(near);
        }
        Raw::connect(address(server))
    }

    /// Two ends of an open connection: the client's and the server's.
    #[must_use]
    pub fn pair(&self) -> (Socket, Socket) {
        self.pair_with(self.config(), self.config())
    }

    /// Two ends of an open connection with limits and deadlines of their own.
    #[must_use]
    pub fn pair_with(&self, client: Config, server: Config) -> (Socket, Socket) {
        let server = self.serve_with(ServerOptions::new().config(server));
        self.join(&server, client)
    }

    /// Lets one more client in: its end and the server's.
    #[must_use]
    pub fn join(&self, server: &Server, config: Config) -> (Socket, Socket) {
        let accept = server.accept();
        let connect = self.connect_with(server, config);
        let incoming = accept.wait().expect("a client comes");
        let served = incoming.accept().expect("the client waits");
        (connect.wait().expect("the server has accepted"), served)
    }

    /// A client in bare bytes that was let in, and the server's end.
    #[must_use]
    pub fn raw_pair(&self, config: Config) -> (Raw, Socket) {
        self.raw_join(&self.serve_with(ServerOptions::new().config(config)))
    }

    /// The same, at this server.
    #[must_use]
    pub fn raw_join(&self, server: &Server) -> (Raw, Socket) {
        let accept = server.accept();
        let mut raw = self.raw(server);
        raw.say_hello();
        let served = accept.wait().expect("a client comes").accept().expect("the client waits");
        raw.expect_frame(crate::kind::WELCOME);
        (raw, served)
    }

    /// Runs a future on the executor and waits for what comes of it.
    ///
    /// # Panics
    /// When the future panics or takes too long.
    pub fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        let (done, result) = mpsc::channel();
        self.adapter.spawn(Box::pin(async move {
            let _nobody_waits = done.send(future.await);
        }));
        watchdog::next("the end of a future", &result)
    }
}

/// Where a server of ours listens.
fn address(server: &Server) -> &Endpoint {
    server.endpoint().expect("it listens at an endpoint")
}
