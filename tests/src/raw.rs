//! A peer in bare bytes, on blocking sockets: what a foreign or hostile implementation would be.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::linux::net::SocketAddrExt;
#[cfg(unix)]
use std::os::unix::net::{SocketAddr, UnixStream};

use bowline_runtime::{Endpoint, EndpointKind};
use rustls::ClientConnection;

use crate::certificates::everyday_client;
use crate::watchdog::PATIENCE;

/// The kinds of frames.
#[allow(missing_docs)]
pub mod kind {
    pub const MESSAGE: u8 = 0x00;
    pub const HELLO: u8 = 0x01;
    pub const WELCOME: u8 = 0x02;
    pub const REFUSE: u8 = 0x03;
    pub const BEGIN: u8 = 0x04;
    pub const CHUNK: u8 = 0x05;
    pub const ABORT: u8 = 0x06;
    pub const PING: u8 = 0x07;
    pub const PONG: u8 = 0x08;
    pub const GOODBYE: u8 = 0x09;
    pub const GOODBYE_ACK: u8 = 0x0A;
}

/// One frame as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Its kind.
    pub kind: u8,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame of this kind.
    #[must_use]
    pub fn new(kind: u8, payload: &[u8]) -> Self {
        Self { kind, payload: payload.to_vec() }
    }

    /// Its bytes on the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).expect("frames are short");
        let word = u32::from(self.kind) << 24 | length;
        [&word.to_le_bytes()[..], &self.payload].concat()
    }

    /// The code, if this is a refuse.
    #[must_use]
    pub fn refusal(&self) -> Option<u16> {
        match (self.kind, &self.payload[..]) {
            (kind::REFUSE, [low, high, ..]) => Some(u16::from_le_bytes([*low, *high])),
            _ => None,
        }
    }
}

/// A hello with these settings.
#[must_use]
pub fn hello(limit: u32, heartbeat: u32) -> Frame {
    let mut payload = b"bwln\x01\x00\x00\x00".to_vec();
    payload.extend(limit.to_le_bytes());
    payload.extend(heartbeat.to_le_bytes());
    Frame { kind: kind::HELLO, payload }
}

/// A whole message.
#[must_use]
pub fn message(payload: &[u8]) -> Frame {
    Frame::new(kind::MESSAGE, payload)
}

/// A stream of the operating system's.
enum Stream {
    #[cfg(unix)]
    Unix(UnixStream),
    /// A named pipe, opened as a file. It knows no patience: the watchdog ends what hangs there.
    #[cfg(windows)]
    Pipe(std::fs::File),
    Tcp(TcpStream),
    Tls(Box<Tls>),
}

/// A client's TLS on a blocking socket.
type Tls = rustls::StreamOwned<ClientConnection, TcpStream>;

/// The peer. Nothing that it does takes longer than the watchdog's patience.
pub struct Raw {
    stream: Stream,
}

impl Raw {
    /// Connects to an endpoint.
    #[must_use]
    pub fn connect(endpoint: &Endpoint) -> Self {
        match endpoint.kind() {
            #[cfg(unix)]
            EndpointKind::Unix(path) => Self::unix(UnixStream::connect(path).expect("a server listens")),
            #[cfg(unix)]
            EndpointKind::Abstract(name) => {
                let address = SocketAddr::from_abstract_name(name).expect("it is short");
                Self::unix(UnixStream::connect_addr(&address).expect("a server listens"))
            }
            #[cfg(windows)]
            EndpointKind::Pipe(name) => Self::pipe(name),
            EndpointKind::Tcp { host, port } => {
                Self::tcp(TcpStream::connect((host, port)).expect("a server listens"))
            }
            EndpointKind::Tls { host, port } => {
                Self::tls(host, TcpStream::connect((host, port)).expect("a server listens"))
            }
            other => panic!("no raw peer for {other:?}"),
        }
    }

    /// Takes over a stream of this platform's.
    #[must_use]
    pub fn local(stream: crate::LocalStream) -> Self {
        #[cfg(unix)]
        return Self::unix(stream);
        #[cfg(windows)]
        Self::tcp(stream)
    }

    /// Opens a named pipe, and waits until it is not busy.
    #[cfg(windows)]
    fn pipe(name: &str) -> Self {
        let path = format!(r"\\.\pipe\{name}");
        let open = || std::fs::OpenOptions::new().read(true).write(true).open(&path);
        let mut opened = open();
        while opened.as_ref().is_err_and(|error| error.raw_os_error() == Some(231)) {
            std::thread::yield_now();
            opened = open();
        }
        Self { stream: Stream::Pipe(opened.expect("a server listens")) }
    }

    /// Takes over a Unix socket.
    #[cfg(unix)]
    #[must_use]
    pub fn unix(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Self { stream: Stream::Unix(stream) }
    }

    /// Takes over a TCP socket.
    #[must_use]
    pub fn tcp(stream: TcpStream) -> Self {
        Self { stream: Stream::Tcp(patient(stream)) }
    }

    /// Shakes hands on a TCP socket, as soon as there is something to send or to read.
    fn tls(host: &str, stream: TcpStream) -> Self {
        let stream = patient(stream);
        let name = host.to_owned().try_into().expect("it is a name");
        let connection = ClientConnection::new(everyday_client(), name).expect("it was thought of");
        Self { stream: Stream::Tls(Box::new(Tls::new(connection, stream))) }
    }

    /// Sends bytes; a peer that has hung up in the meantime is nobody's fault here.
    pub fn send(&mut self, bytes: &[u8]) {
        let _hung_up = self.write_all(bytes).and_then(|()| self.flush());
    }

    /// Sends a frame.
    pub fn send_frame(&mut self, frame: &Frame) {
        self.send(&frame.bytes());
    }

    /// Says hello with a limit of 16 MiB and no heartbeat.
    pub fn say_hello(&mut self) {
        self.send_frame(&hello(16 << 20, 0));
    }

    /// The next frame; `None` at the end of the stream, also when it is torn off there.
    ///
    /// # Panics
    /// When nothing comes for too long.
    pub fn frame(&mut self) -> Option<Frame> {
        let mut word = [0; 4];
        self.fill(&mut word).then_some(())?;
        let word = u32::from_le_bytes(word);
        let mut payload = vec![0; (word & 0x00FF_FFFF) as usize];
        self.fill(&mut payload).then_some(())?;
        Some(Frame { kind: word.to_le_bytes()[3], payload })
    }

    /// All frames up to the end of the stream.
    pub fn frames_to_end(&mut self) -> Vec<Frame> {
        core::iter::from_fn(|| self.frame()).collect()
    }

    /// Passes over frames until one of this kind comes.
    ///
    /// # Panics
    /// When none does.
    #[track_caller]
    pub fn expect_frame(&mut self, kind: u8) -> Frame {
        self.frame_of(kind).unwrap_or_else(|| panic!("the stream ended without a frame of kind {kind:#04x}"))
    }

    /// Passes over frames until one of this kind comes; `None` if none does.
    pub fn frame_of(&mut self, kind: u8) -> Option<Frame> {
        core::iter::from_fn(|| self.frame()).find(|frame| frame.kind == kind)
    }

    /// Shuts down writing. A pipe has no such thing.
    pub fn end_writing(&mut self) {
        let _gone = match &mut self.stream {
            #[cfg(windows)]
            Stream::Pipe(_) => Ok(()),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.flush().and_then(|()| stream.sock.shutdown(Shutdown::Write))
            }
        };
    }

    fn fill(&mut self, buffer: &mut [u8]) -> bool {
        match self.read_exact(buffer) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => panic!("nothing came for too long"),
            Err(_ended) => false,
        }
    }
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout can be set");
    stream.set_nodelay(true).expect("small messages need not wait");
    stream
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            #[cfg(windows)]
            Stream::Pipe(stream) => stream.read(buffer),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.read(buffer),
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Raw {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.stream {
            #[cfg(windows)]
            Stream::Pipe(stream) => stream.write(bytes),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.write(bytes),
            Stream::Tcp(stream) => stream.write(bytes),
            Stream::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Tls(stream) => stream.flush(),
            _ => Ok(()),
        }
    }
}

impl Drop for Raw {
    /// The end of a stream is one that the peer meant, whatever carries it.
    fn drop(&mut self) {
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            let _gone = stream.flush();
        }
    }
}
