//! What carries a hostile peer's bytes. It never waits.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use bowline_runtime::{Endpoint, EndpointKind};
use bowline_tests::certificates::Visitor;
use rustix::net::sockopt;

use super::secure::Secure;

/// What the system keeps of ours before it says that it is full: little, so that it is soon felt when nobody reads.
const BUFFER: usize = 32 << 10;

pub(super) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<Secure>),
}

impl Stream {
    /// Without a visitor an endpoint of TLS is one of TCP.
    pub(super) fn connect(endpoint: &Endpoint, visitor: Option<Visitor>) -> io::Result<Self> {
        let stream = match endpoint.kind() {
            EndpointKind::Unix(path) => Self::Unix(UnixStream::connect(path)?),
            EndpointKind::Tcp { host, port } => Self::Tcp(TcpStream::connect((host, port))?),
            EndpointKind::Tls { host, port } => {
                let socket = TcpStream::connect((host, port))?;
                match visitor {
                    Some(visitor) => Self::Tls(Box::new(Secure::new(host, visitor, socket))),
                    None => Self::Tcp(socket),
                }
            }
            _ => return Err(io::ErrorKind::Unsupported.into()),
        };
        match &stream {
            Self::Unix(stream) => stream.set_nonblocking(true)?,
            Self::Tcp(stream) => stream.set_nonblocking(true)?,
            Self::Tls(stream) => stream.socket().set_nonblocking(true)?,
        }
        sockopt::set_socket_send_buffer_size(&stream, BUFFER)?;
        Ok(stream)
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    /// Whether what was written is with the system.
    pub(super) fn push(&mut self) -> io::Result<bool> {
        self.secure().map_or(Ok(true), Secure::push)
    }

    /// How much of what was written is not.
    pub(super) fn unsent(&self) -> usize {
        match self {
            Self::Tls(stream) => stream.unsent(),
            _ => 0,
        }
    }

    pub(super) fn end_writing(&mut self) {
        let _gone = match self {
            Self::Unix(stream) => stream.shutdown(Shutdown::Write),
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Self::Tls(stream) => stream.end_writing(),
        };
    }

    pub(super) fn secure(&mut self) -> Option<&mut Secure> {
        match self {
            Self::Tls(stream) => Some(stream),
            _ => None,
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix(stream) => stream.as_fd(),
            Self::Tcp(stream) => stream.as_fd(),
            Self::Tls(stream) => stream.socket().as_fd(),
        }
    }
}
