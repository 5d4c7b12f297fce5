//! The roles that connect.

use core::time::Duration;
use std::thread;

use bowline_runtime::{Bytes, Closed, Endpoint, Socket};

use crate::adapter::Adapter;
use crate::process::{Switches, print};

/// How long a close may take; far longer than it does.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// In this time whatever the connections' beginning has set in motion comes to rest. Nothing depends on it but how idle
/// an idle process is.
const REST: Duration = Duration::from_secs(1);

/// `count` round trips, one after the other, of `size` bytes each way.
pub(crate) async fn ping<A: Adapter>(endpoint: Endpoint, count: usize, size: usize) {
    let (socket, payload) = (connected::<A>(&endpoint).await, payload(size));
    let switches = Switches::begin();
    for _ in 0..count {
        A::end(socket.write(payload.clone())).await.expect("the server reads");
        A::end(socket.read()).await.expect("the server answers");
    }
    switches.print();
    close::<A>(&socket).await;
}

/// `count` messages of `size` bytes for which nobody waits, unless there is no room for the next.
pub(crate) async fn stream<A: Adapter>(endpoint: Endpoint, count: usize, size: usize) {
    let (socket, payload) = (connected::<A>(&endpoint).await, payload(size));
    let mut awaited = 0;
    for _ in 0..count {
        if let Err(without_room) = socket.write(payload.clone()).detach() {
            awaited += 1;
            A::end(without_room).await.expect("the server reads");
        }
    }
    print("awaited", awaited);
    close::<A>(&socket).await;
}

/// Opens one connection to ask by and `count` others with one message each, rests, and asks.
pub(crate) async fn idle<A: Adapter>(endpoint: Endpoint, count: usize) {
    let asking = connected::<A>(&endpoint).await;
    let mut idle = Vec::with_capacity(count);
    for _ in 0..count {
        let socket = connected::<A>(&endpoint).await;
        A::end(socket.write("ahoy")).await.expect("the server reads");
        idle.push(socket);
    }
    thread::sleep(REST);
    A::end(asking.write("how are you?")).await.expect("the server reads");
    let _end = A::end(asking.ended()).await;
}

async fn connected<A: Adapter>(endpoint: &Endpoint) -> Socket {
    A::end(A::connect(endpoint)).await.expect("the server listens")
}

fn payload(size: usize) -> Bytes {
    Bytes::from(vec![0x5A; size])
}

/// Closes; everything must have arrived.
async fn close<A: Adapter>(socket: &Socket) {
    let closed = A::end(socket.close(PATIENCE)).await;
    assert!(matches!(closed, Ok(Closed::Clean)), "{closed:?}");
}
