//! Ends that are not a close: abort, a peer that never answers, the last handle dropped, the peer lost.

use core::time::Duration;
use std::io::Write;

use bowline_runtime::{CloseReason, Closed, ReadError, Socket, Status, WriteError};
use bowline_tests::{Frame, World, kind};

use crate::closing::expect_end;
use crate::kit::{LONG, PATIENCE, SOON, expect, post, receive, send, settled, stuck};

/// Mutant: the deadline of a close is not armed, so that it waits for an answer for ever.
pub(crate) fn a_peer_that_never_answers_is_unconfirmed(world: &World) {
    let (mut raw, server) = world.raw_pair(world.config());
    post(&server, "one");
    post(&server, "two");
    let close = server.close(SOON);
    assert_eq!(close.wait(), Ok(Closed::Unconfirmed { from: 1, to: 2 }));
    assert_eq!(server.close_reason(), Some(CloseReason::Closed));
    let kinds: Vec<_> = raw.frames_to_end().iter().map(|frame| frame.kind).collect();
    assert_eq!(kinds, [kind::MESSAGE, kind::MESSAGE, kind::GOODBYE]);
}

/// It confirms the first of two messages and then nothing.
pub(crate) fn what_was_confirmed_is_not_unconfirmed(world: &World) {
    let (mut raw, server) = world.raw_pair(world.config());
    post(&server, "one");
    post(&server, "two");
    let mut close = server.close(PATIENCE);
    assert_eq!(raw.expect_frame(kind::GOODBYE).payload, 2_u64.to_le_bytes());
    raw.send_frame(&Frame::new(kind::GOODBYE_ACK, &1_u64.to_le_bytes()));
    assert!(close.wait_for(Duration::from_millis(1)).is_none());
    drop(raw);
    assert_eq!(close.wait(), Ok(Closed::Unconfirmed { from: 2, to: 2 }));
}

/// It does not even read, so that the message never leaves as a whole.
pub(crate) fn a_peer_that_never_reads_is_unconfirmed(world: &World) {
    let (raw, server) = world.raw_pair(world.config());
    let long = server.write(vec![1; LONG]);
    let close = server.close(SOON);
    assert_eq!(close.wait(), Ok(Closed::Unconfirmed { from: 1, to: 1 }));
    let error = long.wait().unwrap_err();
    assert!(matches!(error, WriteError::Unknown { reason: CloseReason::Closed }), "{error}");
    drop(raw);
}

pub(crate) fn aborted(world: &World) {
    let (client, server) = world.pair();
    let (read, ended) = (client.read(), server.ended());
    send(&server, "not read");
    drop(read);
    client.abort();
    assert_eq!(client.close_reason(), Some(CloseReason::Aborted));
    assert!(!client.is_open());
    let reason = ended.wait().unwrap();
    assert!(is_loss(reason), "{reason}");
    let error = client.write("late").wait().unwrap_err();
    assert!(matches!(error, WriteError::NotSent { reason: CloseReason::Aborted, .. }), "{error}");
    assert_eq!(client.close(PATIENCE).wait(), Ok(Closed::Clean));
}

/// Threads and tasks that wait are freed by an abort.
///
/// Mutant: an abort wakes nobody.
pub(crate) fn aborted_under_those_who_wait(world: &World) {
    let (client, _server) = world.pair();
    let (read, ended) = (client.read(), client.ended());
    let aborts = client.clone();
    world.adapter.spawn(Box::pin(async move { aborts.abort() }));
    assert_eq!(read.wait(), Err(ReadError::Closed(CloseReason::Aborted)));
    assert_eq!(ended.wait(), Ok(CloseReason::Aborted));
}

/// Mutant: dropping the last handle drops the transport at once.
pub(crate) fn the_last_handle_says_goodbye(world: &World) {
    let (client, server) = world.pair();
    for number in 0..100 {
        post(&client, format!("{number}"));
    }
    post(&client, vec![1; 200_000]);
    let (clone, read) = (client.clone(), client.read());
    drop(client);
    drop(read);
    drop(clone);
    for number in 0..100 {
        assert_eq!(receive(&server), format!("{number}"));
    }
    assert_eq!(receive(&server).len(), 200_000);
    expect_end(&server, CloseReason::PeerClosed);
}

/// Every kind of task is a handle too: the connection lives as long as one is held.
pub(crate) fn a_task_is_a_handle(world: &World) {
    let (client, server) = world.pair();
    let read = client.read();
    drop(client);
    send(&server, "for the read");
    assert_eq!(read.wait().unwrap(), "for the read");
    expect_end(&server, CloseReason::PeerClosed);
}

/// What nobody read is not acknowledged.
///
/// Mutant: a socket that was dropped acknowledges the messages in its queue.
pub(crate) fn unread_messages_are_not_confirmed_by_a_drop(world: &World) {
    let (client, server) = world.pair();
    let (first, second) = (server.read(), server.read());
    send(&client, "one");
    send(&client, "two");
    assert_eq!(settled(&second), Status::Success);
    assert_eq!(first.wait().unwrap(), "one");
    drop(second);
    drop(server);
    assert_eq!(client.close(PATIENCE).wait(), Ok(Closed::Unconfirmed { from: 2, to: 2 }));
}

/// A raw peer hears the goodbye with the right count, and can still finish in order.
pub(crate) fn goodbye_counts(world: &World) {
    let (mut raw, server) = world.raw_pair(world.config());
    post(&server, "one");
    post(&server, "two");
    let ended = server.ended();
    drop(server);
    drop(ended);
    assert_eq!(raw.expect_frame(kind::GOODBYE).payload, 2_u64.to_le_bytes());
    raw.send_frame(&Frame::new(kind::GOODBYE_ACK, &2_u64.to_le_bytes()));
    raw.send_frame(&Frame::new(kind::GOODBYE, &0_u64.to_le_bytes()));
    assert_eq!(raw.frames_to_end(), [Frame::new(kind::GOODBYE_ACK, &[0; 8])]);
}

/// Both sides close; the peer's goodbye comes first. What was queued before our own close is sent all the same.
///
/// Mutant: the peer's goodbye ends the writes of a side that is closing itself.
pub(crate) fn the_peers_goodbye_does_not_cut_a_close_short(world: &World) {
    let (mut raw, server) = world.raw_pair(world.config());
    let mut long = server.write(vec![1; LONG]);
    assert!(long.wait_for(Duration::ZERO).is_none(), "the buffers took everything");
    let behind = server.write("behind it");
    let close = server.close(PATIENCE);
    raw.send_frame(&Frame::new(kind::GOODBYE, &[0; 8]));
    assert!(server.read().wait().is_err());
    assert_eq!(raw.expect_frame(kind::MESSAGE).payload, b"behind it");
    assert_eq!(raw.expect_frame(kind::GOODBYE).payload, 2_u64.to_le_bytes());
    raw.send_frame(&Frame::new(kind::GOODBYE_ACK, &2_u64.to_le_bytes()));
    raw.end_writing();
    assert_eq!((long.wait(), behind.wait(), close.wait()), (Ok(1), Ok(2), Ok(Closed::Clean)));
}

/// After both goodbyes the stream is read to its end, so that a peer that still says something is not cut off.
///
/// Mutant: the transport is dropped as soon as both goodbyes are answered.
pub(crate) fn what_is_said_after_the_goodbyes_is_read(world: &World) {
    let (mut raw, server) = world.raw_pair(world.config().linger(PATIENCE));
    let close = server.close(PATIENCE);
    raw.expect_frame(kind::GOODBYE);
    raw.send_frame(&Frame::new(kind::GOODBYE_ACK, &[0; 8]));
    raw.send_frame(&Frame::new(kind::GOODBYE, &[0; 8]));
    raw.expect_frame(kind::GOODBYE_ACK);
    assert_eq!(close.wait(), Ok(Closed::Clean));
    let more = Frame::new(0x80, &[0; 60_000]).bytes();
    for _ in 0..100 {
        raw.write_all(&more).expect("it is read");
    }
    raw.end_writing();
    assert_eq!(raw.frame(), None);
}

/// Messages that were whole when the peer was lost are still the program's.
pub(crate) fn what_came_before_the_loss_is_kept(world: &World) {
    let stuck = stuck(world);
    let ended = stuck.server.ended();
    stuck.client.abort();
    expect(&stuck.server, ["first"]);
    let reason = ended.wait().unwrap();
    assert!(is_loss(reason), "{reason}");
    assert!(stuck.server.read().wait().is_err());
}

/// On the plain profile a drop is the end of the stream at a frame boundary.
pub(crate) fn plain_last_handle_ends_the_stream(world: &World) {
    let (client, server) = world.pair();
    for number in 0..100 {
        post(&client, format!("{number}"));
    }
    drop(client);
    for number in 0..100 {
        assert_eq!(receive(&server), format!("{number}"));
    }
    expect_end(&server, CloseReason::PeerClosed);
}

pub(crate) fn ended_tells_both_sides(world: &World) {
    let (client, server) = world.pair();
    let (mut here, there) = (client.ended(), server.ended());
    assert_eq!(here.status(), Status::Pending);
    assert!(here.wait_for(Duration::from_millis(1)).is_none());
    drop(client.close(PATIENCE));
    assert_eq!(here.wait(), Ok(CloseReason::Closed));
    assert_eq!(there.wait(), Ok(CloseReason::PeerClosed));
    late(&client, CloseReason::Closed);
    late(&server, CloseReason::PeerClosed);
}

/// Asked after the end, the answer is the same.
fn late(socket: &Socket, reason: CloseReason) {
    let ended = socket.ended();
    assert_eq!(ended.status(), Status::Success);
    assert_eq!(ended.wait(), Ok(reason));
    assert_eq!(socket.close_reason(), Some(reason));
}

fn is_loss(reason: CloseReason) -> bool {
    matches!(reason, CloseReason::PeerLost { .. })
}
