//! What connections and servers tell `metrics`: whatever happens meanwhile, the sums are exact in the end.
//!
//! One recorder serves the whole program, as in any other, since what is counted happens on many threads. So there is one test
//! at a time, and each looks at what its own connections have added.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod sums;

use std::sync::{Mutex, PoisonError};

use bowline_runtime::{Admission, Closed, ConnectError, Profile, Refusal, ServerOptions};
use bowline_tests::{Adapter, Frame, Transport, World, watchdog};
use sums::Sums;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn run(name: &str, make: fn() -> Box<dyn Adapter>, test: fn(&World, Sums)) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    watchdog::run(name, move || {
        test(&World::new(make, Transport::Local, Profile::Full), Sums::since_now());
    });
}

macro_rules! on_every_adapter {
    ($($test:ident)*) => {
        on_every_adapter!(@ tokio, bowline_tests::Tokio::multi_thread, $($test)*);
        on_every_adapter!(@ smol, bowline_tests::Smol::own_executor, $($test)*);
        on_every_adapter!(@ std_threads, bowline_tests::Std::threads, $($test)*);
    };
    (@ $adapter:ident, $make:path, $($test:ident)*) => {
        mod $adapter {
            $(
                #[test]
                fn $test() {
                    crate::run(stringify!($test), $make, crate::$test);
                }
            )*
        }
    };
}

on_every_adapter! { traffic refusals cancels violations unread keeping_up }

/// Mutants: `look` adds all again; `opened` counts twice.
fn traffic(world: &World, mut sums: Sums) {
    const MESSAGES: u64 = 1000;
    let (client, served) = world.pair();
    for _ in 0..MESSAGES {
        client.write("ahoy!").wait().unwrap();
        served.read().wait().unwrap();
    }
    served.write_all((0..MESSAGES).map(|_| "aye")).wait().unwrap();
    let mut left = MESSAGES;
    while left > 0 {
        left -= client.read_batch().wait().unwrap().len() as u64;
    }
    let close = client.close(watchdog::PATIENCE);
    assert!(served.read().wait().is_err());
    drop(served);
    assert_eq!(close.wait().unwrap(), Closed::Clean);
    sums.settle(&[
        ("bowline_connections_open{side=client}", 0),
        ("bowline_connections_open{side=server}", 0),
        ("bowline_messages_queued{direction=received,side=client}", 0),
        ("bowline_messages_queued{direction=received,side=server}", 0),
        ("bowline_messages_queued{direction=sent,side=client}", 0),
        ("bowline_messages_queued{direction=sent,side=server}", 0),
        ("bowline_clients_accepted_total", 1),
        ("bowline_connections_closed_total{reason=closed,side=client}", 1),
        ("bowline_connections_closed_total{reason=peer_closed,side=server}", 1),
        ("bowline_connections_opened_total{side=client}", 1),
        ("bowline_connections_opened_total{side=server}", 1),
        ("bowline_messages_received_total{side=client}", MESSAGES),
        ("bowline_messages_received_total{side=server}", MESSAGES),
        ("bowline_messages_sent_total{side=client}", MESSAGES),
        ("bowline_messages_sent_total{side=server}", MESSAGES),
        ("bowline_received_bytes_total{side=client}", 3 * MESSAGES),
        ("bowline_received_bytes_total{side=server}", 5 * MESSAGES),
        ("bowline_sent_bytes_total{side=client}", 5 * MESSAGES),
        ("bowline_sent_bytes_total{side=server}", 3 * MESSAGES),
    ]);
}

/// Mutant: a client that is turned away before it is in the books is not counted.
fn refusals(world: &World, mut sums: Sums) {
    let server = world.serve_with(ServerOptions::new().admission(Admission::new().max_clients(1)));
    let refused = |connect: bowline_runtime::Connect| {
        assert!(matches!(connect.wait(), Err(ConnectError::Refused { .. })));
    };
    refused(world.connect(&server));
    let (accept, connect) = (server.accept(), world.connect(&server));
    accept.wait().unwrap().refuse(Refusal::Application(0x1234), "");
    refused(connect);
    watchdog::until("room", || server.stats().clients + server.stats().undecided == 0);
    let (client, served) = world.join(&server, world.config());
    refused(world.connect(&server));
    client.abort();
    drop(served);
    sums.settle(&[
        ("bowline_clients_accepted_total", 1),
        ("bowline_clients_refused_total{reason=application}", 1),
        ("bowline_clients_refused_total{reason=full}", 1),
        ("bowline_clients_refused_total{reason=not_accepting}", 1),
        ("bowline_connections_closed_total{reason=aborted,side=client}", 1),
        ("bowline_connections_closed_total{reason=declined,side=server}", 3),
        ("bowline_connections_closed_total{reason=peer_lost,side=server}", 1),
        ("bowline_connections_closed_total{reason=refused,side=client}", 3),
        ("bowline_connections_opened_total{side=client}", 1),
        ("bowline_connections_opened_total{side=server}", 1),
        ("bowline_connections_open{side=client}", 0),
        ("bowline_connections_open{side=server}", 0),
    ]);
}

fn cancels(world: &World, mut sums: Sums) {
    const LONG: usize = 12 << 20;
    let server = world.serve_with(ServerOptions::new().config(world.config().queue_bytes(1)));
    let (client, served) = world.join(&server, world.config());
    client.write("first").wait().unwrap();
    let mut long = client.write(vec![7; LONG]);
    assert!(long.wait_for(core::time::Duration::ZERO).is_none(), "the buffers took everything");
    drop(client.write("never sent"));
    drop(client.write_all(["nor", "these"]));
    drop(long);
    assert_eq!(served.read().wait().unwrap(), "first");
    client.write("last").wait().unwrap();
    assert_eq!(served.read().wait().unwrap(), "last");
    let close = client.close(watchdog::PATIENCE);
    assert!(served.read().wait().is_err());
    drop(served);
    close.wait().unwrap();
    sums.settle(&[
        ("bowline_connections_closed_total{reason=closed,side=client}", 1),
        ("bowline_connections_closed_total{reason=peer_closed,side=server}", 1),
        ("bowline_messages_aborted_total{direction=received,side=server}", 1),
        ("bowline_messages_aborted_total{direction=sent,side=client}", 1),
        ("bowline_messages_sent_total{side=client}", 2),
        ("bowline_messages_received_total{side=server}", 2),
        ("bowline_writes_cancelled_total{how=aborted,side=client}", 1),
        ("bowline_writes_cancelled_total{how=recalled,side=client}", 3),
        ("bowline_messages_queued{direction=sent,side=client}", 0),
    ]);
}

fn violations(world: &World, mut sums: Sums) {
    let server = world.serve();
    let (mut raw, served) = world.raw_join(&server);
    raw.send_frame(&Frame::new(0x3F, b"no such kind"));
    assert!(served.read().wait().is_err());
    sums.settle(&[
        ("bowline_connections_closed_total{reason=violated,side=server}", 1),
        ("bowline_connections_open{side=server}", 0),
        ("bowline_violations_total{side=server,violation=unknown_kind}", 1),
    ]);
}

/// What nobody will ever read is in no queue any more.
///
/// Mutant: `look_back` adds nothing.
fn unread(world: &World, mut sums: Sums) {
    let (client, served) = world.pair();
    client.write_all(["one", "two", "three"]).wait().unwrap();
    watchdog::until("three messages", || served.stats().received.queued == 3);
    client.abort();
    sums.settle(&[
        ("bowline_connections_closed_total{reason=aborted,side=client}", 1),
        ("bowline_connections_closed_total{reason=peer_lost,side=server}", 1),
        ("bowline_messages_queued{direction=received,side=server}", 0),
        ("bowline_messages_received_total{side=server}", 3),
    ]);
    drop(served);
}

/// While a connection is busy the sums follow it: nobody has to wait for its end.
fn keeping_up(world: &World, mut sums: Sums) {
    let (client, served) = world.pair();
    sums.wait_for("bowline_messages_received_total{side=server}", 100, || {
        client.write("ahoy").wait().unwrap();
        served.read().wait().unwrap();
    });
    sums.wait_for("bowline_connections_open{side=server}", 1, || {});
    client.abort();
    drop(served);
    sums.settle(&[
        ("bowline_connections_closed_total{reason=aborted,side=client}", 1),
        ("bowline_connections_closed_total{reason=peer_lost,side=server}", 1),
        ("bowline_connections_open{side=server}", 0),
    ]);
}
