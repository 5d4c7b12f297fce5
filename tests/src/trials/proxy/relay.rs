//! The proxy: passes bytes on and does to them what it is told to.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use bowline_runtime::{Endpoint, EndpointKind};
use socket2::{Domain, SockAddr, Socket, Type};

use super::script::{Fault, Trouble};
use crate::watchdog::PATIENCE;

/// How soon a direction notices that the other one has given up.
const GLANCE: Duration = Duration::from_millis(10);

/// A proxy in front of a server.
pub(super) struct Relay {
    listener: Socket,
    server: Endpoint,
    /// Where clients connect.
    pub(super) endpoint: Endpoint,
}

impl Relay {
    /// In front of this server; a Unix socket stands at this path.
    pub(super) fn new(server: &Endpoint, path: &Path) -> io::Result<Self> {
        let listener = socket(server)?;
        let tcp = listener.domain()? == Domain::IPV4;
        let local = SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        listener.bind(&if tcp { local } else { SockAddr::unix(path)? })?;
        listener.listen(16)?;
        let port = listener.local_addr()?.as_socket().map_or(0, |address| address.port());
        let endpoint = if tcp { Endpoint::tcp("127.0.0.1", port) } else { Endpoint::unix(path) };
        Ok(Self { listener, server: server.clone(), endpoint: endpoint.expect("it is short and plain") })
    }

    /// Passes one connection on, to its end; whether it was broken on purpose.
    pub(super) fn pass(&self, up: &[Fault], down: &[Fault]) -> io::Result<bool> {
        let (client, _address) = self.listener.accept()?;
        let server = socket(&self.server)?;
        server.connect(&address(&self.server)?)?;
        let fate = Arc::new(Fate::default());
        for socket in [&client, &server] {
            socket.set_read_timeout(Some(GLANCE))?;
            socket.set_write_timeout(Some(GLANCE))?;
        }
        thread::scope(|scope| {
            scope.spawn(|| Pump { from: &client, to: &server, fate: &fate }.run(up));
            Pump { from: &server, to: &client, fate: &fate }.run(down);
        });
        if fate.reset.load(Ordering::Relaxed) && client.domain()? == Domain::IPV4 {
            client.set_linger(Some(Duration::ZERO))?;
            server.set_linger(Some(Duration::ZERO))?;
        }
        Ok(fate.broken.load(Ordering::Relaxed))
    }
}

#[derive(Default)]
struct Fate {
    broken: AtomicBool,
    reset: AtomicBool,
}

/// One direction.
struct Pump<'a> {
    from: &'a Socket,
    to: &'a Socket,
    fate: &'a Fate,
}

impl Pump<'_> {
    fn run(&self, faults: &[Fault]) {
        for fault in faults {
            if !self.pass(fault.after, 64 << 10) || !self.suffer(fault.kind) {
                return;
            }
        }
        self.pass(usize::MAX, 64 << 10);
    }

    /// Whether it goes on.
    fn suffer(&self, trouble: Trouble) -> bool {
        match trouble {
            Trouble::Crumbs(bytes) => return self.pass(bytes, 1),
            Trouble::Delay(micros) => thread::sleep(Duration::from_micros(micros)),
            Trouble::HalfClose => {
                self.fate.broken.store(true, Ordering::Relaxed);
                let _gone = self.to.shutdown(Shutdown::Write);
                while self.read(&mut [0; 4096]).is_some_and(|count| count > 0) {}
                return false;
            }
            Trouble::Reset => {
                self.fate.broken.store(true, Ordering::Relaxed);
                self.fate.reset.store(true, Ordering::Relaxed);
                return false;
            }
        }
        true
    }

    /// Passes so many bytes on, in pieces of at most this size; `false` at the end of the stream.
    fn pass(&self, mut bytes: usize, piece: usize) -> bool {
        let mut block = vec![0; piece];
        while bytes > 0 {
            let Some(count) = self.read(&mut block[..piece.min(bytes)]) else { return false };
            if count == 0 {
                let _gone = self.to.shutdown(Shutdown::Write);
                return false;
            }
            if !self.write(&block[..count]) {
                // Whoever sends hears that nobody takes it.
                let _gone = self.from.shutdown(Shutdown::Both);
                return false;
            }
            bytes -= count;
        }
        true
    }

    /// `None` if the other direction has reset the connection.
    fn read(&self, block: &mut [u8]) -> Option<usize> {
        let mut from = self.from;
        while !self.fate.reset.load(Ordering::Relaxed) {
            match from.read(block) {
                Err(error) if is_late(&error) => {}
                ended => return Some(ended.unwrap_or(0)),
            }
        }
        None
    }

    fn write(&self, mut bytes: &[u8]) -> bool {
        let mut to = self.to;
        while !bytes.is_empty() && !self.fate.reset.load(Ordering::Relaxed) {
            match to.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if is_late(&error) => {}
                Err(_gone) => return false,
            }
        }
        bytes.is_empty()
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// One of the kind that the endpoint needs. Nothing takes longer than the watchdog's patience.
fn socket(endpoint: &Endpoint) -> io::Result<Socket> {
    let tcp = matches!(endpoint.kind(), EndpointKind::Tcp { .. });
    let socket = Socket::new(if tcp { Domain::IPV4 } else { Domain::UNIX }, Type::STREAM, None)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

fn address(endpoint: &Endpoint) -> io::Result<SockAddr> {
    match endpoint.kind() {
        EndpointKind::Unix(path) => SockAddr::unix(path),
        EndpointKind::Tcp { port, .. } => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()),
        other => Err(io::Error::other(format!("no relay for {other:?}"))),
    }
}
