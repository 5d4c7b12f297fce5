//! What came of a trial.

use core::fmt;

/// So many failures are told in words; the others are only counted.
const TOLD: usize = 10;

/// What came of a trial: how many were run, which failed, and the figures beside it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// So many trials were run.
    pub trials: u64,
    /// So many failed.
    pub failed: u64,
    /// The first of them, in words.
    pub failures: Vec<String>,
    /// Figures by name.
    pub figures: Vec<(&'static str, String)>,
}

impl Report {
    /// Counts one trial.
    pub fn count(&mut self, outcome: Result<(), String>) {
        self.trials += 1;
        if let Err(failure) = outcome {
            self.fail(failure);
        }
    }

    /// Counts a failure of what was counted as a trial already.
    pub fn fail(&mut self, failure: String) {
        self.failed += 1;
        if self.failures.len() < TOLD {
            self.failures.push(failure);
        }
    }

    /// Adds a figure.
    pub fn figure(&mut self, name: &'static str, value: impl fmt::Display) {
        self.figures.push((name, value.to_string()));
    }

    /// Adds another report's trials and failures, not its figures.
    pub fn add(&mut self, other: Self) {
        self.trials += other.trials;
        self.failed += other.failed;
        let room = TOLD.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.into_iter().take(room));
    }

    /// Fails the test if a trial failed, or none was run.
    ///
    /// # Panics
    /// In these cases.
    pub fn expect_success(&self) {
        assert!(self.failed == 0, "{self}");
        assert!(self.trials > 0, "nothing was tried");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} trials, {} failed", self.trials, self.failed)?;
        for (name, value) in &self.figures {
            write!(f, ", {name} {value}")?;
        }
        self.failures.iter().try_for_each(|failure| write!(f, "\n  failed: {failure}"))
    }
}
