//! From hello to welcome, and every way in which a client is turned away.

use core::time::Duration;

use bowline_core::{
    CloseReason, Closed, Config, Connection, Event, Instant, Profile, ReadError, Refusal, State, Violation,
    WriteRejection,
};

use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, config};
use crate::kit::wire::{HELLO, MESSAGE, WELCOME, frame, greeting, kinds, output};
use crate::kit::{Memory, on_both};

fn arrived<M: Memory>() -> Pair<M> {
    let mut pair = Pair::new(config(), config());
    pair.drive();
    assert_eq!(pair.events(Server), [Event::Arrived]);
    pair
}

fn refused(refusal: Refusal) -> CloseReason {
    CloseReason::Refused { refusal, reason: "".into() }
}

fn both_sides_open_when_the_server_accepts<M: Memory>() {
    let mut pair = arrived::<M>();
    assert_eq!((pair.client.state(), pair.server.state()), (State::Connecting, State::Deciding));
    assert_eq!(pair.client.write(M::payload(b"early")).unwrap_err().why, WriteRejection::NotOpen);
    assert_eq!(pair.server.write(M::payload(b"early")).unwrap_err().why, WriteRejection::NotOpen);
    assert_eq!((pair.events(Client), pair.events(Server)), (vec![], vec![]));
    pair.server.accept(pair.now);
    pair.server.accept(pair.now);
    pair.write(Server, b"at once");
    pair.drive();
    assert_eq!((pair.events(Client), pair.events(Server).len()), (vec![Event::Opened], 2));
    assert_eq!(pair.read(Client), Some(b"at once".to_vec()));
    assert_eq!((pair.client.state(), pair.server.state()), (State::Open, State::Open));
}

fn limits_are_exchanged<M: Memory>() {
    let pair = Pair::<M>::open_with(config().message_limit(1000), config().message_limit(500));
    assert_eq!((pair.client.peer_message_limit(), pair.server.peer_message_limit()), (500, 1000));
    let most = Pair::<M>::open_with(config().message_limit(u32::MAX), config());
    assert_eq!(most.server.peer_message_limit(), M::MESSAGE_LIMIT, "no more than the memory holds");
}

// Mutant: a refusal before hello is forgotten when hello comes.
fn a_client_is_refused_before_or_after_its_hello<M: Memory>() {
    for hello_came in [false, true] {
        let mut pair = Pair::<M>::new(config(), config());
        if hello_came {
            pair.drive();
        }
        pair.server.refuse(pair.now, Refusal::Full, "come back at nine".into());
        pair.server.refuse(pair.now, Refusal::Declined, "".into());
        pair.server.accept(pair.now);
        assert_eq!(pair.server.close_reason(), Some(CloseReason::Declined(Refusal::Full)));
        pair.drive();
        let reason = CloseReason::Refused { refusal: Refusal::Full, reason: "come back at nine".into() };
        assert_eq!(pair.client.close_reason(), Some(reason));
        assert!(pair.client.is_finished() && pair.server.is_finished());
        assert_eq!(pair.events(Client), [Event::Over]);
    }
}

// Mutant: the end of the stream drops a refusal that has not left.
fn a_refusal_leaves_although_the_client_writes_no_more<M: Memory>() {
    let now = Instant::default();
    let mut server = Connection::<M>::server(config(), now);
    server.receive(now, b"GET / HTTP/1.1\r\n\r\n");
    server.handle_eof();
    assert_eq!(server.close_reason(), Some(CloseReason::Violated(Violation::UnknownKind)));
    assert!(!server.is_finished() && !server.wants_input());
    assert_eq!(output(&mut server), [2, 0, 0, 3, 3, 1]);
    assert!(server.is_finished());
}

fn a_refusal_that_cannot_leave_is_given_up<M: Memory>() {
    for ended in [false, true] {
        let mut pair = arrived::<M>();
        pair.server.refuse(pair.now, Refusal::Full, "".into());
        if ended {
            pair.server.handle_eof();
        }
        pair.elapse(Duration::from_millis(999));
        assert!(!pair.server.is_finished());
        pair.elapse(Duration::from_millis(1));
        assert!(pair.server.is_finished() && pair.server.poll_timeout().is_none());
    }
}

fn nobody_decides_in_time<M: Memory>() {
    let mut pair = arrived::<M>();
    pair.wait(Duration::from_millis(9_999));
    assert_eq!(pair.client.state(), State::Connecting);
    pair.wait(Duration::from_millis(1));
    assert_eq!(pair.server.close_reason(), Some(CloseReason::Declined(Refusal::Unanswered)));
    assert_eq!(pair.client.close_reason(), Some(refused(Refusal::Unanswered)));
}

// Mutant: the program's time to decide runs from the beginning, so that a slow hello leaves none.
fn the_time_to_decide_begins_with_the_hello<M: Memory>() {
    let mut late = Pair::<M>::new(config(), config());
    late.elapse(Duration::from_secs(9));
    late.drive();
    late.elapse(Duration::from_millis(9_999));
    assert_eq!(late.server.state(), State::Deciding);
    late.elapse(Duration::from_millis(1));
    assert_eq!(late.server.close_reason(), Some(CloseReason::Declined(Refusal::Unanswered)));
}

// Mutant: the client's patience ends with the handshake's, before the server's program has had its own.
fn a_silent_server_is_given_up_after_handshake_and_decision<M: Memory>() {
    let mut pair = Pair::<M>::new(config(), config());
    pair.send(Client, usize::MAX);
    pair.elapse(Duration::from_millis(19_999));
    assert_eq!(pair.client.close_reason(), None);
    pair.elapse(Duration::from_millis(1));
    assert_eq!(pair.client.close_reason(), Some(CloseReason::Violated(Violation::HandshakeTimeout)));
    let read = pair.client.read().unwrap();
    assert!(matches!(pair.client.take(read), Err(ReadError::Closed(CloseReason::Violated(_)))));
}

// Mutants: who was turned away counts as let in; who is gone no longer does.
fn a_connection_knows_whether_it_ever_was_open<M: Memory>() {
    for accepted in [true, false] {
        let mut pair = arrived::<M>();
        assert!(!pair.client.has_opened() && !pair.server.has_opened());
        match accepted {
            true => pair.server.accept(pair.now),
            false => pair.server.refuse(pair.now, Refusal::Declined, "".into()),
        }
        pair.drive();
        assert_eq!([pair.client.has_opened(), pair.server.has_opened()], [accepted; 2]);
        pair.client.abort();
        pair.drive();
        assert_eq!([pair.client.has_opened(), pair.server.has_opened()], [accepted; 2]);
    }
}

fn a_client_that_does_not_wait_is_refused<M: Memory>() {
    let now = Instant::default();
    let eager = [greeting(HELLO, 1000, 0), frame(MESSAGE, b"eager")].concat();
    for cut in 0..=eager.len() {
        let mut server = Connection::<M>::server(config(), now);
        server.receive(now, &eager[..cut]);
        server.receive(now, &eager[cut..]);
        assert_eq!(server.close_reason(), Some(CloseReason::Violated(Violation::Unexpected)));
        server.accept(now);
        assert_eq!(output(&mut server), [2, 0, 0, 3, 6, 1]);
    }
}

fn a_refuse_may_come_while_the_program_decides<M: Memory>() {
    let mut pair = arrived::<M>();
    pair.client.refuse(pair.now, Refusal::Application(0x1001), "changed my mind".into());
    pair.drive();
    let reason =
        CloseReason::Refused { refusal: Refusal::Application(0x1001), reason: "changed my mind".into() };
    assert_eq!(pair.server.close_reason(), Some(reason));
    pair.server.accept(pair.now);
    assert_eq!((pair.server.state(), pair.server.has_output()), (State::Closed, false));
}

fn closing_before_the_handshake_is_done<M: Memory>() {
    let mut pair = arrived::<M>();
    pair.server.close(pair.now, Duration::from_secs(5));
    pair.drive();
    assert_eq!(pair.client.close_reason(), Some(refused(Refusal::ShuttingDown)));
    let mut pair = arrived::<M>();
    pair.client.close(pair.now, Duration::from_secs(5));
    assert_eq!(pair.client.closed(), Some(Closed::Clean));
    pair.drive();
    assert_eq!(pair.server.close_reason(), Some(CloseReason::PeerLost { mid_frame: false }));
    let mut pair = arrived::<M>();
    pair.server.abandon(pair.now);
    pair.drive();
    assert_eq!(pair.client.close_reason(), Some(refused(Refusal::Declined)));
}

fn a_server_that_greets_wrongly_is_refused<M: Memory>() {
    let now = Instant::default();
    let cases = [
        (greeting(HELLO, 1, 0), Violation::Unexpected),
        (frame(MESSAGE, b"hi"), Violation::Unexpected),
        (
            greeting(WELCOME, 1, 0).iter().map(|byte| byte ^ u8::from(*byte == b'b')).collect(),
            Violation::BadMagic,
        ),
    ];
    for (bytes, violation) in cases {
        let mut client = Connection::<M>::client(config(), now);
        client.receive(now, &bytes);
        assert_eq!(client.close_reason(), Some(CloseReason::Violated(violation)));
        assert_eq!(kinds(&output(&mut client)), [3], "hello has not left, so it need not");
    }
}

fn the_plain_profile_has_no_handshake<M: Memory>() {
    let plain = Config::new().profile(Profile::Plain);
    let mut pair = Pair::<M>::new(plain, plain);
    let early = pair.write(Client, b"early");
    pair.drive();
    assert_eq!(pair.events(Server), [Event::Arrived]);
    assert!(!pair.server.wants_input());
    pair.server.accept(pair.now);
    pair.drive();
    assert_eq!(pair.read(Server), Some(b"early".to_vec()));
    assert!(pair.client.take_write(early).is_some());
    let mut refused = Pair::<M>::new(plain, plain);
    refused.server.refuse(refused.now, Refusal::Full, "".into());
    refused.drive();
    assert_eq!(refused.client.close_reason(), None, "the stream just ends");
    assert!(refused.events(Client).contains(&Event::PeerLeaving));
}

on_both!(
    both_sides_open_when_the_server_accepts,
    limits_are_exchanged,
    a_client_is_refused_before_or_after_its_hello,
    a_refusal_leaves_although_the_client_writes_no_more,
    a_refusal_that_cannot_leave_is_given_up,
    nobody_decides_in_time,
    the_time_to_decide_begins_with_the_hello,
    a_silent_server_is_given_up_after_handshake_and_decision,
    a_connection_knows_whether_it_ever_was_open,
    a_client_that_does_not_wait_is_refused,
    a_refuse_may_come_while_the_program_decides,
    closing_before_the_handshake_is_done,
    a_server_that_greets_wrongly_is_refused,
    the_plain_profile_has_no_handshake,
);
