//! How long it is measured, and what was spent meanwhile.

use core::time::Duration;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::order::Length;
use crate::said::Outcome;
use crate::usage;

/// A measurement under way. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Pace {
    started: Instant,
    warm_up: Duration,
    end: Duration,
    most: u64,
    /// What the processors had done when the warm-up was over.
    before: Arc<OnceLock<Duration>>,
}

/// What is done now is part of...
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    WarmUp,
    Measured,
    Over,
}

impl Pace {
    /// Begins with a fifth of the time more, which is not measured.
    pub(crate) fn start(length: Length) -> Self {
        match length {
            Length::Time(time) => Self::new(time / 5, time, u64::MAX),
            Length::Messages(most) => Self::new(Duration::ZERO, Duration::MAX, most),
        }
    }

    /// Begins without a warm-up.
    pub(crate) fn start_at_once(length: Length) -> Self {
        match length {
            Length::Time(time) => Self::new(Duration::ZERO, time, u64::MAX),
            Length::Messages(most) => Self::new(Duration::ZERO, Duration::MAX, most),
        }
    }

    fn new(warm_up: Duration, time: Duration, most: u64) -> Self {
        let end = warm_up.saturating_add(time);
        Self { started: Instant::now(), warm_up, end, most, before: Arc::default() }
    }

    /// Which phase it is in after so many measured messages.
    pub(crate) fn phase(&self, messages: u64) -> Phase {
        let elapsed = self.started.elapsed();
        if messages >= self.most || elapsed >= self.end {
            return Phase::Over;
        }
        if elapsed < self.warm_up {
            return Phase::WarmUp;
        }
        self.before.get_or_init(usage::processors);
        Phase::Measured
    }

    /// What so many messages of a size have cost until now.
    pub(crate) fn outcome(&self, messages: u64, size: usize) -> Outcome {
        let time = self.started.elapsed().saturating_sub(self.warm_up);
        let before = self.before.get().copied().unwrap_or_default();
        let processors = usage::processors().saturating_sub(before);
        Outcome { messages, bytes: messages * size as u64, time, processors, latency: None }
    }
}
