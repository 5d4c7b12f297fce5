//! What an end shows to its transport: up to a long payload, and no more than has room.

use crate::kit::pair::Side::Client;
use crate::kit::pair::{Pair, config, shown};
use crate::kit::{Memory, message, on_both};

// Mutants: a payload of just the length from which it should stay where it is is copied; the word before it leaves by itself,
// so that the peer is woken for nothing.
fn a_long_payload_is_not_copied<M: Memory>() {
    let mut pair = Pair::<M>::open();
    pair.write(Client, b"before");
    pair.write(Client, &message(1, 50));
    pair.write(Client, b"behind");
    for (long, copied) in [(50, 10), (51, 10 + 54 + 10), (usize::MAX, 10 + 54 + 10)] {
        assert_eq!(pair.client.gather(&mut [0; 100], long), copied, "{long}");
    }
}

// Mutant: what is left of a chunk is copied, and leaves by itself.
fn long_chunks_are_not_copied<M: Memory>() {
    // A begin frame of 8 bytes, chunks of 54, 54 and 24.
    for sent in [0, 8, 8 + 2, 8 + 4 + 1, 8 + 54 + 54] {
        let mut pair = Pair::<M>::open_with(config().chunk_size(50), config());
        pair.write(Client, &message(1, 120));
        pair.client.transmitted(sent);
        assert_eq!(pair.client.gather(&mut [0; 100], 50), 0, "{sent}");
    }
}

// Mutants: a message of which the last byte has no room is copied whole; a room that is not full is left so.
fn any_room_is_filled_to_the_byte<M: Memory>() {
    for length in [0, 1, 2, 50] {
        let mut pair = Pair::<M>::open();
        pair.write(Client, &message(1, length));
        pair.write(Client, b"behind");
        let all = shown(&mut pair.client, usize::MAX);
        for size in 0..=all.len() {
            let mut room = vec![0; size];
            assert_eq!(pair.client.gather(&mut room, usize::MAX), size, "{length}");
            assert_eq!(room, all[..size]);
        }
    }
}

// Mutant: the first write that has no room is shown all the same.
fn what_has_no_room_waits_until_what_was_lent_is_confirmed<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config().queue_messages(2), config());
    for _ in 0..3 {
        pair.write(Client, b"123456");
    }
    assert_eq!(shown(&mut pair.client, usize::MAX).len(), 20);
    pair.client.lend(20);
    pair.client.transmitted(9);
    assert!(!pair.client.has_output(), "the first could still be lost");
    pair.client.transmitted(1);
    assert_eq!(shown(&mut pair.client, usize::MAX).len(), 10);
}

// Mutant: the transport is not asked for its confirmations, or is for ever.
fn what_was_lent_is_owed_until_it_is_confirmed<M: Memory>() {
    let mut pair = Pair::<M>::open();
    pair.write(Client, b"123456");
    assert!(!pair.client.has_lent());
    pair.client.lend(10);
    pair.client.transmitted(9);
    assert!(pair.client.has_lent());
    pair.client.transmitted(1);
    assert!(!pair.client.has_lent());
}

on_both!(
    a_long_payload_is_not_copied,
    long_chunks_are_not_copied,
    any_room_is_filled_to_the_byte,
    what_has_no_room_waits_until_what_was_lent_is_confirmed,
    what_was_lent_is_owed_until_it_is_confirmed,
);
