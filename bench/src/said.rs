//! What a child says, one JSON object a line.

use core::time::Duration;
use std::io::{self, Write};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::order::Address;

/// One line of a child's output.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Said {
    /// The server listens, and is this process.
    Ready(Address, u32),
    /// The client has measured.
    Outcome(Outcome),
    /// The contender has nothing for this workload.
    Unsupported,
    Failed(String),
    /// What the process has used so far.
    Usage(Usage),
}

/// What a client has measured.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) time: Duration,
    /// What the processors have worked for both processes meanwhile.
    pub(crate) processors: Duration,
    /// How long single round trips took, where these were measured.
    pub(crate) latency: Option<Latency>,
}

/// How long round trips took, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p99_9: u64,
    pub(crate) max: u64,
}

/// What a process has used since it began.
#[derive(Clone, Copy, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// Bytes of memory that it occupies, and the most that it ever did.
    pub(crate) resident: u64,
    pub(crate) resident_peak: u64,
    /// Bytes on the heap, and how often the heap was asked; zero unless they are counted.
    pub(crate) held: u64,
    pub(crate) allocations: u64,
    /// How often its threads went to sleep, and how often they were made to wait.
    pub(crate) sleeps: u64,
    pub(crate) preemptions: u64,
}

/// A histogram from 1 ns to 60 s with three digits.
pub(crate) fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 60_000_000_000, 3)?)
}

impl Latency {
    pub(crate) fn of(histogram: &Histogram<u64>) -> Self {
        let [p50, p99, p99_9] = [0.5, 0.99, 0.999].map(|quantile| histogram.value_at_quantile(quantile));
        Self { p50, p99, p99_9, max: histogram.max() }
    }
}

impl Usage {
    /// What counts since the beginning, without somebody else's.
    pub(crate) fn without(&self, other: &Self) -> Self {
        Self {
            resident: self.resident.saturating_sub(other.resident),
            held: self.held.saturating_sub(other.held),
            allocations: self.allocations.saturating_sub(other.allocations),
            sleeps: self.sleeps.saturating_sub(other.sleeps),
            preemptions: self.preemptions.saturating_sub(other.preemptions),
            ..*self
        }
    }
}

impl Said {
    /// Says it.
    pub(crate) fn say(&self) -> Result {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        let mut output = io::stdout().lock();
        output.write_all(&line)?;
        Ok(output.flush()?)
    }
}
