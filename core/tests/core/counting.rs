//! What is counted: the room in a queue, to the byte, and a connection in numbers.

use core::time::Duration;

use bowline_core::{
    CloseReason, Config, Connection, Instant, MESSAGE_OVERHEAD, Profile, Status, TransportErrorKind,
    Violation,
};

use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, config};
use crate::kit::wire::{ABORT, CHUNK, MESSAGE, begin, frame, server};
use crate::kit::{Memory, message, on_both};

const NOW: fn() -> Instant = Instant::default;

// Mutants: what a message is charged is not given back to the byte, on either side of the stream.
fn a_queue_has_room_for_as_much_as_was_taken<M: Memory>() {
    let cost = MESSAGE_OVERHEAD + 8;
    let mut server = server::<M>(Config::new().queue_bytes(3 * cost), NOW(), 0);
    let one = frame(MESSAGE, &[1; 8]);
    let mut bytes = one.repeat(20);
    for taken in [0, 1, 2, 3, 1] {
        for _ in 0..taken {
            server.take_unclaimed().unwrap();
        }
        let used = server.receive(NOW(), &bytes);
        bytes.drain(..used);
        assert_eq!(server.unread(), 3, "after {taken} were taken");
    }
}

// Mutant: a queue may hold more messages than there is memory for, and loses the rest.
fn memory_that_is_full_loses_nothing<M: Memory>() {
    let mut server = server::<M>(Config::new(), NOW(), 0);
    let sent: Vec<_> = (0..1500).map(|index| message(index, 4)).collect();
    let bytes: Vec<_> = sent.iter().flat_map(|payload| frame(MESSAGE, payload)).collect();
    let (mut used, mut came) = (0, Vec::new());
    while used < bytes.len() {
        used += server.receive(NOW(), &bytes[used..]);
        came.extend(core::iter::from_fn(|| server.take_unclaimed()).map(|one| one.as_ref().to_vec()));
    }
    assert!(came == sent, "{} messages", came.len());
}

// Mutants: room is given back twice, or not at all.
fn writes_have_room_for_as_much_as_has_left<M: Memory>() {
    let cost = MESSAGE_OVERHEAD + 8;
    let mut pair = Pair::<M>::open_with(config().queue_bytes(3 * cost), config());
    let fill =
        |pair: &mut Pair<M>| core::iter::from_fn(|| pair.client.try_write(M::payload(&[1; 8])).ok()).count();
    assert_eq!(fill(&mut pair), 3);
    pair.send(Client, 12);
    assert_eq!(fill(&mut pair), 1);
    pair.send(Client, 24);
    assert_eq!(fill(&mut pair), 2);
    assert_eq!(pair.client.stats().sent.queued, 3);
}

// Mutant: some other number in place of this one.
fn queued_writes_are_those_that_may_leave<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config().queue_messages(2), config());
    assert_eq!(pair.client.queued_writes(), 0);
    for count in 1..=4 {
        pair.write(Client, &[1; 8]);
        assert_eq!(pair.client.queued_writes(), count, "with room or without");
    }
    pair.send(Client, 13);
    assert_eq!(pair.client.queued_writes(), 3);
    pair.client.handle_write_error(TransportErrorKind::BrokenPipe.into());
    assert_eq!(pair.client.queued_writes(), 0, "none of them leaves any more");
}

// Mutants: ends that nobody has taken count as queued; the most is not noted; a default in place of the numbers.
fn a_connection_knows_its_numbers<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let first = pair.write(Client, &message(1, 100));
    pair.drive();
    assert_eq!(pair.client.write_status(first), Some(Status::Success));
    let sent = pair.client.stats().sent;
    assert_eq!((sent.messages, sent.bytes, sent.aborted, sent.queued, sent.most_queued), (1, 100, 0, 0, 1));
    let second = pair.write(Client, &message(2, 10));
    let sent = pair.client.stats().sent;
    assert_eq!((sent.messages, sent.queued, sent.most_queued), (1, 1, 1));
    pair.drive();
    let received = pair.server.stats().received;
    assert_eq!((received.messages, received.bytes), (2, 110));
    assert_eq!((received.queued, received.most_queued), (2, 2));
    pair.read(Server).unwrap();
    let received = pair.server.stats().received;
    assert_eq!((received.messages, received.queued, received.most_queued), (2, 1, 2));
    assert!(pair.client.take_write(first).is_some() && pair.client.take_write(second).is_some());
    assert_eq!(pair.client.stats().received, pair.server.stats().sent);
}

// Mutant: an abort is not counted, on either side.
fn aborts_are_counted<M: Memory>() {
    let mut pair = Pair::<M>::open();
    for count in 1..4 {
        let write = pair.write(Client, &message(1, 200));
        pair.send(Client, 10);
        pair.client.cancel_write(write).unwrap();
        pair.drive();
        assert_eq!(
            [pair.client.stats().sent, pair.server.stats().received].map(|one| one.aborted),
            [count; 2]
        );
    }
}

// Mutant: a read is told its end before there is one.
fn a_read_is_pending_until_its_message_has_come<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let reads = [0; 3].map(|_| pair.server.read().unwrap());
    assert_eq!(pair.server.queued_reads(), 3);
    pair.write(Client, b"one");
    pair.drive();
    let status = |pair: &Pair<M>| reads.map(|read| pair.server.read_status(read));
    assert_eq!(status(&pair), [Some(Status::Success), Some(Status::Pending), Some(Status::Pending)]);
    pair.client.close(pair.now, Duration::from_secs(5));
    pair.drive();
    assert_eq!(status(&pair), [Some(Status::Success), Some(Status::Failure), Some(Status::Failure)]);
}

// Mutant: all tasks have the same number.
fn tasks_are_numbered_in_the_order_in_which_they_were_made<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let first = pair.client.read().unwrap();
    let tasks = [first, pair.write(Client, b"one"), pair.client.read().unwrap(), pair.write(Client, b"two")];
    assert_eq!(tasks.map(|task| task.number() - first.number()), [0, 1, 2, 3]);
}

// Mutant: looking for the end of a write that has none takes it off the queue.
fn a_write_may_be_asked_about_before_it_has_left<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let write = pair.write(Client, b"one");
    assert_eq!(pair.client.take_write(write), None);
    pair.drive();
    assert_eq!(pair.read(Server), Some(b"one".to_vec()));
    assert!(pair.client.take_write(write).is_some());
}

/// Everything up to the limit comes in; one byte more ends it, whether the message is there already or not.
// Mutant: the limit is exclusive, or not looked at, in any of the forms.
fn the_limit_is_the_last_length_that_is_taken<M: Memory>() {
    for (length, fine) in [(99_u8, true), (100, true), (101, false)] {
        let payload = vec![1; usize::from(length)];
        let (whole, begin) = (frame(MESSAGE, &payload), begin(length.into()));
        let chunk = [&begin[..], &frame(CHUNK, &payload)].concat();
        let forms = [(true, &whole[..4], &whole), (false, &whole[..4], &whole), (false, &begin, &chunk)];
        for (plain, head, all) in forms {
            for (bytes, unread) in [(head, 0), (all, usize::from(fine))] {
                let mut end = if plain { open_plain::<M>() } else { limited() };
                end.receive(NOW(), bytes);
                let reason = (!fine).then_some(CloseReason::Violated(Violation::TooLong));
                assert_eq!((end.close_reason(), end.unread()), (reason, unread), "{length}");
            }
        }
    }
}

fn limited<M: Memory>() -> Connection<M> {
    server(Config::new().message_limit(100), NOW(), 0)
}

fn open_plain<M: Memory>() -> Connection<M> {
    let mut end = Connection::server(Config::new().message_limit(100).profile(Profile::Plain), NOW());
    end.accept(NOW());
    end
}

// Mutants: only whole messages, or only chunks, are read straight into their place; what was read is not counted.
fn the_rest_of_a_frame_is_read_straight_into_its_message<M: Memory>() {
    let payload = message(1, 200);
    let whole = frame(MESSAGE, &payload);
    let chunk = frame(CHUNK, &payload);
    for head in [&whole[..4], &[&begin(200)[..], &chunk[..4]].concat()] {
        let mut server = server::<M>(Config::new(), NOW(), 0);
        server.receive(NOW(), head);
        assert_eq!(server.recv_buf().len(), 200);
        server.recv_buf()[..150].copy_from_slice(&payload[..150]);
        server.recv_advance(NOW(), 150);
        assert_eq!((server.recv_buf().len(), server.unread()), (50, 0));
        server.recv_buf().copy_from_slice(&payload[150..]);
        server.recv_advance(NOW(), 50);
        assert!(server.recv_buf().is_empty() && server.close_reason().is_none());
        assert!(server.take_unclaimed().unwrap().as_ref() == payload);
    }
}

// Mutant: a message that takes the place of a withdrawn one in one read is taken for the old one standing still.
fn a_new_announcement_is_progress<M: Memory>() {
    let mut server = server::<M>(Config::new(), NOW(), 0);
    server.receive(NOW(), &begin(7));
    let later = NOW() + Duration::from_secs(29);
    server.receive(later, &[frame(ABORT, &[]), begin(7)].concat());
    assert_eq!(server.poll_timeout(), Some(later + Duration::from_secs(30)));
}

// Mutant: a close is taken back although messages were thrown away on its account.
fn a_close_that_has_thrown_messages_away_stands<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config(), config().queue_messages(1));
    // Half of it has left, so that no goodbye can be said.
    pair.write(Server, &message(1, 200));
    pair.send(Server, 10);
    for _ in 0..3 {
        pair.write(Client, b"x");
    }
    pair.carry(Client, usize::MAX);
    pair.server.close(pair.now, Duration::from_secs(9));
    pair.server.handle_timeout(pair.now + Duration::from_millis(500));
    assert!(pair.server.cancel_close(), "nothing has come of it yet");
    pair.server.close(pair.now, Duration::from_secs(9));
    pair.server.handle_timeout(pair.now + Duration::from_secs(2));
    assert!(!pair.server.cancel_close());
}

on_both!(
    a_queue_has_room_for_as_much_as_was_taken,
    memory_that_is_full_loses_nothing,
    writes_have_room_for_as_much_as_has_left,
    queued_writes_are_those_that_may_leave,
    a_connection_knows_its_numbers,
    aborts_are_counted,
    a_read_is_pending_until_its_message_has_come,
    tasks_are_numbered_in_the_order_in_which_they_were_made,
    a_write_may_be_asked_about_before_it_has_left,
    the_limit_is_the_last_length_that_is_taken,
    the_rest_of_a_frame_is_read_straight_into_its_message,
    a_new_announcement_is_progress,
    a_close_that_has_thrown_messages_away_stands,
);
