//! Everything dropped in every order. The conformance suite has the orders of more things; here a process of its own counts
//! its descriptors, and plain threads take part.

use crate::kit::Place;
use crate::victim::Victim;

/// No panic, no hang, and no descriptor is left.
///
/// Mutant: the acceptor keeps its listener when its executor drops it.
pub(crate) fn any_order_of_drops(place: Place) {
    let mut victim = Victim::spawn(&[place.adapter, "orders", place.transport()]);
    assert_eq!(victim.expect::<usize>("orders"), 120);
    victim.expect_end();
}
