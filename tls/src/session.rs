//! A rustls connection with its bytes: ciphertext in and out, plaintext out and in.

use core::task::{Context, Poll, ready};
use std::io::{self, BufRead, IoSlice, Write};

use bowline_net::RawStream;
use bowline_runtime::{Identity, Intake};
use rustls::Connection;

use crate::error::TlsError;

/// How much is encrypted ahead of the socket: four full records, and one for the rest of a chunk with its word.
const AHEAD: usize = (64 << 10) + (4 << 10);

/// The state of TLS, without a socket.
pub(crate) struct Session {
    connection: Connection,
    /// The handshake is not over.
    shaking: bool,
    /// The peer has said that nothing more will come.
    ended: bool,
}

impl Session {
    pub(crate) fn new(connection: impl Into<Connection>) -> Self {
        let mut connection = connection.into();
        connection.set_buffer_limit(Some(AHEAD));
        Self { connection, shaking: true, ended: false }
    }

    pub(crate) const fn is_server(&self) -> bool {
        matches!(self.connection, Connection::Server(_))
    }

    pub(crate) const fn is_shaking(&self) -> bool {
        self.shaking
    }

    /// The peer has said that nothing more will come, and what came before was taken in.
    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes in what the socket has read. `opened` is called once, when the handshake is over and before the first byte of
    /// the protocol goes on.
    pub(crate) fn take_in(
        &mut self,
        mut bytes: &[u8],
        intake: &mut Intake<'_>,
        mut opened: impl FnMut(Option<Identity>),
    ) -> Result<(), TlsError> {
        while !bytes.is_empty() && !self.ended {
            if self.connection.read_tls(&mut bytes).map_err(oversized)? == 0 {
                return Err(TlsError::Local(rustls::Error::General("it takes no bytes".to_owned())));
            }
            let processed = self.connection.process_new_packets();
            if self.shaking && processed.is_ok() && !self.connection.is_handshaking() {
                self.shaking = false;
                opened(self.identity());
            }
            // What was whole before something went wrong is the peer's all the same.
            self.hand_on(intake);
            let state = processed.map_err(|error| TlsError::of(error, self.shaking))?;
            self.ended = state.peer_has_closed();
        }
        Ok(())
    }

    /// Encrypts as much as there is room for; how many bytes.
    pub(crate) fn encrypt(&mut self, slices: &[IoSlice<'_>]) -> usize {
        // Nothing but a full buffer keeps it from taking bytes, and then it takes fewer.
        self.connection.writer().write_vectored(slices).unwrap_or(0)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn end(&mut self) {
        self.connection.send_close_notify();
    }

    /// Ready once the system has all ciphertext that there is.
    pub(crate) fn poll_flush(
        &mut self,
        stream: &mut dyn RawStream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut Spout { stream: &mut *stream, cx: &mut *cx }) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        ready!(stream.poll_flush(cx))?;
        Poll::Ready(Ok(()))
    }

    fn hand_on(&mut self, intake: &mut Intake<'_>) {
        let mut reader = self.connection.reader();
        while let Ok(plaintext) = reader.fill_buf()
            && !plaintext.is_empty()
        {
            intake.feed(plaintext);
            let count = plaintext.len();
            reader.consume(count);
        }
    }

    fn identity(&self) -> Option<Identity> {
        let certificates = self.connection.peer_certificates()?;
        Some(Identity::new(certificates.iter().map(|certificate| certificate.to_vec()).collect()))
    }
}

/// The only thing that keeps rustls from taking bytes in is a message that is longer than it wants to hold.
fn oversized(_: io::Error) -> TlsError {
    TlsError::Violated(rustls::Error::PeerSentOversizedRecord)
}

/// A stream as rustls wants to write to it.
struct Spout<'a, 'c, 'w> {
    stream: &'a mut dyn RawStream,
    cx: &'c mut Context<'w>,
}

impl Write for Spout<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.stream.poll_write(self.cx, slices) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
