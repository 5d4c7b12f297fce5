//! Two adapters in one world: one serves, the other connects.

use bowline_net::BindError;
use bowline_runtime::{BoxFuture, Config, Connect, Endpoint, Role, Server, ServerOptions};

use crate::{Adapter, LocalStream, Smol, Std, Tokio, pair};

/// One adapter's servers, another's clients.
pub struct Cross {
    servers: Box<dyn Adapter>,
    clients: Box<dyn Adapter>,
}

macro_rules! pairs {
    ($($name:ident: $servers:path, $clients:path;)*) => {
        impl Cross {
            $(
                #[doc = concat!("Servers of `", stringify!($servers), "`, clients of `", stringify!($clients), "`.")]
                #[must_use]
                pub fn $name() -> Box<dyn Adapter> {
                    Box::new(Self { servers: $servers(), clients: $clients() })
                }
            )*
        }
    };
}

pairs! {
    tokio_smol: Tokio::multi_thread, Smol::own_executor;
    tokio_std: Tokio::current_thread, Std::threads;
    smol_tokio: Smol::own_executor, Tokio::current_thread;
    smol_std: Smol::own_executor, Std::threads;
    std_tokio: Std::threads, Tokio::multi_thread;
    std_smol: Std::threads, Smol::own_executor;
}

impl Adapter for Cross {
    fn bind(&self, endpoint: &Endpoint, options: ServerOptions) -> Result<Server, BindError> {
        self.servers.bind(endpoint, options)
    }

    fn connect(&self, endpoint: &Endpoint, config: Config) -> Connect {
        self.clients.connect(endpoint, config)
    }

    fn connect_in_memory(&self, server: &Server, config: Config) -> Connect {
        let (far, near) = pair();
        self.servers.offer(server, far);
        self.clients.adopt(near, Role::Client, config)
    }

    fn offer(&self, server: &Server, stream: LocalStream) {
        self.servers.offer(server, stream);
    }

    fn adopt(&self, stream: LocalStream, role: Role, config: Config) -> Connect {
        self.clients.adopt(stream, role, config)
    }

    fn spawn(&self, future: BoxFuture<()>) {
        self.clients.spawn(future);
    }
}
