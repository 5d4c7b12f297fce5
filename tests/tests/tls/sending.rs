//! When a message counts as sent, and what a cancelled one leaves behind.

use core::task::{Context, Poll};
use std::io::{Read, Write};
use std::time::Instant;

use bowline_net::{Insecure, ServerSecurity};
use bowline_runtime::{
    Accept, Arrival, Cancelled, Findings, Peer, PeerAddress, Server, Socket, Status, Timer,
};
use bowline_tests::certificates::{Authority, server_for_all};
use bowline_tests::{hello, watchdog};
use bowline_tls::ServerTls;
use rustls::{ClientConnection, StreamOwned};

use crate::kit::{SOON, join, next, open_server};
use crate::pipe::{Far, pipe};

/// A foreign client in memory that has not said anything, and a server that waits for it as long as it is held.
fn begin() -> (StreamOwned<ClientConnection, Far>, Far, (Server, Accept)) {
    let authority = Authority::new();
    let tls = ServerTls::new(server_for_all(authority.certify("127.0.0.1")));
    let (server, _) = open_server();
    let (near, far) = pipe();
    let findings = Findings::new();
    let insecure = Insecure { stream: Box::new(near), findings: findings.clone(), timer: Box::new(Never) };
    let transport = tls.accept(insecure).unwrap();
    let peer = Peer::new(PeerAddress::Other("memory".into())).with_findings(findings);
    let accept = server.accept();
    server.adopt(Arrival { transport, peer, objection: None });
    let name = "127.0.0.1".try_into().unwrap();
    let connection = ClientConnection::new(authority.client(None).into(), name).unwrap();
    (StreamOwned::new(connection, far.another()), far, (server, accept))
}

/// A foreign client in memory, and the server's end of it.
fn in_memory() -> (StreamOwned<ClientConnection, Far>, Far, Socket) {
    let (mut raw, far, (_server, accept)) = begin();
    raw.write_all(&hello(1 << 20, 0).bytes()).unwrap();
    let served = next(accept).accept().unwrap();
    raw.read_exact(&mut [0; 20]).unwrap();
    (raw, far, served)
}

/// Nobody is slow here.
struct Never;

impl Timer for Never {
    fn poll_until(&mut self, _: &mut Context<'_>, _: Instant) -> Poll<()> {
        Poll::Pending
    }
}

/// Mutant: only who sends hears that there is room; in a handshake that is nobody.
#[test]
fn a_handshake_that_was_stuck_goes_on() {
    let (mut raw, far, (_server, accept)) = begin();
    far.make_room(Some(10));
    let client = std::thread::spawn(move || raw.write_all(&hello(1 << 20, 0).bytes()).map(|()| raw));
    watchdog::until("the server to be stuck", || far.is_full());
    // Nobody looks by himself any more.
    std::thread::sleep(SOON);
    far.make_room(None);
    let _served = next(accept).accept().unwrap();
    client.join().unwrap().unwrap();
}

/// Mutant: what rustls has taken counts as sent.
#[test]
fn a_message_is_sent_when_its_ciphertext_is_with_the_system() {
    let (mut raw, far, served) = in_memory();
    far.hold_back(true);
    let mut write = served.write("ahoy");
    assert!(write.wait_for(core::time::Duration::ZERO).is_none());
    let mut bytes = [0; 8];
    raw.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"\x04\0\0\0ahoy");
    // It is even with the peer; but for all that this side knows, it may be lost.
    assert_eq!(write.status(), Status::Pending);
    far.hold_back(false);
    next(write);
}

/// Mutant: a record that is half-way out counts as sent.
#[test]
fn half_a_record_is_no_message() {
    let (mut raw, far, served) = in_memory();
    far.make_room(Some(10));
    let mut write = served.write("ahoy");
    assert!(write.wait_for(core::time::Duration::ZERO).is_none());
    let second = served.write("again");
    assert_eq!(write.status(), Status::Pending);
    // What is encrypted has to go, the rest can be taken back.
    match second.cancel() {
        Cancelled::Recalled(payload) => assert_eq!(payload, "again"),
        other => panic!("{other:?}"),
    }
    assert!(!matches!(write.cancel(), Cancelled::Recalled(_)), "it would be there twice");
    far.make_room(None);
    let mut bytes = [0; 8];
    raw.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"\x04\0\0\0ahoy");
    next(served.write("third"));
    let mut bytes = [0; 9];
    raw.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"\x05\0\0\0third");
}

/// Bytes that no two places have in common.
fn long(seed: usize) -> Vec<u8> {
    (0..12 << 20).map(|index: usize| ((index * 31) >> 3).wrapping_add(seed).to_le_bytes()[0]).collect()
}

#[test]
fn long_messages_go_both_ways_at_once() {
    let (server, client) = open_server();
    let (client, served) = join(&server, client);
    let writes = [client.write(long(1)), served.write(long(2))];
    let reads = [served.read(), client.read()];
    std::thread::scope(|scope| {
        for write in writes {
            scope.spawn(|| next(write));
        }
        for (read, seed) in reads.into_iter().zip([1, 2]) {
            scope.spawn(move || assert!(next(read) == long(seed), "bytes have changed"));
        }
    });
}

/// Mutant: what is encrypted ahead grows with the message.
#[test]
fn little_is_encrypted_ahead() {
    let (raw, far, served) = in_memory();
    far.make_room(Some(0));
    let mut write = served.write(vec![7; 900 << 10]);
    assert!(write.wait_for(core::time::Duration::ZERO).is_none());
    // Of what may still be cut off, no more than the peer could be told about.
    assert!(matches!(write.cancel(), Cancelled::Aborted), "all of it was on its way");
    far.make_room(None);
    let mut raw = raw;
    let mut sent = 0;
    // The message's beginning, chunks, and an abort that says that there is no more.
    loop {
        let mut word = [0; 4];
        raw.read_exact(&mut word).unwrap();
        let length = u32::from_le_bytes([word[0], word[1], word[2], 0]) as usize;
        raw.read_exact(&mut vec![0; length]).unwrap();
        sent += length;
        if word[3] == bowline_tests::kind::ABORT {
            break;
        }
    }
    assert!(sent < 200 << 10, "{sent} bytes");
    watchdog::until("the connection to be free", || served.write("x").wait_for(watchdog::PATIENCE).is_some());
}
