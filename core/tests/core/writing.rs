//! Writes that were not cancelled under way: order, room, limits, detaching, forgetting.

use bowline_core::{
    Cancelled, Config, Event, MESSAGE_OVERHEAD, Outcome, Rejected, Status, TaskId, WriteRejection,
};

use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, config};
use crate::kit::{Memory, message, on_both};

fn why<P>(rejected: Result<TaskId, Rejected<P>>) -> WriteRejection {
    rejected.expect_err("a rejection").why
}

// Mutant: a recalled write is sent all the same.
fn cancelled_before_anything_happened<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let writes = [0, 1, 2].map(|number| pair.write(Client, &message(number, 100)));
    let recalled = Cancelled::Recalled(M::payload(&message(1, 100)));
    assert_eq!(pair.client.cancel_write(writes[1]), Some(recalled));
    assert_eq!(pair.client.cancel_write(writes[1]), None);
    assert_eq!(pair.client.write_status(writes[1]), None);
    pair.drive();
    assert_eq!(pair.read(Server), Some(message(0, 100)));
    assert_eq!(pair.read(Server), Some(message(2, 100)));
    assert_eq!(pair.client.take_write(writes[2]), Some(Outcome::Sent { number: 2 }));
}

fn too_late_to_cancel<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let write = pair.write(Client, b"gone");
    pair.drive();
    assert_eq!(pair.client.write_status(write), Some(Status::Success));
    assert_eq!(pair.client.cancel_write(write), Some(Cancelled::TooLate));
    assert_eq!(pair.client.take_write(write), None, "it ended with the cancel");
    assert_eq!(pair.read(Server), Some(b"gone".to_vec()));
}

// Mutant: detaching recalls the write.
fn a_detached_write_runs_on_without_its_handle<M: Memory>() {
    let mut pair = Pair::<M>::open();
    for number in 0..30 {
        let write = pair.write(Client, &message(number, 100));
        assert_eq!(pair.client.detach_write(write), Some(true));
        assert_eq!(pair.client.detach_write(write), None);
        pair.drive();
        assert_eq!(pair.client.write_status(write), None);
        assert_eq!(pair.read(Server), Some(message(number, 100)));
    }
    assert_eq!(pair.events(Client), []);
}

// Mutant: it is announced all the same, and its slot is nobody's for ever.
fn a_write_that_is_detached_after_its_end_is_gone<M: Memory>() {
    let mut pair = Pair::<M>::open();
    for number in 0..30 {
        let write = pair.write(Client, &message(number, 100));
        pair.drive();
        assert_eq!(pair.client.write_status(write), Some(Status::Success));
        assert_eq!(pair.client.detach_write(write), Some(true));
        assert_eq!((pair.client.write_status(write), pair.events(Client)), (None, vec![]));
        assert_eq!(pair.read(Server), Some(message(number, 100)));
    }
}

/// A write whose end nobody takes keeps its slot, and the others go on.
fn a_forgotten_write_holds_its_slot_only<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config().queue_messages(1), config());
    let forgotten = pair.write(Client, b"forgotten");
    for number in 0..20 {
        let write = pair.write(Client, &message(number, 100));
        pair.drive();
        assert!(pair.client.take_write(write).is_some());
        assert!(pair.server.take_unclaimed().is_some());
    }
    assert_eq!(pair.client.write_status(forgotten), Some(Status::Success));
}

// Mutant: writes_done is announced at the first byte.
fn a_write_is_sent_when_its_last_byte_is<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let write = pair.write(Client, &message(1, 200));
    let total = 8 + 200 + 4 * 4;
    for sent in 1..=total {
        assert_eq!(pair.client.write_status(write), Some(Status::Pending), "before byte {sent}");
        assert_eq!((pair.events(Client), pair.send(Client, 1)), (vec![], 1));
    }
    assert_eq!(pair.events(Client), [Event::WriteDone(write)]);
    assert_eq!(pair.events(Client), []);
    assert_eq!(pair.client.take_write(write), Some(Outcome::Sent { number: 1 }));
    assert_eq!(pair.client.take_write(write), None);
}

fn a_message_that_the_peer_does_not_take_stays_here<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config(), config().message_limit(100));
    assert_eq!(pair.client.peer_message_limit(), 100);
    let long = M::payload(&message(1, 101));
    assert_eq!(pair.client.try_write(long.clone()).unwrap_err().payload, long);
    assert_eq!(why(pair.client.write(long)), WriteRejection::TooLong { limit: 100 });
    assert!(!pair.client.has_output());
    pair.write(Client, &message(1, 100));
    pair.drive();
    assert_eq!(pair.read(Server), Some(message(1, 100)));
}

// Mutant: try_write asks for the messages, not for the bytes.
fn try_write_hands_back_what_has_no_room<M: Memory>() {
    for limits in [Config::queue_messages(config(), 2), config().queue_bytes(2 * (MESSAGE_OVERHEAD + 100))] {
        let mut pair = Pair::<M>::open_with(limits, config());
        let payload = M::payload(&message(1, 100));
        let first = pair.client.try_write(payload.clone()).unwrap();
        pair.client.try_write(payload.clone()).unwrap();
        assert_eq!(why(pair.client.try_write(payload.clone())), WriteRejection::Full);
        assert!(matches!(pair.client.cancel_write(first), Some(Cancelled::Recalled(_))));
        assert!(pair.client.try_write(payload).is_ok());
    }
}

fn one_message_always_fits<M: Memory>() {
    let limits = config().queue_messages(1).queue_bytes(0);
    let mut pair = Pair::<M>::open_with(limits, limits);
    for number in 0..5 {
        assert!(pair.client.try_write(M::payload(&message(number, 1000))).is_ok());
        assert_eq!(why(pair.client.try_write(M::payload(b""))), WriteRejection::Full);
        pair.drive();
        let done = pair.events(Client);
        let Event::WriteDone(write) = done[0] else { panic!("{done:?}") };
        assert!(pair.client.take_write(write).is_some());
        assert_eq!(pair.read(Server), Some(message(number, 1000)));
    }
}

// Mutant: try_write passes a write that waits.
fn a_waiting_write_goes_on_when_room_comes<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config().queue_bytes(2 * MESSAGE_OVERHEAD + 400), config());
    let (first, second) = (pair.write(Client, &message(1, 300)), pair.write(Client, &message(2, 300)));
    let third = pair.write(Client, b"short");
    assert_eq!(pair.client.detach_write(first), Some(true));
    assert_eq!(pair.client.detach_write(second), Some(false), "it waits for room");
    assert_eq!(pair.client.detach_write(third), Some(false), "behind the one that waits");
    assert_eq!(why(pair.client.try_write(M::payload(b""))), WriteRejection::Full);
    pair.send(Client, usize::MAX);
    assert_eq!(pair.client.detach_write(second), Some(true), "there is room now");
    pair.drive();
    assert_eq!([(); 3].map(|()| pair.read(Server).unwrap().len()), [300, 300, 5]);
}

/// Waiting writes are the program's memory, not the connection's, but their order is the connection's.
fn a_cancelled_waiting_write_lets_the_next_one_in<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config().queue_messages(1), config());
    let writes = [0, 1, 2].map(|number| pair.write(Client, &message(number, 10)));
    assert!(matches!(pair.client.cancel_write(writes[1]), Some(Cancelled::Recalled(_))));
    assert!(matches!(pair.client.cancel_write(writes[0]), Some(Cancelled::Recalled(_))));
    assert_eq!(pair.client.detach_write(writes[2]), Some(true));
}

// Mutant: a write that had no room gives some back when it is cancelled.
fn a_cancelled_waiting_write_gives_no_room_back<M: Memory>() {
    let limit = 2 * (MESSAGE_OVERHEAD + 100) + MESSAGE_OVERHEAD + 38;
    for (waiting, next, fits) in [(50, 38, true), (50, 39, false), (150, 38, true), (150, 39, false)] {
        let mut pair = Pair::<M>::open_with(config().queue_bytes(limit), config());
        let [_, _, waiting, next] =
            [100, 100, waiting, next].map(|length| pair.write(Client, &message(1, length)));
        assert_eq!(pair.client.detach_write(next), Some(false), "behind the one that waits");
        assert!(matches!(pair.client.cancel_write(waiting), Some(Cancelled::Recalled(_))));
        assert_eq!(pair.client.detach_write(next), Some(fits));
    }
}

// Mutant: what is taken stays charged, on either side.
fn room_is_given_back<M: Memory>() {
    let limits = config().queue_bytes(4 * (MESSAGE_OVERHEAD + 8));
    let mut pair = Pair::<M>::open_with(limits, limits);
    for number in 0..50 {
        let writes = [0, 1, 2, 3].map(|_| pair.client.try_write(M::payload(&message(number, 8))).unwrap());
        assert_eq!(why(pair.client.try_write(M::payload(b""))), WriteRejection::Full);
        if number % 2 == 0 {
            pair.drive();
            assert_eq!(pair.server.unread(), 4);
            assert!(pair.server.take_unclaimed().is_some());
            assert!([(); 3].iter().all(|()| pair.read(Server).is_some()));
        }
        assert!(writes.into_iter().all(|write| pair.client.cancel_write(write).is_some()));
    }
}

fn both_sides_may_write_more_than_either_takes<M: Memory>() {
    let small = config().queue_messages(2);
    let mut pair = Pair::<M>::open_with(small, small);
    for number in 0..6 {
        pair.write(Client, &message(number, 300));
        pair.write(Server, &message(100 + number, 300));
    }
    for number in 0..6 {
        pair.drive();
        assert!(pair.server.unread() <= 2 && pair.client.unread() <= 2);
        assert_eq!(pair.read(Server), Some(message(number, 300)));
        assert_eq!(pair.read(Client), Some(message(100 + number, 300)));
    }
}

on_both!(
    cancelled_before_anything_happened,
    too_late_to_cancel,
    a_detached_write_runs_on_without_its_handle,
    a_write_that_is_detached_after_its_end_is_gone,
    a_forgotten_write_holds_its_slot_only,
    a_write_is_sent_when_its_last_byte_is,
    a_message_that_the_peer_does_not_take_stays_here,
    try_write_hands_back_what_has_no_room,
    one_message_always_fits,
    a_waiting_write_goes_on_when_room_comes,
    a_cancelled_waiting_write_lets_the_next_one_in,
    a_cancelled_waiting_write_gives_no_room_back,
    room_is_given_back,
    both_sides_may_write_more_than_either_takes,
);
