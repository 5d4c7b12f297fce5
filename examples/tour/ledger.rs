//! What the receiver of a stream checks: every byte of every message, and that numbers come without gap, repeat or
//! reordering, but for those that their sender withdrew.

use std::collections::BTreeSet;

use crate::envelope::{Envelope, Kind};
use crate::plan::{FULL_SIZE, Stream};
use crate::tally::Tally;

pub(crate) struct Ledger {
    stream: Stream,
    /// The highest number that came.
    last: u64,
    /// Numbers below it that did not come.
    missing: BTreeSet<u64>,
    has_ended: bool,
    pub(crate) tally: Tally,
}

impl Ledger {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, last: 0, missing: BTreeSet::new(), has_ended: false, tally: Tally::default() }
    }

    /// Whether the sender's account, the last message, has come.
    pub(crate) const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The highest number that came.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// Enters a message that was received.
    pub(crate) fn enter(&mut self, message: &[u8]) {
        if message.is_empty() {
            return self.enter_empty();
        }
        match Envelope::open(message) {
            None => self.tally.partial += 1,
            Some((envelope, _)) if envelope != Envelope::of(&self.stream, envelope.kind, envelope.number) => {
                self.tally.reordered += 1;
            }
            Some((envelope, content)) => match envelope.kind {
                Kind::Content => self.enter_numbered(envelope.number, message.len()),
                Kind::Account if !self.has_ended => self.settle(content),
                _ => self.tally.duplicated += 1,
            },
        }
    }

    /// An empty message is the next that is due and may not be missing; that one must be empty.
    fn enter_empty(&mut self) {
        let mut number = self.last + 1;
        while self.stream.may_be_missing(number) {
            number += 1;
        }
        if self.stream.item(number).length == 0 {
            self.enter_numbered(number, 0);
        } else {
            self.tally.duplicated += 1;
        }
    }

    fn enter_numbered(&mut self, number: u64, length: usize) {
        if self.has_ended || (number <= self.last && !self.missing.contains(&number)) {
            self.tally.duplicated += 1;
        } else if number <= self.last {
            self.missing.remove(&number);
            self.tally.reordered += 1;
        } else if number > self.stream.count || self.stream.item(number).length as usize != length {
            self.tally.partial += 1;
        } else {
            self.advance(number);
            self.count(length as u64);
        }
    }

    /// What is skipped is missing; when it may not be, that is known to be a loss at once.
    fn advance(&mut self, number: u64) {
        self.missing.extend(self.last + 1..number);
        self.last = number;
    }

    fn count(&mut self, length: u64) {
        self.tally.messages += 1;
        self.tally.bytes += length;
        self.tally.empty += u64::from(length == 0);
        self.tally.full_size += u64::from(length == u64::from(FULL_SIZE));
    }

    /// The sender's account: exactly what it withdrew may be missing.
    fn settle(&mut self, account: &[u8]) {
        self.advance(self.stream.count + 1);
        let withdrawn: BTreeSet<_> = account.as_chunks().0.iter().copied().map(u64::from_le_bytes).collect();
        self.tally.lost += self.missing.difference(&withdrawn).count() as u64;
        self.tally.revived += withdrawn.difference(&self.missing).count() as u64;
        self.has_ended = true;
    }

    /// The sender was killed: what came must be a clean beginning.
    pub(crate) fn cut(&mut self) {
        let is_lost = |number: &&u64| !self.stream.may_be_missing(**number);
        self.tally.lost += self.missing.iter().filter(is_lost).count() as u64;
    }
}

/// A check that can't fail is worse than none: each fault here must be found.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;
    use crate::plan::{Direction, Fate, Plan};

    /// All messages of a stream, those that may be withdrawn left out, and the account that says so.
    fn messages() -> (Stream, Vec<Vec<u8>>) {
        let stream = Plan::new(1, 2, 0, 1).stream(0, Direction::Down);
        let corpus = Corpus::of(b"real bytes");
        let (kept, withdrawn): (Vec<_>, Vec<_>) = stream.items().partition(|item| item.fate == Fate::Deliver);
        let account = Envelope::of(&stream, Kind::Account, stream.count).seal(0, |message| {
            message.extend(withdrawn.iter().flat_map(|item| item.number.to_le_bytes()));
        });
        let kept = kept.into_iter().map(|item| corpus.message(&stream, item).to_vec());
        (stream, kept.chain([account.to_vec()]).collect())
    }

    fn check(spoil: impl FnOnce(&mut Vec<Vec<u8>>)) -> Tally {
        let (stream, mut messages) = messages();
        spoil(&mut messages);
        let mut ledger = Ledger::new(stream);
        messages.iter().for_each(|message| ledger.enter(message));
        assert!(ledger.has_ended());
        ledger.tally
    }

    #[test]
    fn what_is_right_passes() {
        let tally = check(|_| {});
        assert!(tally.is_faultless() && tally.empty > 100 && tally.messages > 900);
    }

    #[test]
    fn what_is_missing_is_lost() {
        assert_eq!(check(|messages| drop(messages.remove(100))).lost, 1);
        // An empty one.
        assert_eq!(check(|messages| drop(messages.remove(4))).lost, 1);
    }

    #[test]
    fn what_comes_twice_or_out_of_order_is_found() {
        assert_eq!(check(|messages| messages.insert(100, messages[99].clone())).duplicated, 1);
        assert_eq!(check(|messages| messages.insert(100, Vec::new())).duplicated, 1);
        assert_eq!(check(|messages| messages.swap(96, 97)).reordered, 1);
    }

    #[test]
    fn one_wrong_bit_or_byte_too_few_is_found() {
        assert_eq!(check(|messages| messages[100][3] ^= 1).partial, 1);
        assert_eq!(check(|messages| messages[100].truncate(40)).partial, 1);
    }

    #[test]
    fn what_was_withdrawn_must_not_come() {
        let (stream, _) = messages();
        let withdrawn = stream.items().position(|item| item.fate == Fate::Late).unwrap();
        let number = withdrawn as u64 + 1;
        let message = Corpus::of(b"real bytes").message(&stream, stream.item(number));
        // Three that were withdrawn come before it and are not there.
        let tally = check(|messages| messages.insert(withdrawn - 3, message.to_vec()));
        assert_eq!(tally.revived, 1);
    }
}
