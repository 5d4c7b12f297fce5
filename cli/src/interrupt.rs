//! Ctrl-C: the first asks for an end in order, the second is the end.

use core::time::Duration;

use tokio::sync::watch;

use crate::{Failure, Result};

/// What comes within so long is the same Ctrl-C.
const SAME: Duration = Duration::from_millis(100);

/// How often the user, or the system, has asked for an end.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<u32>);

impl Interrupt {
    /// Begins to listen to Ctrl-C, and on a Unix to SIGTERM, which means the same here.
    pub(crate) fn listen() -> Result<Self> {
        let (counter, count) = watch::channel(0);
        let mut signals = Signals::new().map_err(Failure::local("can't listen to signals"))?;
        tokio::spawn(async move {
            while signals.next().await {
                counter.send_modify(|count| *count += 1);
                // A wrapper such as timeout(1) passes on a Ctrl-C that this process has got already.
                let same = async { while signals.next().await {} };
                let _time_is_up = tokio::time::timeout(SAME, same).await;
            }
        });
        Ok(Self(count))
    }

    /// Ends with the first.
    pub(crate) async fn first(&self) {
        self.nth(1).await;
    }

    /// Ends with the second.
    pub(crate) async fn second(&self) {
        self.nth(2).await;
    }

    /// Whether the first has come.
    pub(crate) fn has_come(&self) -> bool {
        *self.0.borrow() > 0
    }

    async fn nth(&self, wanted: u32) {
        if self.0.clone().wait_for(|count| *count >= wanted).await.is_err() {
            core::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn next(&mut self) -> bool {
        let Self(interrupt, terminate) = self;
        tokio::select! {
            signal = interrupt.recv() => signal.is_some(),
            signal = terminate.recv() => signal.is_some(),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
