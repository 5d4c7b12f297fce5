//! Interleaved rounds: each runs every contender once, in a new order.

use std::collections::HashSet;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use crate::Result;
use crate::options::Placement;
use crate::order::{Length, Workload};
use crate::pair::{Arena, Ending, Trial};
use crate::plan::{Cell, Plan};
use crate::record::{Record, Records};
use crate::spinners::Spinners;

/// What costs are counted over: so many messages more.
const COUNTED: [u64; 2] = [1_000, 21_000];

/// Runs rounds until there are enough, or another would take too long.
pub(crate) fn run(plan: &Plan) -> Result<Records> {
    let mut run = Run { plan, arena: Arena::new()?, records: Records::default(), hopeless: HashSet::new() };
    let (started, bar) = (Instant::now(), bar(plan)?);
    let mut as_expected = 1.0;
    for round in 0..plan.rounds {
        let begun = started.elapsed();
        if round > 0 && begun + plan.expected(round).mul_f64(as_expected) > plan.budget {
            bar.suspend(|| eprintln!("the time is up after {round} rounds"));
            break;
        }
        for cell in plan.cells_of(round) {
            run.cell(round, cell, &bar)?;
        }
        // The next will be as much longer or shorter as this one was.
        as_expected = (started.elapsed() - begun).div_duration_f64(plan.expected(round));
    }
    bar.finish_and_clear();
    Ok(run.records)
}

fn bar(plan: &Plan) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {percent}% {msg}")?;
    let measurements: usize = (0..plan.rounds).map(|round| plan.measurements(round)).sum();
    Ok(ProgressBar::new(u64::try_from(measurements)?).with_style(style))
}

struct Run<'a> {
    plan: &'a Plan,
    arena: Arena,
    records: Records,
    /// Who has nothing for what, or has failed at it.
    hopeless: HashSet<(Cell, &'static str)>,
}

impl Run<'_> {
    /// Everybody's turn at one workload.
    fn cell(&mut self, round: u32, cell: Cell, bar: &ProgressBar) -> Result {
        let _busy = (cell.placement == Placement::Split).then(Spinners::start);
        let mut contenders: Vec<_> = self.plan.contenders(cell).collect();
        fastrand::shuffle(&mut contenders);
        for contender in contenders {
            bar.set_message(format!("round {}: {}, {contender}", round + 1, cell.workload));
            if !self.hopeless.contains(&(cell, contender)) {
                let ending = self.trial(cell, contender);
                match &ending {
                    Ending::Measured(_) => {}
                    Ending::Unsupported => drop(self.hopeless.insert((cell, contender))),
                    Ending::Failed(why) => {
                        bar.suspend(|| eprintln!("{contender}, {cell}: {why}"));
                        self.hopeless.insert((cell, contender));
                    }
                }
                self.records.all.push(Record { round, cell, contender, ending });
            }
            bar.inc(1);
        }
        Ok(())
    }

    /// One turn. Where only what is added by messages or connections matters, it is two of different length.
    fn trial(&mut self, cell: Cell, contender: &'static str) -> Ending {
        let Plan { nice, .. } = *self.plan;
        let trial = |cell, length| Trial { contender, cell, length, nice };
        let pair = if cell.counted {
            COUNTED.map(|count| trial(cell, Length::Messages(count)))
        } else if let Workload::Idle { clients } = cell.workload {
            [1, clients].map(|clients| {
                trial(Cell { workload: Workload::Idle { clients }, ..cell }, Length::Messages(0))
            })
        } else {
            return self.arena.run(&trial(cell, Length::Time(self.plan.length(cell))));
        };
        let [fewer, more] = pair.map(|trial| self.arena.run(&trial));
        match (fewer, more) {
            (Ending::Measured(fewer), Ending::Measured(more)) => {
                Ending::Measured(Box::new(more.without(&fewer)))
            }
            (Ending::Measured(_), other) | (other, _) => other,
        }
    }
}
