//! What all attacks have in common.

use bowline_runtime::Endpoint;
use bowline_tests::certificates::Visitor;

use super::wire::Wire;
use super::{abort, control, flood, foreign, giant, hoard, idle, loris, malformed, shake, smuggle, squat};
use super::{storm, stranger, torn};
use crate::options::AttackName;
use crate::tally::Tally;
use crate::target::Target;

/// One hostile connection after the other.
pub(super) trait Attack: Send {
    /// Whom it attacks.
    fn target(&self) -> Target;

    /// Who it is where TLS is spoken; `None` if it does not speak TLS.
    fn visitor(&self) -> Option<Visitor> {
        Some(Visitor::Member)
    }

    /// A new connection is about to be made.
    fn begin(&mut self) {}

    /// Does a little, without waiting.
    fn step(&mut self, wire: &mut Wire, tally: &mut Tally);

    /// The connection is over, and all that came has been read.
    fn over(&mut self, wire: &Wire, tally: &mut Tally) {
        count_end(wire, tally);
    }

    /// The siege is over; `true` once nothing is left to do.
    fn finish(&mut self, _wire: &mut Wire, _tally: &mut Tally) -> bool {
        true
    }
}

/// Counts an end by the code that came with it.
pub(super) fn count_end(wire: &Wire, tally: &mut Tally) {
    match wire.refusal() {
        Some(code) => tally.add(&format!("refused.{code:04x}"), 1),
        None => tally.add("ended", 1),
    }
}

/// The attack of this name, as its peer number `index` carries it out.
pub(super) fn attack(name: AttackName, index: usize) -> Box<dyn Attack> {
    match name {
        AttackName::Idle | AttackName::All => Box::new(idle::Idle),
        AttackName::Giant => Box::new(giant::Giant::new(index)),
        AttackName::Flood => Box::new(flood::Flood::new()),
        AttackName::Abort => Box::new(abort::Abort::new(index)),
        AttackName::Control => Box::new(control::Control::new(index)),
        AttackName::Loris => Box::new(loris::Loris::new(index)),
        AttackName::Squat => Box::new(squat::Squat),
        AttackName::Malformed => Box::new(malformed::Malformed::new(index)),
        AttackName::Hoard => Box::new(hoard::Hoard::new()),
        AttackName::Smuggle => Box::new(smuggle::Smuggle::new()),
        AttackName::Shake => Box::new(shake::Shake::new(index)),
        AttackName::Storm => Box::new(storm::Storm::new(index)),
        AttackName::Foreign => Box::new(foreign::Foreign::new(index)),
        AttackName::Stranger => Box::new(stranger::Stranger::new(index)),
        AttackName::Torn => Box::new(torn::Torn::new(index)),
    }
}

/// One peer of the horde, through all its connections.
pub(super) struct Attacker {
    pub(super) name: AttackName,
    attack: Box<dyn Attack>,
    endpoint: Endpoint,
    wire: Option<Wire>,
}

impl Attacker {
    pub(super) fn new(name: AttackName, index: usize, endpoints: &[Endpoint]) -> Self {
        let attack = attack(name, index);
        let at = Target::ALL.iter().position(|target| *target == attack.target());
        let endpoint = endpoints[at.expect("it is one of all")].clone();
        Self { name, attack, endpoint, wire: None }
    }

    /// Connects if it is not connected, else goes on with its attack.
    pub(super) fn step(&mut self, tally: &mut Tally) {
        let Some(wire) = &mut self.wire else { return self.connect(tally) };
        self.attack.step(wire, tally);
        self.bury(tally);
    }

    fn connect(&mut self, tally: &mut Tally) {
        self.attack.begin();
        match Wire::connect(&self.endpoint, self.attack.visitor()) {
            Ok(wire) => {
                tally.add("connections", 1);
                self.wire = Some(wire);
            }
            Err(_) => tally.add("unconnected", 1),
        }
    }

    fn bury(&mut self, tally: &mut Tally) {
        if let Some(wire) = self.wire.as_mut().filter(|wire| wire.has_ended()) {
            wire.listen();
            self.attack.over(wire, tally);
            self.wire = None;
        }
    }

    /// Finishes; `true` once it has.
    pub(super) fn finish(&mut self, tally: &mut Tally) -> bool {
        let Some(wire) = &mut self.wire else { return true };
        let finished = self.attack.finish(wire, tally);
        self.bury(tally);
        finished || self.wire.is_none()
    }
}
