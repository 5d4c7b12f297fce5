//! What people read in a log.

use bowline_core::{CloseReason, Refusal, TransportError, TransportErrorKind};

// Mutant: whoever reads the log is not told what the server said.
#[test]
fn a_refusal_says_why() {
    let refused = |reason: &str| CloseReason::Refused { refusal: Refusal::Full, reason: reason.into() };
    let text = "refused by the peer: the server is full";
    assert_eq!(refused("").to_string(), text);
    assert_eq!(refused("back at nine").to_string(), format!("{text}: back at nine"));
}

// Mutant: the system's number, by which people look up what it means, is left out.
#[test]
fn a_failure_of_the_system_says_its_number() {
    let failed = TransportError { kind: TransportErrorKind::TimedOut, os: Some(110) };
    assert_eq!(failed.to_string(), "timed out by the system (os error 110)");
    assert_eq!(TransportError::from(TransportErrorKind::Reset).to_string(), "connection reset");
}
