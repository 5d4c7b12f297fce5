//! How many messages a peer may announce and withdraw.

use core::time::Duration;

use crate::Instant;

/// The most aborts in a row.
const BURST: u32 = 256;
/// How long it takes to earn one back: 16 a second.
const PERIOD: Duration = Duration::from_micros(62_500);

/// A token bucket: an abort costs one token, a completed message refunds one, time refunds 16 a second. Between what
/// HTTP/2 stacks allow since the rapid-reset attacks: 20 pending and 1,024 in a connection's life.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AbortBudget {
    tokens: u32,
    refilled: Instant,
}

impl AbortBudget {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { tokens: BURST, refilled: now }
    }

    /// Pays for one abort; `false` if there is nothing left to pay with.
    pub(crate) fn spend(&mut self, now: Instant) -> bool {
        self.refill(now);
        let affordable = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        affordable
    }

    pub(crate) fn refund(&mut self, messages: usize) {
        self.tokens = earned(self.tokens, messages);
    }

    fn refill(&mut self, now: Instant) {
        let periods = now.since(self.refilled).as_micros() / PERIOD.as_micros();
        let earned = u32::try_from(periods).unwrap_or(BURST).min(BURST);
        self.tokens = (self.tokens + earned).min(BURST);
        self.refilled = if earned < BURST { self.refilled + PERIOD * earned } else { now };
    }
}

/// What the sender knows of that budget: a burst, and one for each message that it has completed. It does not count on
/// time, since a receiver that has stopped reading earns nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AbortCredit(u32);

impl AbortCredit {
    pub(crate) const fn new() -> Self {
        Self(BURST)
    }

    /// Takes one abort off; `false` if the peer might not stand it.
    pub(crate) const fn spend(&mut self) -> bool {
        let affordable = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        affordable
    }

    pub(crate) fn refund(&mut self, messages: usize) {
        self.0 = earned(self.0, messages);
    }
}

fn earned(tokens: u32, messages: usize) -> u32 {
    u32::try_from(messages).map_or(BURST, |messages| tokens.saturating_add(messages).min(BURST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_affordable_and_time_and_messages_earn_it_back() {
        let start = Instant::from_origin(Duration::from_secs(1));
        let mut budget = AbortBudget::new(start);
        assert!((0..256).all(|_| budget.spend(start)));
        assert!(!budget.spend(start));
        budget.refund(1);
        assert!(budget.spend(start) && !budget.spend(start));
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| budget.spend(later)).count(), 16);
    }

    #[test]
    fn a_clock_that_jumps_breaks_nothing() {
        let mut budget = AbortBudget::new(Instant::from_origin(Duration::MAX));
        assert!(budget.spend(Instant::default()));
        assert!(budget.spend(Instant::from_origin(Duration::MAX)));
    }
}
