//! Sides that have stopped reading for want of room: they still say that they live, and silence means nothing to them.

use core::time::Duration;

use bowline_core::{CloseReason, Connection, Heartbeat, Instant, Violation};

use crate::kit::pair::Side::Client;
use crate::kit::pair::{Pair, config};
use crate::kit::wire::{PONG, frame, frames, kinds, output, server};
use crate::kit::{Memory, on_both};

const SECOND: Duration = Duration::from_secs(1);
const BEAT: Heartbeat = Heartbeat { interval: Duration::from_secs(30), misses: 3 };

fn at(seconds: u64) -> Instant {
    Instant::from_origin(SECOND * u32::try_from(seconds).unwrap())
}

/// A server with a full queue that does not read, and half a message for which it has no room.
pub(crate) fn stalled<M: Memory>(heartbeat: u32) -> Connection<M> {
    let config = config().queue_messages(1).heartbeat(Some(BEAT));
    let mut server = server::<M>(config, at(0), heartbeat);
    assert_eq!(server.receive(at(0), &[frame(0, b"one"), frame(0, b"two")].concat()), 7 + 4);
    assert!(!server.wants_input());
    server
}

// Mutants: silence counts while nobody reads; a stalled side says nothing.
fn a_stalled_side_waits_and_gives_signs_of_life<M: Memory>() {
    let mut server = stalled::<M>(1000);
    for half_seconds in 1..1000_u32 {
        let now = Instant::from_origin(SECOND * half_seconds / 2);
        assert_eq!(server.poll_timeout(), Some(now));
        server.handle_timeout(now);
        assert_eq!(frames(&output(&mut server)), [(PONG, vec![0; 8])]);
    }
    assert_eq!(server.close_reason(), None);
}

// Mutant: the hello asks for no signs, or for others than the heartbeat needs.
fn a_side_that_asked_for_signs_gets_them_from_a_stalled_one<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config().heartbeat(Some(BEAT)), config().queue_messages(1));
    (0..3).for_each(|_| _ = pair.write(Client, b"unread"));
    pair.drive();
    assert!(!pair.server.wants_input());
    assert_eq!(pair.server.poll_timeout(), Some(pair.now + BEAT.interval / 2));
    pair.wait(SECOND * 10_000);
    assert_eq!(pair.client.close_reason(), None);
}

// Mutants: what was sent is no sign of life; a send that has moved nothing is one.
fn whatever_leaves_is_a_sign_of_life<M: Memory>() {
    let at = |milliseconds| Instant::from_origin(Duration::from_millis(milliseconds));
    for (sent, due) in [(0, 500), (1, 900)] {
        let mut server = stalled::<M>(1000);
        server.write(M::payload(b"said")).unwrap();
        server.handle_timeout(at(400));
        server.transmitted(sent);
        assert_eq!(server.poll_timeout(), Some(at(due)));
        server.transmitted(8 - sent);
        server.handle_timeout(at(899));
        assert!(!server.has_output());
        server.handle_timeout(at(900));
        assert_eq!(kinds(&output(&mut server)), [PONG]);
    }
}

fn signs_of_life_do_not_pile_up<M: Memory>() {
    let mut server = stalled::<M>(1000);
    (1..1000).for_each(|seconds| server.handle_timeout(at(seconds)));
    assert_eq!(output(&mut server).len(), 12);
}

// Mutants: a stall that ends by a read does not start the timers again; one that nobody looked at does not.
fn timers_run_again_once_there_is_room<M: Memory>() {
    for (directly, looked_at) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut server = stalled::<M>(0);
        if looked_at {
            server.handle_timeout(at(500));
        }
        assert_eq!((server.close_reason(), server.poll_timeout()), (None, None));
        assert!(server.take_unclaimed().is_some() && server.wants_input());
        if directly {
            server.receive(at(500), b"t");
        } else {
            assert!(server.poll_timeout().is_some(), "a reading of the clock, please");
            server.handle_timeout(at(500));
        }
        assert_eq!(server.poll_timeout(), Some(at(530)));
        server.handle_timeout(at(530));
        assert_eq!(server.close_reason(), Some(CloseReason::Violated(Violation::ProgressTimeout)));
    }
}

on_both!(
    a_stalled_side_waits_and_gives_signs_of_life,
    a_side_that_asked_for_signs_gets_them_from_a_stalled_one,
    whatever_leaves_is_a_sign_of_life,
    signs_of_life_do_not_pile_up,
    timers_run_again_once_there_is_room,
);
