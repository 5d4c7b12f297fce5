//! The adapters, each with the way in which its programs run and wait.

use core::future::Future;

use bowline_net::{BindOptions, ConnectOptions};
use bowline_runtime::{Config, Connect, Endpoint, Operation, Server, ServerOptions, Task};

use crate::Result;
use crate::contender::flavour::{Current, Flavour, Main, Multi, Smol, SmolSpawned, Threads};

/// What the workloads need of an adapter: its functions, for programs that run in this flavour.
pub(crate) trait Adapter: Flavour {
    const NAME: &str;
    /// Whether many clients are many tasks; callbacks serve them otherwise.
    const HAS_TASKS: bool = true;

    /// The adapter's `bind_with`.
    fn bind(endpoint: &Endpoint, options: ServerOptions) -> Result<Server>;

    /// The adapter's `connect_with`.
    fn connect(endpoint: &Endpoint, config: Config) -> Connect;

    /// Waits for a task as programs of this adapter do.
    fn end<O: Operation>(task: Task<O>) -> impl Future<Output = O::Output> + Send {
        task
    }
}

/// The functions that have the same names in every adapter.
macro_rules! same_names {
    ($adapter:ident) => {
        fn bind(endpoint: &Endpoint, options: ServerOptions) -> Result<Server> {
            Ok($adapter::bind_with(endpoint, &BindOptions::new().backlog(4096), options)?)
        }

        fn connect(endpoint: &Endpoint, config: Config) -> Connect {
            $adapter::connect_with(endpoint, ConnectOptions::new().config(config))
        }
    };
}

impl Adapter for Current {
    const NAME: &str = "bowline-tokio";

    same_names!(bowline_tokio);
}

impl Adapter for Multi {
    const NAME: &str = "bowline-tokio-mt";

    same_names!(bowline_tokio);
}

impl Adapter for Main {
    const NAME: &str = "bowline-tokio-main";

    same_names!(bowline_tokio);
}

impl Adapter for Smol {
    const NAME: &str = "bowline-smol";

    same_names!(bowline_smol);
}

impl Adapter for SmolSpawned {
    const NAME: &str = "bowline-smol-spawned";

    same_names!(bowline_smol);
}

impl Adapter for Threads {
    const NAME: &str = "bowline-std";
    const HAS_TASKS: bool = false;

    async fn end<O: Operation>(task: Task<O>) -> O::Output {
        task.wait()
    }

    same_names!(bowline_std);
}
