//! Who listens where, in this process: an endpoint of any kind is a name here and nothing else.

use core::sync::atomic::{AtomicU16, Ordering};
use core::task::{Context, Poll, Waker};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use bowline_net::BindError;
use bowline_runtime::{Arrival, Endpoint, EndpointKind, Listen, ListenFault};

static DOORS: LazyLock<Mutex<HashMap<Endpoint, Door>>> = LazyLock::new(Mutex::default);

/// Where clients of one server come in.
#[derive(Default)]
struct Door {
    waiting: VecDeque<Arrival>,
    server: Option<Waker>,
}

/// The server's side of a door. Dropping it frees the endpoint; whoever still waits there sees the end of his stream.
pub(super) struct Listener(Endpoint);

/// Takes an endpoint.
pub(super) fn open(endpoint: &Endpoint) -> Result<(Endpoint, Listener), BindError> {
    let endpoint = with_port(endpoint);
    let mut doors = doors();
    if doors.contains_key(&endpoint) {
        return Err(BindError::InUse { endpoint });
    }
    doors.insert(endpoint.clone(), Door::default());
    Ok((endpoint.clone(), Listener(endpoint)))
}

/// Brings a client to whoever listens there.
pub(super) fn arrive(endpoint: &Endpoint, arrival: Arrival) -> io::Result<()> {
    let mut doors = doors();
    let Some(door) = doors.get_mut(endpoint) else {
        drop(doors);
        return Err(io::ErrorKind::ConnectionRefused.into());
    };
    door.waiting.push_back(arrival);
    let server = door.server.take();
    drop(doors);
    server.into_iter().for_each(Waker::wake);
    Ok(())
}

/// Port 0 is one that nobody has, as far as there are so many.
fn with_port(endpoint: &Endpoint) -> Endpoint {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    match endpoint.kind() {
        EndpointKind::Tcp { host, port: 0 } => {
            Endpoint::tcp(host, NEXT.fetch_add(1, Ordering::Relaxed)).expect("the host is fine already")
        }
        _ => endpoint.clone(),
    }
}

impl Listen for Listener {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>> {
        let waker = cx.waker().clone();
        let mut doors = doors();
        let door = doors.get_mut(&self.0).expect("it is there as long as its listener is");
        if let Some(arrival) = door.waiting.pop_front() {
            return Poll::Ready(Ok(arrival));
        }
        let before = door.server.replace(waker);
        drop(doors);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // What it holds is dropped when the lock is free.
        let _door = doors().remove(&self.0);
    }
}

fn doors() -> MutexGuard<'static, HashMap<Endpoint, Door>> {
    DOORS.lock().unwrap_or_else(PoisonError::into_inner)
}
