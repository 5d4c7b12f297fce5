//! Progress, heartbeat, and clocks that misbehave.

use core::time::Duration;

use bowline_core::{CloseReason, Heartbeat, Instant, Profile, Refusal, Violation};

use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, config};
use crate::kit::wire::{CHUNK, PING, PONG, REFUSE, begin, frame, frames, kinds, output, server};
use crate::kit::{Memory, message, on_both};
use crate::stalling::stalled;

const SECOND: Duration = Duration::from_secs(1);
const BEAT: Heartbeat = Heartbeat { interval: Duration::from_secs(30), misses: 3 };

fn at(seconds: u64) -> Instant {
    Instant::from_origin(SECOND * u32::try_from(seconds).unwrap())
}

fn violated(violation: Violation) -> Option<CloseReason> {
    Some(CloseReason::Violated(violation))
}

// Mutant: the progress timer starts with the frame and not with its last byte.
fn each_byte_of_a_frame_starts_the_progress_timer_anew<M: Memory>() {
    let mut server = server::<M>(config(), at(0), 0);
    assert_eq!(server.poll_timeout(), None);
    for (index, byte) in frame(0, b"slow").into_iter().enumerate() {
        let now = at(29 * index as u64);
        server.handle_timeout(now);
        server.receive(now, &[byte]);
    }
    assert_eq!((server.unread(), server.poll_timeout()), (1, None));
    server.receive(at(1000), &[5]);
    server.handle_timeout(at(1029));
    assert_eq!(server.close_reason(), None);
    server.handle_timeout(at(1030));
    assert_eq!(server.close_reason(), violated(Violation::ProgressTimeout));
}

// Mutant: any byte is progress.
fn pings_between_chunks_are_no_progress<M: Memory>() {
    let mut server = server::<M>(config(), at(0), 0);
    server.receive(at(0), &[begin(100), frame(CHUNK, &[1; 50])].concat());
    for seconds in 1..30 {
        server.receive(at(seconds), &frame(PING, &[0; 8]));
        server.handle_timeout(at(seconds));
        assert_eq!(kinds(&output(&mut server)), [PONG]);
    }
    server.handle_timeout(at(30));
    assert_eq!(server.close_reason(), violated(Violation::ProgressTimeout));
    assert_eq!(kinds(&output(&mut server)), [REFUSE]);
}

// Mutant: progress is what is left before and after a read.
fn a_read_that_ends_one_message_and_begins_the_next_is_progress<M: Memory>() {
    let mut server = server::<M>(config(), at(0), 0);
    let cycle = [frame(CHUNK, &[1; 50]), begin(100), frame(CHUNK, &[1; 50])].concat();
    server.receive(at(0), &cycle[frame(CHUNK, &[1; 50]).len()..]);
    for seconds in 1..100 {
        server.handle_timeout(at(seconds));
        assert_eq!(server.receive(at(seconds), &cycle), cycle.len());
        assert!(server.take_unclaimed().is_some());
    }
    assert_eq!(server.close_reason(), None);
}

fn a_long_message_read_in_place_is_progress<M: Memory>() {
    let mut server = server::<M>(config(), at(0), 0);
    server.receive(at(0), &[&1000_u32.to_le_bytes()[..], &[1; 10]].concat());
    for seconds in 1..=990 {
        server.handle_timeout(at(seconds));
        server.recv_buf()[0] = 1;
        server.recv_advance(at(seconds), 1);
    }
    assert_eq!((server.close_reason(), server.unread()), (None, 1));
}

fn a_silent_peer_is_pinged_then_lost<M: Memory>() {
    let mut server = server::<M>(config().heartbeat(Some(BEAT)), at(0), 0);
    assert_eq!(server.poll_timeout(), Some(at(30)));
    server.handle_timeout(at(29));
    assert!(!server.has_output());
    server.handle_timeout(at(30));
    assert_eq!(kinds(&output(&mut server)), [PING]);
    server.handle_timeout(at(60));
    assert!(!server.has_output() && server.poll_timeout() == Some(at(90)));
    server.handle_timeout(at(90));
    assert_eq!(server.close_reason(), violated(Violation::HeartbeatTimeout));
    let refuse = frames(&output(&mut server));
    assert_eq!(
        refuse,
        [(REFUSE, Refusal::Violation(Violation::HeartbeatTimeout).code().to_le_bytes().to_vec())]
    );
}

fn any_byte_is_a_sign_of_life<M: Memory>() {
    let mut server = server::<M>(config().heartbeat(Some(BEAT)), at(0), 0);
    for (index, byte) in message(1, 5).into_iter().chain(frame(PONG, &[0; 8])).enumerate() {
        server.receive(at(29 * index as u64), &[5, 0, 0, 0, byte][if index > 0 { 4 } else { 0 }..]);
        server.handle_timeout(at(29 * (index as u64 + 1)));
        assert!(!server.has_output());
    }
    assert_eq!(server.close_reason(), None);
}

fn two_quiet_ends_keep_each_other_alive<M: Memory>() {
    let beat = config().heartbeat(Some(BEAT));
    for (client, server) in [(beat, config()), (config(), beat), (beat, beat)] {
        let mut pair = Pair::<M>::open_with(client, server);
        pair.wait(Duration::from_secs(10_000));
        assert_eq!((pair.client.close_reason(), pair.server.close_reason()), (None, None));
    }
}

// Mutants: a heartbeat of no length runs all the time; one of a plain stream loses a peer that can't answer.
fn a_heartbeat_that_is_off_never_beats<M: Memory>() {
    let off = Heartbeat { interval: Duration::ZERO, ..BEAT };
    for config in [config().heartbeat(Some(off)), config().heartbeat(Some(BEAT)).profile(Profile::Plain)] {
        let mut pair = Pair::<M>::open_with(config, config);
        for end in [&mut pair.client, &mut pair.server] {
            assert_eq!((end.poll_timeout(), end.has_output()), (None, false));
            end.handle_timeout(Instant::from_origin(SECOND * 10_000));
            assert_eq!((end.close_reason(), end.has_output()), (None, false));
        }
    }
}

/// What was overdue first ends the connection, and nothing goes out behind the refusal.
fn a_late_driver_gets_one_reason<M: Memory>() {
    let mut server = server::<M>(config().heartbeat(Some(BEAT)), at(0), 0);
    server.receive(at(0), &frame(0, b"half of it")[..8]);
    server.close(at(0), Duration::from_secs(100));
    output(&mut server);
    server.handle_timeout(at(1000));
    assert_eq!(server.close_reason(), violated(Violation::ProgressTimeout));
    assert_eq!(kinds(&output(&mut server)), [REFUSE]);
}

/// Its machine was suspended, say.
///
/// Mutant: the silence is counted although nobody was there to hear.
fn a_side_that_slept_asks_before_it_takes_its_peer_for_dead<M: Memory>() {
    let mut server = server::<M>(config().heartbeat(Some(BEAT)), at(0), 0);
    output(&mut server);
    server.handle_timeout(at(1000));
    assert_eq!(kinds(&output(&mut server)), [PING]);
    let rest = BEAT.interval * (BEAT.misses - 1);
    server.handle_timeout(at(1000) + (rest - Duration::from_nanos(1)));
    assert_eq!(server.close_reason(), None);
    server.handle_timeout(at(1000) + rest);
    assert_eq!(server.close_reason(), violated(Violation::HeartbeatTimeout));
}

/// A clock that goes backwards stands still; one that jumps to the end of time ends what waits, and nothing spins.
fn no_clock_breaks_anything<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config().heartbeat(Some(BEAT)), config().heartbeat(Some(BEAT)));
    for now in [at(5), at(0), Instant::from_origin(SECOND * 1001), at(1)] {
        pair.write(Client, b"tick");
        let bytes = output(&mut pair.client);
        pair.server.receive(now, &bytes);
        pair.server.handle_timeout(now);
        pair.client.handle_timeout(now);
        assert!(pair.server.poll_timeout() > Some(Instant::from_origin(SECOND * 1000)));
    }
    let mut stalled = stalled::<M>(1);
    for end in [&mut pair.server, &mut pair.client, &mut stalled] {
        end.close(Instant::from_origin(Duration::MAX), Duration::MAX);
        (0..9).for_each(|_| end.handle_timeout(Instant::from_origin(Duration::MAX)));
        end.receive(Instant::default(), &[0; 4]);
        assert!(end.close_reason().is_some());
    }
    assert_eq!(pair.events(Server).len(), 1);
}

on_both!(
    each_byte_of_a_frame_starts_the_progress_timer_anew,
    pings_between_chunks_are_no_progress,
    a_read_that_ends_one_message_and_begins_the_next_is_progress,
    a_long_message_read_in_place_is_progress,
    a_silent_peer_is_pinged_then_lost,
    any_byte_is_a_sign_of_life,
    two_quiet_ends_keep_each_other_alive,
    a_heartbeat_that_is_off_never_beats,
    a_late_driver_gets_one_reason,
    a_side_that_slept_asks_before_it_takes_its_peer_for_dead,
    no_clock_breaks_anything,
);
