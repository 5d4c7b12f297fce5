//! Reads: the n-th live read owns the n-th message, and a message leaves only when it is taken.

use bowline_core::{CloseReason, Event, Profile, ReadError, Status};

use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, config};
use crate::kit::{Memory, message, on_both};

/// A connection whose server has so many messages to read, numbered from 0.
fn with_messages<M: Memory>(count: usize) -> Pair<M> {
    let mut pair = Pair::open();
    for number in 0..count {
        pair.write(Client, &message(number, 8));
    }
    pair.drive();
    assert_eq!(pair.server.unread(), count);
    pair
}

fn taken<M: Memory>(pair: &mut Pair<M>, read: bowline_core::TaskId) -> Vec<u8> {
    pair.server.take(read).unwrap().expect("a message").as_ref().to_vec()
}

// Mutant: cancel_read drops the item with its ticket.
fn cancelled_before_anything_came<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let (first, second) = (pair.server.read().unwrap(), pair.server.read().unwrap());
    assert!(pair.server.cancel_read(first));
    pair.write(Client, b"one");
    pair.drive();
    assert_eq!(taken(&mut pair, second), b"one");
    assert_eq!(pair.server.take(first), Err(ReadError::NoSuchTask));
    assert!(!pair.server.cancel_read(first));
}

// Mutant: a cancelled read's message goes behind the others.
fn cancelled_with_its_message_there<M: Memory>() {
    let mut pair = with_messages::<M>(3);
    let reads = [(); 3].map(|()| pair.server.read().unwrap());
    assert_eq!(pair.server.read_status(reads[0]), Some(Status::Success));
    assert!(pair.server.cancel_read(reads[0]));
    assert_eq!(taken(&mut pair, reads[1]), message(0, 8));
    assert_eq!(taken(&mut pair, reads[2]), message(1, 8));
    assert_eq!(pair.server.unread(), 1, "without a live read it is kept");
    assert_eq!(pair.read(Server), Some(message(2, 8)), "for the next one");
}

// Mutant: an empty message that was held back by a full queue waits for a byte that never comes.
fn an_empty_message_is_there_as_soon_as_there_is_room<M: Memory>() {
    for profile in [Profile::Full, Profile::Plain] {
        let config = config().queue_messages(1).profile(profile);
        let mut pair = Pair::<M>::open_with(config, config);
        for length in [3, 0] {
            pair.write(Client, &message(1, length));
        }
        pair.drive();
        assert_eq!([(); 2].map(|()| pair.read(Server)), [3, 0].map(|length| Some(message(1, length))));
        pair.pipe(Server).ended = true;
        pair.drive();
        let mid_frame = pair.server.close_reason() == Some(CloseReason::PeerLost { mid_frame: true });
        assert!(!mid_frame, "nothing was cut");
    }
}

fn too_late_to_cancel<M: Memory>() {
    let mut pair = with_messages::<M>(1);
    let read = pair.server.read().unwrap();
    assert_eq!(taken(&mut pair, read), message(0, 8));
    assert!(!pair.server.cancel_read(read));
    assert_eq!(pair.server.read_status(read), None);
    assert_eq!(pair.server.take(read), Err(ReadError::NoSuchTask));
}

// Mutant: a read yields the first message, whichever read it is.
fn reads_may_be_taken_in_any_order<M: Memory>() {
    let mut pair = with_messages::<M>(5);
    let reads = [(); 5].map(|()| pair.server.read().unwrap());
    for place in [3, 0, 4, 1, 2] {
        assert_eq!(taken(&mut pair, reads[place]), message(place, 8));
    }
}

/// A read that nobody takes keeps its message and its slot, and nothing else.
fn a_forgotten_read_holds_its_own_message_only<M: Memory>() {
    let mut pair = with_messages::<M>(2);
    let forgotten = pair.server.read().unwrap();
    for number in 2..20 {
        let read = pair.server.read().unwrap();
        assert_eq!(taken(&mut pair, read), message(number - 1, 8));
        pair.write(Client, &message(number, 8));
        pair.drive();
        let done = pair.events(Client);
        for event in done {
            let Event::WriteDone(write) = event else { panic!("{event:?}") };
            assert!(pair.client.take_write(write).is_some());
        }
    }
    assert_eq!((pair.server.unread(), pair.server.queued_reads()), (2, 1));
    assert_eq!(taken(&mut pair, forgotten), message(0, 8));
}

// Mutant: readiness is announced for the first read only.
fn each_ready_read_is_announced_once<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let reads = [(); 3].map(|()| pair.server.read().unwrap());
    pair.write(Client, b"one");
    pair.write(Client, b"two");
    pair.drive();
    assert_eq!(pair.events(Server), [Event::ReadReady(reads[0]), Event::ReadReady(reads[1])]);
    assert_eq!(pair.events(Server), []);
    pair.server.cancel_read(reads[0]);
    assert_eq!(pair.events(Server), [Event::ReadReady(reads[2])], "its message slid on to this one");
    assert_eq!(pair.server.read_status(reads[2]), Some(Status::Success));
}

fn unclaimed_messages_are_those_behind_the_reads<M: Memory>() {
    let mut pair = with_messages::<M>(3);
    let read = pair.server.read().unwrap();
    assert_eq!(pair.server.take_unclaimed().unwrap().as_ref(), message(1, 8));
    assert_eq!(taken(&mut pair, read), message(0, 8));
    assert_eq!(pair.server.take_unclaimed().unwrap().as_ref(), message(2, 8));
    assert_eq!(pair.server.take_unclaimed(), None);
}

// Mutant: the end of the connection ends reads that own a message.
fn what_came_before_the_end_can_be_read<M: Memory>() {
    let mut pair = with_messages::<M>(2);
    let reads = [(); 3].map(|()| pair.server.read().unwrap());
    pair.server.handle_eof();
    let reason = CloseReason::PeerLost { mid_frame: false };
    assert_eq!(pair.server.read_status(reads[2]), Some(Status::Failure));
    assert_eq!(pair.server.take(reads[2]), Err(ReadError::Closed(reason)));
    assert_eq!(taken(&mut pair, reads[0]), message(0, 8));
    assert_eq!(taken(&mut pair, reads[1]), message(1, 8));
    let late = pair.server.read().unwrap();
    assert_eq!(pair.server.take(late), Err(ReadError::Closed(reason)));
}

/// Storage of a fixed size says so; that on the heap takes any number.
fn many_reads_may_be_queued<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let reads: Vec<_> = (0..1000).map_while(|_| pair.server.read().ok()).collect();
    if reads.len() < 1000 {
        assert_eq!(pair.server.read(), Err(ReadError::Full));
        pair.server.cancel_read(reads[3]);
        assert!(pair.server.read().is_ok());
    }
    for number in 0..3 {
        pair.write(Client, &message(number, 8));
    }
    pair.drive();
    assert_eq!(pair.events(Server).len(), 3);
}

on_both!(
    cancelled_before_anything_came,
    cancelled_with_its_message_there,
    an_empty_message_is_there_as_soon_as_there_is_room,
    too_late_to_cancel,
    reads_may_be_taken_in_any_order,
    a_forgotten_read_holds_its_own_message_only,
    each_ready_read_is_announced_once,
    unclaimed_messages_are_those_behind_the_reads,
    what_came_before_the_end_can_be_read,
    many_reads_may_be_queued,
);
