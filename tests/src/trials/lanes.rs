//! Trials side by side.

use std::thread;

use super::Report;

/// More than there are processors on a small machine, so that something always waits for something else.
const LANES: u64 = 4;

/// Shares the numbers from 0 to `count` among some threads and adds up their reports. A lane hears which lane it is and
/// how many trials are its own.
///
/// # Panics
/// When a lane does.
pub fn in_lanes(count: u64, lane: impl Fn(u64, u64) -> Report + Sync) -> Report {
    let lane = &lane;
    thread::scope(|scope| {
        let share = |number: u64| count / LANES + u64::from(number < count % LANES);
        let lanes = (0..LANES).filter(|number| share(*number) > 0);
        let lanes: Vec<_> = lanes.map(|number| scope.spawn(move || lane(number, share(number)))).collect();
        let mut all = Report::default();
        lanes.into_iter().for_each(|lane| all.add(lane.join().expect("a lane does not panic")));
        all
    })
}
