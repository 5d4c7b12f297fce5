//! The figures while it runs, and at the end.

use core::fmt;
use core::time::Duration;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Options;
use super::client::Count;
use crate::latency::{self, Latencies, Summary};
use crate::output::Output;
use crate::size;

/// How often figures are collected.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// The figures so far, shown on a terminal.
pub(super) struct Table {
    bar: ProgressBar,
    size: u32,
    clients: u32,
    begin: Instant,
    last: Instant,
    sum: Count,
}

/// All figures.
pub(super) struct Total {
    pub(super) seconds: f64,
    pub(super) latencies: Latencies,
    size: u32,
    clients: u32,
}

impl Table {
    pub(super) fn new(output: Output, options: &Options) -> Self {
        let target =
            if output.is_watched() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let seconds = Duration::from(options.duration).as_secs().max(1);
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} s\n{msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▌ ");
        let bar = ProgressBar::with_draw_target(Some(seconds), target).with_style(style);
        bar.set_message("warming up");
        let now = Instant::now();
        Self {
            bar,
            size: options.size,
            clients: options.clients,
            begin: now,
            last: now,
            sum: Count::default(),
        }
    }

    /// The warming up is over.
    pub(super) fn begin(&mut self, now: Instant) {
        (self.begin, self.last) = (now, now);
    }

    /// Since when it runs.
    pub(super) const fn since(&self) -> Instant {
        self.begin
    }

    /// When figures were collected last.
    pub(super) const fn last(&self) -> Instant {
        self.last
    }

    /// Adds the figures of an interval, and shows them.
    pub(super) fn show(&mut self, count: Count) {
        let now = Instant::now();
        self.sum.add(&count);
        let interval = self.total(now - self.last, count.latencies);
        let all = self.total(now - self.begin, self.sum.latencies.clone());
        self.last = now;
        self.bar.set_position((now - self.begin).as_secs());
        self.bar.set_message(format!("{HEAD}\n{}\n{}", interval.row("last second"), all.row("so far")));
    }

    /// All figures.
    pub(super) fn finish(self) -> Total {
        self.bar.finish_and_clear();
        self.total(self.last - self.begin, self.sum.latencies.clone())
    }

    fn total(&self, time: Duration, latencies: Latencies) -> Total {
        Total { seconds: time.as_secs_f64(), latencies, size: self.size, clients: self.clients }
    }
}

const HEAD: &str = "                 messages/s        data/s       p50       p99     p99.9       max";

impl Total {
    /// Messages a second.
    pub(super) fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.latencies.len() as f64 / self.seconds } else { 0.0 }
    }

    fn row(&self, name: &str) -> String {
        let quantile = |share| latency::show(self.latencies.value_at_quantile(share) as f64);
        let shown = [0.5, 0.99, 0.999, 1.0].map(quantile);
        let [p50, p99, p999, max] =
            if self.latencies.is_empty() { [(); 4].map(|()| "-".into()) } else { shown };
        let data = format!("{}/s", size::show(whole(self.rate() * f64::from(self.size))));
        format!("{name:<13} {:>13.0} {data:>13} {p50:>9} {p99:>9} {p999:>9} {max:>9}", self.rate())
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, clients, seconds) = (self.latencies.len(), self.clients, self.seconds);
        writeln!(f, "{count} messages of {} bytes by {clients} clients in {seconds:.2} s", self.size)?;
        write!(f, "{HEAD}\n{}", self.row("all"))?;
        Summary::of(&self.latencies).map_or(Ok(()), |summary| write!(f, "\n{summary}"))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is not negative; a cast saturates"
)]
fn whole(value: f64) -> u64 {
    value as u64
}
