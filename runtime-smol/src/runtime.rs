//! Where background work goes.

use std::sync::{Arc, LazyLock};

#[doc(no_inline)]
pub use bowline_runtime::BoxFuture;
use bowline_runtime::Executor;

use crate::executor::Spawner;

/// An executor of the program's own, with this crate's functions as its methods.
///
/// It runs what nobody waits for: dialling, accepting, goodbyes, timers, callbacks. Whoever waits for a task moves its
/// bytes himself, wherever he is. When the executor ends, what it ran is dropped, and the connections fail with
/// [`RuntimeGone`](crate::TransportErrorKind::RuntimeGone).
///
/// Clones are the same executor. The default one is smol's global executor, whose threads start by themselves.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bowline_smol::Runtime;
/// use std::sync::Arc;
///
/// let executor = Arc::new(smol::Executor::new());
/// let spawner = Arc::clone(&executor);
/// let runtime = Runtime::new(move |future| spawner.spawn(future).detach());
/// # let name = format!("local://doc-runtime-{}", std::process::id());
///
/// smol::block_on(executor.run(async {
///     let server = runtime.bind(&name)?; // for instance "local://greeter"
///     let (accept, connect) = (server.accept(), runtime.connect(&name));
///     let greeter = accept.await?.accept()?;
///     let greeted = connect.await?;
///
///     greeter.write("ahoy").await?;
///     assert_eq!(greeted.read().await?, "ahoy");
///     Ok(())
/// }))
/// # }
/// ```
///
/// Work may come from any thread, so that a `LocalExecutor` can't be passed. Tasks can be awaited on one all the same.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) executor: Arc<dyn Executor>,
}

impl Runtime {
    /// Spawns by calling `spawn`, from any thread, with a future to be run to its end or dropped. `spawn` itself must
    /// return at once.
    #[must_use]
    pub fn new(spawn: impl Fn(BoxFuture<()>) + Send + Sync + 'static) -> Self {
        Self { executor: Arc::new(Spawner::new(spawn)) }
    }
}

impl Default for Runtime {
    /// smol's global executor.
    fn default() -> Self {
        static GLOBAL: LazyLock<Runtime> =
            LazyLock::new(|| Runtime::new(|future| smol::spawn(future).detach()));
        GLOBAL.clone()
    }
}

impl core::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}
