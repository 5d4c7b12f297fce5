//! Thousands of messages of all sizes in one write.

use core::time::Duration;

use bowline_runtime::{Bytes, CancelledAll, Socket, WriteAllError, WriteFailure};
use bowline_tests::{Transport, World};

use crate::kit::{PATIENCE, receive};

/// More bytes than all that lies between two sockets takes.
const MANY: usize = 5000;

pub(crate) fn all_sizes_arrive(world: &World) {
    let (client, server) = world.pair();
    let all = client.write_all((0..MANY).map(message));
    (0..MANY).for_each(|number| assert!(receive(&server) == message(number), "message {number}"));
    assert_eq!(all.wait().unwrap(), MANY as u64);
}

/// What has left arrives, in order, and nothing else does; what is written behind it follows.
///
/// Mutant: dropping the task leaves its batches in the queue.
pub(crate) fn dropped_in_the_middle(world: &World) {
    let (client, server) = world.pair();
    let all = client.write_all((0..MANY).map(message));
    (0..300).for_each(|number| assert!(receive(&server) == message(number), "message {number}"));
    drop(all);
    let end = client.write("that was all");
    let mut next = 300;
    loop {
        let got = receive(&server);
        if got == "that was all" {
            break;
        }
        assert!(got == message(next), "message {next}");
        next += 1;
    }
    assert!(next < MANY, "nothing was cancelled");
    assert_eq!(end.wait(), Ok(next as u64 + 1));
}

/// What has left arrives, and the rest comes back, all of it and in order; one message at most was stopped in between.
///
/// Mutant: `cancel` gives back in the wrong order, a batch as a whole, or what was written behind a message that is too long
/// is forgotten.
pub(crate) fn cancelled_in_the_middle(world: &World) {
    let (client, server) = world.pair();
    let mut all = client.write_all((0..MANY).map(message));
    (0..300).for_each(|number| assert!(receive(&server) == message(number), "message {number}"));
    assert!(all.wait_for(Duration::ZERO).is_none());
    let CancelledAll { unsent, interrupted } = all.cancel();
    let behind = MANY - unsent.len();
    assert!(unsent.into_iter().eq((behind..MANY).map(message)), "not the last from {behind} on");
    let end = client.write("that was all");
    let arrived =
        (300..).take_while(|number| next(&server).is_some_and(|got| got == message(*number))).count();
    assert_eq!(300 + arrived + usize::from(interrupted.is_some()), behind, "{interrupted:?}");
    end.wait().unwrap();

    let limited = world.config().message_limit(1000);
    let (client, _server) = world.pair_with(limited, limited);
    let messages = [Bytes::from(vec![1; 1001]), "behind it".into()];
    assert_eq!(client.write_all(messages.clone()).cancel().unsent, messages);
}

/// The next message, unless it is the last.
fn next(server: &Socket) -> Option<Bytes> {
    Some(receive(server)).filter(|message| message != "that was all")
}

/// Those before the one that is too long arrive, it and those behind it come back.
///
/// Mutant: a batch is refused as a whole for one message that is too long.
pub(crate) fn one_is_too_long(world: &World) {
    let limits = world.config().message_limit(1000);
    for (size, limit) in [(1001, limits), (70_000, limits.message_limit(69_999))] {
        let (client, server) = world.pair_with(limit, limit);
        let message = |number: usize| Bytes::from(vec![7; if number == 400 { size } else { number % 900 }]);
        let all = client.write_all((0..600).map(message));
        (0..400).for_each(|number| assert_eq!(receive(&server), message(number)));
        let WriteAllError { unsent, failure } = all.wait().unwrap_err();
        assert!(matches!(failure, WriteFailure::TooLong { .. }), "{failure}");
        assert!(unsent.into_iter().eq((400..600).map(message)));
        client.write("behind it").wait().unwrap();
        assert_eq!(receive(&server), "behind it");
    }
}

/// What was not sent is the end of it, in order, and what arrives its beginning; one message at most is neither.
///
/// Mutant: what was sent of a batch that broke comes back, or what was not does not.
pub(crate) fn broken_in_the_middle(world: &World) {
    // In a message of its own, perhaps, and in one of many.
    breaks(world, message);
    breaks(world, |number| vec![number.to_le_bytes()[0]; 4000 - number % 50].into());
}

fn breaks(world: &World, message: impl Fn(usize) -> Bytes) {
    let (client, server) = world.pair();
    let all = client.write_all((0..MANY).map(&message));
    (0..300).for_each(|number| assert!(receive(&server) == message(number), "message {number}"));
    client.abort();
    let arrived = 300 + (300..).take_while(|number| is_next(&server, &message(*number))).count();
    let WriteAllError { unsent, failure } = all.wait().unwrap_err();
    let kept = MANY - unsent.len();
    assert!(unsent.into_iter().eq((kept..MANY).map(message)), "not the last {kept}");
    assert!(arrived <= kept, "{arrived} arrived, and those from {kept} on were not sent");
    // What TLS has sealed and the system has not taken goes with an abort.
    let sealed = world.transport == Transport::Tls;
    match failure {
        WriteFailure::NotSent(_) => assert!(sealed || arrived == kept, "{arrived} arrived, {kept} were sent"),
        WriteFailure::Unknown(_) => {
            assert!(sealed || kept <= arrived + 1, "{arrived} arrived, {kept} were sent");
        }
        failure => panic!("{failure}"),
    }
}

/// Whether this message comes; if not, nothing does.
fn is_next(server: &Socket, message: &Bytes) -> bool {
    let read = server.read().wait_for(PATIENCE).expect("a message or the end");
    read.is_ok_and(|got| {
        assert!(got == message, "another message");
        true
    })
}

/// From nothing to 100 KiB, mostly small.
fn message(number: usize) -> Bytes {
    let length = match number % 20 {
        19 => number * 7919 % (100 << 10),
        3 => 0,
        _ => number * 31 % 4200,
    };
    let mut bytes = vec![number.to_le_bytes()[0]; length];
    bytes.iter_mut().zip(number.to_le_bytes()).for_each(|(byte, number)| *byte = number);
    bytes.into()
}
