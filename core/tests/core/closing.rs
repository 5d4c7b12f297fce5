//! Close: nothing is lost, and what could be is named.

use core::time::Duration;

use bowline_core::{CloseReason, Closed, Event, Outcome, Profile, State, WriteRejection};

use crate::kit::pair::Side::{self, Client, Server};
use crate::kit::pair::{Pair, config};
use crate::kit::wire::{CHUNK, GOODBYE, GOODBYE_ACK, kinds, output};
use crate::kit::{Memory, message, on_both};

const PATIENCE: Duration = Duration::from_secs(5);

fn close<M: Memory>(pair: &mut Pair<M>, side: Side) {
    let now = pair.now;
    pair.end(side).close(now, PATIENCE);
}

fn ended<M: Memory>(pair: &mut Pair<M>, side: Side) -> (CloseReason, Closed) {
    let end = pair.end(side);
    assert!(end.is_finished() && end.state() == State::Closed && end.poll_timeout().is_none());
    (end.close_reason().unwrap(), end.closed().unwrap())
}

// Mutants: goodbye leaves before the last message; goodbye-ack counts what was begun.
fn what_is_queued_arrives<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let writes = [10, 300, 0].map(|length| pair.write(Client, &message(length, length)));
    close(&mut pair, Client);
    assert_eq!(pair.client.state(), State::Draining);
    let late = pair.client.write(M::payload(b"late")).unwrap_err().why;
    assert_eq!(late, WriteRejection::Closed(CloseReason::Closed));
    pair.drive();
    assert_eq!(ended(&mut pair, Client), (CloseReason::Closed, Closed::Clean));
    assert_eq!(ended(&mut pair, Server), (CloseReason::PeerClosed, Closed::Clean));
    let ends = writes.map(|write| pair.client.take_write(write).unwrap());
    assert_eq!(ends, [1, 2, 3].map(|number| Outcome::Sent { number }));
    assert_eq!([10, 300, 0].map(|length| pair.read(Server) == Some(message(length, length))), [true; 3]);
    let events = pair.events(Server);
    assert_eq!(events[events.len() - 2..], [Event::PeerLeaving, Event::Over]);
}

fn both_close_at_once<M: Memory>() {
    let mut pair = Pair::<M>::open();
    for side in Side::BOTH {
        pair.write(side, b"last words");
        close(&mut pair, side);
    }
    pair.drive();
    for side in Side::BOTH {
        assert_eq!(ended(&mut pair, side), (CloseReason::Closed, Closed::Clean));
        assert_eq!(pair.read(side), Some(b"last words".to_vec()));
    }
}

// Mutant: the peer of a closing side throws its unread input away.
fn closing_with_unread_input_loses_nothing<M: Memory>() {
    let mut pair = Pair::<M>::open_with(config().queue_messages(2), config());
    let writes = [0, 1, 2, 3].map(|number| pair.write(Server, &message(number, 100)));
    pair.drive();
    close(&mut pair, Client);
    for number in 0..4 {
        pair.drive();
        assert_eq!(pair.read(Client), Some(message(number, 100)));
    }
    pair.drive();
    assert_eq!(ended(&mut pair, Client), (CloseReason::Closed, Closed::Clean));
    assert_eq!(ended(&mut pair, Server), (CloseReason::PeerClosed, Closed::Clean));
    assert!(
        writes.into_iter().all(|write| matches!(pair.server.take_write(write), Some(Outcome::Sent { .. })))
    );
}

// Mutants: a leaving peer ends what was queued, so that a detached write is lost; new writes are still queued.
fn a_leaving_peer_gets_what_was_queued_and_no_more<M: Memory>() {
    for sent in 0..=224 {
        let mut pair = Pair::<M>::open();
        let writes = [pair.write(Server, &message(1, 200)), pair.write(Server, b"behind")];
        pair.send(Server, sent);
        close(&mut pair, Client);
        pair.carry(Client, usize::MAX);
        let late = pair.server.write(M::payload(b"late")).unwrap_err();
        assert_eq!(late.why, WriteRejection::Closed(CloseReason::PeerClosed));
        let out = output(&mut pair.server);
        pair.pipe(Client).put(&out);
        pair.drive();
        assert_eq!(ended(&mut pair, Client), (CloseReason::Closed, Closed::Clean));
        assert_eq!(ended(&mut pair, Server), (CloseReason::PeerClosed, Closed::Clean));
        assert_eq!([pair.read(Client), pair.read(Client)], [Some(message(1, 200)), Some(b"behind".to_vec())]);
        let ends = writes.map(|write| pair.server.take_write(write));
        assert_eq!(ends, [1, 2].map(|number| Some(Outcome::Sent { number })), "{sent}");
    }
}

fn an_answer_does_not_wait_for_the_message_that_is_finished<M: Memory>() {
    let mut pair = Pair::<M>::open();
    pair.write(Server, &message(1, 200));
    pair.carry(Server, 20);
    close(&mut pair, Client);
    pair.carry(Client, usize::MAX);
    let rest = output(&mut pair.server).split_off(76 - 20);
    assert_eq!(kinds(&rest), [GOODBYE_ACK, CHUNK, CHUNK, CHUNK, GOODBYE]);
}

fn a_close_is_taken_back_until_the_peer_was_told<M: Memory>() {
    let mut pair = Pair::<M>::open();
    assert!(!pair.client.cancel_close());
    pair.write(Client, b"one");
    close(&mut pair, Client);
    assert!(pair.client.cancel_close());
    pair.write(Client, b"two");
    pair.wait(PATIENCE * 2);
    assert_eq!((pair.client.state(), pair.server.unread()), (State::Open, 2));
    close(&mut pair, Client);
    assert!(pair.client.cancel_close() && !pair.client.has_output(), "nothing of it has left");
    close(&mut pair, Client);
    pair.send(Client, 1);
    assert!(!pair.client.cancel_close());
    pair.drive();
    assert_eq!(ended(&mut pair, Client), (CloseReason::Closed, Closed::Clean));
}

// Mutant: what was queued and never left is forgotten.
fn a_peer_that_answers_nothing_leaves_messages_unconfirmed<M: Memory>() {
    for sent in [0, 5, 7, 14, 20, 26, 100] {
        let mut pair = Pair::<M>::open();
        let writes = [1, 2].map(|_| pair.write(Client, b"abc"));
        let behind = pair.write(Client, b"def");
        close(&mut pair, Client);
        pair.client.close(pair.now, PATIENCE * 10);
        pair.send(Client, sent);
        pair.elapse(PATIENCE - Duration::from_nanos(1));
        assert_eq!(pair.client.state(), State::Draining);
        pair.elapse(Duration::from_nanos(1));
        let closed = Closed::Unconfirmed { from: 1, to: 3 };
        assert_eq!(ended(&mut pair, Client), (CloseReason::Closed, closed), "after {sent}");
        assert!(writes.into_iter().chain([behind]).all(|write| pair.client.take_write(write).is_some()));
    }
}

fn a_leaving_peer_is_waited_for_only_so_long<M: Memory>() {
    let mut pair = Pair::<M>::open();
    pair.write(Server, b"unanswered");
    pair.drive();
    close(&mut pair, Client);
    pair.carry(Client, usize::MAX);
    pair.send(Server, usize::MAX);
    pair.elapse(PATIENCE);
    let unconfirmed = Closed::Unconfirmed { from: 1, to: 1 };
    assert_eq!(ended(&mut pair, Server), (CloseReason::PeerClosed, unconfirmed));
}

fn the_plain_profile_confirms_nothing<M: Memory>() {
    let plain = config().profile(Profile::Plain);
    for first in Side::BOTH {
        let mut pair = Pair::<M>::open_with(plain, plain);
        pair.write(first, &message(1, 200));
        close(&mut pair, first);
        pair.drive();
        assert_eq!(pair.events(first.other()), [Event::PeerLeaving]);
        pair.write(first.other(), b"still open this way");
        close(&mut pair, first.other());
        pair.drive();
        assert_eq!(ended(&mut pair, first), (CloseReason::Closed, Closed::Flushed));
        assert_eq!(ended(&mut pair, first.other()), (CloseReason::PeerClosed, Closed::Flushed));
        assert_eq!(pair.read(first.other()), Some(message(1, 200)));
        assert_eq!(pair.read(first), Some(b"still open this way".to_vec()));
    }
}

on_both!(
    what_is_queued_arrives,
    both_close_at_once,
    closing_with_unread_input_loses_nothing,
    a_leaving_peer_gets_what_was_queued_and_no_more,
    an_answer_does_not_wait_for_the_message_that_is_finished,
    a_close_is_taken_back_until_the_peer_was_told,
    a_peer_that_answers_nothing_leaves_messages_unconfirmed,
    a_leaving_peer_is_waited_for_only_so_long,
    the_plain_profile_confirms_nothing,
);
