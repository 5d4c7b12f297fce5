//! Peers that speak TLS well, with a certificate that nobody here has signed, or with none.

use bowline_tests::certificates::Visitor;
use rustls::AlertDescription;

use super::attack::Attack;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;

pub(super) struct Stranger {
    who: Visitor,
}

impl Stranger {
    pub(super) fn new(index: usize) -> Self {
        Self { who: if index.is_multiple_of(2) { Visitor::Stranger } else { Visitor::Nobody } }
    }

    /// What each of them has to hear.
    fn due(&self) -> AlertDescription {
        match self.who {
            Visitor::Nobody => AlertDescription::CertificateRequired,
            _ => AlertDescription::UnknownCA,
        }
    }
}

impl Attack for Stranger {
    fn target(&self) -> Target {
        Target::Sink
    }

    fn visitor(&self) -> Option<Visitor> {
        Some(self.who)
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        if wire.is_open() {
            tally.add("let_in", 1);
        }
        wire.listen();
    }

    fn over(&mut self, wire: &Wire, tally: &mut Tally) {
        let alert = wire.alert();
        match alert == Some(self.due()) {
            true => {
                tally.add("turned_away", 1);
                tally.add(&format!("said.{:?}", self.who).to_lowercase(), 1);
            }
            false => tally.add(&format!("mismatch.{:?}:{alert:?}", self.who), 1),
        }
    }
}
