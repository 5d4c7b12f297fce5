use std::ffi::OsString;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::{UnixDatagram, UnixListener};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::check::{Wanted, is_stream, listening_at};
use super::handover::{Handover, Variables};
use super::*;
use crate::AddressError;
use crate::scratch::Scratch;

const US: u32 = 4711;

fn read(process: &str, count: &str, names: Option<&str>) -> Result<Handover, InheritError> {
    let variables = Variables {
        process: Some(process.into()),
        count: Some(count.into()),
        names: names.map(OsString::from),
    };
    Handover::read(&variables, US)
}

fn two() -> Handover {
    read("4711", "2", Some("local:remote")).expect("it is in order")
}

#[test]
fn sockets_are_found_by_name() {
    let handover = two();
    assert_eq!(handover.find("local").map(Handover::descriptor).unwrap(), 3);
    assert_eq!(handover.find("remote").map(Handover::descriptor).unwrap(), 4);
    // So systemd calls them where its predecessor gave no names.
    assert_eq!(read("4711", "1", None).unwrap().find("unknown").unwrap(), 0);
}

/// Mutant: either variable alone will do.
#[test]
fn without_variables_nothing_was_handed_over() {
    for (process, count) in [(None, None), (Some("4711"), None), (None, Some("1"))] {
        let [process, count] = [process, count].map(|text: Option<&str>| text.map(OsString::from));
        let outcome = Handover::read(&Variables { process, count, names: None }, US);
        assert!(matches!(outcome, Err(InheritError::NotActivated)), "{outcome:?}");
    }
}

/// Mutant: the process is not compared.
#[test]
fn what_another_process_was_handed_is_not_ours() {
    let outcome = read("4712", "1", Some("a"));
    assert!(matches!(outcome, Err(InheritError::OtherProcess { process: 4712 })), "{outcome:?}");
    for text in ["", "0x1267", "+4711", " 4711", "4294971007"] {
        let outcome = read(text, "1", Some("a"));
        assert!(matches!(outcome, Err(InheritError::Variable { variable: "LISTEN_PID", .. })), "{outcome:?}");
    }
}

/// Mutant: a forked child takes its copy for its own.
#[test]
fn a_forked_child_was_handed_nothing() {
    let handover = two();
    assert!(handover.check(US).is_ok());
    assert!(matches!(handover.check(US + 1), Err(InheritError::OtherProcess { process: US })));
}

/// Mutants: there is no most; 0 is a number of sockets.
#[test]
fn the_number_of_sockets_is_sane() {
    assert!(read("4711", "4096", None).is_ok());
    for text in ["0", "4097", "-1", "+1", "1e3", "", " 1", "99999999999999999999"] {
        let outcome = read("4711", text, None);
        assert!(matches!(outcome, Err(InheritError::Variable { variable: "LISTEN_FDS", .. })), "{outcome:?}");
    }
}

/// Mutant: the number of names is not compared, and the rest has none.
#[test]
fn each_socket_has_a_name() {
    for (names, count) in [("a", 1), ("a:b:c", 3), ("", 1)] {
        match read("4711", "2", Some(names)) {
            Err(InheritError::Names { names, sockets: 2 }) => assert_eq!(names, count),
            other => panic!("{other:?}"),
        }
    }
    let names = Some(OsString::from_vec(vec![0xFF]));
    let variables = Variables { process: Some("4711".into()), count: Some("1".into()), names };
    let outcome = Handover::read(&variables, US);
    assert!(matches!(outcome, Err(InheritError::Variable { variable: "LISTEN_FDNAMES", .. })), "{outcome:?}");
}

/// Mutant: the first socket is taken if none has the name.
#[test]
fn a_name_that_nothing_has() {
    let error = two().find("third").expect_err("there is none");
    assert_eq!(error.to_string(), "no socket is called \"third\", but: local, remote");
}

/// Mutant: the first of two is taken.
#[test]
fn a_name_that_two_have() {
    let handover = read("4711", "3", Some("a:b:a")).unwrap();
    assert!(matches!(handover.find("a"), Err(InheritError::Ambiguous { count: 2, .. })));
    assert_eq!(handover.find("b").unwrap(), 1);
}

/// Mutant: what is taken is not marked.
#[test]
fn a_socket_is_taken_once() {
    let mut handover = two();
    handover.mark_taken(1);
    assert!(matches!(handover.find("remote"), Err(InheritError::Taken { .. })));
    assert_eq!(handover.find("local").unwrap(), 0);
}

/// What a server that asks for this endpoint says to a socket.
fn offer(endpoint: &str, socket: &impl AsFd) -> Result<Endpoint, InheritError> {
    let endpoint = endpoint.parse().expect("it is valid");
    let wanted = Wanted::of(&endpoint, &BindOptions::new().allow_remote(true)).expect("there is such a host");
    wanted.check("it", &SockRef::from(socket))
}

fn tcp() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("tcp://{}", listener.local_addr().expect("it is bound"));
    (listener, endpoint)
}

#[test]
fn what_was_asked_for_is_taken() {
    let scratch = Scratch::new();
    let path = scratch.path().join("socket");
    let unix = UnixListener::bind(&path).unwrap();
    let endpoint = format!("unix://{}", path.display());
    assert_eq!(offer(&endpoint, &unix).unwrap().to_string(), endpoint);

    let (tcp, endpoint) = tcp();
    for asked in [endpoint.as_str(), "tcp://127.0.0.1:0"] {
        assert_eq!(offer(asked, &tcp).unwrap().to_string(), endpoint);
    }
    let named = offer(&endpoint.replace("tcp://127.0.0.1", "tls+tcp://localhost"), &tcp).unwrap();
    assert_eq!(named.to_string(), endpoint.replace("tcp://127.0.0.1", "tls+tcp://localhost"));
}

/// Mutants: the family is not compared; neither is the address, or the port.
#[test]
fn what_listens_elsewhere_is_left_alone() {
    let scratch = Scratch::new();
    let unix = UnixListener::bind(scratch.path().join("socket")).unwrap();
    let (tcp, endpoint) = tcp();
    let other_path = format!("unix://{}/other", scratch.path().display());
    let outcomes = [
        offer(&endpoint, &unix),
        offer("tcp://127.0.0.1:0", &unix),
        offer(&other_path, &unix),
        offer(&other_path, &tcp),
        offer("tcp://127.0.0.1:1", &tcp),
        offer("tcp://127.0.0.2:0", &tcp),
        offer("tcp://0.0.0.0:0", &tcp),
        offer("abstract://socket", &tcp),
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(InheritError::Elsewhere { .. })), "{outcome:?}");
    }
}

/// Mutant: a socket need not listen.
#[test]
fn what_does_not_listen_is_left_alone() {
    let (listener, endpoint) = tcp();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let served = listener.accept().unwrap().0;
    let unbound = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    for outcome in [offer(&endpoint, &client), offer(&endpoint, &served), offer(&endpoint, &unbound)] {
        assert!(matches!(outcome, Err(InheritError::NotListening { .. })), "{outcome:?}");
    }
}

/// Mutant: any type of socket will do.
#[test]
fn what_is_no_stream_is_left_alone() {
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", udp.local_addr().unwrap());
    let datagrams = UnixDatagram::unbound().unwrap();
    let records = Socket::new(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    for outcome in [offer(&endpoint, &udp), offer(&endpoint, &datagrams), offer(&endpoint, &records)] {
        assert!(matches!(outcome, Err(InheritError::NotAStream { .. })), "{outcome:?}");
    }
}

/// Mutant: streams of any protocol are taken for TCP's.
#[test]
fn a_stream_that_is_not_of_tcp_is_none() {
    const SCTP: i32 = 132;
    for domain in [Domain::IPV4, Domain::IPV6] {
        assert!(is_stream(Type::STREAM, domain, Some(Protocol::TCP)));
        assert!(is_stream(Type::STREAM, domain, Some(Protocol::MPTCP)));
        assert!(!is_stream(Type::STREAM, domain, Some(Protocol::from(SCTP))));
    }
    assert!(is_stream(Type::STREAM, Domain::UNIX, None));
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let file = std::fs::File::open("/dev/null").unwrap();
    let outcome = offer("tcp://127.0.0.1:0", &file);
    assert!(matches!(outcome, Err(InheritError::Descriptor { .. })), "{outcome:?}");
}

/// Mutant: whoever made the socket has allowed other machines.
#[test]
fn other_machines_must_be_allowed_all_the_same() {
    let outcome = adopt(&"tcp://0.0.0.0:80".parse().unwrap(), "it", &BindOptions::new());
    assert!(matches!(outcome, Err(BindError::Address(AddressError::Remote { .. }))), "{outcome:?}");
}

#[test]
fn an_address_without_an_endpoint_is_none() {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    socket
        .bind(
            &socket2::SockAddr::unix(OsString::from_vec(
                format!("\0bowline-{}", std::process::id()).into_bytes().into_iter().chain([0xFF]).collect(),
            ))
            .unwrap(),
        )
        .unwrap();
    socket.listen(1).unwrap();
    assert!(matches!(listening_at("it", &socket), Err(InheritError::NoEndpoint { .. })));
}
