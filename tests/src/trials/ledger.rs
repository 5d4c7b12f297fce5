//! What was sent against what was delivered.

/// What must have become of a message, by what its sender was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Due {
    /// It was sent: as the message of this number, if that was said.
    Sent(Option<u64>),
    /// It was taken back, aborted, or never sent.
    Never,
    /// Its sender has not heard.
    Unheard,
}

/// All messages of one direction, in the order in which they were submitted.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger(Vec<Due>);

impl Ledger {
    /// The number of the next message.
    fn next(&self) -> u32 {
        u32::try_from(self.0.len()).expect("there are not that many")
    }

    /// Enters a message of which nothing is known yet.
    pub(super) fn submit(&mut self) -> u32 {
        let number = self.next();
        self.0.push(Due::Unheard);
        number
    }

    /// Enters what became of a message.
    pub(super) fn settle(&mut self, number: u32, due: Due) {
        self.0[number as usize] = due;
    }

    /// How many were sent, as far as that was said.
    pub(super) fn sent(&self) -> u64 {
        let numbers = self.0.iter().filter_map(|due| match due {
            Due::Sent(told) => *told,
            _ => None,
        });
        numbers.max().unwrap_or(0)
    }

    /// Compares it with what was delivered, in the order in which it came. On a connection that broke the last messages
    /// may be missing.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check(&self, delivered: &[u32], broke: bool) -> Result<(), String> {
        if let Some(pair) = delivered.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(format!("{} was delivered before {}", pair[0], pair[1]));
        }
        let last = delivered.last().copied();
        for (number, due) in (0..).zip(&self.0) {
            let place = delivered.binary_search(&number);
            match (due, place) {
                (Due::Never, Ok(_)) => {
                    return Err(format!("{number} was delivered and should not have been"));
                }
                (Due::Sent(_), Err(_)) if !broke || last > Some(number) => {
                    return Err(format!("{number} was sent and not delivered"));
                }
                (Due::Sent(Some(told)), Ok(place)) if *told != place as u64 + 1 => {
                    return Err(format!("{number} was to be the {told}. and is the {}.", place + 1));
                }
                _ => {}
            }
        }
        match last {
            Some(last) if last >= self.next() => Err(format!("{last} was delivered and never sent")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutants: any one of the conditions of `check` left out.
    #[test]
    fn what_is_wrong_is_seen() {
        let ledger = Ledger(vec![Due::Sent(Some(1)), Due::Never, Due::Unheard, Due::Sent(None)]);
        for right in [&[0, 3][..], &[0, 2, 3]] {
            assert_eq!(ledger.check(right, false), Ok(()));
        }
        for wrong in [&[0][..], &[0, 2], &[3], &[0, 1, 3], &[0, 3, 2], &[0, 0, 3], &[0, 3, 4]] {
            assert!(ledger.check(wrong, false).is_err(), "{wrong:?}");
        }
        for right in [&[][..], &[0], &[0, 2]] {
            assert_eq!(ledger.check(right, true), Ok(()));
        }
        for wrong in [&[3][..], &[2], &[0, 1], &[0, 4]] {
            assert!(ledger.check(wrong, true).is_err(), "{wrong:?}");
        }
        let shifted = Ledger(vec![Due::Unheard, Due::Sent(Some(1))]);
        assert!(shifted.check(&[1], false).is_ok() && shifted.check(&[0, 1], false).is_err());
    }
}
