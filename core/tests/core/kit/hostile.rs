//! Bytes from a hostile peer, however they are cut: the outcome is what PROTOCOL.md says, bounded, and no way panics or spins.

use bowline_core::frame::{Header, Kind};
use bowline_core::{
    CloseReason, Config, Connection, Event, Heap, Instant, MESSAGE_OVERHEAD, Refusal, State, Text, Violation,
    WriteRejection,
};

use super::Memory;
use super::spec::{Place, Reader, Stop};
use super::wire::{GOODBYE, GOODBYE_ACK, HELLO, PING, PONG, REFUSE, WELCOME, frames, greeting, output};

const QUEUE: usize = 4096;
const LIMIT: u32 = 1 << 20;

/// Who is fed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Client,
    /// A server whose program welcomes at once.
    Server,
    /// A server whose program does not answer.
    Undecided,
}

/// How the bytes come.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Every(usize),
    Once(usize),
    /// Cuts that depend on what is fed, so that every input has its own.
    ByContent,
}

/// What comes after the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Eof,
    Silence,
}

/// What became of it.
#[derive(PartialEq, Eq, Debug)]
struct End {
    messages: Vec<Vec<u8>>,
    /// Sorted, since their order is free.
    output: Vec<(u8, Vec<u8>)>,
    reason: Option<CloseReason>,
    finally: Option<CloseReason>,
}

/// Feeds the bytes of a client to servers of every memory.
pub(crate) fn feed_all(bytes: &[u8]) {
    read_words(bytes);
    feed_server::<Heap>(bytes);
    #[cfg(feature = "heapless")]
    feed_server::<super::Small>(bytes);
}

/// Whatever stands where a word could: what can be read is written the same, and has a name and a length that goes with it.
fn read_words(bytes: &[u8]) {
    for word in bytes.chunks_exact(4).filter_map(|word| word.try_into().ok()) {
        let Ok(header) = Header::decode(word) else { continue };
        assert_eq!(header.encode(), word);
        assert!(!header.kind().name().is_empty());
        let goes = header.kind().lengths().contains(&header.length());
        let too_long = header.kind() == Kind::Message && header.length() > LIMIT;
        assert_eq!(header.check_length(LIMIT).is_ok(), goes && !too_long, "{header:?}");
    }
}

fn feed_server<M: Memory>(bytes: &[u8]) {
    let reader = Role::Server.reader::<M>(bytes);
    for cut in [Cut::Every(usize::MAX), Cut::Every(1), Cut::ByContent] {
        check::<M>(&reader, Role::Server, bytes, cut, Ending::Eof);
    }
    check::<M>(&reader, Role::Server, bytes, Cut::ByContent, Ending::Silence);
}

/// Feeds the bytes to everybody who waits for a greeting, cut at every place around it.
pub(crate) fn greet_all(bytes: &[u8]) {
    greet::<Heap>(bytes);
    #[cfg(feature = "heapless")]
    greet::<super::Small>(bytes);
}

fn greet<M: Memory>(bytes: &[u8]) {
    for role in [Role::Client, Role::Undecided, Role::Server] {
        let reader = role.reader::<M>(bytes);
        for place in 0..bytes.len().min(72) {
            check::<M>(&reader, role, bytes, Cut::Once(place), Ending::Eof);
        }
        for ending in [Ending::Eof, Ending::Silence] {
            check::<M>(&reader, role, bytes, Cut::Every(1), ending);
        }
        leave_early::<M>(&reader, role, bytes);
    }
}

/// The program closes, or is gone, before the connection is open: a server says so to whom it has not answered.
fn leave_early<M: Memory>(reader: &Reader, role: Role, bytes: &[u8]) {
    let opens = reader.greeting.is_some() && role != Role::Undecided;
    if reader.stop.is_some() || opens {
        return;
    }
    for gone in [false, true] {
        let (mut end, _) = feed::<M>(role, bytes, Cut::Every(usize::MAX));
        let arrived = role == Role::Undecided && reader.greeting.is_some();
        assert_eq!(end.state(), if arrived { State::Deciding } else { State::Connecting });
        assert_eq!(end.poll_event(), arrived.then_some(Event::Arrived));
        assert!(reader.greeting.is_none_or(|(limit, _)| end.peer_message_limit() == limit));
        assert_eq!(end.write(M::payload(b"x")).expect_err("not open").why, WriteRejection::NotOpen);
        if gone {
            end.abandon(Instant::default());
        } else {
            end.close(Instant::default(), core::time::Duration::from_secs(5));
        }
        let (reason, code) = match (role, gone) {
            (Role::Client, _) => (CloseReason::Closed, None),
            (_, false) => (CloseReason::Closed, Some(7_u16)),
            (_, true) => (CloseReason::Declined(Refusal::Declined), Some(6)),
        };
        assert_eq!((end.close_reason(), end.poll_event()), (Some(reason), Some(Event::Over)));
        let refuse = code.map(|code| (REFUSE, code.to_le_bytes().to_vec()));
        assert_eq!(frames(&output(&mut end)), Vec::from_iter(refuse));
    }
}

/// Feeds the bytes to one server, without a second opinion; returns how many messages came.
#[allow(dead_code, reason = "`fuzz/hammer.rs` calls it")]
pub(crate) fn feed_once(bytes: &[u8]) -> usize {
    let (server, messages) = feed::<Heap>(Role::Server, bytes, Cut::ByContent);
    drop(server);
    messages.len()
}

fn check<M: Memory>(reader: &Reader, role: Role, bytes: &[u8], cut: Cut, ending: Ending) {
    let (end, messages) = feed::<M>(role, bytes, cut);
    let end = finish(end, messages, ending);
    assert_eq!(end, role.expected::<M>(reader, ending), "{role:?}, {cut:?}, {ending:?}");
}

fn feed<M: Memory>(role: Role, bytes: &[u8], cut: Cut) -> (Connection<M>, Vec<Vec<u8>>) {
    let now = Instant::default();
    let config = Config::new().message_limit(LIMIT).queue_messages(6).queue_bytes(QUEUE);
    let mut end = match role {
        Role::Client => Connection::<M>::client(config, now),
        Role::Server | Role::Undecided => Connection::server(config, now),
    };
    let (mut messages, mut place) = (Vec::new(), 0);
    while place < bytes.len() && end.wants_input() {
        // Whether bytes came before the welcome left depends on how they were cut.
        let alone = role == Role::Server && end.state() == State::Connecting;
        let size = if alone { 1 } else { cut.size(place, bytes[place]).min(bytes.len() - place) };
        let used = end.receive(now, &bytes[place..place + size]);
        assert!(used == size || !end.wants_input(), "stopped without being full");
        place += used;
        if role == Role::Server {
            end.accept(now);
        }
        check_bound(&end);
        // What is given back is nothing that is needed.
        end.rest();
        if !end.wants_input() {
            messages.extend(core::iter::from_fn(|| end.take_unclaimed()).map(|one| one.as_ref().to_vec()));
        }
    }
    (end, messages)
}

impl Cut {
    fn size(self, place: usize, byte: u8) -> usize {
        match self {
            Self::Every(size) => size,
            Self::Once(at) if place < at => at - place,
            Self::Once(_) => usize::MAX,
            Self::ByContent => usize::from(byte) * 7 % 61 + 1,
        }
    }
}

/// What is queued is within the limits, or is one message.
fn check_bound<M: Memory>(end: &Connection<M>) {
    let unread = end.unread();
    assert!(unread <= 1 || unread * MESSAGE_OVERHEAD <= QUEUE, "{unread} messages");
}

fn finish<M: Memory>(mut end: Connection<M>, mut messages: Vec<Vec<u8>>, ending: Ending) -> End {
    messages.extend(core::iter::from_fn(|| end.take_unclaimed()).map(|one| one.as_ref().to_vec()));
    let reason = end.close_reason();
    let mut output = frames(&output(&mut end));
    output.sort();
    match ending {
        Ending::Eof => end.handle_eof(),
        Ending::Silence => (0..4).for_each(|_| {
            if let Some(at) = end.poll_timeout() {
                end.handle_timeout(at);
            }
        }),
    }
    let finally = end.close_reason();
    assert!(end.is_finished() == finally.is_some() && end.poll_timeout().is_none());
    End { messages, output, reason, finally }
}

// What PROTOCOL.md says.
impl Role {
    fn reader<M: Memory>(self, bytes: &[u8]) -> Reader {
        let opening = Place::Opening(if self == Self::Client { WELCOME } else { HELLO });
        let mut reader = Reader::new(opening, LIMIT.min(M::MESSAGE_LIMIT));
        if self == Self::Undecided {
            reader.after_hello = Place::Silence;
        }
        // Whoever is fed has sent nothing and answers a goodbye at once.
        reader.answer = Some(0);
        reader.read(bytes)
    }

    fn expected<M: Memory>(self, reader: &Reader, ending: Ending) -> End {
        let reason = reader.stop.as_ref().map(close_reason);
        let over = reason.or_else(|| reader.has_parted().then_some(CloseReason::PeerClosed));
        End {
            messages: reader.messages.clone(),
            output: self.answers::<M>(reader),
            reason,
            finally: over.or_else(|| match ending {
                Ending::Eof => Some(CloseReason::PeerLost { mid_frame: reader.is_mid_message() }),
                Ending::Silence => self.out_of_patience(reader),
            }),
        }
    }

    fn answers<M: Memory>(self, reader: &Reader) -> Vec<(u8, Vec<u8>)> {
        match &reader.stop {
            Some(Stop::Refused(..)) => return Vec::new(),
            Some(Stop::Broken(code)) => return vec![(REFUSE, code.to_le_bytes().to_vec())],
            None => {}
        }
        let mut answers = Vec::new();
        if self == Self::Client || (self == Self::Server && reader.greeting.is_some()) {
            let kind = if self == Self::Client { HELLO } else { WELCOME };
            answers.extend(frames(&greeting(kind, LIMIT.min(M::MESSAGE_LIMIT), 0)));
        }
        let last_ping = reader.controls.iter().rev().find(|(kind, _)| *kind == PING);
        answers.extend(last_ping.map(|(_, token)| (PONG, token.clone())));
        if reader.place == Place::Goodbye {
            answers.push((GOODBYE, 0_u64.to_le_bytes().to_vec()));
            answers.push((GOODBYE_ACK, reader.arrived.to_le_bytes().to_vec()));
        }
        answers.sort();
        answers
    }

    fn out_of_patience(self, reader: &Reader) -> Option<CloseReason> {
        match (&reader.greeting, self) {
            (None, _) => Some(CloseReason::Violated(Violation::HandshakeTimeout)),
            (Some(_), Self::Undecided) => Some(CloseReason::Declined(Refusal::Unanswered)),
            // Five seconds for the goodbye's acknowledgement, thirty for the rest of a frame.
            _ if reader.place == Place::Goodbye => Some(CloseReason::PeerClosed),
            _ => reader.is_mid_message().then_some(CloseReason::Violated(Violation::ProgressTimeout)),
        }
    }
}

impl Reader {
    /// Both goodbyes are said and answered.
    fn has_parted(&self) -> bool {
        self.place == Place::Goodbye && self.owed.is_none()
    }
}

fn close_reason(stop: &Stop) -> CloseReason {
    match stop {
        Stop::Refused(code, text) => {
            CloseReason::Refused { refusal: Refusal::from_code(*code), reason: Text::new(text) }
        }
        Stop::Broken(code) => match Refusal::from_code(*code) {
            Refusal::Violation(violation) => CloseReason::Violated(violation),
            other => panic!("{other:?} is no violation"),
        },
    }
}
