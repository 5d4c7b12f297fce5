//! Code of the user's that the library runs, wakers and drops of payloads, may use the very connection that runs it, or
//! wait for somebody who does.

use core::pin::Pin;
use core::task::{Context, Waker};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::task::Wake;

use bowline_runtime::{Bytes, Read, ServerOptions, Socket};
use bowline_tests::{World, watchdog};

use crate::kit::{PATIENCE, expect, poll_once, receive, send, stuck};

/// The second read's waker is called by whoever drives for the first, the third's by an abort.
///
/// Mutant: wakers are called under the connection's lock.
pub(crate) fn a_waker_may_use_its_socket(world: &World) {
    let (client, server) = world.pair();
    let (woken, wakes) = mpsc::channel();
    let waker = Waker::from(Arc::new(Meddler { socket: server.clone(), woken: Mutex::new(woken) }));
    let mut reads = [server.read(), server.read(), server.read()];
    reads.iter_mut().for_each(|read| poll_with(read, &waker));
    send(&client, "one");
    send(&client, "two");
    for _ in 0..2 {
        watchdog::next("a wake-up", &wakes);
    }
    let [first, second, third] = reads;
    assert_eq!((first.wait().unwrap(), second.wait().unwrap()), ("one".into(), "two".into()));
    server.abort();
    watchdog::next("a wake-up by the abort", &wakes);
    assert!(third.wait().is_err());
}

/// Does to its socket whatever can be done.
struct Meddler {
    socket: Socket,
    woken: Mutex<Sender<()>>,
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        use_all(&self.socket);
        let _nobody_listens = self.woken.lock().unwrap().send(());
    }
}

/// Who holds a lock that the waker wants can still use the socket.
///
/// Mutant: wakers are called under the connection's lock.
pub(crate) fn a_waker_may_block(world: &World) {
    let (client, server) = world.pair();
    let lock = Arc::new(Mutex::new(()));
    let (waking, wakes) = mpsc::channel();
    let waker = Waker::from(Arc::new(Blocker { lock: Arc::clone(&lock), waking: Mutex::new(waking) }));
    let (mut parked, mut read) = (server.read(), server.read());
    assert!(poll_once(&mut parked).is_pending());
    poll_with(&mut read, &waker);
    let held = lock.lock().unwrap();
    client.write("one").detach().unwrap();
    client.write("two").detach().unwrap();
    watchdog::next("a waker that blocks", &wakes);
    assert!(server.is_open());
    drop(server.write("never mind"));
    drop(held);
    assert_eq!((parked.wait().unwrap(), read.wait().unwrap()), ("one".into(), "two".into()));
}

struct Blocker {
    lock: Arc<Mutex<()>>,
    waking: Mutex<Sender<()>>,
}

impl Wake for Blocker {
    fn wake(self: Arc<Self>) {
        let _nobody_listens = self.waking.lock().unwrap().send(());
        drop(self.lock.lock().unwrap());
    }
}

/// A waker that is replaced or forgotten is dropped outside of the lock, too.
pub(crate) fn dropping_a_waker_may_use_its_socket(world: &World) {
    let (client, server) = world.pair();
    let (mut read, mut other) = (server.read(), server.read());
    for _ in 0..3 {
        let waker = Waker::from(Arc::new(DropsIntoSocket { socket: server.clone() }));
        poll_with(&mut read, &waker);
        poll_with(&mut other, &waker);
    }
    drop(other);
    assert!(read.wait_for(core::time::Duration::from_millis(1)).is_none());
    send(&client, "one");
    assert_eq!(read.wait().unwrap(), "one");
}

struct DropsIntoSocket {
    socket: Socket,
}

impl Wake for DropsIntoSocket {
    fn wake(self: Arc<Self>) {}
}

impl Drop for DropsIntoSocket {
    fn drop(&mut self) {
        use_all(&self.socket);
    }
}

/// Mutant: payloads are dropped under the connection's lock.
pub(crate) fn dropping_a_payload_may_use_its_socket(world: &World) {
    let stuck = stuck(world);
    let (client, server) = (stuck.client, stuck.server);
    let (dropped, drops) = mpsc::channel();
    let payload = || Bytes::from_owner(Payload { socket: client.clone(), dropped: dropped.clone() });
    drop(client.write(payload()));
    let sent = client.write(payload());
    drop(stuck.long.detach());
    expect(&server, ["first"]);
    receive(&server);
    receive(&server);
    sent.wait().unwrap();
    let unread = client.write(payload());
    unread.wait().unwrap();
    for _ in 0..3 {
        watchdog::next("the drop of a payload", &drops);
    }
}

/// Payloads in the queue of a connection that ends are dropped with it, or handed back.
///
/// Mutant: payloads are dropped under the connection's lock.
pub(crate) fn dropping_queued_payloads_may_use_the_socket(world: &World) {
    let stuck = stuck(world);
    let client = stuck.client;
    let (dropped, drops) = mpsc::channel();
    let payload = || Bytes::from_owner(Payload { socket: client.clone(), dropped: dropped.clone() });
    let mut writes = [client.write(payload()), client.write(payload())];
    core::mem::forget(client.write(payload()));
    stuck.server.abort();
    let handed_back = writes[0].wait_for(PATIENCE).unwrap().unwrap_err();
    drop(handed_back.into_payload().unwrap());
    drop(writes);
    for _ in 0..2 {
        watchdog::next("the drop of a payload", &drops);
    }
}

struct Payload {
    socket: Socket,
    dropped: Sender<()>,
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        b"payload"
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        use_all(&self.socket);
        let _nobody_listens = self.dropped.send(());
    }
}

fn use_all(socket: &Socket) {
    let _open = socket.is_open();
    drop(socket.write("never mind"));
    let mut read = socket.read();
    let _pending = poll_once(&mut read);
    drop(read);
    drop(socket.clone());
}

/// Wakers of accepts and connects may use the server.
///
/// Mutant: wakers are called under the server's lock.
pub(crate) fn a_waker_may_use_its_server(world: &World) {
    let server = world.serve_with(ServerOptions::new());
    let (woken, wakes) = mpsc::channel();
    let waker = Waker::from(Arc::new(ServerMeddler { server: server.clone(), woken: Mutex::new(woken) }));
    let mut accept = server.accept();
    let polled = Future::poll(Pin::new(&mut accept), &mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    let client = world.connect(&server);
    watchdog::next("a wake-up", &wakes);
    let _served = accept.wait().unwrap().accept().unwrap();
    client.wait().unwrap();
}

struct ServerMeddler {
    server: bowline_runtime::Server,
    woken: Mutex<Sender<()>>,
}

impl Wake for ServerMeddler {
    fn wake(self: Arc<Self>) {
        assert_eq!(self.server.undecided(), 1);
        drop(self.server.accept());
        drop(self.server.clone());
        let _nobody_listens = self.woken.lock().unwrap().send(());
    }
}

fn poll_with(read: &mut Read, waker: &Waker) {
    assert!(Future::poll(Pin::new(read), &mut Context::from_waker(waker)).is_pending());
}
