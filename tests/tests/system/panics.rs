//! Panics in code of the user's that the library calls. Each costs one connection at most.

use core::future::Future;
use core::mem::ManuallyDrop;
use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Waker};
use std::panic;
use std::sync::{Arc, Once, mpsc};
use std::task::Wake;

use bowline_runtime::{CloseReason, Config, Server, Socket};
use bowline_tests::watchdog::PATIENCE;
use bowline_tests::{World, watchdog};

use crate::kit::{Place, exchange, quick_or_long};

const ON_PURPOSE: &str = "part of the test";

/// Of three clients one meets a callback that panics instead of deciding, one a callback that panics with its socket, and
/// that one's end a callback that panics, too. The third is let in.
///
/// Mutant: callbacks run in the acceptor's task.
pub(crate) fn in_a_callback_of_a_server(place: Place) {
    let (world, server) = prepared(place);
    let (decided, (let_in, sockets)) = (AtomicUsize::new(0), mpsc::channel());
    let connected = AtomicUsize::new(0);
    server.on_connect(
        move |_peer| !decided.fetch_add(1, Ordering::SeqCst).is_multiple_of(3) || panic!("{ON_PURPOSE}"),
        move |socket| {
            assert!(!connected.fetch_add(1, Ordering::SeqCst).is_multiple_of(2), "{ON_PURPOSE}");
            let_in.send(socket).unwrap();
        },
    );
    server.on_disconnect(|_peer, _reason| panic!("{ON_PURPOSE}"));
    for _ in 0..quick_or_long(100, 10_000) {
        world.connect(&server).wait().expect_err("nobody has decided");
        let dropped = world.connect(&server).wait().unwrap();
        assert_eq!(dropped.ended().wait(), Ok(CloseReason::PeerClosed));
        let client = world.connect(&server).wait().unwrap();
        exchange(&client, &watchdog::next("a client", &sockets));
    }
}

/// Every message of every second connection meets a callback that panics, which lets go of that socket.
///
/// Mutant: a driver that calls back while it holds the connection's lock.
pub(crate) fn in_a_callback_of_a_socket(place: Place) {
    let (world, server) = prepared(place);
    let (witness, witnessed) = world.join(&server, Config::new());
    for _ in 0..quick_or_long(100, 10_000) {
        let (client, served) = world.join(&server, Config::new());
        served.on_message(|_socket, _message| panic!("{ON_PURPOSE}"));
        client.write("for the callback").wait().unwrap();
        drop(served);
        client.ended().wait().unwrap();
        exchange(&witness, &witnessed);
    }
}

/// Every kind of task.
pub(crate) fn in_a_callback_of_a_task(place: Place) {
    let (world, server) = prepared(place);
    let (witness, witnessed) = world.join(&server, Config::new());
    for _ in 0..quick_or_long(100, 10_000) {
        let accept = server.accept();
        let connect = world.connect(&server);
        let served = accept.wait().unwrap().accept().unwrap();
        let client = connect.wait().unwrap();
        served.read().on_complete(|_result| panic!("{ON_PURPOSE}"));
        client.write("for the callback").on_complete(|_result| panic!("{ON_PURPOSE}"));
        client.ended().on_complete(|_result| panic!("{ON_PURPOSE}"));
        exchange(&witness, &witnessed);
        // The connection itself is not hurt.
        exchange_after_callback(&client, &served);
        served.close(PATIENCE).on_complete(|_result| panic!("{ON_PURPOSE}"));
        client.ended().wait().unwrap();
    }
    server.accept().on_complete(|_result| panic!("{ON_PURPOSE}"));
    world.connect(&server).on_complete(|_result| panic!("{ON_PURPOSE}"));
    exchange(&witness, &witnessed);
}

fn exchange_after_callback(client: &Socket, served: &Socket) {
    served.write("to the client").wait().unwrap();
    assert_eq!(client.read().wait().unwrap(), "to the client");
}

/// Whoever drives calls the waker; a panic there may end no thread that others depend on.
///
/// Mutant: wakers are called where a panic ends the thread that waits for readiness.
pub(crate) fn in_a_waker(place: Place) {
    let (world, server) = prepared(place);
    // If it fails, its executor may be past dropping.
    let world = ManuallyDrop::new(world);
    let (witness, witnessed) = world.join(&server, Config::new());
    for _ in 0..quick_or_long(100, 10_000) {
        let (client, served) = world.join(&server, Config::new());
        let bomb = Arc::new(Bomb::default());
        let mut reads = [served.read(), served.read(), served.read()];
        for read in &mut reads {
            let waker = Waker::from(Arc::clone(&bomb));
            assert!(Pin::new(read).poll(&mut Context::from_waker(&waker)).is_pending());
        }
        client.write("one").wait().unwrap();
        client.write("two").wait().unwrap();
        watchdog::until("a wake-up", || bomb.0.load(Ordering::SeqCst) > 0);
        exchange(&witness, &witnessed);
        // This thread may be the one that calls the last of them.
        let _hurt = panic::catch_unwind(AssertUnwindSafe(|| drop((reads, client, served))));
    }
    let (late, late_served) = world.join(&server, Config::new());
    exchange(&late, &late_served);
    drop(ManuallyDrop::into_inner(world));
}

/// A waker that panics when it is called, and counts that.
#[derive(Default)]
struct Bomb(AtomicUsize);

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("{ON_PURPOSE}");
    }
}

/// A server in a process that does not print panics on purpose.
fn prepared(place: Place) -> (World, Server) {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload_as_str() != Some(ON_PURPOSE) {
                print(info);
            }
        }));
    });
    let world = place.world();
    let server = world.serve();
    (world, server)
}
