//! Peers that share no code with bowline: Python, written from PROTOCOL.md, and tokio-util's length-prefixed frames.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use bowline_runtime::{Bytes, CloseReason, Closed, Endpoint, EndpointKind, Refusal, Server, ServerOptions};
use bowline_tests::{Raw, Transport, World};
use bytes::BytesMut;
use std::io::Read;
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

use crate::closing::expect_end;
use crate::kit::{PATIENCE, echo, expect, post, receive};

pub(crate) fn python_converses(world: &World) {
    let server = world.serve();
    echo(&server);
    assert_eq!(python(&["peer.py", &address(&server)]), "ok");
}

pub(crate) fn python_is_refused(world: &World) {
    let server = world.serve();
    assert_eq!(python(&["peer.py", "--refused", &address(&server)]), "refused 0x0001");
    server.on_connect(|_peer| false, drop);
    assert_eq!(python(&["peer.py", "--refused", &address(&server)]), "refused 0x0006");
    server.close(PATIENCE).wait().unwrap();

    let server = world.serve();
    let accept = server.accept();
    std::thread::scope(|scope| {
        let refused = scope.spawn(|| python(&["peer.py", "--refused", &address(&server)]));
        accept.wait().unwrap().refuse(Refusal::Application(0x1234), "grün");
        assert_eq!(refused.join().unwrap(), "refused 0x1234 grün");
    });
}

pub(crate) fn python_is_plain(world: &World) {
    let server = world.serve();
    echo(&server);
    let endpoint = server.endpoint().unwrap();
    if let EndpointKind::Unix(path) = endpoint.kind() {
        assert_eq!(python(&["plain.py", path.to_str().unwrap()]), "ok");
    }
}

/// A server of ours, a `LengthDelimitedCodec` as client.
pub(crate) fn codec_as_client(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let mut peer = Codec::new(world.raw(&server));
    let served = accept.wait().unwrap().accept().unwrap();
    for length in LENGTHS {
        peer.send(vec![1; length]);
        assert_eq!(receive(&served), vec![1; length]);
        post(&served, vec![2; length]);
        assert_eq!(peer.receive().unwrap(), vec![2; length]);
    }
    peer.raw.end_writing();
    expect_end(&served, CloseReason::PeerClosed);
    assert_eq!(served.close(PATIENCE).wait(), Ok(Closed::Flushed));
    assert_eq!(peer.receive(), None);
}

/// A `LengthDelimitedCodec` as server, a client of ours.
pub(crate) fn codec_as_server(world: &World) {
    let (endpoint, accept) = listener(world);
    let client = world.adapter.connect(&endpoint, world.config()).wait().unwrap();
    let mut peer = Codec::new(accept());
    for length in LENGTHS {
        post(&client, vec![1; length]);
        assert_eq!(peer.receive().unwrap(), vec![1; length]);
        peer.send(vec![2; length]);
        assert_eq!(receive(&client), vec![2; length]);
    }
    peer.send(b"last".to_vec());
    let close = client.close(PATIENCE);
    assert_eq!(peer.receive(), None);
    drop(peer);
    expect(&client, ["last"]);
    assert_eq!(close.wait(), Ok(Closed::Flushed));
}

/// A message over the limit ends a plain connection; those before it were whole.
pub(crate) fn codec_over_the_limit(world: &World) {
    let server = world.serve_with(ServerOptions::new().config(world.config().message_limit(1000)));
    let accept = server.accept();
    let mut peer = Codec::new(world.raw(&server));
    let served = accept.wait().unwrap().accept().unwrap();
    peer.send(vec![1; 1000]);
    peer.send(vec![2; 1001]);
    assert_eq!(receive(&served), vec![1; 1000]);
    let reason = served.ended().wait().unwrap();
    assert!(matches!(reason, CloseReason::Violated(bowline_runtime::Violation::TooLong)), "{reason}");
    assert_eq!(peer.receive(), None);
}

const LENGTHS: [usize; 6] = [0, 1, 65_535, 65_536, 65_537, 1_000_000];

/// Frames as tokio-util makes and reads them.
struct Codec {
    raw: Raw,
    codec: LengthDelimitedCodec,
    buffer: BytesMut,
}

impl Codec {
    fn new(raw: Raw) -> Self {
        let codec = LengthDelimitedCodec::builder().little_endian().length_field_length(4).new_codec();
        Self { raw, codec, buffer: BytesMut::new() }
    }

    fn send(&mut self, message: Vec<u8>) {
        let mut bytes = BytesMut::new();
        self.codec.encode(Bytes::from(message), &mut bytes).unwrap();
        self.raw.send(&bytes);
    }

    /// The next message; `None` at an end between two.
    fn receive(&mut self) -> Option<BytesMut> {
        loop {
            if let Some(message) = self.codec.decode(&mut self.buffer).unwrap() {
                return Some(message);
            }
            let mut block = [0; 16 << 10];
            // A reset is an end too: a plain connection that is given up is just closed.
            match self.raw.read(&mut block) {
                Ok(count @ 1..) => self.buffer.extend_from_slice(&block[..count]),
                _ => return None,
            }
        }
    }
}

/// A listening socket that is not ours.
fn listener(world: &World) -> (Endpoint, Box<dyn FnOnce() -> Raw>) {
    if world.transport == Transport::Tcp {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let endpoint = Endpoint::from(listener.local_addr().unwrap());
        return (endpoint, Box::new(move || Raw::tcp(listener.accept().unwrap().0)));
    }
    let endpoint = world.endpoint();
    let EndpointKind::Unix(path) = endpoint.kind() else { panic!("no listener at {endpoint}") };
    let listener = UnixListener::bind(path).unwrap();
    (endpoint, Box::new(move || Raw::unix(listener.accept().unwrap().0)))
}

/// The server's address as the scripts take it.
fn address(server: &Server) -> String {
    let endpoint = server.endpoint().unwrap();
    match endpoint.kind() {
        EndpointKind::Unix(path) => format!("unix:{}", path.display()),
        EndpointKind::Tcp { host, port } => format!("tcp:{host}:{port}"),
        other => panic!("the scripts can't reach {other:?}"),
    }
}

/// What a script prints. A machine without Python fails here: these tests are not optional.
fn python(arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let run = Command::new("python3").args(arguments).current_dir(folder).output();
    let output =
        run.unwrap_or_else(|error| panic!("please install python3, which plays the foreign peer: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {out}{err}");
    out.trim().to_owned()
}
