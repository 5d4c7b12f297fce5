//! What one process counts and another one judges: names and numbers.

use std::collections::BTreeMap;
use std::io::BufRead;

/// Numbers by their names.
#[derive(Clone, Default, Debug)]
pub(crate) struct Tally(BTreeMap<String, u64>);

impl Tally {
    pub(crate) fn add(&mut self, name: &str, count: u64) {
        match self.0.get_mut(name) {
            Some(number) => *number += count,
            None => _ = self.0.insert(name.to_owned(), count),
        }
    }

    /// Keeps the larger one.
    pub(crate) fn most(&mut self, name: &str, number: u64) {
        let kept = self.0.entry(name.to_owned()).or_default();
        *kept = number.max(*kept);
    }

    /// Zero if nobody ever counted it.
    pub(crate) fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// What begins with this, without it.
    pub(crate) fn under(&self, prefix: &str) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().filter_map(move |(name, number)| Some((name.strip_prefix(prefix)?, *number)))
    }

    /// Counts another one's numbers as well. Those whose names begin with `most` are not summed up.
    pub(crate) fn join(&mut self, other: &Self) {
        for (name, number) in &other.0 {
            match name.contains("most") {
                true => self.most(name, *number),
                false => self.add(name, *number),
            }
        }
    }

    /// The same under a name of its own.
    pub(crate) fn named(&self, name: &str) -> Self {
        Self(self.0.iter().map(|(key, number)| (format!("{name}.{key}"), *number)).collect())
    }

    pub(crate) fn print(&self) {
        self.0.iter().for_each(|(name, number)| println!("{name} {number}"));
    }

    /// What another process has printed, up to its end.
    pub(crate) fn read(lines: impl BufRead) -> Self {
        let lines = lines.lines().map_while(Result::ok);
        let pairs = lines.filter_map(|line| {
            let (name, number) = line.rsplit_once(' ')?;
            Some((name.to_owned(), number.parse().ok()?))
        });
        Self(pairs.collect())
    }
}
