//! How long a run will take, before it begins.

use core::time::Duration;

use super::{Cell, Plan};
use crate::order::Workload;
use crate::role::crowd::REST;

/// Two processes begin and end.
const START: Duration = Duration::from_millis(15);
/// Two pairs of processes exchange some messages while these are counted.
const COUNTED: Duration = Duration::from_millis(450);
/// A connection is made, and has its first round trip.
const CONNECTION: Duration = Duration::from_micros(250);
/// A MiB is allocated on both sides, touched and sent.
const MEGABYTE: Duration = Duration::from_millis(3);

impl Plan {
    /// What is to come, in a line.
    pub(crate) fn describe(&self) -> String {
        let measurements: usize = (0..self.rounds).map(|round| self.measurements(round)).sum();
        let minutes = |time: Duration| format!("{:.1} minutes", time.as_secs_f64() / 60.0);
        let expected = (0..self.rounds).map(|round| self.expected(round)).sum();
        let ended = if expected > self.budget {
            format!("; the last round is the one that ends within {}", minutes(self.budget))
        } else {
            String::new()
        };
        let expected = minutes(expected);
        format!("{} rounds, {measurements} measurements, about {expected}{ended}", self.rounds)
    }

    /// How many measurements a round has, at most: not everybody has something for everything.
    pub(crate) fn measurements(&self, round: u32) -> usize {
        self.cells_of(round).map(|cell| self.contenders(cell).count()).sum()
    }

    /// How long a round takes, if everybody has something for everything.
    pub(crate) fn expected(&self, round: u32) -> Duration {
        self.cells_of(round).flat_map(|cell| self.contenders(cell).map(move |_| self.turn(cell))).sum()
    }

    fn turn(&self, cell: Cell) -> Duration {
        if cell.counted {
            return COUNTED;
        }
        // With its warm-up.
        let measured = self.length(cell) * 6 / 5;
        let many = |connections: usize| CONNECTION * u32::try_from(connections).unwrap_or(u32::MAX);
        match cell.workload {
            Workload::Idle { clients } => 2 * (START + REST) + many(clients),
            Workload::Large { size } => START + MEGABYTE * u32::try_from(size >> 20).unwrap_or(u32::MAX),
            Workload::Crowd { clients } => START + measured + many(clients),
            Workload::Rotation { connections } => START + measured + many(connections),
            _ => START + measured,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::options::Options;

    fn expected(arguments: &[&str]) -> Duration {
        let options = Options::parse_from([&["bench"], arguments].concat());
        let plan = Plan::new(&options).expect("there is something to measure");
        (0..plan.rounds).map(|round| plan.expected(round)).sum()
    }

    /// What help and README promise, by the estimate.
    #[test]
    fn quick_takes_three_minutes_and_full_less_than_an_hour() {
        assert!(expected(&["--quick"]) <= Duration::from_secs(165));
        assert!(expected(&["--full"]) < Duration::from_secs(58 * 60));
    }

    /// Where all is measured in the first rounds only, there are no others.
    #[test]
    fn no_round_is_empty() {
        let options = Options::parse_from(["bench", "--full", "--only", "W4,W5"]);
        let plan = Plan::new(&options).expect("there is something to measure");
        assert_eq!(plan.rounds, 3);
        assert!((0..plan.rounds).all(|round| plan.measurements(round) > 0));
    }
}
