//! The table at the end, and the verdict.

use core::fmt;
use core::time::Duration;

use bowline_tokio::{CloseReason, Fault, ShutdownReport};

use crate::Failure;
use crate::ping::RoundTrips;
use crate::tally::Tally;

#[derive(Default)]
pub(crate) struct Report {
    /// What both ends counted.
    pub(crate) sum: Tally,
    /// How long the clients talked.
    pub(crate) took: Duration,
    pub(crate) killed: u32,
    pub(crate) round_trips: RoundTrips,
    pub(crate) shutdown: ShutdownReport,
    /// Why the connections ended, as the server was told.
    pub(crate) ends: Vec<CloseReason>,
}

impl Report {
    /// How many peers were lost without a goodbye. What a killed process had not read resets the connection.
    fn peers_lost(&self) -> usize {
        self.count(Fault::Peer) + self.count(Fault::Transport)
    }

    fn count(&self, fault: Fault) -> usize {
        self.ends.iter().filter(|end| end.fault() == fault).count()
    }

    /// # Errors
    /// What went wrong, if anything did.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        let (lost, unclean) = (self.peers_lost(), self.shutdown.flushed + self.shutdown.unconfirmed);
        if !self.sum.is_faultless() || unclean > 0 {
            Err("this must not be".into())
        } else if lost != self.killed as usize {
            Err(format!("{} were killed, but {lost} were lost: {:?}", self.killed, self.ends).into())
        } else {
            Ok(())
        }
    }

    fn rows(&self) -> [(&'static str, u64, String); 10] {
        let Self { sum, shutdown, .. } = self;
        let (mib, seconds) = (sum.bytes as f64 / f64::from(1 << 20), self.took.as_secs_f64());
        let speed = format!("{mib:.0} MiB in {seconds:.1} s: {:.0} MiB/s", mib / seconds);
        let (lost, resets) = (self.count(Fault::Peer), self.count(Fault::Transport));
        let killed = format!("seen as {lost} lost, {resets} reset; {} writes in doubt", sum.unknown);
        let by_server = format!("{} flushed, {} unconfirmed", shutdown.flushed, shutdown.unconfirmed);
        [
            ("messages", sum.messages, format!("{} empty, {} of 64 MiB", sum.empty, sum.full_size)),
            ("bytes", sum.bytes, speed),
            ("writes aborted", sum.aborted, "half-way".into()),
            ("writes recalled", sum.recalled, "unsent, payload handed back".into()),
            ("cancelled too late", sum.too_late, "and so received".into()),
            ("withdrawn but seen", sum.revived, "none may be".into()),
            (
                "reads dropped",
                sum.dropped_pending + sum.dropped_ready,
                format!("{} with their message there", sum.dropped_ready),
            ),
            ("clients killed", self.killed.into(), killed),
            ("closed clean", sum.clean, format!("{} not", sum.unclean)),
            ("closed by the server", shutdown.clean as u64, by_server),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count, more) in self.rows() {
            writeln!(f, "{what:<20} {count:>12}   {more}")?;
        }
        writeln!(f, "{:<20} {}", "round trip of 64 B", self.round_trips)?;
        let Tally { lost, duplicated, reordered, partial, .. } = self.sum;
        writeln!(f, "{lost} lost, {duplicated} duplicated, {reordered} reordered, {partial} partial")
    }
}
