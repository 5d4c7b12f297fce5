//! A stream that ends in order and one that is cut off.

use std::io::{Read, Write};
use std::net::Shutdown;

use bowline_runtime::{CloseReason, Closed, Config, Profile, ReadError, Server, ServerOptions, Socket};
use bowline_tests::certificates::{Authority, server_for_all};
use bowline_tests::watchdog::PATIENCE;
use rustls::ClientConfig;

use crate::kit::{RawTls, join, knock_securely, next, open_server, serve_with};

fn plain_server() -> (Server, ClientConfig) {
    let authority = Authority::new();
    let options = ServerOptions::new().config(Config::new().profile(Profile::Plain));
    let server = serve_with(server_for_all(authority.certify("127.0.0.1")), options);
    (server, authority.client(None))
}

/// A foreign client that sends a message, and the server's end of it.
fn foreign() -> (RawTls, Socket) {
    let (server, client) = plain_server();
    let accept = server.accept();
    let mut raw = knock_securely(&server, client);
    raw.write_all(b"\x04\0\0\0ahoy").unwrap();
    raw.flush().unwrap();
    let served = next(accept).accept().unwrap();
    assert_eq!(next(served.read()), "ahoy");
    (raw, served)
}

#[track_caller]
fn end(served: &Socket) -> CloseReason {
    match served.read().wait_for(PATIENCE) {
        Some(Err(ReadError::Closed(reason))) => reason,
        other => panic!("{other:?}"),
    }
}

/// Mutant: the end of TCP's stream is taken for the end of TLS's.
#[test]
fn a_stream_that_is_cut_off_does_not_end_in_order() {
    let (raw, served) = foreign();
    raw.sock.shutdown(Shutdown::Write).unwrap();
    assert_eq!(end(&served), CloseReason::PeerLost { mid_frame: false });
}

/// Mutant: the peer's notice is not listened to.
#[test]
fn a_stream_that_the_peer_ends_ends_in_order() {
    let (mut raw, served) = foreign();
    raw.conn.send_close_notify();
    raw.flush().unwrap();
    // Without an end of TCP's stream.
    assert_eq!(end(&served), CloseReason::PeerClosed);
}

#[test]
fn what_came_before_the_end_is_read() {
    let (mut raw, served) = foreign();
    raw.write_all(b"\x05\0\0\0again").unwrap();
    raw.conn.send_close_notify();
    raw.flush().unwrap();
    assert_eq!(next(served.read()), "again");
    assert_eq!(end(&served), CloseReason::PeerClosed);
}

/// Mutant: the stream is shut down without a notice.
#[test]
fn a_close_ends_tls_in_order_too() {
    let (mut raw, served) = foreign();
    next(served.write("bye"));
    let closed = served.close(PATIENCE);
    let mut all = Vec::new();
    // Without the notice, rustls says `UnexpectedEof`.
    raw.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"\x03\0\0\0bye");
    raw.conn.send_close_notify();
    raw.flush().unwrap();
    next(closed);
}

/// An abort is no end that anybody could take for one in order.
#[test]
fn an_abort_does_not_look_like_an_end() {
    let (mut raw, served) = foreign();
    served.abort();
    assert!(raw.read_to_end(&mut Vec::new()).is_err());
}

#[test]
fn a_full_profile_says_goodbye_within() {
    let (server, client) = open_server();
    let (client, served) = join(&server, client);
    next(client.write("last"));
    let closed = client.close(PATIENCE);
    assert_eq!(next(served.read()), "last");
    assert_eq!(next(closed), Closed::Clean);
    assert_eq!(end(&served), CloseReason::PeerClosed);
}
