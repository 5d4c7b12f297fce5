//! The executor ends before what was made in it. Whatever the order of drops: no hang, no panic, and whoever waits hears.
//!
//! Where the reason matters, the peer lives on: of two ends that go down together one may see the other's end first.

use std::sync::mpsc;

use bowline_runtime::{
    AcceptError, CloseReason, ConnectError, ReadError, Socket, Status, TransportError, TransportErrorKind,
    WriteError,
};
use bowline_tests::{World, permute, watchdog};

use crate::kit::{PATIENCE, stuck, stuck_between};

const GONE: CloseReason =
    CloseReason::Transport(TransportError { kind: TransportErrorKind::RuntimeGone, os: None });

/// Mutant: the keeper is dropped without ending its connection, so that tasks wait for ever.
pub(crate) fn tasks_end(world: &World) {
    let dying = world.another();
    let (stuck, both_die) = (stuck_between(&dying, world), stuck(&dying));
    let (read, next, ended) = (stuck.client.read(), stuck.client.write("next"), stuck.client.ended());
    let close = both_die.server.close(PATIENCE);
    drop(dying);
    assert_eq!(read.wait(), Err(ReadError::Closed(GONE)));
    assert!(matches!(next.wait(), Err(WriteError::NotSent { reason: GONE, .. })));
    assert!(matches!(stuck.long.wait(), Err(WriteError::Unknown { reason: GONE })));
    assert_eq!(ended.wait(), Ok(GONE));
    close.wait().unwrap();
    both_die.long.wait().unwrap_err();
    nothing_goes_on(&stuck.client);
}

fn nothing_goes_on(client: &Socket) {
    assert_eq!(client.close_reason(), Some(GONE));
    assert_eq!(client.read().wait(), Err(ReadError::Closed(GONE)));
    assert!(matches!(client.write("late").wait(), Err(WriteError::NotSent { reason: GONE, .. })));
    client.close(PATIENCE).wait().unwrap();
    client.abort();
}

/// Threads that sleep in a wait are woken.
pub(crate) fn waiting_threads_are_freed(world: &World) {
    let world = world.another();
    let (client, server) = world.pair();
    let accept = world.serve().accept();
    let (read, ended) = (client.read(), server.ended());
    let (waits, waiting) = mpsc::channel();
    let threads = [
        std::thread::spawn({
            let waits = waits.clone();
            move || {
                waits.send(()).unwrap();
                read.wait().is_err()
            }
        }),
        std::thread::spawn(move || {
            waits.send(()).unwrap();
            ended.wait().is_ok()
        }),
    ];
    for _ in 0..2 {
        watchdog::next("a thread that waits", &waiting);
    }
    drop(world);
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    assert!(matches!(accept.wait(), Err(AcceptError::Stopped)));
}

pub(crate) fn servers_and_connects_end(world: &World) {
    let dying = world.another();
    let (server, living) = (dying.serve(), world.serve());
    let (accept, more, _interested) = (server.accept(), server.accept(), living.accept());
    let (_client, connect) = (world.connect(&server), dying.connect(&living));
    let incoming = accept.wait().unwrap();
    drop(dying);
    assert!(matches!(more.wait(), Err(AcceptError::Stopped)));
    assert!(matches!(server.accept().wait(), Err(AcceptError::Stopped)));
    match incoming.accept() {
        Err(AcceptError::Gone(GONE)) => {}
        other => panic!("{other:?}"),
    }
    match connect.wait() {
        Err(ConnectError::Closed(GONE)) => {}
        other => panic!("{other:?}"),
    }
    server.close(PATIENCE).wait().unwrap();
}

/// A callback whose executor is gone is dropped without a call, unless it could still be told so while that ended.
pub(crate) fn callbacks_are_dropped(world: &World) {
    let dying = world.another();
    let (client, _server) = dying.join(&world.serve(), world.config());
    let (called, calls) = mpsc::channel();
    let early = called.clone();
    client.read().on_complete(move |result| early.send(result).unwrap());
    drop(dying);
    client.ended().on_complete(move |_result| drop(called.send(Ok("called".into()))));
    assert!(calls.iter().all(|result| result == Err(ReadError::Closed(GONE))), "called");
}

pub(crate) fn with_the_runtime_first(world: &World) {
    drop_in_every_order(world, 0);
}

pub(crate) fn with_the_runtime_second(world: &World) {
    drop_in_every_order(world, 1);
}

pub(crate) fn with_the_runtime_third(world: &World) {
    drop_in_every_order(world, 2);
}

pub(crate) fn with_the_runtime_fourth(world: &World) {
    drop_in_every_order(world, 3);
}

pub(crate) fn with_the_runtime_fifth(world: &World) {
    drop_in_every_order(world, 4);
}

pub(crate) fn with_the_runtime_last(world: &World) {
    drop_in_every_order(world, 5);
}

/// Everything that there is, dropped in each of the 120 orders that have the runtime at this place.
fn drop_in_every_order(world: &World, place: usize) {
    let mut count = 0;
    permute(&mut [0, 1, 2, 3, 4], 0, &mut |others| {
        let mut order = others.to_vec();
        order.insert(place, RUNTIME);
        drop_in_order(world.another(), &order);
        count += 1;
    });
    assert_eq!(count, 120);
}

const RUNTIME: usize = 5;

fn drop_in_order(world: World, order: &[usize]) {
    let server = world.serve();
    let (first, second, third) = (server.accept(), server.accept(), server.accept());
    let (client, undecided) = (world.connect(&server), world.connect(&server));
    let _served = first.wait().unwrap().accept().unwrap();
    let incoming = second.wait().unwrap();
    let mut tasks = (client, undecided);
    let socket = watchdog::eventually("a client", || {
        [&mut tasks.0, &mut tasks.1].into_iter().find(|task| task.status() == Status::Success)?.try_take()
    });
    let socket = socket.unwrap();
    let (read, write) = (socket.read(), socket.write(vec![1; 100_000]));
    let mut things: Vec<Option<Box<dyn FnOnce()>>> = vec![
        Some(Box::new(move || drop((server, third)))),
        Some(Box::new(move || drop(incoming))),
        Some(Box::new(move || drop(socket))),
        Some(Box::new(move || drop(read))),
        Some(Box::new(move || drop(write))),
        Some(Box::new(move || drop(world))),
    ];
    order.iter().filter_map(|&index| things[index].take()).for_each(|drop_it| drop_it());
}
