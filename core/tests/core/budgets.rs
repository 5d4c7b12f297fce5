//! What a peer may announce and withdraw, and what this side may: 256 at once, one back for each message and, for
//! receivers, for every sixteenth of a second.

use core::time::Duration;

use bowline_core::{Cancelled, CloseReason, Config, Connection, Instant, Violation};

use crate::kit::pair::Pair;
use crate::kit::pair::Side::{Client, Server};
use crate::kit::wire::{ABORT, MESSAGE, begin, frame, server};
use crate::kit::{Memory, message, on_both};

fn at(milliseconds: u64) -> Instant {
    Instant::from_origin(Duration::from_millis(milliseconds))
}

/// Announces and withdraws so many messages, each as a whole.
fn abort<M: Memory>(server: &mut Connection<M>, milliseconds: u64, count: usize) {
    server.receive(at(milliseconds), &[begin(7), frame(ABORT, &[])].concat().repeat(count));
}

fn is_over<M: Memory>(server: &Connection<M>) -> bool {
    assert!(matches!(server.close_reason(), None | Some(CloseReason::Violated(Violation::TooManyAborts))));
    server.close_reason().is_some()
}

// Mutant: a refill forgets the part of a period that has passed.
fn periods_add_up_however_often_one_looks<M: Memory>() {
    let mut server = server::<M>(Config::new(), at(0), 0);
    abort(&mut server, 0, 255);
    abort(&mut server, 40, 1);
    assert!(!is_over(&server));
    abort(&mut server, 70, 1);
    assert!(!is_over(&server), "62.5 ms have passed");
    abort(&mut server, 124, 1);
    assert!(is_over(&server), "a second period has not");
}

// Mutant: time beyond what fills the budget is kept for later.
fn a_long_rest_earns_one_burst<M: Memory>() {
    let mut server = server::<M>(Config::new(), at(0), 0);
    abort(&mut server, 0, 200);
    abort(&mut server, 100_000, 256);
    assert!(!is_over(&server));
    abort(&mut server, 100_000, 1);
    assert!(is_over(&server));
}

// Mutants: a message earns nothing; messages earn more than one burst.
fn a_message_earns_an_abort_and_never_more_than_a_burst<M: Memory>() {
    let mut server = server::<M>(Config::new(), at(0), 0);
    let one = frame(MESSAGE, &[]);
    for _ in 0..300 {
        server.receive(at(0), &one);
        server.take_unclaimed().unwrap();
    }
    abort(&mut server, 0, 256);
    server.receive(at(0), &one);
    abort(&mut server, 0, 1);
    assert!(!is_over(&server));
    abort(&mut server, 0, 1);
    assert!(is_over(&server));
}

/// Begins a long message and cancels it.
fn withdraw<M: Memory>(pair: &mut Pair<M>) -> Cancelled<M::Payload> {
    let write = pair.write(Client, &message(1, 200));
    pair.send(Client, 10);
    let cancelled = pair.client.cancel_write(write).unwrap();
    pair.drive();
    cancelled
}

// Mutants: the sender does not count; a message earns no credit.
fn a_sender_without_credit_finishes_the_message<M: Memory>() {
    let mut pair = Pair::<M>::open();
    for _ in 0..256 {
        assert_eq!(withdraw(&mut pair), Cancelled::Aborted);
    }
    assert_eq!(withdraw(&mut pair), Cancelled::TooLate);
    assert_eq!(pair.read(Server), Some(message(1, 200)), "it has arrived, and that is worth one abort");
    assert_eq!(withdraw(&mut pair), Cancelled::Aborted);
    assert_eq!(withdraw(&mut pair), Cancelled::TooLate);
    assert_eq!(pair.read(Server), Some(message(1, 200)));
    assert_eq!(pair.server.close_reason(), None);
}

on_both!(
    periods_add_up_however_often_one_looks,
    a_long_rest_earns_one_burst,
    a_message_earns_an_abort_and_never_more_than_a_burst,
    a_sender_without_credit_finishes_the_message,
);
