//! What a hostile peer can make a connection hold: never more than PROTOCOL.md, section 10, says.

use core::mem::size_of;

use bowline_core::{Config, Connection, Heap, Idle, Instant, MESSAGE_OVERHEAD};

use crate::counter::peak;
use crate::{open_server, word};

const LIMIT: u32 = 1 << 20;
const QUEUE: usize = 256 << 10;
/// The formula without the read-ahead, which is the driver's.
const INBOUND: usize = LIMIT as usize + MESSAGE_OVERHEAD + 65_536;

fn config() -> Config {
    Config::new().message_limit(LIMIT).queue_bytes(QUEUE)
}

/// Feeds a server the same bytes again and again, as long as it takes them, and says what it held at most.
fn flood(config: Config, first: &[u8], again: &[u8], times: usize) -> (usize, Connection<Heap>) {
    let mut server = open_server(config);
    let now = Instant::default();
    let most = peak(|| {
        server.receive(now, first);
        for _ in 0..times {
            if !server.wants_input() {
                break;
            }
            server.receive(now, again);
        }
    });
    (most, server)
}

#[test]
fn a_connection_without_messages_is_small() {
    let most = peak(|| drop(open_server(config())));
    let fixed = size_of::<Connection<Heap>>() + most;
    assert!(fixed < 1280, "{fixed} bytes");
}

// Mutant: what sleeps remembers as much as what is awake.
#[test]
fn a_connection_with_nothing_to_do_is_smaller_yet() {
    assert!(size_of::<Connection<Heap>>() <= 736);
    assert!(size_of::<Idle<Heap>>() <= 136);
}

// Mutant: a buffer is allocated for the announced length.
#[test]
fn an_announcement_alone_allocates_nothing() {
    let begin = [&word(4, 4)[..], &LIMIT.to_le_bytes()].concat();
    assert_eq!(flood(config(), &begin, &[], 0).0, 0);
    assert_eq!(flood(config(), &word(0, LIMIT), &[], 0).0, 0);
}

#[test]
fn a_buffer_grows_with_what_has_come() {
    for head in [[&word(4, 4)[..], &LIMIT.to_le_bytes(), &word(5, LIMIT)].concat(), word(0, LIMIT).to_vec()] {
        for come in [1, 1000, 65_537, 200_000] {
            let (most, _) = flood(config(), &head, &vec![1; come], 1);
            assert!(most <= come + 65_536, "{come} bytes came, {most} held");
        }
        let (most, server) = flood(config(), &head, &[1; 4096], 256);
        assert_eq!(server.unread(), 1);
        assert!(most <= INBOUND, "{most}");
    }
}

// Mutant: limits do not charge the overhead.
#[test]
fn a_million_empty_messages_stop_at_the_queue() {
    let many = config().queue_messages(usize::MAX);
    for (config, expected) in [(config(), 1024), (many, QUEUE / MESSAGE_OVERHEAD)] {
        let (most, server) = flood(config, &[], &[0; 4000], 1000);
        assert_eq!(server.unread(), expected);
        assert!(!server.wants_input() && most <= QUEUE, "{most}");
    }
}

#[test]
fn a_full_queue_and_half_a_message_stay_within_the_formula() {
    let (most, server) = flood(config(), &[], &[&word(0, 1000)[..], &[1; 1000]].concat(), 10_000);
    assert!(!server.wants_input() && most <= QUEUE + 65_536, "{most}");
    let announced =
        [&word(4, 4)[..], &(LIMIT / 2).to_le_bytes(), &word(5, LIMIT / 2), &[1; 300_000]].concat();
    let (most, _) = flood(config(), &announced, &[1; 10_000], 100);
    assert!(most <= INBOUND, "{most}");
}

// Mutant: an aborted message's buffer is kept.
#[test]
fn half_messages_that_are_withdrawn_leave_nothing() {
    let half =
        [&word(4, 4)[..], &LIMIT.to_le_bytes(), &word(5, 100_000), &[1; 100_000], &word(6, 0)].concat();
    let (most, server) = flood(config(), &[], &half, 200);
    assert!(server.wants_input() && server.close_reason().is_none());
    assert!(most <= 100_000 + 65_536, "{most}");
}

#[test]
fn control_frames_hold_nothing() {
    let ping = [&word(7, 8)[..], &[1; 8]].concat();
    let skippable = [&word(0x80, 65_536)[..], &[1; 65_536]].concat();
    for frame in [ping, skippable] {
        assert_eq!(flood(config(), &[], &frame, 1000).0, 0);
    }
}
