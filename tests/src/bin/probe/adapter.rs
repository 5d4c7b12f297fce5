//! The adapters, each with the way in which its programs run and wait.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use bowline_net::{BindOptions, ConnectOptions};
use bowline_runtime::{Connect, Endpoint, Operation, Server, ServerOptions, Task};
use tokio::runtime::{Builder, Runtime};

/// What a role needs of an adapter.
pub(crate) trait Adapter: 'static {
    /// Runs a program to its end, as programs of this adapter usually run.
    fn run(program: impl Future<Output = ()> + Send + 'static);

    /// The adapter's `bind_with`.
    fn bind(endpoint: &Endpoint, options: ServerOptions) -> Server;

    /// The adapter's `connect_with`.
    fn connect(endpoint: &Endpoint) -> Connect;

    /// Waits for a task, as programs of this adapter usually do.
    fn end<O: Operation>(task: Task<O>) -> impl Future<Output = O::Output> + Send {
        task
    }
}

/// tokio's current-thread runtime.
pub(crate) struct Tokio;

/// tokio's multi-thread runtime, which runs the program as a task.
pub(crate) struct TokioMulti;

/// smol, where the main thread runs the program and waits for I/O.
pub(crate) struct Smol;

/// Plain threads: the main thread runs the program and blocks.
pub(crate) struct Threads;

/// The functions that have the same names in every adapter.
macro_rules! same_names {
    ($adapter:ident) => {
        fn bind(endpoint: &Endpoint, options: ServerOptions) -> Server {
            $adapter::bind_with(endpoint, &BindOptions::new(), options).expect("the endpoint is free")
        }

        fn connect(endpoint: &Endpoint) -> Connect {
            $adapter::connect_with(endpoint, ConnectOptions::new())
        }
    };
}

impl Adapter for Tokio {
    fn run(program: impl Future<Output = ()> + Send + 'static) {
        built(&mut Builder::new_current_thread()).block_on(program);
    }

    same_names!(bowline_tokio);
}

impl Adapter for TokioMulti {
    fn run(program: impl Future<Output = ()> + Send + 'static) {
        let runtime = built(&mut Builder::new_multi_thread());
        runtime.block_on(runtime.spawn(program)).expect("the program does not panic");
    }

    same_names!(bowline_tokio);
}

impl Adapter for Smol {
    fn run(program: impl Future<Output = ()> + Send + 'static) {
        smol::block_on(program);
    }

    same_names!(bowline_smol);
}

impl Adapter for Threads {
    /// The program blocks wherever it waits, so that one poll gets to its end.
    fn run(program: impl Future<Output = ()> + Send + 'static) {
        let polled = pin!(program).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(()), "it waits without blocking");
    }

    async fn end<O: Operation>(task: Task<O>) -> O::Output {
        task.wait()
    }

    same_names!(bowline_std);
}

fn built(builder: &mut Builder) -> Runtime {
    builder.enable_all().build().expect("a runtime can be had")
}
