//! Two connections whose transports wake each other, as both ends of a stream in memory do.

use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use bowline_core::{Config, Connection, Profile};

use super::rig::Clockwork;
use super::wire::{End, Wire};
use super::{block_on, explore, spawn};
use crate::handle::Handle;
use crate::link::Link;
use crate::transport::{Intake, Outflow, Transport};
use crate::view::View;
use crate::{Peer, PeerAddress, Role, Socket, clock};

/// What is sent here is brought to the other end at once, under the lock of the connection that sends.
struct Crossed {
    own: End,
    other: Arc<Wire>,
}

impl Transport for Crossed {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        self.own.poll_recv(cx, intake)
    }

    fn poll_send(&mut self, _: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        outflow.poll_write(|slices| {
            let bytes = slices.iter().flat_map(|slice| slice.iter().copied()).collect::<Vec<_>>();
            self.other.bring(&bytes);
            Poll::Ready(Ok(bytes.len()))
        })
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.own.poll_shutdown(cx)
    }
}

fn open(executor: &Arc<Clockwork>, own: &Arc<Wire>, other: &Arc<Wire>) -> Socket {
    let own = End { wire: Arc::clone(own), blocks: false };
    let transport = Box::new(Crossed { own, other: Arc::clone(other) });
    let config = Config::new().profile(Profile::Plain);
    let connection = Connection::client(config, clock::now());
    let peer = Peer::new(PeerAddress::Other("model".into()));
    let view = View::new(Role::Client, &config, None, &peer);
    let executor = Arc::<Clockwork>::clone(executor);
    let link = Link::spawn(executor, connection, transport, peer, view, None);
    // So that it is told of bytes from the start.
    link.drive();
    Socket::new(Handle::new(link))
}

/// Each end writes and reads. No end waits for the other's lock with its own held, and each hears of its message.
///
/// Mutant: `Ready::wake_by_ref` takes the lock of its connection: each end holds its own and wants the other's.
#[test]
fn two_ends_wake_each_other() {
    explore("link: two ends", || {
        let executor = Arc::new(Clockwork::default());
        let (left, right) = (Arc::new(Wire::default()), Arc::new(Wire::default()));
        let (one, two) = (open(&executor, &left, &right), open(&executor, &right, &left));
        let talk = |socket: Socket, message: &'static str| {
            assert!(block_on(socket.write(message)).is_ok());
            let came = block_on(socket.read()).unwrap();
            (socket, came)
        };
        let one = spawn(move || talk(one, "a"));
        let (_two, came) = talk(two, "b");
        assert_eq!(came, "a");
        assert_eq!(one.join().unwrap().1, "b");
    });
}
