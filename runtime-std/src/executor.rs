//! Spawning on the pool, timers from the keeper.

use std::sync::{Arc, OnceLock};

use bowline_runtime::{BoxFuture, Executor, Lookout, Timer};

use crate::keeper::{self, Keeper};
use crate::pool;
use crate::timers::KeeperTimer;

/// What all connections of the process run on.
pub(crate) fn shared(keeper: &'static Keeper) -> Arc<dyn Executor> {
    static SHARED: OnceLock<Arc<Threads>> = OnceLock::new();
    Arc::<Threads>::clone(SHARED.get_or_init(|| Arc::new(Threads { keeper, lookout: Lookout::new() })))
}

struct Threads {
    keeper: &'static Keeper,
    lookout: Lookout,
}

impl Executor for Threads {
    fn spawn(&self, future: BoxFuture<()>) {
        pool::spawn(future).detach();
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(KeeperTimer::new(self.keeper))
    }

    fn lookout(&self) -> &Lookout {
        &self.lookout
    }

    /// Only the keeper has no stand-in.
    fn may_block(&self) -> bool {
        !keeper::is_this_thread()
    }
}
