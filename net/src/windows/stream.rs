//! A pipe or socket as a transport: one read and one write at a time, each in memory of its own.

use core::task::{Context, Poll, ready};
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::sync::Arc;

use bowline_runtime::{Intake, Outflow, Transport};

use super::system::completion::{Channel, File, Operation};
use crate::RawStream;

/// What an idle connection's read holds. A read that fills it is followed by a long one.
const SHORT: usize = 4 << 10;
const LONG: usize = 64 << 10;

pub(crate) struct StreamTransport {
    channel: Arc<Channel>,
    input: Arc<Operation>,
    output: Arc<Operation>,
    /// How long the next read may be.
    room: usize,
    /// How many of the bytes that were lent have left.
    written: usize,
    /// Bytes that were read and did not fit into the memory of whoever asked.
    rest: Vec<u8>,
}

impl StreamTransport {
    pub(super) fn new(channel: Arc<Channel>) -> Self {
        let (input, output) = (Operation::on(&channel), Operation::on(&channel));
        Self { channel, input, output, room: SHORT, written: 0, rest: Vec::new() }
    }

    fn begin_read(&mut self) {
        let room = self.room;
        let resize = |memory: &mut Vec<u8>| {
            memory.resize(room, 0);
            memory.shrink_to(room);
        };
        if self.input.with_memory(resize).is_some() {
            self.input.read();
        }
    }

    /// Copies what is to be sent into memory that the system may see; whether there was anything.
    fn begin_write(&mut self, outflow: &mut Outflow<'_>) -> bool {
        let output = &self.output;
        let lent = outflow.lend(|slices| copy_into(output, slices));
        self.send_copied(lent);
        lent > 0
    }

    fn send_copied(&mut self, count: usize) {
        self.written = 0;
        if count > 0 {
            self.output.write(0);
        }
    }

    /// So many of the lent bytes have left; the system may have stopped in the middle.
    fn count_written(&mut self, count: usize) {
        self.written += count;
        let rest = self.output.with_memory(|memory| memory.len().saturating_sub(self.written)).unwrap_or(0);
        if rest > 0 {
            self.output.write(self.written);
        } else {
            let _idle_connections_hold_no_memory = self.output.with_memory(|memory| *memory = Vec::new());
        }
    }
}

impl Transport for StreamTransport {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        let rest = core::mem::take(&mut self.rest);
        if !rest.is_empty() {
            intake.feed(&rest);
            return Poll::Ready(Ok(rest.len()));
        }
        loop {
            match ready!(self.input.poll(cx)) {
                None => self.begin_read(),
                // Only a socket's stream ends like that; a peer may write nothing into a pipe.
                Some(Ok(0)) if matches!(self.channel.file(), File::Pipe(_)) => {}
                Some(Ok(count)) => {
                    let _nothing_is_under_way =
                        self.input.with_memory(|memory| intake.feed(&memory[..count]));
                    self.room = if count == self.room { LONG } else { SHORT };
                    return Poll::Ready(Ok(count));
                }
                Some(Err(error)) => return Poll::Ready(end_of_stream(error)),
            }
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        loop {
            match ready!(self.output.poll(cx)) {
                None if self.begin_write(outflow) => {}
                None => return Poll::Ready(Ok(0)),
                Some(Ok(0)) => self.count_written(0),
                Some(Ok(count)) => {
                    self.count_written(count);
                    outflow.confirm(count);
                    return Poll::Ready(Ok(count));
                }
                Some(Err(error)) => return Poll::Ready(Err(broken(error))),
            }
        }
    }

    /// A pipe's two directions end together, when it is dropped. What the system has taken can still be read.
    fn ends_by_halves(&self) -> bool {
        !matches!(self.channel.file(), File::Pipe(_))
    }

    fn poll_shutdown(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.shutdown())
    }
}

impl RawStream for StreamTransport {
    fn poll_read(&mut self, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        while self.rest.is_empty() {
            match ready!(self.input.poll(cx)) {
                None => self.begin_read(),
                Some(Ok(0)) => return Poll::Ready(Ok(0)),
                Some(Ok(count)) => {
                    let rest = &mut self.rest;
                    let _nothing_is_under_way =
                        self.input.with_memory(|memory| rest.extend_from_slice(&memory[..count]));
                    self.room = if count == self.room { LONG } else { SHORT };
                }
                Some(Err(error)) => return Poll::Ready(end_of_stream(error)),
            }
        }
        let count = self.rest.len().min(bytes.len());
        bytes[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        if self.rest.is_empty() {
            self.rest = Vec::new();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        ready!(RawStream::poll_flush(self, cx))?;
        let count = copy_into(&self.output, slices);
        self.send_copied(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match ready!(self.output.poll(cx)) {
                None => return Poll::Ready(Ok(())),
                Some(Ok(count)) => self.count_written(count),
                Some(Err(error)) => return Poll::Ready(Err(broken(error))),
            }
        }
    }

    fn shutdown(&mut self) -> io::Result<()> {
        match self.channel.file() {
            File::Pipe(_) => Ok(()),
            File::Socket(socket) => socket.shutdown(Shutdown::Write),
        }
    }
}

impl Drop for StreamTransport {
    /// The handle is closed once the system has given up what is under way.
    fn drop(&mut self) {
        if let File::Socket(socket) = self.channel.file() {
            let _gone_already = socket.shutdown(Shutdown::Both);
        }
        self.channel.cancel();
    }
}

/// Copies as much as one write takes into an operation's memory; how much.
fn copy_into(output: &Operation, slices: &[IoSlice<'_>]) -> usize {
    let copied = output.with_memory(|memory| {
        memory.clear();
        for slice in slices {
            let rest = LONG - memory.len();
            memory.extend_from_slice(&slice[..slice.len().min(rest)]);
        }
        memory.len()
    });
    copied.unwrap_or(0)
}

/// `ERROR_BROKEN_PIPE`, `ERROR_NO_DATA`, `ERROR_PIPE_NOT_CONNECTED`: how a pipe says that the peer is gone.
const GONE: [i32; 3] = [109, 232, 233];
/// `ERROR_NETNAME_DELETED`, `ERROR_CONNECTION_ABORTED`: how overlapped I/O says that a socket was reset.
const RESET: [i32; 2] = [64, 1236];

fn end_of_stream(error: io::Error) -> io::Result<usize> {
    match error.raw_os_error() {
        Some(code) if GONE.contains(&code) => Ok(0),
        _ => Err(broken(error)),
    }
}

fn broken(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) if GONE.contains(&code) => io::Error::new(io::ErrorKind::BrokenPipe, error),
        Some(code) if RESET.contains(&code) => io::Error::new(io::ErrorKind::ConnectionReset, error),
        _ => error,
    }
}
