//! Accepts that run out of time while clients come.

use crate::kit::{Place, quick_or_long};
use crate::victim::Victim;

/// Accepted and refused are together all who have connected, by both sides' count, and no descriptor is left.
///
/// Mutant: a dropped accept takes its client along.
pub(crate) fn accepts_that_run_out_of_time(place: Place) {
    let count = quick_or_long(2000, 100_000);
    let mut victim = Victim::spawn(&[place.adapter, "accept-races", place.transport(), &count.to_string()]);
    let clients: [usize; 2] = [victim.expect("let-in"), victim.expect("declined")];
    let server: [usize; 2] = [victim.expect("accepted"), victim.expect("refused")];
    let timeouts: usize = victim.expect("timeouts");
    println!("{}, {}: [accepted, refused] {server:?}, {timeouts} timeouts", place.adapter, place.transport());
    assert_eq!(clients, server);
    assert_eq!(clients.iter().sum::<usize>(), count);
    assert!(timeouts > 0, "nothing was raced");
    victim.expect_end();
}
