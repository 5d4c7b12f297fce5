//! What each attack must come to.

use crate::options::AttackName;
use crate::tally::Tally;

/// What is wrong about what the hostile peers counted.
pub(crate) fn complaints(parts: &[AttackName], tally: &Tally) -> Vec<String> {
    let mut complaints = Vec::new();
    for name in parts {
        let judged = Judged { name: *name, tally };
        complaints.extend(judged.complaints().into_iter().map(|complaint| format!("{name}: {complaint}")));
    }
    complaints
}

/// Whether each attack has come to what it must come to; until then a siege goes on.
pub(crate) fn is_complete(parts: &[AttackName], tally: &Tally) -> bool {
    let of = |name: &AttackName, key: &str| tally.of(&format!("{name}.{key}"));
    let has_all = |name: &AttackName| needed(*name).iter().all(|key| of(name, key) > 0);
    parts.iter().all(has_all) && (parts.len() > 1 || of(&parts[0], "frames") >= frames(parts[0]))
}

/// So many control frames it takes until what each might leave behind would be seen.
fn frames(name: AttackName) -> u64 {
    if name == AttackName::Control { 400_000 } else { 0 }
}

/// What is counted at least once in every siege.
fn needed(name: AttackName) -> &'static [&'static str] {
    match name {
        AttackName::Idle | AttackName::All => &["connections"],
        AttackName::Giant => &["announced", "most", "refused.0104"],
        AttackName::Flood => &["messages"],
        AttackName::Hoard => &["full"],
        AttackName::Abort => &["aborts", "refused.0109"],
        AttackName::Control => &["frames"],
        AttackName::Loris => &["refused.010a", "refused.010b"],
        AttackName::Squat => &["refused.0004", "refused.0005"],
        AttackName::Malformed => &["rows"],
        AttackName::Smuggle => &["descriptors"],
        AttackName::Shake => &["cut.0", "cut.1", "cut.2", "cut.3", "cut.4"],
        AttackName::Storm => &["left"],
        AttackName::Foreign => &["turned_away"],
        AttackName::Stranger => &["said.stranger", "said.nobody"],
        AttackName::Torn => &[
            "end.Notice",
            "end.Cut",
            "end.CutMessage",
            "end.CutRecord",
            "end.EarlyNotice",
            "end.ForgedNotice",
            "end.Forged",
            "end.Oversized",
            "end.Renegotiation",
            "end.Keys",
        ],
    }
}

struct Judged<'a> {
    name: AttackName,
    tally: &'a Tally,
}

impl Judged<'_> {
    fn complaints(&self) -> Vec<String> {
        let mut complaints = match self.name {
            AttackName::Idle | AttackName::All | AttackName::Hoard | AttackName::Control => {
                vec![self.only(&[], false)]
            }
            AttackName::Giant => vec![self.only(&[0x0104], false)],
            AttackName::Flood | AttackName::Smuggle => vec![self.delivered()],
            AttackName::Abort => vec![self.only(&[0x0109], false), self.none("unjust")],
            AttackName::Loris => vec![self.only(&[0x010A, 0x010B], false), self.none("early")],
            AttackName::Squat => vec![self.only(&[0x0004, 0x0005], true), self.none("let_in")],
            AttackName::Malformed | AttackName::Foreign => vec![self.mismatches()],
            AttackName::Shake => vec![self.none("early"), self.none("plain")],
            AttackName::Storm => vec![self.none("plain")],
            AttackName::Stranger => vec![self.mismatches(), self.none("let_in")],
            AttackName::Torn => vec![self.none("ended")],
        };
        complaints.extend(needed(self.name).iter().map(|key| self.some(key)));
        complaints.into_iter().flatten().collect()
    }

    fn of(&self, key: &str) -> u64 {
        self.tally.of(&format!("{}.{key}", self.name))
    }

    fn some(&self, key: &str) -> Option<String> {
        (self.of(key) == 0).then(|| format!("no {key}"))
    }

    fn none(&self, key: &str) -> Option<String> {
        (self.of(key) > 0).then(|| format!("{key}: {}", self.of(key)))
    }

    /// Connections ended with no other codes than these; without a code only if that is allowed.
    fn only(&self, codes: &[u16], may_end: bool) -> Option<String> {
        let allowed: Vec<_> = codes.iter().map(|code| format!("{code:04x}")).collect();
        let refused = format!("{}.refused.", self.name);
        let other = self.tally.under(&refused).find(|(code, _)| allowed.iter().all(|known| known != code));
        match other {
            Some((code, count)) => Some(format!("{count} refused with 0x{code}")),
            None if !may_end => self.none("ended"),
            None => None,
        }
    }

    /// All that was sent was taken in.
    fn delivered(&self) -> Option<String> {
        let (sent, acknowledged) = (self.of("sent"), self.of("acknowledged"));
        (sent == 0 || sent != acknowledged || self.of("miscounted") > 0)
            .then(|| format!("{sent} messages sent, {acknowledged} acknowledged"))
    }

    fn mismatches(&self) -> Option<String> {
        let prefix = format!("{}.mismatch.", self.name);
        let rows: Vec<_> = self.tally.under(&prefix).map(|(row, count)| format!("{row} ({count})")).collect();
        (!rows.is_empty()).then(|| format!("answered otherwise: {}", rows.join(", ")))
    }
}
