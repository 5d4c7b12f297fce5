//! The tokio adapter, on both of tokio's runtimes.

use std::thread::{self, JoinHandle};

use bowline_net::BindError;
use bowline_runtime::{BoxFuture, Config, Connect, Endpoint, Role, Server, ServerOptions};
use bowline_tokio::{bind_with, connect_with, from_stream, offer_stream};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use crate::local::TokioStream;
use crate::{Adapter, LocalStream, certificates};

/// How much an in-memory pipe holds: little, so that it blocks often.
const PIPE: usize = 16 << 10;

/// A tokio runtime and the adapter on it.
pub struct Tokio {
    handle: Handle,
    drive: Drive,
}

/// Who runs the runtime.
enum Drive {
    /// Its own threads.
    Workers(#[expect(dead_code, reason = "kept to be dropped")] Runtime),
    /// A thread of ours.
    Thread(Option<(oneshot::Sender<()>, JoinHandle<()>)>),
}

impl Tokio {
    /// The adapter on a current-thread runtime, which one thread runs.
    #[must_use]
    pub fn current_thread() -> Box<dyn Adapter> {
        let runtime = built(&mut Builder::new_current_thread());
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || drop(runtime.block_on(stopped)));
        Box::new(Self { handle, drive: Drive::Thread(Some((stop, thread))) })
    }

    /// The adapter on a multi-thread runtime.
    #[must_use]
    pub fn multi_thread() -> Box<dyn Adapter> {
        let runtime = built(Builder::new_multi_thread().worker_threads(2));
        Box::new(Self { handle: runtime.handle().clone(), drive: Drive::Workers(runtime) })
    }
}

fn built(builder: &mut Builder) -> Runtime {
    builder.enable_all().build().expect("a runtime can be had")
}

fn tokio_stream(stream: LocalStream) -> TokioStream {
    stream.set_nonblocking(true).expect("it is open");
    TokioStream::from_std(stream).expect("tokio has room for it")
}

impl Adapter for Tokio {
    fn bind(&self, endpoint: &Endpoint, options: ServerOptions) -> Result<Server, BindError> {
        let _inside = self.handle.enter();
        bind_with(endpoint, &certificates::bind_options(endpoint), options)
    }

    fn connect(&self, endpoint: &Endpoint, config: Config) -> Connect {
        let _inside = self.handle.enter();
        connect_with(endpoint, certificates::connect_options(endpoint, config))
    }

    fn connect_in_memory(&self, server: &Server, config: Config) -> Connect {
        let _inside = self.handle.enter();
        let (far, near) = tokio::io::duplex(PIPE);
        offer_stream(server, far, "client in memory");
        from_stream(near, Role::Client, config, "server in memory")
    }

    fn offer(&self, server: &Server, stream: LocalStream) {
        let _inside = self.handle.enter();
        offer_stream(server, tokio_stream(stream), "offered");
    }

    fn adopt(&self, stream: LocalStream, role: Role, config: Config) -> Connect {
        let _inside = self.handle.enter();
        from_stream(tokio_stream(stream), role, config, "given")
    }

    fn spawn(&self, future: BoxFuture<()>) {
        drop(self.handle.spawn(future));
    }
}

impl Drop for Tokio {
    fn drop(&mut self) {
        if let Drive::Thread(driver) = &mut self.drive
            && let Some((stop, thread)) = driver.take()
        {
            drop(stop);
            thread.join().expect("the runtime does not panic");
        }
    }
}
