//! A task that was polled once and is then held without being polled, as in a `select!` arm or a `Vec`, holds up nobody.

use bowline_runtime::Status;
use bowline_tests::{Frame, World, kind};

use crate::kit::{LONG, expect, poll_once, post, receive, send, settled, stuck};

/// Mutant: readiness wakes only the task that waits longest, and neither the others nor the keeper.
pub(crate) fn a_parked_read_does_not_hold_up_the_next(world: &World) {
    let (client, server) = world.pair();
    let (mut parked, next) = (server.read(), server.read());
    let next = world.run(async move {
        assert!(poll_once(&mut parked).is_pending());
        (vec![parked], next)
    });
    let (parked, next) = next;
    send(&client, "one");
    send(&client, "two");
    assert_eq!(world.run(next).unwrap(), "two");
    for read in parked {
        assert_eq!(read.wait().unwrap(), "one");
    }
}

/// Both wait already when the messages come.
pub(crate) fn a_parked_read_does_not_hold_up_a_waiting_thread(world: &World) {
    let (client, server) = world.pair();
    let (mut parked, mut next) = (server.read(), server.read());
    assert!(poll_once(&mut parked).is_pending());
    let (waits, waiting) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        waits.send(next.wait_for(core::time::Duration::from_millis(1)).is_none()).unwrap();
        next.wait()
    });
    assert!(waiting.recv().unwrap());
    send(&client, "one");
    send(&client, "two");
    assert_eq!(thread.join().unwrap().unwrap(), "two");
    assert_eq!(parked.wait().unwrap(), "one");
}

/// Mutant: a connection with a waiting task is left to that task, which never drives.
pub(crate) fn a_parked_read_still_answers_pings(world: &World) {
    let (mut raw, server) = world.raw_pair(world.config());
    let mut parked = server.read();
    assert!(poll_once(&mut parked).is_pending());
    for number in 0..3 {
        raw.send_frame(&Frame::new(kind::PING, &[number; 8]));
        assert_eq!(raw.expect_frame(kind::PONG).payload, [number; 8]);
    }
    assert_eq!(parked.status(), Status::Pending);
}

/// Mutant: a write that could not go on is waited for instead of being driven by whoever else can.
pub(crate) fn a_parked_write_does_not_hold_up_the_next(world: &World) {
    let mut stuck = stuck(world);
    assert!(poll_once(&mut stuck.long).is_pending());
    let (next, server) = (stuck.client.write("next"), stuck.server);
    let reader = std::thread::spawn(move || {
        expect(&server, ["first"]);
        assert_eq!(receive(&server).len(), LONG);
        expect(&server, ["next"]);
    });
    assert_eq!(world.run(next), Ok(3));
    reader.join().unwrap();
    assert_eq!(stuck.long.wait(), Ok(2));
}

/// Dropping the task that would have been woken passes its turn on.
///
/// Mutant: a dropped task that was woken to drive takes the wake-up with it.
pub(crate) fn a_dropped_read_passes_its_turn_on(world: &World) {
    let (client, server) = world.pair();
    for number in 0..50 {
        let (mut dropped, next) = (server.read(), server.read());
        assert!(poll_once(&mut dropped).is_pending());
        post(&client, number.to_string());
        drop(dropped);
        assert_eq!(world.run(next).unwrap(), number.to_string());
    }
}

/// A held task of one side does not keep the other side's results from coming.
pub(crate) fn parked_tasks_complete_by_themselves(world: &World) {
    let (client, server) = world.pair();
    let mut reads = [server.read(), server.read(), server.read()];
    assert!(reads.iter_mut().all(|read| poll_once(read).is_pending()));
    for message in ["one", "two", "three"] {
        post(&client, message);
    }
    assert!(reads.iter().all(|read| settled(read) == Status::Success));
    let messages = reads.map(|read| read.wait().unwrap());
    assert_eq!(messages, ["one", "two", "three"]);
}
