//! What is left of a connection that has nothing to do, and what comes back of it.

use core::time::Duration;

use bowline_core::{Closed, Config, Connection, Event, Heartbeat, Instant, State};

use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, config};
use crate::kit::{Memory, message, on_both};

fn sleeps<M: Memory>(connection: &Connection<M>) -> bool {
    connection.idle().is_some()
}

// Mutants, one for each line: that is forgotten.
fn a_connection_with_something_to_do_is_not_idle<M: Memory>() {
    let mut pair = Pair::<M>::open();
    assert!(sleeps(&pair.client) && sleeps(&pair.server), "there is nothing to do");
    let write = pair.write(Client, &message(1, 8));
    assert!(!sleeps(&pair.client), "a message has not left");
    pair.send(Client, 5);
    pair.deliver(Server, 5, false);
    assert!(!sleeps(&pair.client) && !sleeps(&pair.server), "a message has left in part, and come in part");
    pair.drive();
    assert!(!sleeps(&pair.client), "a write's end was not taken");
    assert!(!sleeps(&pair.server), "a message was not read");
    pair.client.take_write(write).unwrap();
    pair.read(Server).unwrap();
    assert!(sleeps(&pair.client) && sleeps(&pair.server));
    let write = pair.write(Client, &message(1, 8));
    pair.drive();
    assert!(!sleeps(&pair.server), "a message that came in one piece was not read");
    pair.client.take_write(write).unwrap();
    pair.read(Server).unwrap();
    let [first, second] = [(); 2].map(|()| pair.server.read().unwrap());
    assert!(!sleeps(&pair.server), "two reads wait");
    pair.server.cancel_read(first);
    assert!(sleeps(&pair.server), "one read waits");
    pair.server.cancel_read(second);
    pair.client.close(pair.now, Duration::from_secs(1));
    assert!(!sleeps(&pair.client), "it closes");
    pair.send(Client, usize::MAX);
    assert!(!sleeps(&pair.client), "it has said goodbye");
    pair.drive();
    assert!(!sleeps(&pair.client) && !sleeps(&pair.server), "it is over");
}

// Mutants: lent bytes are forgotten; an announced message is; a control frame is, or the rest of one.
fn a_connection_in_the_middle_of_something_is_not_idle<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let long = pair.write(Client, &message(1, 200));
    pair.client.detach_write(long);
    pair.client.lend(8 + 68);
    assert!(!sleeps(&pair.client));
    pair.client.transmitted(8 + 68);
    let mut pair = Pair::<M>::open();
    let long = pair.write(Client, &message(1, 200));
    pair.client.detach_write(long);
    pair.carry(Client, 8 + 68);
    assert!(!sleeps(&pair.server), "between two chunks");
    let mut pair = Pair::<M>::open();
    pair.server.receive(pair.now, b"\x08\0\0\x07\x01\x02\x03\x04\x05\x06\x07\x08");
    assert!(!sleeps(&pair.server), "a ping was not answered");
    pair.server.lend(5);
    pair.server.transmitted(5);
    assert!(!sleeps(&pair.server), "it was answered in part");
    pair.server.lend(7);
    assert!(!sleeps(&pair.server), "the transport has not confirmed the answer");
    pair.server.transmitted(7);
    assert!(sleeps(&pair.server));
}

// Mutant: one whose events were not polled is as good as one that has nothing to tell.
fn a_connection_that_was_not_asked_is_not_idle<M: Memory>() {
    let mut pair = Pair::<M>::new(config(), config());
    assert!(!sleeps(&pair.client) && !sleeps(&pair.server), "neither is open");
    pair.drive();
    pair.server.accept(pair.now);
    pair.drive();
    assert!(!sleeps(&pair.client), "it has not told that it is open");
    assert_eq!(pair.events(Client), [Event::Opened]);
    assert!(sleeps(&pair.client));
}

// Mutants: a name is given twice; the read that waited is forgotten; the numbers begin anew.
fn what_slept_goes_on<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let first = pair.write(Client, &message(3, 50));
    pair.drive();
    pair.read(Server).unwrap();
    pair.client.take_write(first).unwrap();
    let before = pair.server.read().unwrap();
    let write = pair.write(Server, &message(1, 100));
    pair.drive();
    pair.server.take_write(write).unwrap();
    pair.server = pair.server.idle().unwrap().resume();
    pair.write(Client, &message(2, 100));
    pair.drive();
    let after = pair.server.read().unwrap();
    assert!(after.number() > write.number() && write.number() > before.number());
    assert_eq!(pair.server.take(before).unwrap().unwrap().as_ref(), message(2, 100));
    pair.server.cancel_read(after);
    let stats = pair.server.stats();
    assert_eq!((stats.sent.messages, stats.sent.bytes, stats.sent.most_queued), (1, 100, 1));
    assert_eq!((stats.received.messages, stats.received.bytes, stats.received.most_queued), (2, 150, 1));
    // The goodbyes count what came and left before.
    pair.server.close(pair.now, Duration::from_secs(1));
    pair.drive();
    pair.client.close(pair.now, Duration::from_secs(1));
    pair.drive();
    assert_eq!([pair.client.state(), pair.server.state()], [State::Closed; 2]);
    assert_eq!([pair.client.closed(), pair.server.closed()], [Some(Closed::Clean); 2]);
}

fn beats() -> Config {
    config().heartbeat(Some(Heartbeat { interval: Duration::from_secs(10), misses: 3 }))
}

// Mutants: silence is counted anew; the promised signs of life are forgotten; so is the peer's limit.
fn a_sleeper_keeps_its_promises<M: Memory>() {
    let mut pair = Pair::<M>::open_with(beats(), config().message_limit(1000).queue_messages(1));
    let due = pair.client.poll_timeout();
    assert!(due.is_some_and(|due| due > pair.now));
    pair.now = pair.now + Duration::from_secs(4);
    pair.client.handle_timeout(pair.now);
    pair.client = pair.client.idle().unwrap().resume();
    assert_eq!(pair.client.poll_timeout(), due);
    assert_eq!(pair.client.peer_message_limit(), 1000);
    pair.wait(Duration::from_secs(100));
    assert_eq!([pair.client.state(), pair.server.state()], [State::Open; 2]);
    // The server stops reading, and says all the same that it is there.
    pair.server = pair.server.idle().unwrap().resume();
    for seed in 0..3 {
        pair.write(Client, &message(seed, 8));
    }
    pair.wait(Duration::from_secs(100));
    assert!(!pair.server.wants_input());
    assert_eq!([pair.client.state(), pair.server.state()], [State::Open; 2]);
}

// Mutants: a ping is forgotten; a stall is that has ended since the clock was read.
fn who_expects_something_is_not_idle<M: Memory>() {
    let mut pair = Pair::<M>::open_with(beats(), config().queue_messages(1));
    pair.now = pair.client.poll_timeout().unwrap();
    pair.client.handle_timeout(pair.now);
    pair.send(Client, usize::MAX);
    assert!(!pair.client.has_output() && !sleeps(&pair.client), "a ping has no answer yet");
    pair.drive();
    assert!(sleeps(&pair.client));
    for _ in 0..2 {
        pair.write(Client, &[]);
    }
    pair.drive();
    assert!(!pair.server.wants_input(), "there is no room for the second");
    assert!(pair.read(Server).is_some() && pair.read(Server).is_some());
    assert!(!sleeps(&pair.server), "silence counts from now on");
    pair.server.handle_timeout(pair.now);
    assert!(sleeps(&pair.server));
}

on_both!(
    a_connection_with_something_to_do_is_not_idle,
    a_connection_in_the_middle_of_something_is_not_idle,
    a_connection_that_was_not_asked_is_not_idle,
    what_slept_goes_on,
    a_sleeper_keeps_its_promises,
    who_expects_something_is_not_idle,
);

// Mutant: the time goes back to the beginning.
#[test]
fn time_goes_on_in_sleep() {
    let mut pair = Pair::<bowline_core::Heap>::open();
    let late = pair.now + Duration::from_secs(50);
    pair.client.handle_timeout(late);
    pair.client = pair.client.idle().unwrap().resume();
    pair.client.close(Instant::default(), Duration::ZERO);
    // A clock that goes backwards stands still: the goodbye has its linger from the latest time that was told.
    pair.client.refuse(Instant::default(), bowline_core::Refusal::Declined, "".into());
    assert_eq!(pair.client.poll_timeout(), Some(late + Duration::from_secs(1)));
}
