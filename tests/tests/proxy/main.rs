//! Servers behind a proxy that says who the client is.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;

use bowline_runtime::{
    Admission, Config, EndpointKind, Operation, PeerAddress, Profile, Refusal, Server, ServerOptions, Socket,
    Task,
};
use bowline_std::{BindOptions, bind_with};
use bowline_tests::certificates::{Authority, server_for_all};
use bowline_tests::{Frame, hello, kind, message, watchdog};
use bowline_tls::ServerTls;
use rustls::{ClientConnection, StreamOwned};

const CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), 4711);

/// What a proxy sends for [`CLIENT`].
fn header() -> Vec<u8> {
    let mut bytes = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x07\x7F\0\0\x01".to_vec();
    bytes.extend(CLIENT.port().to_be_bytes());
    bytes.extend([0, 80]);
    bytes
}

/// What a proxy sends that looks whether the server is there.
fn own_account() -> Vec<u8> {
    b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0".to_vec()
}

fn trusting(networks: &[&str]) -> BindOptions {
    BindOptions::new().proxies(networks.iter().map(|network| network.parse().unwrap()))
}

fn serve_with(options: &BindOptions, server: ServerOptions) -> Server {
    bind_with("tcp://127.0.0.1:0", options, server).unwrap()
}

fn serve() -> Server {
    serve_with(&trusting(&["127.0.0.0/8"]), ServerOptions::new())
}

fn knock(server: &Server) -> TcpStream {
    let Some(EndpointKind::Tcp { host, port } | EndpointKind::Tls { host, port }) =
        server.endpoint().map(bowline_runtime::Endpoint::kind)
    else {
        panic!("it is TCP")
    };
    let stream = TcpStream::connect((host, port)).unwrap();
    stream.set_read_timeout(Some(watchdog::PATIENCE)).unwrap();
    stream
}

/// What a task yields, which must be something good.
#[track_caller]
fn next<O, T, E>(mut task: Task<O>) -> T
where
    O: Operation<Output = Result<T, E>>,
    E: core::fmt::Display,
{
    match task.wait_for(watchdog::PATIENCE) {
        Some(Ok(result)) => result,
        Some(Err(error)) => panic!("{error}"),
        None => panic!("it takes too long"),
    }
}

/// A deadline that is meant to pass.
const SOON: Duration = Duration::from_millis(if cfg!(windows) { 2000 } else { 200 });

fn address(socket: &Socket) -> SocketAddr {
    match socket.peer().address() {
        PeerAddress::Tcp(address) => *address,
        other => panic!("{other:?}"),
    }
}

fn next_frame(stream: &mut impl Read) -> Frame {
    let mut word = [0; 4];
    stream.read_exact(&mut word).unwrap();
    let mut payload = vec![0; usize::from(word[0]) | usize::from(word[1]) << 8];
    stream.read_exact(&mut payload).unwrap();
    Frame { kind: word[3], payload }
}

/// Mutant: the decision sees the proxy's address.
#[test]
fn the_decision_sees_the_client_behind_the_proxy() {
    let server = serve();
    server.on_connect(|peer| peer.address() == &PeerAddress::Tcp(CLIENT), drop);
    let mut known = knock(&server);
    known.write_all(&[header(), hello(1 << 20, 0).bytes()].concat()).unwrap();
    assert_eq!(next_frame(&mut known).kind, kind::WELCOME);
    let mut other = knock(&server);
    let mut elsewhere = header();
    elsewhere[16] = 193;
    other.write_all(&[elsewhere, hello(1 << 20, 0).bytes()].concat()).unwrap();
    assert_eq!(next_frame(&mut other).refusal(), Some(Refusal::Declined.code()));
}

/// Mutant: bytes behind the header are lost with it, or the header counts as a message's.
#[test]
fn what_follows_the_header_is_the_clients_wherever_it_is_cut() {
    let server = serve();
    let bytes = [header(), hello(1 << 20, 0).bytes()].concat();
    for cut in 0..bytes.len() {
        let accept = server.accept();
        let mut stream = knock(&server);
        stream.set_nodelay(true).unwrap();
        stream.write_all(&bytes[..cut]).unwrap();
        std::thread::yield_now();
        stream.write_all(&bytes[cut..]).unwrap();
        let served = next(accept).accept().unwrap();
        assert_eq!(address(&served), CLIENT);
        assert_eq!(next_frame(&mut stream).kind, kind::WELCOME);
        stream.write_all(&message(b"ahoy").bytes()).unwrap();
        assert_eq!(next(served.read()), "ahoy");
        next(served.write("aye"));
        assert_eq!(next_frame(&mut stream).payload, b"aye");
    }
}

/// Mutant: anybody's header is believed.
#[test]
fn whoever_is_no_proxy_of_ours_is_refused() {
    let server = serve_with(&trusting(&["10.0.0.0/8", "::1"]), ServerOptions::new());
    server.on_connect(|_peer| true, drop);
    let mut stream = knock(&server);
    stream.write_all(&[header(), hello(1 << 20, 0).bytes()].concat()).unwrap();
    assert_eq!(next_frame(&mut stream).refusal(), Some(Refusal::Unauthorized.code()));
    watchdog::until("the count", || server.stats().refused_for(Refusal::Unauthorized) == 1);
}

/// Mutant: without a header the proxy is the client.
#[test]
fn no_header_is_an_end_without_an_answer_and_counted() {
    let server = serve();
    let accept = server.accept();
    for (count, bytes) in (1..).zip([hello(1 << 20, 0).bytes(), vec![0x16, 3, 1], vec![0xFF; 100]]) {
        let mut stream = knock(&server);
        stream.write_all(&bytes).unwrap();
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        assert!(answer.is_empty(), "{answer:?}");
        watchdog::until("the count", || server.stats().insecure == count);
    }
    assert!(accept.cancel().is_none(), "a client was offered");
}

/// Mutant: a header has no deadline.
#[test]
fn half_a_header_takes_up_one_place_until_the_deadline() {
    let admission = Admission::new().backlog(1);
    let config = Config::new().handshake_timeout(SOON);
    let options = ServerOptions::new().admission(admission).config(config);
    let server = serve_with(&trusting(&["127.0.0.1"]), options);
    let _accept = server.accept();
    let mut slow = knock(&server);
    slow.write_all(&header()[..20]).unwrap();
    watchdog::until("the stranger", || server.undecided() == 1);
    watchdog::until("the deadline", || server.undecided() == 0);
    assert_eq!(server.stats().accepted, 0);
}

#[test]
fn a_proxy_that_looks_whether_the_server_is_there_harms_nobody() {
    let server = serve();
    let accept = server.accept();
    drop(knock(&server));
    knock(&server).write_all(&own_account()).unwrap();
    watchdog::until("nobody", || server.undecided() == 0);
    assert_eq!(server.stats().insecure, 0);
    let mut own = knock(&server);
    let proxy = own.local_addr().unwrap();
    own.write_all(&[own_account(), hello(1 << 20, 0).bytes()].concat()).unwrap();
    assert_eq!(address(&next(accept).accept().unwrap()), proxy);
}

/// The header comes before TLS, which the proxy only passes on.
///
/// Mutant: what TLS finds out takes the place of what the header says.
#[test]
fn the_header_comes_before_tls() {
    let authority = Authority::new();
    let tls = ServerTls::new(authority.server_for_members(authority.certify("127.0.0.1")));
    let options = trusting(&["127.0.0.1"]).tls(tls);
    let server = bind_with("tls+tcp://127.0.0.1:0", &options, ServerOptions::new()).unwrap();
    let shown = authority.certify("client.example");
    let certificate = shown.certificate.clone();
    let client = authority.client(Some(shown));
    let accept = server.accept();
    let mut stream = knock(&server);
    stream.write_all(&header()).unwrap();
    let name = "127.0.0.1".try_into().unwrap();
    let mut secure = StreamOwned::new(ClientConnection::new(client.into(), name).unwrap(), stream);
    secure.write_all(&hello(1 << 20, 0).bytes()).unwrap();
    secure.flush().unwrap();
    let incoming = next(accept);
    assert_eq!(incoming.peer().address(), &PeerAddress::Tcp(CLIENT));
    let identity = incoming.peer().identity().unwrap();
    assert_eq!(identity.certificates().next(), Some(&*certificate));
    let _served = incoming.accept().unwrap();
    assert_eq!(next_frame(&mut secure).kind, kind::WELCOME);
}

#[test]
fn a_stranger_at_a_secure_port_is_refused_within_tls() {
    let authority = Authority::new();
    let tls = ServerTls::new(server_for_all(authority.certify("127.0.0.1")));
    let options = trusting(&[]).tls(tls);
    let server = bind_with("tls+tcp://127.0.0.1:0", &options, ServerOptions::new()).unwrap();
    let name = "127.0.0.1".try_into().unwrap();
    let connection = ClientConnection::new(authority.client(None).into(), name).unwrap();
    let mut secure = StreamOwned::new(connection, knock(&server));
    assert_eq!(next_frame(&mut secure).refusal(), Some(Refusal::Unauthorized.code()));
}

/// Mutant: the header is never looked for, `Proxied::knows_peer` is always so, or `announce` does not ask.
#[test]
fn the_plain_profile_knows_its_client_before_it_decides() {
    let options = ServerOptions::new().config(Config::new().profile(Profile::Plain));
    let server = serve_with(&trusting(&["127.0.0.1"]), options);
    for at_once in [true, false] {
        let mut accept = server.accept();
        let mut stream = knock(&server);
        assert!(accept.wait_for(Duration::from_millis(50)).is_none(), "a client that nobody knows");
        let (header, ahoy) = (header(), message(b"ahoy").bytes());
        stream.write_all(&if at_once { [&*header, &ahoy].concat() } else { header }).unwrap();
        let incoming = next(accept);
        assert_eq!(incoming.peer().address(), &PeerAddress::Tcp(CLIENT));
        let served = incoming.accept().unwrap();
        stream.write_all(if at_once { &[] } else { &ahoy }).unwrap();
        assert_eq!(next(served.read()), "ahoy");
    }

    let mut stream = knock(&server);
    stream.write_all(&message(b"no header").bytes()).unwrap();
    watchdog::until("nobody", || server.stats().insecure == 1);
}

/// A local proxy is whoever may connect at all.
#[cfg(unix)]
#[test]
fn a_proxy_may_be_on_a_unix_socket() {
    let directory = bowline_tests::Directory::new();
    let path = directory.path().join("socket");
    let endpoint = bowline_runtime::Endpoint::unix(&path).unwrap();
    let server = bind_with(endpoint, &trusting(&[]), ServerOptions::new()).unwrap();
    let accept = server.accept();
    let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
    stream.write_all(&[header(), hello(1 << 20, 0).bytes()].concat()).unwrap();
    let incoming = next(accept);
    assert_eq!(incoming.peer().address(), &PeerAddress::Tcp(CLIENT));
    assert!(incoming.peer().credentials().is_some(), "those of the proxy");
}
