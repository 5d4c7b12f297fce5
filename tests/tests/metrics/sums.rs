//! What a test's connections have added to the sums.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bowline_tests::watchdog;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// Sums by name and labels, as `name{label=value}`; without the transport, which is the same in every test.
pub(crate) struct Sums(BTreeMap<String, i64>);

impl Sums {
    /// Nothing so far. What the connections of the test before have yet to add must be in by now.
    pub(crate) fn since_now() -> Self {
        drop(recorder().snapshot());
        Self(BTreeMap::new())
    }

    /// Waits until all of this is so. How a test's connections have closed must be among it: the next one counts anew.
    #[track_caller]
    pub(crate) fn settle(&mut self, expected: &[(&str, u64)]) {
        let mut wrong = Vec::new();
        let mut holds = || {
            self.take();
            wrong = expected.iter().map(|&(name, sum)| (name, sum, self.of(name))).collect();
            wrong.retain(|&(_, sum, is)| i64::try_from(sum).unwrap() != is);
            wrong.is_empty()
        };
        let deadline = std::time::Instant::now() + watchdog::PATIENCE / 4;
        while !holds() {
            assert!(std::time::Instant::now() < deadline, "(name, should be, is): {wrong:?} of {:?}", self.0);
            std::thread::yield_now();
        }
        // Nothing comes behind that.
        std::thread::sleep(core::time::Duration::from_millis(20));
        self.take();
        for &(name, sum) in expected {
            assert_eq!(u64::try_from(self.of(name)), Ok(sum), "{name} was counted again");
        }
    }

    /// Goes on with `step` until this sum has come to so much.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, name: &str, sum: i64, mut step: impl FnMut()) {
        watchdog::until(name, || {
            step();
            self.take();
            self.of(name) >= sum
        });
    }

    fn of(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Adds what was counted since the last look.
    fn take(&mut self) {
        for (key, _unit, _about, value) in recorder().snapshot().into_vec() {
            let key = key.key();
            let mut labels: Vec<_> = key.labels().filter(|label| label.key() != "transport").collect();
            labels.sort();
            let labels: Vec<_> =
                labels.iter().map(|label| format!("{}={}", label.key(), label.value())).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let sum = self.0.entry(format!("{}{labels}", key.name())).or_default();
            match value {
                DebugValue::Counter(count) => *sum += i64::try_from(count).unwrap(),
                // A look sets gauges back, too, so that this is what was added.
                #[allow(clippy::cast_possible_truncation, reason = "a small count")]
                DebugValue::Gauge(gauge) => *sum += gauge.into_inner() as i64,
                DebugValue::Histogram(_) => {}
            }
        }
    }
}

fn recorder() -> &'static Snapshotter {
    static RECORDER: OnceLock<Snapshotter> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        recorder.install().expect("it is the only one");
        bowline_tokio::describe_metrics();
        snapshotter
    })
}
