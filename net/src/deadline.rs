//! A deadline that begins when it is first looked at.

use core::fmt;
use core::task::{Context, Poll};
use core::time::Duration;
use std::time::Instant;

use bowline_runtime::Timer;

/// By when something below the protocol has to be over. It begins with the first poll.
pub struct Deadline {
    timer: Box<dyn Timer>,
    patience: Duration,
    at: Option<Instant>,
}

impl Deadline {
    /// So long after the first poll.
    #[must_use]
    pub fn new(timer: Box<dyn Timer>, patience: Duration) -> Self {
        Self { timer, patience, at: None }
    }

    /// Ready once it has passed; never, if it is too far off for a clock.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.at.is_none() {
            self.at = Instant::now().checked_add(self.patience);
        }
        self.at.map_or(Poll::Pending, |at| self.timer.poll_until(cx, at))
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline").field("patience", &self.patience).finish_non_exhaustive()
    }
}
