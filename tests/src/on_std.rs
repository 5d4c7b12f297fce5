//! The adapter for plain threads. Its keeper belongs to the process and never ends under a test.

use std::thread;

use bowline_net::BindError;
use bowline_runtime::{BoxFuture, Config, Connect, Endpoint, Role, Server, ServerOptions};
use bowline_std::{bind_with, connect_with, from_stream, offer_stream};

use crate::{Adapter, LocalStream, certificates, pair};

/// The adapter for plain threads.
pub struct Std;

impl Std {
    /// The adapter on the process's keeper.
    #[must_use]
    pub fn threads() -> Box<dyn Adapter> {
        Box::new(Self)
    }
}

impl Adapter for Std {
    fn bind(&self, endpoint: &Endpoint, options: ServerOptions) -> Result<Server, BindError> {
        bind_with(endpoint, &certificates::bind_options(endpoint), options)
    }

    fn connect(&self, endpoint: &Endpoint, config: Config) -> Connect {
        connect_with(endpoint, certificates::connect_options(endpoint, config))
    }

    fn connect_in_memory(&self, server: &Server, config: Config) -> Connect {
        let (far, near) = pair();
        self.offer(server, far);
        self.adopt(near, Role::Client, config)
    }

    fn offer(&self, server: &Server, stream: LocalStream) {
        offer_stream(server, stream, "offered");
    }

    fn adopt(&self, stream: LocalStream, role: Role, config: Config) -> Connect {
        from_stream(stream, role, config, "given")
    }

    /// Each future has a thread, as a program without an executor would do it.
    fn spawn(&self, future: BoxFuture<()>) {
        drop(thread::spawn(move || smol::block_on(future)));
    }
}
