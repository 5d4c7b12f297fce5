//! What was measured, round by round.

use std::collections::BTreeMap;

use crate::figure::Figure;
use crate::pair::Ending;
use crate::plan::Cell;

/// All figures of a run.
#[derive(Default)]
pub(crate) struct Records {
    /// In the order in which they came.
    pub(crate) all: Vec<Record>,
}

/// One trial's ending.
pub(crate) struct Record {
    pub(crate) round: u32,
    pub(crate) cell: Cell,
    pub(crate) contender: &'static str,
    pub(crate) ending: Ending,
}

/// A figure's values in all rounds, in ascending order; at least one.
pub(crate) struct Spread(Vec<f64>);

impl Records {
    /// A figure's values, round by round.
    pub(crate) fn values(&self, cell: Cell, contender: &str, figure: Figure) -> BTreeMap<u32, f64> {
        let matching = self.all.iter().filter(|record| record.cell == cell && record.contender == contender);
        let values = matching.filter_map(|record| match &record.ending {
            Ending::Measured(measured) => Some((record.round, figure.of(measured)?)),
            _ => None,
        });
        values.collect()
    }

    /// The figure itself.
    pub(crate) fn absolute(&self, cell: Cell, contender: &str, figure: Figure) -> Option<Spread> {
        Spread::new(self.values(cell, contender, figure).into_values())
    }

    /// The figure as a ratio to another's of the same round.
    pub(crate) fn ratio(
        &self,
        cell: Cell,
        contender: &str,
        base: (Cell, &str),
        figure: Figure,
    ) -> Option<Spread> {
        let base = self.values(base.0, base.1, figure);
        let values = self.values(cell, contender, figure);
        Spread::new(values.into_iter().filter_map(|(round, value)| Some(value / base.get(&round)?)))
    }
}

impl Spread {
    /// `None` without a value.
    pub(crate) fn new(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        (!values.is_empty()).then_some(Self(values))
    }

    pub(crate) fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len() % 2 == 1 { self.0[middle] } else { f64::midpoint(self.0[middle - 1], self.0[middle]) }
    }

    pub(crate) fn least(&self) -> f64 {
        self.0[0]
    }

    pub(crate) fn most(&self) -> f64 {
        self.0[self.0.len() - 1]
    }
}
