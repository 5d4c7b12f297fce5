//! A hostile peer's end of a stream: it never waits.

use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;

use bowline_runtime::Endpoint;
use bowline_tests::certificates::Visitor;
use bowline_tests::{Frame, hello, kind};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustls::AlertDescription;

use super::secure::Secure;
use super::stream::Stream;

/// One connection.
pub(super) struct Wire {
    stream: Stream,
    /// What the system had no room for.
    rest: Vec<u8>,
    /// The frame that is coming in.
    incoming: Vec<u8>,
    greeting: Greeting,
    ended: bool,
    refusal: Option<u16>,
}

#[derive(PartialEq, Eq)]
enum Greeting {
    Silent,
    Waiting,
    Welcome,
}

impl Wire {
    pub(super) fn connect(endpoint: &Endpoint, visitor: Option<Visitor>) -> io::Result<Self> {
        let stream = Stream::connect(endpoint, visitor)?;
        let (rest, incoming) = (Vec::new(), Vec::new());
        Ok(Self { stream, rest, incoming, greeting: Greeting::Silent, ended: false, refusal: None })
    }

    /// Sends all of this, the rest of it later; `false` if it is not the time for that.
    pub(super) fn offer(&mut self, bytes: &[u8]) -> bool {
        if !self.flush() {
            return false;
        }
        let sent = self.write(bytes);
        self.rest.extend_from_slice(&bytes[sent..]);
        true
    }

    /// Whether everything that was offered is with the system.
    pub(super) fn flush(&mut self) -> bool {
        let rest = core::mem::take(&mut self.rest);
        let sent = self.write(&rest);
        self.rest = rest;
        self.rest.drain(..sent);
        self.rest.is_empty() && !self.ended && self.push()
    }

    fn push(&mut self) -> bool {
        let pushed = self.stream.push();
        self.judge(pushed.map(usize::from)) > 0
    }

    /// How much the system had no room for.
    pub(super) fn unsent(&self) -> usize {
        self.rest.len() + self.stream.unsent()
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        if bytes.is_empty() || self.ended {
            return 0;
        }
        let sent = self.stream.write(bytes);
        self.judge(sent)
    }

    /// Sends this with descriptors; `false` if the system has no room for it.
    pub(super) fn smuggle(&mut self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> bool {
        let mut space = [core::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(64))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !self.flush() || !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return false;
        }
        match sendmsg(&self.stream, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL) {
            Ok(sent) => {
                self.rest.extend_from_slice(&bytes[sent..]);
                true
            }
            // Too many are on their way already.
            Err(rustix::io::Errno::TOOMANYREFS) => false,
            Err(error) => self.judge(Err(error.into())) > 0,
        }
    }

    fn judge(&mut self, moved: io::Result<usize>) -> usize {
        match moved {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(_gone) => {
                self.ended = true;
                0
            }
        }
    }

    /// The next frame, if all of it is there. Nothing behind it is read, but for the rest of a record of TLS.
    pub(super) fn hear(&mut self) -> Option<Frame> {
        self.flush();
        loop {
            let missing = self.missing();
            if missing == 0 {
                return Some(self.cut());
            }
            let came = self.incoming.len();
            self.incoming.resize(came + missing, 0);
            let read = self.stream.read(&mut self.incoming[came..]);
            self.ended |= matches!(read, Ok(0));
            let read = self.judge(read);
            self.incoming.truncate(came + read);
            if read == 0 {
                return None;
            }
        }
    }

    /// How many bytes of the frame, or of its header, are yet to come.
    fn missing(&self) -> usize {
        match self.incoming.first_chunk::<4>() {
            None => 4 - self.incoming.len(),
            Some(&[low, middle, high, _]) => {
                4 + usize::from(low) + (usize::from(middle) << 8) + (usize::from(high) << 16)
                    - self.incoming.len()
            }
        }
    }

    fn cut(&mut self) -> Frame {
        let frame = Frame::new(self.incoming[3], &self.incoming[4..]);
        self.incoming.clear();
        self.refusal = self.refusal.or(frame.refusal());
        if frame.kind == kind::WELCOME {
            self.greeting = Greeting::Welcome;
        }
        frame
    }

    /// Says hello and waits for welcome; `true` once that has come. Reads nothing behind it.
    pub(super) fn is_open(&mut self) -> bool {
        if self.greeting == Greeting::Silent && self.offer(&hello(16 << 20, 0).bytes()) {
            self.greeting = Greeting::Waiting;
        }
        while self.greeting == Greeting::Waiting && self.hear().is_some() {}
        self.greeting == Greeting::Welcome
    }

    /// Reads and forgets what has come; `true` at the end of the stream.
    pub(super) fn listen(&mut self) -> bool {
        while self.hear().is_some() {}
        self.ended
    }

    /// Whether the other side is gone, as far as was noticed.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// The code that the other side gave, if it has been read.
    pub(super) fn refusal(&self) -> Option<u16> {
        self.refusal
    }

    pub(super) fn end_writing(&mut self) {
        self.stream.end_writing();
    }

    /// What has come, whatever it is.
    pub(super) fn sniff(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        let read = self.stream.read(&mut bytes);
        self.ended |= matches!(read, Ok(0));
        bytes.truncate(self.judge(read));
        bytes
    }

    /// Hangs up.
    pub(super) fn leave(&mut self) {
        self.ended = true;
    }

    /// Does something with TLS itself.
    pub(super) fn bend(&mut self, how: impl FnOnce(&mut Secure) -> io::Result<()>) {
        let bent = self.stream.secure().map_or(Ok(()), how);
        self.judge(bent.map(|()| 0));
    }

    /// What the other side has given up TLS with.
    pub(super) fn alert(&self) -> Option<AlertDescription> {
        match &self.stream {
            Stream::Tls(stream) => stream.alert(),
            _ => None,
        }
    }
}
