//! The adapters, each as a program of its own uses it.

use core::future::Future;
use std::thread;

use bowline_net::{BindOptions, ConnectOptions, DialOptions};
use bowline_runtime::{Admission, Config, Connect, Endpoint, Operation, Server, ServerOptions, Task};
use bowline_tests::watchdog::PATIENCE;
use bowline_tests::{Adapter, Smol, Std, Tokio};
use clap::ValueEnum;
use tokio::runtime::{Builder, Handle};

/// Which adapter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Kind {
    Tokio,
    TokioMt,
    Smol,
    Std,
}

impl Kind {
    /// What makes this adapter, with an executor that can end.
    pub(crate) fn maker(self) -> fn() -> Box<dyn Adapter> {
        match self {
            Self::Tokio => Tokio::current_thread,
            Self::TokioMt => Tokio::multi_thread,
            Self::Smol => Smol::own_executor,
            Self::Std => Std::threads,
        }
    }
}

/// An adapter with an executor that runs as long as the process.
#[derive(Clone)]
pub(crate) enum Host {
    Tokio(Handle),
    Smol,
    Std,
}

impl Host {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Tokio => Self::on_thread(),
            Kind::TokioMt => Self::on_workers(),
            Kind::Smol => Self::Smol,
            Kind::Std => Self::Std,
        }
    }

    fn on_thread() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be had");
        let handle = runtime.handle().clone();
        thread::spawn(move || runtime.block_on(core::future::pending::<()>()));
        Self::Tokio(handle)
    }

    fn on_workers() -> Self {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime can be had");
        let handle = runtime.handle().clone();
        core::mem::forget(runtime);
        Self::Tokio(handle)
    }

    /// The adapter's `bind_with`, for as many clients as come.
    pub(crate) fn bind(&self, endpoint: &Endpoint, options: &BindOptions, config: Config) -> Server {
        let many = Admission::new().max_clients(MANY).max_per_user(MANY).backlog(MANY);
        let server = ServerOptions::new().admission(many).config(config);
        let bound = match self {
            Self::Tokio(runtime) => {
                let _inside = runtime.enter();
                bowline_tokio::bind_with(endpoint, options, server)
            }
            Self::Smol => bowline_smol::bind_with(endpoint, options, server),
            Self::Std => bowline_std::bind_with(endpoint, options, server),
        };
        bound.expect("the endpoint is free")
    }

    /// The adapter's `connect_with`, with all the time in the world.
    pub(crate) fn connect(&self, endpoint: &Endpoint, config: Config) -> Connect {
        let dial = DialOptions::new().allow_remote(true);
        let config = config.handshake_timeout(PATIENCE).decision_timeout(PATIENCE);
        let options = ConnectOptions::new().config(config).dial(dial).timeout(PATIENCE);
        match self {
            Self::Tokio(runtime) => {
                let _inside = runtime.enter();
                bowline_tokio::connect_with(endpoint, options)
            }
            Self::Smol => bowline_smol::connect_with(endpoint, options),
            Self::Std => bowline_std::connect_with(endpoint, options),
        }
    }

    /// Runs a program as programs of this adapter usually run: on plain threads, with one of its own.
    pub(crate) fn spawn(&self, program: impl Future<Output = ()> + Send + 'static) {
        match self {
            Self::Tokio(runtime) => drop(runtime.spawn(program)),
            Self::Smol => smol::spawn(program).detach(),
            Self::Std => drop(thread::spawn(move || smol::block_on(program))),
        }
    }

    /// Waits for a task as programs of this adapter usually do: on plain threads, asleep in the system.
    pub(crate) async fn end<O: Operation>(&self, task: Task<O>) -> O::Output {
        match self {
            Self::Std => task.wait(),
            _ => task.await,
        }
    }
}

/// More clients than ever come.
const MANY: usize = 20_000;
