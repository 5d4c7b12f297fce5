//! The smol adapter, on an executor of its own.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use bowline_net::BindError;
use bowline_runtime::{BoxFuture, Config, Connect, Endpoint, Role, Server, ServerOptions};
use bowline_smol::{Runtime, offer_stream};
use smol::{Async, Executor};

use crate::local::SmolStream;
use crate::{Adapter, LocalStream, certificates, pair};

/// An executor, the thread that runs it, and the adapter on both.
pub struct Smol {
    runtime: Runtime,
    executor: Option<Arc<Executor<'static>>>,
    stop: Option<(smol::channel::Sender<()>, JoinHandle<()>)>,
}

impl Smol {
    /// The adapter on an executor that one thread runs.
    #[must_use]
    pub fn own_executor() -> Box<dyn Adapter> {
        let executor = Arc::new(Executor::new());
        let (stop, stopped) = smol::channel::bounded(1);
        let (running, runs) = (Arc::clone(&executor), Arc::downgrade(&executor));
        let thread = thread::spawn(move || {
            let _closed = smol::block_on(running.run(stopped.recv()));
        });
        // A hard reference would keep the executor alive from within.
        let runtime = Runtime::new(move |future| {
            if let Some(executor) = runs.upgrade() {
                executor.spawn(future).detach();
            }
        });
        Box::new(Self { runtime, executor: Some(executor), stop: Some((stop, thread)) })
    }
}

/// smol's own socket: closing a bare `Async` would not end the stream.
fn watched(stream: LocalStream) -> SmolStream {
    Async::new(stream).expect("the reactor has room for it").into()
}

impl Adapter for Smol {
    fn bind(&self, endpoint: &Endpoint, options: ServerOptions) -> Result<Server, BindError> {
        self.runtime.bind_with(endpoint, &certificates::bind_options(endpoint), options)
    }

    fn connect(&self, endpoint: &Endpoint, config: Config) -> Connect {
        self.runtime.connect_with(endpoint, certificates::connect_options(endpoint, config))
    }

    fn connect_in_memory(&self, server: &Server, config: Config) -> Connect {
        let (far, near) = pair();
        self.offer(server, far);
        self.adopt(near, Role::Client, config)
    }

    fn offer(&self, server: &Server, stream: LocalStream) {
        offer_stream(server, watched(stream), "offered");
    }

    fn adopt(&self, stream: LocalStream, role: Role, config: Config) -> Connect {
        self.runtime.from_stream(watched(stream), role, config, "given")
    }

    fn spawn(&self, future: BoxFuture<()>) {
        if let Some(executor) = &self.executor {
            executor.spawn(future).detach();
        }
    }
}

impl Drop for Smol {
    fn drop(&mut self) {
        drop(self.executor.take());
        if let Some((stop, thread)) = self.stop.take() {
            drop(stop);
            thread.join().expect("the executor does not panic");
        }
    }
}
