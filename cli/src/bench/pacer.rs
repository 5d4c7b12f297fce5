//! When messages are due, at a fixed rate.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::sync::Semaphore;

/// The schedule of all clients together, who take turns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) begin: Instant,
    pub(super) rate: u32,
    pub(super) clients: u32,
}

/// Lets clients send when a message of theirs is due. A thread of its own, since tokio's timers count in milliseconds.
pub(super) struct Pacer {
    is_over: Arc<AtomicBool>,
}

impl Schedule {
    /// When the n-th message of a client is due, both counted from 0.
    pub(super) fn due(self, client: u32, number: u64) -> Instant {
        self.nth(number.saturating_mul(self.clients.into()).saturating_add(client.into()))
    }

    fn nth(self, number: u64) -> Instant {
        let rate = u64::from(self.rate);
        let part = Duration::from_secs(1).mul_f64((number % rate) as f64 / f64::from(self.rate));
        self.begin + Duration::from_secs(number / rate) + part
    }
}

impl Pacer {
    /// Begins to give each client's semaphore a permit for each message, when it is due.
    pub(super) fn start(schedule: Schedule, dues: Vec<Arc<Semaphore>>) -> std::io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let pacer = Self { is_over: Arc::clone(&is_over) };
        thread::Builder::new().name("pacer".into()).spawn(move || pace(schedule, &dues, &is_over))?;
        Ok(pacer)
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
    }
}

fn pace(schedule: Schedule, dues: &[Arc<Semaphore>], is_over: &AtomicBool) {
    for (number, due) in (0..).zip(dues.iter().cycle()) {
        let at = schedule.nth(number);
        thread::sleep(at.saturating_duration_since(Instant::now()));
        if is_over.load(Ordering::Acquire) {
            return;
        }
        due.add_permits(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Mutant: all clients are due at once.
    #[test]
    fn clients_take_turns() {
        let schedule = Schedule { begin: Instant::now(), rate: 3, clients: 2 };
        let due = |client, number| (schedule.due(client, number) - schedule.begin).as_millis();
        assert_eq!([due(0, 0), due(1, 0), due(0, 1), due(1, 1)], [0, 333, 666, 1000]);
        assert_eq!(due(0, 1_500_000), 1_000_000_000);
    }
}
