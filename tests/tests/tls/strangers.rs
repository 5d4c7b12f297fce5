//! Peers that don't speak TLS, or don't speak at all.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use bowline_runtime::{
    Admission, CloseReason, Config, ConnectError, Fault, Profile, Refusal, Server, ServerOptions,
};
use bowline_std::{BindOptions, ConnectOptions, bind_with, connect_with};
use bowline_tests::certificates::{Authority, server_for_all};
use bowline_tests::watchdog;
use bowline_tls::{Blame, ServerTls, TlsError};
use rustls::ClientConfig;

use crate::kit::{
    SOON, address, connect, connect_to, insecurity, join, knock, knock_securely, next, open_server,
    serve_with,
};

fn limited(admission: Admission, config: Config) -> (Server, ClientConfig) {
    let authority = Authority::new();
    let options = ServerOptions::new().admission(admission).config(config);
    let server = serve_with(server_for_all(authority.certify("127.0.0.1")), options);
    (server, authority.client(None))
}

fn rest(mut stream: &TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _reset = stream.read_to_end(&mut rest);
    rest
}

/// Mutant: the alert is not sent.
#[test]
fn garbage_is_answered_by_an_alert() {
    for garbage in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 100], &[0xFF; 70_000], &[0x16, 3, 1, 0, 4, 1, 0, 0, 0]]
    {
        let (server, _) = open_server();
        let accept = server.accept();
        let mut stream = knock(&server);
        let _hung_up = stream.write_all(garbage);
        let answer = rest(&stream);
        // A fatal alert, or a reset for one who sends too much to be listened to.
        assert!(answer.starts_with(&[0x15]) || garbage.len() > 50_000, "{answer:?}");
        drop(stream);
        watchdog::until("the end of the stranger", || server.stats().insecure == 1);
        assert!(accept.cancel().is_none(), "a client was offered");
    }
}

/// With a reset the system may take the alert away from whoever has not read it yet, for which it is enough to have sent
/// something that the server has not read.
///
/// Mutant: the server hangs up with the alert.
#[test]
fn the_server_waits_until_the_alert_was_read() {
    let (server, _) = open_server();
    let _accept = server.accept();
    let mut stream = knock(&server);
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(rest(&stream).starts_with(&[0x15]));
    for _ in 0..20 {
        stream.write_all(b"Is anybody there?").unwrap();
        thread::sleep(SOON / 20);
    }
    assert_eq!(server.undecided(), 1);
    drop(stream);
    watchdog::until("the end of the stranger", || server.stats().insecure == 1);
}

/// Mutant: the alert is not sent, and the client sees a peer that is lost.
#[test]
fn a_plain_client_at_a_secure_port_hears_that_it_speaks_the_wrong_protocol() {
    let (server, _) = open_server();
    let _accept = server.accept();
    let endpoint = format!("tcp://127.0.0.1:{}", address(&server).1);
    let error = connect_with(&endpoint, ConnectOptions::new()).wait().unwrap_err();
    let ConnectError::Closed(reason) = error else { panic!("{error:?}") };
    assert_eq!(reason.fault(), Fault::Peer);
    assert!(matches!(reason, CloseReason::Violated(_)), "{reason}");
    watchdog::until("the end of the stranger", || server.stats().insecure == 1);
}

/// Mutant: what is no TLS is taken for TLS that is broken.
#[test]
fn a_secure_client_at_a_plain_port_hears_that_the_server_does_not_speak_tls() {
    let server = bind_with("tcp://127.0.0.1:0", &BindOptions::new(), Default::default()).unwrap();
    let _accept = server.accept();
    let endpoint = format!("tls+tcp://127.0.0.1:{}", address(&server).1).parse().unwrap();
    let error = insecurity(connect_to(&endpoint, Authority::new().client(None), Config::new()));
    assert!(matches!(error, TlsError::NotTls), "{error:?}");
    assert_eq!(error.blame(), Blame::Peer);
}

/// Mutant: a client counts only when its handshake is over.
#[test]
fn who_stalls_in_the_handshake_takes_up_one_place() {
    let (server, client) = limited(Admission::new().backlog(2), Config::new());
    let accept = server.accept();
    let mut stalled = [knock(&server), knock(&server)];
    stalled[1].write_all(&[0x16, 3, 1]).unwrap();
    watchdog::until("two strangers", || server.undecided() == 2);
    match connect(&server, client.clone()).wait() {
        Err(ConnectError::Refused { refusal: Refusal::Backlog, .. }) => {}
        other => panic!("{other:?}"),
    }
    drop(stalled);
    watchdog::until("nobody", || server.undecided() == 0);
    let connect = connect(&server, client);
    let _served = next(accept).accept().unwrap();
    next(connect);
}

/// Mutant: a handshake has no deadline, or each byte moves it.
#[test]
fn who_stalls_in_the_handshake_is_dropped_at_the_deadline() {
    let (server, _) = limited(Admission::new(), Config::new().handshake_timeout(SOON));
    let _accept = server.accept();
    let silent = knock(&server);
    let mut slow = knock(&server);
    thread::spawn({
        let mut slow = slow.try_clone().unwrap();
        move || {
            // The beginning of a record that is long enough.
            let _ = slow.write_all(&[0x16, 3, 1, 0x10, 0]);
            while slow.write_all(&[1]).is_ok() {
                thread::sleep(SOON / 20);
            }
        }
    });
    rest(&silent);
    let _ = slow.read(&mut [0; 100]);
    watchdog::until("nobody", || server.undecided() == 0);
    assert_eq!(server.stats().accepted, 0);
}

/// The plain profile has no handshake and no deadline for one. Nobody is asked about a client without a certificate.
///
/// Mutant: TLS has no deadline either, or `announce` does not look whether the peer is known.
#[test]
fn on_the_plain_profile_tls_has_a_deadline_of_its_own() {
    let authority = Authority::new();
    let tls = ServerTls::new(server_for_all(authority.certify("127.0.0.1"))).timeout(SOON);
    let options = ServerOptions::new().config(Config::new().profile(Profile::Plain));
    let server = bind_with("tls+tcp://127.0.0.1:0", &BindOptions::new().tls(tls), options).unwrap();
    let mut accept = server.accept();
    let silent = knock(&server);
    assert!(accept.wait_for(SOON / 4).is_none(), "a client that nobody knows");
    rest(&silent);
    watchdog::until("nobody", || server.undecided() == 0);
}

/// Mutant: to have something to send before the handshake is over is an error.
#[test]
fn who_is_turned_away_hears_why() {
    let (server, client) = open_server();
    match connect(&server, client).wait() {
        Err(ConnectError::Refused { refusal: Refusal::NotAccepting, .. }) => {}
        other => panic!("{other:?}"),
    }
}

/// A peer that has proven who it is may still send rubbish: inside of TLS, where the protocol judges it, and around it.
///
/// Mutant: records that can't be decrypted are skipped.
#[test]
fn meddling_ends_the_connection() {
    let (server, client) = open_server();
    let accept = server.accept();
    let mut raw = knock_securely(&server, client);
    raw.write_all(&bowline_tests::hello(1 << 20, 0).bytes()).unwrap();
    raw.flush().unwrap();
    let served = next(accept).accept().unwrap();
    raw.sock.write_all(&[0x17, 3, 3, 0, 32]).unwrap();
    raw.sock.write_all(&[7; 32]).unwrap();
    served.read().wait_for(watchdog::PATIENCE).unwrap().unwrap_err();
    let fault = served.peer().fault().unwrap().downcast_ref::<TlsError>().unwrap();
    assert!(matches!(fault, TlsError::Violated(_)), "{fault:?}");
    assert_eq!(server.stats().insecure, 0, "it was let in before");
}

/// Others are not held up by a crowd of strangers.
#[test]
fn strangers_keep_nobody_out() {
    let (server, client) = open_server();
    let crowd: Vec<_> = (0..30).map(|_| knock(&server)).collect();
    let (client, served) = join(&server, client);
    next(client.write("ahoy"));
    assert_eq!(next(served.read()), "ahoy");
    drop(crowd);
}
