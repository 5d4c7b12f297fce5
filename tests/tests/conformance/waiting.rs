//! Every way to wait for a task, and that none of them changes it.

use core::time::Duration;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use bowline_runtime::{ReadError, Status};
use bowline_tests::{World, watchdog};

use crate::kit::{PATIENCE, expect, poll_once, post, send, settled};

const MOMENT: Duration = Duration::from_millis(1);

pub(crate) fn status_goes_from_pending_to_success(world: &World) {
    let (client, server) = world.pair();
    let read = server.read();
    assert_eq!(read.status(), Status::Pending);
    let write = client.write("one");
    assert_eq!(settled(&write), Status::Success);
    assert_eq!(settled(&read), Status::Success);
    assert_eq!(read.wait().unwrap(), "one");
    assert_eq!(write.wait(), Ok(1));
}

/// One outcome, once, never revised: not by taking it, not by the connection's end.
pub(crate) fn status_is_never_revised(world: &World) {
    let (client, server) = world.pair();
    let (mut read, ended) = (server.read(), server.read());
    let mut write = client.write("one");
    assert_eq!(settled(&read), Status::Success);
    assert_eq!(settled(&write), Status::Success);
    client.abort();
    assert_eq!(settled(&ended), Status::Failure);
    assert_eq!((read.status(), write.status()), (Status::Success, Status::Success));
    assert_eq!(read.try_take().unwrap().unwrap(), "one");
    assert_eq!(write.try_take().unwrap(), Ok(1));
    assert_eq!((read.status(), write.status()), (Status::Success, Status::Success));
}

/// Mutant: a wait whose deadline passes cancels the read.
pub(crate) fn a_deadline_changes_nothing(world: &World) {
    let (client, server) = world.pair();
    let (mut first, mut second) = (server.read(), server.read());
    assert!(first.wait_for(MOMENT).is_none());
    assert!(first.wait_until(Instant::now()).is_none());
    assert!(second.wait_until(Instant::now() + MOMENT).is_none());
    assert!(first.try_take().is_none());
    assert_eq!(first.status(), Status::Pending);
    send(&client, "one");
    send(&client, "two");
    assert_eq!(second.wait().unwrap(), "two");
    assert_eq!(first.wait_for(Duration::ZERO).unwrap().unwrap(), "one");
}

pub(crate) fn a_far_deadline_is_none(world: &World) {
    let (client, server) = world.pair();
    let mut read = server.read();
    post(&client, "one");
    assert_eq!(read.wait_for(Duration::MAX).unwrap().unwrap(), "one");
}

/// Threads wait first; the messages come later.
pub(crate) fn waits_on_threads(world: &World) {
    let (client, server) = world.pair();
    let (waits, waiting) = mpsc::channel();
    let readers = [0, 1, 2].map(|number| {
        let (mut read, waits) = (server.read(), waits.clone());
        thread::spawn(move || {
            assert!(read.wait_for(MOMENT).is_none());
            waits.send(()).unwrap();
            (number, if number == 1 { read.wait_for(PATIENCE).unwrap() } else { read.wait() })
        })
    });
    for _ in 0..3 {
        watchdog::next("a reader that waits", &waiting);
    }
    for message in ["0", "1", "2"] {
        send(&client, message);
    }
    for reader in readers {
        let (number, message) = reader.join().unwrap();
        assert_eq!(message.unwrap(), number.to_string());
    }
}

/// Nobody waits at all: the library moves the bytes, and the results keep.
pub(crate) fn the_result_is_fetched_later(world: &World) {
    let (client, server) = world.pair();
    let reads = [server.read(), server.read()];
    let mut writes = [client.write("one"), client.write("two")];
    assert_eq!(settled(&reads[1]), Status::Success);
    assert_eq!(settled(&writes[1]), Status::Success);
    assert_eq!(writes[1].try_take(), Some(Ok(2)));
    assert_eq!(writes[0].try_take(), Some(Ok(1)));
    client.abort();
    assert!(matches!(server.read().wait(), Err(ReadError::Closed(_))));
    let [first, second] = reads;
    assert_eq!(second.wait().unwrap(), "two");
    assert_eq!(first.wait().unwrap(), "one");
}

/// A task that was waited on by a thread is awaited by an executor, and the other way round.
pub(crate) fn awaited_elsewhere(world: &World) {
    let (client, server) = world.pair();
    let (mut first, mut second) = (server.read(), server.read());
    assert!(first.wait_for(MOMENT).is_none());
    let second = world.run(async move { poll_once(&mut second).is_pending().then_some(second) }).unwrap();
    post(&client, "one");
    post(&client, "two");
    assert_eq!(world.run(first).unwrap(), "one");
    assert_eq!(second.wait().unwrap(), "two");
}

pub(crate) fn on_complete_before_and_after(world: &World) {
    let (client, server) = world.pair();
    let (results, came) = mpsc::channel();
    let early = results.clone();
    server.read().on_complete(move |result| early.send(result).unwrap());
    send(&client, "one");
    assert_eq!(watchdog::next("a callback", &came).unwrap(), "one");

    let read = server.read();
    send(&client, "two");
    assert_eq!(settled(&read), Status::Success);
    read.on_complete(move |result| results.send(result).unwrap());
    assert_eq!(watchdog::next("a callback set later", &came).unwrap(), "two");
}

/// Callbacks read, write, drop, cancel, close: everything they touch belongs to the connection that calls them.
///
/// Mutant: the callback is called with the connection's lock held.
pub(crate) fn on_complete_may_do_anything(world: &World) {
    let (client, server) = world.pair();
    let (done, came) = mpsc::channel();
    let (socket, held) = (server.clone(), server.read());
    let other = server.read();
    held.on_complete(move |result| {
        let message = result.unwrap();
        drop(other);
        assert_eq!(socket.read().cancel(), None);
        post(&socket, message);
        drop(socket.write("never mind"));
        let close = socket.close(PATIENCE);
        close.on_complete(move |closed| {
            drop(socket);
            done.send(closed.unwrap()).unwrap();
        });
    });
    drop(server);
    send(&client, "one");
    expect(&client, ["one"]);
    while client.read().wait().is_ok() {}
    drop(client);
    watchdog::next("the last callback", &came);
}

pub(crate) fn try_read_takes_what_nobody_owns(world: &World) {
    let (client, server) = world.pair();
    assert_eq!(server.try_read(), Ok(None));
    let owner = server.read();
    send(&client, "one");
    send(&client, "two");
    assert_eq!(settled(&owner), Status::Success);
    let second = watchdog::eventually("an unowned message", || server.try_read().unwrap());
    assert_eq!(second, "two");
    assert_eq!(owner.wait().unwrap(), "one");
    send(&client, "three");
    expect(&server, ["three"]);
    client.abort();
    watchdog::until("the end", || server.try_read().is_err());
}
