//! Messages and clients as streams, sinks and callbacks.

use core::future::poll_fn;
use core::pin::Pin;
use std::sync::mpsc;

use bowline_runtime::{Bytes, CloseReason, Outgoing, ReadError, WriteError};
use bowline_tests::{World, watchdog};
use futures_sink::Sink;

use crate::kit::{PATIENCE, expect, post, receive, send, stuck};

pub(crate) fn messages_end_with_the_peers_goodbye(world: &World) {
    let (client, server) = world.pair();
    send(&client, "one");
    send(&client, "two");
    drop(client);
    let (one, two, end, after) = world.run(async move {
        let mut messages = server.messages();
        (messages.next().await, messages.next().await, messages.next().await, messages.next().await)
    });
    assert_eq!((one.unwrap().unwrap(), two.unwrap().unwrap()), ("one".into(), "two".into()));
    assert!(end.is_none() && after.is_none());
}

/// A stream that ends because the peer was lost says so once.
pub(crate) fn messages_end_with_the_loss(world: &World) {
    let stuck = stuck(world);
    let server = stuck.server;
    stuck.client.abort();
    let (one, end, after) = world.run(async move {
        let mut messages = server.messages();
        (messages.next().await, messages.next().await, messages.next().await)
    });
    assert_eq!(one.unwrap().unwrap(), "first");
    assert!(matches!(end, Some(Err(ReadError::Closed(CloseReason::PeerLost { .. })))), "{end:?}");
    assert!(after.is_none());
}

/// Mutant: a sink forgets a message that was refused when the next one is fed.
pub(crate) fn a_sink_reports_what_it_did_not_send(world: &World) {
    let narrow = world.config().message_limit(10);
    let (client, server) = world.pair_with(narrow, narrow);
    let (fed, refused) = world.run(async move {
        let mut sink = client.sink();
        let fed = [feed(&mut sink, "one").await, feed(&mut sink, "longer than ten bytes").await];
        (fed, [feed(&mut sink, "two").await, poll_fn(|cx| Pin::new(&mut sink).poll_flush(cx)).await])
    });
    expect(&server, ["one"]);
    let reported = fed.into_iter().chain(refused).filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(reported[..], [WriteError::TooLong { .. }]), "{reported:?}");
}

async fn feed(sink: &mut Outgoing, message: &'static str) -> Result<(), WriteError> {
    poll_fn(|cx| Pin::new(&mut *sink).poll_ready(cx)).await?;
    Pin::new(sink).start_send(Bytes::from(message))
}

pub(crate) fn a_sink_closes(world: &World) {
    let (client, server) = world.pair();
    let sends = client.clone();
    world.adapter.spawn(Box::pin(async move {
        let mut sink = sends.sink();
        for number in 0..100 {
            feed(&mut sink, ["zero", "one", "two"][number % 3]).await.unwrap();
        }
        poll_fn(|cx| Pin::new(&mut sink).poll_close(cx)).await.unwrap();
    }));
    for number in 0..100 {
        assert_eq!(receive(&server), ["zero", "one", "two"][number % 3]);
    }
    assert_eq!(server.read().wait(), Err(ReadError::Closed(CloseReason::PeerClosed)));
    drop(server.close(PATIENCE));
    assert_eq!(client.ended().wait(), Ok(CloseReason::Closed));
}

/// Callbacks read in order, and may use the socket; it ends with the peer.
pub(crate) fn messages_by_callback(world: &World) {
    let (client, server) = world.pair();
    server.on_message(|socket, message| drop(socket.write(message).detach()));
    let own = server.read();
    for number in 0..100 {
        post(&client, number.to_string());
    }
    let mut echoes: Vec<_> = (0..99).map(|_| receive(&client)).collect();
    // A read of somebody else's has its message all the same.
    let stolen = own.wait().unwrap();
    echoes.push(stolen);
    let mut numbers: Vec<u32> =
        echoes.iter().map(|echo| str::from_utf8(echo).unwrap().parse().unwrap()).collect();
    assert!(numbers[..99].is_sorted());
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..100));
    drop((client, server));
}

/// Clients as a stream: shown interest at once, ended by the stop.
pub(crate) fn clients_as_a_stream(world: &World) {
    let server = world.serve();
    let mut clients = server.incoming();
    let connect = world.connect(&server);
    let (came, comes) = mpsc::channel();
    world.adapter.spawn(Box::pin(async move {
        while let Some(incoming) = clients.next().await {
            came.send(incoming.accept().unwrap()).unwrap();
        }
    }));
    let served = watchdog::next("a client", &comes);
    let client = connect.wait().unwrap();
    send(&client, "one");
    expect(&served, ["one"]);
    drop(client);
    server.close(PATIENCE).wait().unwrap();
    assert!(comes.recv_timeout(PATIENCE).is_err(), "one client too many");
}
