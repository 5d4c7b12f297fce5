//! What is left to do for the transport once the connection is over.

use crate::Instant;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Teardown {
    /// The last bytes leave, the write side is shut down, and input is thrown away until the stream ends; closing with
    /// unread input would destroy what the peer has not read yet.
    Lingering {
        until: Instant,
        budget: usize,
    },
    /// Input has ended, but the last bytes, which say why, have not left.
    Flushing {
        until: Instant,
    },
    Done,
}

impl Teardown {
    /// The most input that is thrown away, in bytes.
    pub(super) const BUDGET: usize = 16 << 20;

    pub(super) const fn until(self) -> Option<Instant> {
        match self {
            Self::Lingering { until, .. } | Self::Flushing { until } => Some(until),
            Self::Done => None,
        }
    }

    pub(super) const fn reads(self) -> bool {
        matches!(self, Self::Lingering { .. })
    }

    /// So many bytes of input were thrown away.
    pub(super) const fn after_some_input(self, count: usize) -> Self {
        match self {
            Self::Lingering { until, budget } if count <= budget => {
                Self::Lingering { until, budget: budget - count }
            }
            Self::Lingering { .. } => Self::Done,
            other => other,
        }
    }

    /// Input has ended.
    pub(super) const fn after_input(self, has_output: bool) -> Self {
        match self {
            Self::Lingering { until, .. } | Self::Flushing { until } if has_output => {
                Self::Flushing { until }
            }
            _ => Self::Done,
        }
    }
}
