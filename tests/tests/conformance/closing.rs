//! Closing in order: everything that was queued arrives, on every transport, and the close says so.

use core::time::Duration;
use std::thread;

use bowline_runtime::{Cancelled, CloseReason, Closed, ReadError, Socket, Status, WriteError};
use bowline_tests::World;

use crate::kit::{LONG, PATIENCE, expect, post, receive, send, settled, stuck};

/// Mutant: a close ends the connection before the queue is empty.
pub(crate) fn delivers_what_is_queued(world: &World) {
    let (client, server) = world.pair();
    let messages: Vec<_> = (0..200).map(|number: u32| number.to_string().repeat(100)).collect();
    messages.iter().for_each(|message| post(&client, message.clone()));
    post(&client, vec![1; 200_000]);
    assert_eq!(client.close(PATIENCE).wait(), Ok(Closed::Clean));
    messages.iter().for_each(|message| assert_eq!(receive(&server), *message));
    assert_eq!(receive(&server).len(), 200_000);
    expect_end(&server, CloseReason::PeerClosed);
    expect_end(&client, CloseReason::Closed);
}

/// Mutant: the socket is closed with unread input in it, so that TCP resets and the peer's unread messages are gone.
pub(crate) fn keeps_unread_input_on_both_sides(world: &World) {
    let (client, server) = world.pair();
    for number in 0..100_u32 {
        post(&client, vec![1; 1000 + number as usize]);
        post(&server, vec![2; 2000 + number as usize]);
    }
    unread(&client, 100);
    unread(&server, 100);
    assert_eq!(client.close(PATIENCE).wait(), Ok(Closed::Clean));
    for number in 0..100 {
        assert_eq!(receive(&server).len(), 1000 + number);
        assert_eq!(receive(&client).len(), 2000 + number);
    }
    expect_end(&server, CloseReason::PeerClosed);
    expect_end(&client, CloseReason::Closed);
}

/// More is on its way than either side takes in. The closing side's messages all arrive; what it has no more room for
/// itself it reads and throws away, so that the peer can go on.
///
/// Mutant: a closing side whose queue is full does not read on, so that its own goodbye is never answered.
pub(crate) fn with_more_unread_input_than_fits(world: &World) {
    let narrow = world.config().queue_messages(4).linger(Duration::from_millis(20));
    let (client, server) = world.pair_with(narrow, narrow);
    let (outbound, _inbound) = (fill(&client), fill(&server));
    let close = client.close(PATIENCE);
    for number in 0..outbound {
        assert_eq!(receive(&server), numbered(number));
    }
    assert_eq!(close.wait(), Ok(Closed::Clean));
    expect_end(&server, CloseReason::PeerClosed);
    for number in 0..4 {
        assert_eq!(receive(&client), numbered(number));
    }
}

/// Both queues and everything in between are full, nobody reads, and both sides close.
///
/// Mutant: a draining side does not read, so that two draining sides wait for each other.
pub(crate) fn two_full_sides_at_once(world: &World) {
    let (client, server) = world.pair();
    post(&client, vec![1; LONG]);
    post(&server, vec![2; LONG]);
    let (one, other) = (client.close(PATIENCE), server.close(PATIENCE));
    assert_eq!((one.wait(), other.wait()), (Ok(Closed::Clean), Ok(Closed::Clean)));
    assert_eq!((receive(&client).len(), receive(&server).len()), (LONG, LONG));
}

pub(crate) fn both_at_once(world: &World) {
    let (client, server) = world.pair();
    post(&client, "from the client");
    post(&server, "from the server");
    let closes =
        [client.clone(), server.clone()].map(|socket| thread::spawn(move || socket.close(PATIENCE).wait()));
    for close in closes {
        assert_eq!(close.join().unwrap(), Ok(Closed::Clean));
    }
    expect(&server, ["from the client"]);
    expect(&client, ["from the server"]);
    let reasons = [client.close_reason().unwrap(), server.close_reason().unwrap()];
    assert!(reasons.contains(&CloseReason::Closed), "{reasons:?}");
}

/// The close is as slow as the peer's program, and ends when that has made room for everything.
pub(crate) fn waits_for_a_slow_reader(world: &World) {
    let stuck = stuck(world);
    let mut close = stuck.client.close(PATIENCE);
    assert!(close.wait_for(Duration::from_millis(1)).is_none());
    assert_eq!(close.status(), Status::Pending);
    expect(&stuck.server, ["first"]);
    assert_eq!(close.wait(), Ok(Closed::Clean));
    assert_eq!(receive(&stuck.server).len(), LONG);
    assert_eq!(stuck.long.wait(), Ok(2));
}

/// Mutant: `cancel` says `true` and leaves the connection closing.
pub(crate) fn can_be_taken_back(world: &World) {
    let stuck = stuck(world);
    let close = stuck.client.close(PATIENCE);
    assert!(!stuck.client.is_open());
    assert!(close.cancel());
    assert!(stuck.client.is_open());
    let next = stuck.client.write("next");
    expect(&stuck.server, ["first"]);
    assert_eq!(receive(&stuck.server).len(), LONG);
    expect(&stuck.server, ["next"]);
    assert_eq!(next.wait(), Ok(3));
}

pub(crate) fn can_be_too_late_to_take_back(world: &World) {
    let (client, server) = world.pair();
    let close = client.close(PATIENCE);
    assert_eq!(settled(&close), Status::Success);
    assert!(!close.cancel());
    expect_end(&server, CloseReason::PeerClosed);
}

pub(crate) fn goes_on_when_its_task_is_dropped(world: &World) {
    let (client, server) = world.pair();
    post(&client, "one");
    drop(client.close(PATIENCE));
    expect(&server, ["one"]);
    expect_end(&server, CloseReason::PeerClosed);
    assert_eq!(client.ended().wait(), Ok(CloseReason::Closed));
}

pub(crate) fn lets_nothing_be_written_any_more(world: &World) {
    let stuck = stuck(world);
    let waiting = stuck.client.write("before the close");
    let close = stuck.client.close(PATIENCE);
    let late = stuck.client.write("after the close");
    assert_eq!(late.status(), Status::Failure);
    let error = late.wait().unwrap_err();
    assert!(matches!(error, WriteError::NotSent { reason: CloseReason::Closed, .. }), "{error}");
    expect(&stuck.server, ["first"]);
    assert_eq!(receive(&stuck.server).len(), LONG);
    expect(&stuck.server, ["before the close"]);
    assert_eq!((waiting.wait(), close.wait()), (Ok(3), Ok(Closed::Clean)));
}

/// The peer's program hears of the close at once: what it has queued is sent, and nothing more is queued.
pub(crate) fn the_peer_can_write_no_more(world: &World) {
    let (client, server) = world.pair();
    let ended = server.ended();
    assert_eq!(client.close(PATIENCE).wait(), Ok(Closed::Clean));
    assert_eq!(ended.wait(), Ok(CloseReason::PeerClosed));
    let error = server.write("late").wait().unwrap_err();
    assert!(matches!(error, WriteError::NotSent { reason: CloseReason::PeerClosed, .. }), "{error}");
}

/// On the plain profile an end can't be confirmed; what was sent before it arrives all the same.
pub(crate) fn plain_is_flushed_at_best(world: &World) {
    let (client, server) = world.pair();
    post(&client, "from the client");
    send(&server, "from the server");
    let close = client.close(PATIENCE);
    expect(&server, ["from the client"]);
    expect_end(&server, CloseReason::PeerClosed);
    assert_eq!(server.close(PATIENCE).wait(), Ok(Closed::Flushed));
    assert_eq!(close.wait(), Ok(Closed::Flushed));
    expect(&client, ["from the server"]);
}

/// Writes until nothing moves any more; how many messages that took.
fn fill(socket: &Socket) -> u32 {
    for number in 0.. {
        let mut write = socket.write(numbered(number));
        // So many fit the peer's queue, however little the stream holds.
        let patience = if number < 4 { PATIENCE } else { Duration::from_millis(10) };
        if write.wait_for(patience).is_none() {
            return match write.cancel() {
                Cancelled::Recalled(_) => number,
                _ => number + 1,
            };
        }
    }
    unreachable!("everything has an end")
}

/// Waits until so many messages have come, and leaves them there.
fn unread(socket: &Socket, count: usize) {
    let reads: Vec<_> = (0..count).map(|_| socket.read()).collect();
    assert!(reads.iter().all(|read| settled(read) == Status::Success));
}

fn numbered(number: u32) -> Vec<u8> {
    number.to_le_bytes().repeat(4000)
}

#[track_caller]
pub(crate) fn expect_end(socket: &Socket, reason: CloseReason) {
    assert_eq!(socket.read().wait(), Err(ReadError::Closed(reason)));
}
