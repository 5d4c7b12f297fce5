//! Whole conversations, however they are cut, and what is refused.

use core::time::Duration;

use bowline_core::{CloseReason, Closed, Instant};

use super::{ERRORS, STREAMS, Talk, bytes, cases, script};
use crate::kit::wire::{GOODBYE, GOODBYE_ACK, PONG, REFUSE, WELCOME, frame, frames};
use crate::kit::{Memory, on_both};

/// Streams up to this length are cut at every byte.
const SHORT: usize = 400;

// Mutant: a message that is not complete at the end of a read is dropped.
fn every_stream_ends_as_it_says<M: Memory>() {
    for case in cases(STREAMS) {
        let [name, sent, messages, answers, end] = case[..] else { panic!("{case:?}") };
        let messages = expected(messages);
        if messages.iter().any(|message| message.len() > M::MESSAGE_LIMIT as usize) {
            continue;
        }
        for cut in cuts(sent) {
            let mut talk = Talk::<M>::new();
            talk.play(&script(sent), |place| cut.size(place));
            talk.server.handle_eof();
            assert!(talk.messages == messages, "{name}, {cut:?}: other messages");
            assert_eq!(after_welcome(&talk.answers), bytes(answers), "{name}, {cut:?}");
            check_end(&talk, name, end);
        }
    }
}

fn every_error_is_refused_with_its_code<M: Memory>() {
    for case in cases(ERRORS) {
        let [name, sent, code, seconds] = case[..] else { panic!("{case:?}") };
        let code = u16::from_str_radix(code.trim_start_matches("0x"), 16).unwrap();
        let seconds: u64 = seconds.parse().unwrap();
        for cut in cuts(sent) {
            let mut talk = Talk::<M>::new();
            talk.play(&script(sent), |place| cut.size(place));
            check_patience(&mut talk, seconds);
            let mut frames = frames(&talk.answers);
            assert_eq!(frames.pop(), Some((REFUSE, code.to_le_bytes().to_vec())), "{name}, {cut:?}");
            let harmless = [WELCOME, PONG, GOODBYE, GOODBYE_ACK];
            assert!(frames.iter().all(|(kind, _)| harmless.contains(kind)), "{name}: {frames:?}");
            assert!(matches!(talk.server.close_reason(), Some(CloseReason::Violated(_))), "{name}");
        }
    }
}

/// The refuse comes when it is due and not a nanosecond before.
fn check_patience<M: Memory>(talk: &mut Talk<M>, seconds: u64) {
    if seconds > 0 {
        let due = Instant::from_origin(Duration::from_secs(seconds));
        assert_eq!(talk.server.poll_timeout(), Some(due));
        talk.server.handle_timeout(Instant::from_origin(Duration::from_nanos(seconds * 1_000_000_000 - 1)));
        assert_eq!(talk.server.close_reason(), None);
        talk.server.handle_timeout(due);
        talk.serve();
    }
}

fn check_end<M: Memory>(talk: &Talk<M>, name: &str, end: &str) {
    let reason = talk.server.close_reason().unwrap_or_else(|| panic!("{name} does not end"));
    match (end.split_once(' '), reason) {
        (None, CloseReason::PeerClosed) if end == "clean" => {
            assert_eq!(talk.server.closed(), Some(Closed::Clean), "{name}");
        }
        (None, CloseReason::PeerLost { .. }) if end == "lost" => {}
        (Some(("refused", code)), CloseReason::Refused { refusal, .. }) => {
            assert_eq!(format!("0x{:04x}", refusal.code()), code, "{name}");
        }
        _ => panic!("{name}: {reason:?} is not {end}"),
    }
}

fn expected(messages: &str) -> Vec<Vec<u8>> {
    let each = messages.split(',').map(str::trim).filter(|&message| message != "-");
    each.map(|message| if message == "empty" { Vec::new() } else { bytes(message) }).collect()
}

fn after_welcome(answers: &[u8]) -> Vec<u8> {
    let frames = frames(answers).into_iter().filter(|&(kind, _)| kind != WELCOME);
    frames.flat_map(|(kind, payload)| frame(kind, &payload)).collect()
}

/// How the bytes between two waits are cut.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Every(usize),
    Once(usize),
}

impl Cut {
    const fn size(self, place: usize) -> usize {
        match self {
            Self::Every(size) => size,
            Self::Once(at) if place < at => at - place,
            Self::Once(_) => usize::MAX,
        }
    }
}

fn cuts(sent: &str) -> Vec<Cut> {
    let longest = script(sent).iter().map(|(_, bytes)| bytes.len()).max().unwrap_or(0);
    let every = [usize::MAX, 3, 4096, 65_537].map(Cut::Every).into_iter();
    let one = (longest < 70_000).then_some(Cut::Every(1));
    let once = (1..if longest <= SHORT { longest } else { 0 }).map(Cut::Once);
    every.chain(one).chain(once).collect()
}

on_both!(every_stream_ends_as_it_says, every_error_is_refused_with_its_code);
