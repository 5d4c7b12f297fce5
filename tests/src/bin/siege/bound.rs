//! How much a server may hold under each attack.

use bowline_core::MESSAGE_OVERHEAD;

use crate::figures::Most;
use crate::options::{AttackName, Carrier};
use crate::tally::Tally;
use crate::target::{FIXED, LIMIT, SLACK, Target, backlog};
use crate::tls;

/// What does not depend on the number of connections: the executor's own, the server's books, callbacks, this program.
const PROGRAM: usize = 256 << 10;
/// Each thread that drives has a block that bytes pass through, and a little more.
const THREAD: usize = SLACK + 8192;

/// A siege, as far as its bounds depend on it.
pub(crate) struct Besieged<'a> {
    pub(crate) parts: &'a [AttackName],
    pub(crate) carrier: Carrier,
    pub(crate) connections: usize,
    pub(crate) most: &'a Most,
}

impl Besieged<'_> {
    /// The bytes that the published formula allows.
    pub(crate) fn formula(&self) -> usize {
        let tls = if self.carrier == Carrier::Tls { tls::FORMULA } else { 0 };
        let each = self.parts.iter().map(|name| (target(*name).formula() + tls) * self.allowed(*name));
        each.sum::<usize>() + self.aside()
    }

    /// The bytes that this siege should get a server to hold at most: less than the formula allows, since each attack but
    /// one uses some of it only.
    pub(crate) fn tight(&self, tally: &Tally) -> usize {
        let tls = |name| if self.carrier == Carrier::Tls { tls::held(name) } else { 0 };
        let each = self.parts.iter().map(|name| (held(*name, tally) + tls(*name)) * self.allowed(*name));
        each.sum::<usize>() + self.aside()
    }

    fn aside(&self) -> usize {
        let tls = if self.carrier == Carrier::Tls { tls::PROGRAM } else { 0 };
        self.most.threads * THREAD + PROGRAM + tls
    }

    /// How many connections this attack can have at the same time.
    fn allowed(&self, name: AttackName) -> usize {
        let share = share(self.parts, name, self.connections);
        match target(name) {
            // The others are turned away; some of them are still being told so.
            Target::Squatted => share.min(backlog(squatters(self.parts, self.connections)) + 64),
            _ => share,
        }
    }
}

/// How many of the connections go to the server that accepts nobody.
pub(crate) fn squatters(parts: &[AttackName], connections: usize) -> usize {
    let squatting = parts.iter().filter(|name| target(**name) == Target::Squatted);
    squatting.map(|name| share(parts, *name, connections)).sum()
}

/// How many of the connections this attack has: they are dealt out in turn.
pub(crate) fn share(parts: &[AttackName], name: AttackName, connections: usize) -> usize {
    let before = parts.iter().take_while(|part| **part != name).count();
    (connections + parts.len() - 1 - before) / parts.len()
}

/// What one connection may be brought to hold by this attack.
fn held(name: AttackName, tally: &Tally) -> usize {
    let sent = |key: &str| usize::try_from(tally.of(&format!("{name}.{key}"))).unwrap_or(usize::MAX);
    match name {
        AttackName::Idle | AttackName::All | AttackName::Squat => FIXED,
        // Never more than has come, and 64 KiB.
        AttackName::Giant => FIXED + SLACK + sent("most"),
        // A full queue, by messages or by bytes, and what was read ahead.
        AttackName::Flood => FIXED + SLACK + (1024 * MESSAGE_OVERHEAD),
        // Half of them complete messages, too, of which a full queue may wait for the callback.
        AttackName::Abort => FIXED + 1024 + (1024 * MESSAGE_OVERHEAD + SLACK) / 2,
        AttackName::Smuggle => FIXED + 2 * SLACK,
        // None of their frames holds more than a few bytes.
        AttackName::Control | AttackName::Loris => FIXED + 1024,
        AttackName::Malformed => FIXED + SLACK + LIMIT as usize / 16,
        AttackName::Hoard => Target::Hoarded.formula(),
        // What TLS holds of these is counted for itself.
        AttackName::Shake | AttackName::Storm | AttackName::Foreign | AttackName::Stranger => FIXED,
        AttackName::Torn => FIXED + 1024,
    }
}

fn target(name: AttackName) -> Target {
    match name {
        AttackName::Flood => Target::Stalled,
        AttackName::Loris => Target::Brisk,
        AttackName::Shake => Target::Hasty,
        AttackName::Squat | AttackName::Storm => Target::Squatted,
        AttackName::Hoard => Target::Hoarded,
        AttackName::Control => Target::Talkative,
        AttackName::Torn => Target::Observed,
        _ => Target::Sink,
    }
}
