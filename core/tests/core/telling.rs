//! What people read in a log.

use bowline_core::frame::Header;
use bowline_core::{CloseReason, Closed, Refusal, TransportError, TransportErrorKind};

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

// Mutant: one message that is missing is told as several.
#[test]
fn a_close_says_what_is_missing() {
    assert_eq!(Closed::Clean.to_string(), "the peer has taken in every message");
    let missing = |from, to| Closed::Unconfirmed { from, to }.to_string();
    assert_eq!(missing(3, 3), "the peer did not confirm message 3");
    assert_eq!(missing(3, 7), "the peer did not confirm messages 3 to 7");
}

// Mutants: two names are swapped; a legal length is one off.
#[test]
fn kinds_have_the_names_and_lengths_of_the_protocol() {
    let (section, _) = include_str!("../../../PROTOCOL.md").split_once("## 2. ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| 0x"));
    let rows =
        rows.map(|line| line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect::<Vec<_>>());
    let rows: Vec<_> = rows.filter(|cells| cells.len() == 5 && cells[1] != "reserved").collect();
    assert_eq!(rows.len(), 12, "each kind has a row");
    for cells in rows {
        let byte = u8::from_str_radix(&cells[0][2..4], 16).unwrap();
        let kind = Header::decode([0, 0, 0, byte]).unwrap().kind();
        assert_eq!(kind.name(), cells[1]);
        let lengths = cells[3].replace(',', "");
        let (least, most) = lengths.split_once("..=").unwrap_or((&lengths, &lengths));
        assert_eq!(kind.lengths().start().to_string(), least, "{kind:?}");
        let open_ended = ["limit", "what is missing"].map(|words| (words, "16777215"));
        let most = open_ended.iter().find(|(words, _)| *words == most).map_or(most, |(_, number)| number);
        assert_eq!(kind.lengths().end().to_string(), most, "{kind:?}");
    }
}
