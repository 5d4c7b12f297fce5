//! Spawning on the pool, timers from the keeper.

use bowline_runtime::{BoxFuture, Executor, Timer};

use crate::keeper::{self, Keeper};
use crate::pool;
use crate::timers::KeeperTimer;

pub(crate) struct Threads(pub(crate) &'static Keeper);

impl Executor for Threads {
    fn spawn(&self, future: BoxFuture<()>) {
        pool::spawn(future).detach();
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(KeeperTimer::new(self.0))
    }

    /// Only the keeper has no stand-in.
    fn may_block(&self) -> bool {
        !keeper::is_this_thread()
    }
}
