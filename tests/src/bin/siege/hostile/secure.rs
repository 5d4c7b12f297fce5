//! A hostile peer's TLS: a proper one, with a way past it. It never waits.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, LazyLock};

use bowline_tests::certificates::{Visitor, visitor};
use rustls::{AlertDescription, ClientConfig, ClientConnection, Error};

/// How much is encrypted at a time: a full record.
const RECORD: usize = 16 << 10;

pub(super) struct Secure {
    connection: ClientConnection,
    socket: TcpStream,
    /// What the system had no room for.
    sealed: Vec<u8>,
    failure: Option<Error>,
}

impl Secure {
    pub(super) fn new(host: &str, visitor: Visitor, socket: TcpStream) -> Self {
        let mut connection = shake(host, visitor);
        connection.set_buffer_limit(Some(RECORD));
        Self { connection, socket, sealed: Vec::new(), failure: None }
    }

    pub(super) const fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Takes nothing before the handshake is over, and no more than what the system has room for and a record.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = 0;
        while taken < bytes.len() && self.push()? {
            taken += self.connection.writer().write(&bytes[taken..])?;
        }
        self.push()?;
        Ok(taken)
    }

    /// Goes on with the handshake, and with what has not left yet; whether there is nothing more of either.
    pub(super) fn push(&mut self) -> io::Result<bool> {
        self.drain()?;
        while self.connection.is_handshaking() && self.receive()? {
            self.drain()?;
        }
        Ok(self.sealed.is_empty() && !self.connection.is_handshaking())
    }

    /// Hands to the system what there is room for.
    fn drain(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut self.sealed)?;
        }
        while !self.sealed.is_empty() {
            match self.socket.write(&self.sealed) {
                Ok(count) => drop(self.sealed.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether something has come.
    fn receive(&mut self) -> io::Result<bool> {
        match self.connection.read_tls(&mut self.socket) {
            Ok(0) if self.connection.is_handshaking() => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => self.take_in().map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take_in(&mut self) -> io::Result<()> {
        let Err(error) = self.connection.process_new_packets() else { return Ok(()) };
        self.failure = Some(error.clone());
        Err(io::Error::other(error))
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.connection.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.receive()? => {}
                other => return other,
            }
        }
    }

    pub(super) fn unsent(&self) -> usize {
        self.sealed.len()
    }

    /// Says that nothing more will come.
    pub(super) fn end_writing(&mut self) -> io::Result<()> {
        self.connection.send_close_notify();
        self.push().map(drop)
    }

    /// Ends the stream and says nothing.
    pub(super) fn cut_off(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// Sends this as it is.
    pub(super) fn meddle(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sealed.extend_from_slice(bytes);
        self.drain()
    }

    /// Wants new keys of the other side.
    pub(super) fn rekey(&mut self) -> io::Result<()> {
        self.connection.refresh_traffic_keys().map_err(io::Error::other)?;
        self.drain()
    }

    /// What the other side has given up with.
    pub(super) fn alert(&self) -> Option<AlertDescription> {
        match self.failure {
            Some(Error::AlertReceived(alert)) => Some(alert),
            _ => None,
        }
    }
}

fn shake(host: &str, who: Visitor) -> ClientConnection {
    static MEMBER: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| visitor(Visitor::Member).into());
    static VETERAN: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| visitor(Visitor::Veteran).into());
    static STRANGER: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| visitor(Visitor::Stranger).into());
    static NOBODY: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| visitor(Visitor::Nobody).into());
    let config = match who {
        Visitor::Member => &MEMBER,
        Visitor::Veteran => &VETERAN,
        Visitor::Stranger => &STRANGER,
        Visitor::Nobody => &NOBODY,
    };
    let host = host.to_owned().try_into().expect("a host or an address");
    ClientConnection::new(Arc::clone(config), host).expect("nothing is odd about it")
}

/// The first thing that a client sends.
pub(super) fn client_hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = shake("127.0.0.1", Visitor::Member).write_tls(&mut bytes);
    written.expect("there is room in memory");
    bytes
}
