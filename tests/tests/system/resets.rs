//! A server that resets while its client writes.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use bowline_runtime::{Endpoint, EndpointKind};
use bowline_tests::{Directory, Frame, Numbered, Raw, hello, kind, message};
use core::time::Duration;
use socket2::SockRef;

use crate::kit::{Place, quick_or_long};
use crate::victim::Victim;

/// How many messages wait for the client when the server resets.
const INBOUND: usize = 20;

/// The process survives although SIGPIPE would kill it; what the server has read is a part of what the client says it has
/// sent; and what came before the reset can be read.
///
/// Mutants: bytes are sent without MSG_NOSIGNAL; an error of a write throws away what can still be read; or tells of
/// messages that had left that they had not.
pub(crate) fn delivered_is_a_part_of_sent(place: Place) {
    let (directory, rounds) = (Directory::new(), quick_or_long(100, 1250));
    let mut listener = Listener::bind(&place.endpoint(&directory));
    let (endpoint, count) = (listener.endpoint.to_string(), rounds.to_string());
    let mut victim = Victim::spawn(&[place.adapter, "reset", &endpoint, &count]);
    let mut totals = [0; 3];
    for round in 0..rounds {
        let delivered = listener.serve(round);
        let [sent, unknown, inbound] =
            [victim.expect("sent"), victim.expect("unknown"), victim.expect("inbound")];
        assert!(delivered <= sent, "round {round}: {delivered} delivered, {sent} sent");
        assert!(unknown <= 1, "round {round}: {unknown} were on their way at once");
        assert_eq!(inbound, INBOUND, "round {round}: what came before can't be read");
        [delivered, sent, unknown].iter().zip(&mut totals).for_each(|(count, total)| *total += count);
    }
    println!(
        "{}, {}, {rounds} resets: [delivered, sent, unknown] {totals:?}",
        place.adapter,
        place.transport()
    );
    assert_eq!(victim.expect::<usize>("survived"), rounds);
    victim.expect_end();
}

/// A server in bare bytes.
struct Listener {
    socket: Socket,
    endpoint: Endpoint,
    chance: Numbered,
}

enum Socket {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    fn bind(endpoint: &Endpoint) -> Self {
        let (socket, endpoint) = match endpoint.kind() {
            EndpointKind::Unix(path) => (Socket::Unix(UnixListener::bind(path).unwrap()), endpoint.clone()),
            EndpointKind::Tcp { host, port } => {
                let listener = TcpListener::bind((host, port)).unwrap();
                let endpoint = Endpoint::tcp(host, listener.local_addr().unwrap().port()).unwrap();
                (Socket::Tcp(listener), endpoint)
            }
            other => panic!("{other:?}"),
        };
        Self { socket, endpoint, chance: Numbered::new(1) }
    }

    /// A client whose dropping resets the stream: by the socket option on TCP, and where that means nothing by the bytes
    /// that were not read.
    fn accept(&self) -> Raw {
        let zero = Some(Duration::ZERO);
        match &self.socket {
            Socket::Unix(listener) => Raw::unix(listener.accept().unwrap().0),
            Socket::Tcp(listener) => {
                let stream = listener.accept().unwrap().0;
                SockRef::from(&stream).set_linger(zero).unwrap();
                Raw::tcp(stream)
            }
        }
    }

    /// Lets one client in, sends something, reads some messages, and resets; how many it has read.
    fn serve(&mut self, round: usize) -> usize {
        let mut raw = self.accept();
        raw.expect_frame(kind::HELLO);
        raw.send_frame(&Frame::new(kind::WELCOME, &hello(1 << 20, 0).payload));
        // At once: a reset destroys what TCP itself has not sent yet.
        raw.send(&message(b"for later").bytes().repeat(INBOUND));
        let some = self.chance.random() % 400;
        for number in 0..some {
            let frame = raw.expect_frame(kind::MESSAGE);
            assert!(frame.payload == number.to_le_bytes().repeat(100), "round {round}: another message");
        }
        usize::try_from(some).unwrap()
    }
}
