//! How much a server may hold under each attack.

use bowline_core::MESSAGE_OVERHEAD;

use crate::figures::Most;
use crate::options::AttackName;
use crate::tally::Tally;
use crate::target::{FIXED, LIMIT, SLACK, Target, backlog};

/// What does not depend on the number of connections: the executor's own, the server's books, callbacks, this program.
const PROGRAM: usize = 256 << 10;
/// Each thread that drives has a block that bytes pass through, and a little more.
const THREAD: usize = SLACK + 8192;

/// The bytes that the published formula allows for a siege by so many connections.
pub(crate) fn formula(parts: &[AttackName], connections: usize, most: &Most) -> usize {
    let each = parts.iter().map(|name| target(*name).formula() * allowed(parts, *name, connections));
    each.sum::<usize>() + aside(most)
}

/// The bytes that this siege should get a server to hold at most: less than the formula allows, since each attack but one
/// uses some of it only.
pub(crate) fn tight(parts: &[AttackName], connections: usize, most: &Most, tally: &Tally) -> usize {
    let each = parts.iter().map(|name| held(*name, tally) * allowed(parts, *name, connections));
    each.sum::<usize>() + aside(most)
}

fn aside(most: &Most) -> usize {
    most.threads * THREAD + PROGRAM
}

/// How many connections this attack can have at the same time.
fn allowed(parts: &[AttackName], name: AttackName, connections: usize) -> usize {
    let share = share(parts, name, connections);
    match name {
        // The others are turned away; some of them are still being told so.
        AttackName::Squat => share.min(backlog(share) + 64),
        _ => share,
    }
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
    }
}

fn target(name: AttackName) -> Target {
    match name {
        AttackName::Flood => Target::Stalled,
        AttackName::Loris => Target::Brisk,
        AttackName::Squat => Target::Squatted,
        AttackName::Hoard => Target::Hoarded,
        AttackName::Control => Target::Talkative,
        _ => Target::Sink,
    }
}
