//! The full protocol, as one direction shows it: PROTOCOL.md, sections 1 to 5.

mod kinds;

use bowline_core::frame::{Header, Kind};
use bowline_core::{Gate, Violation};

use super::frame::{Frame, Meaning, Problem, Summary};
use super::stream::Stream;
use super::{Decode, From};
use kinds::{array, greeting};

/// A stream of the full protocol.
pub(super) struct Full {
    limit: u32,
    stage: Stage,
    announced: Option<Announced>,
    has_acknowledged: bool,
    seen: Summary,
}

/// How far a direction is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opening(Option<From>),
    /// It began in the middle, so that a goodbye's count can't be compared.
    Middle,
    Open,
    Left,
    Refused,
}

/// A message of which chunks are to come.
#[derive(Clone, Copy)]
struct Announced {
    total: u32,
    have: u32,
}

/// What is wrong with a frame, and how many bytes from its beginning.
type Wrong = (u64, Violation, String);

impl Full {
    pub(super) fn new(from: Option<From>, middle: bool, limit: u32) -> Self {
        let stage = if middle { Stage::Middle } else { Stage::Opening(from) };
        Self { limit, stage, announced: None, has_acknowledged: false, seen: Summary::default() }
    }

    /// The header's checks, in the order in which a receiver makes them.
    fn check(&self, word: [u8; 4]) -> Result<Header, Wrong> {
        let header =
            Header::decode(word).map_err(|violation| (3, violation, format!("kind {:#04x}", word[3])))?;
        self.gate(header.kind())
            .admit(header.kind(), self.announced.is_some())
            .map_err(|violation| (3, violation, self.out_of_place(header.kind())))?;
        header
            .check_length(self.limit)
            .map_err(|violation| (0, violation, self.out_of_bounds(header, violation)))?;
        match self.announced {
            Some(Announced { total, have })
                if header.kind() == Kind::Chunk && header.length() > total - have =>
            {
                Err((0, Violation::ChunkOverflow, at_most(header.length(), total - have)))
            }
            _ => Ok(header),
        }
    }

    /// What may come now, as far as one direction shows. Where nobody says whose it is, its first frame does.
    fn gate(&self, kind: Kind) -> Gate {
        match self.stage {
            Stage::Opening(Some(From::Server)) => Gate::Welcome,
            Stage::Opening(None) if kind == Kind::Welcome => Gate::Welcome,
            Stage::Opening(_) => Gate::Hello,
            stage => Gate::Open { awaits_ack: !self.has_acknowledged, peer_left: stage == Stage::Left },
        }
    }

    fn out_of_bounds(&self, header: Header, violation: Violation) -> String {
        let (kind, length) = (header.kind(), header.length());
        let (least, most) = kind.lengths().into_inner();
        match (kind, violation) {
            (Kind::Message, _) => at_most(length, self.limit),
            (_, Violation::TooLong) => at_most(length, most),
            _ => format!("a {} of {length} bytes; it has {least} to {most}", kind.name()),
        }
    }

    fn out_of_place(&self, kind: Kind) -> String {
        let kind = kind.name();
        match (self.stage, self.announced) {
            (Stage::Opening(from), _) => {
                let due = match from {
                    Some(From::Client) => "a hello",
                    Some(From::Server) => "a welcome",
                    None => "a hello or a welcome",
                };
                format!(
                    "a {kind} where {due} is due (is it the plain profile, --plain, or does it begin later, --middle?)"
                )
            }
            (Stage::Left, _) => format!("a {kind} after the goodbye"),
            (_, Some(_)) => format!("a {kind} inside an announced message"),
            (_, None) if matches!(kind, "chunk" | "abort") => {
                format!("a {kind} without an announced message")
            }
            (_, None) => format!("a second {kind}"),
        }
    }

    /// Reads the payload, checks it, and says what it means.
    fn read(&mut self, stream: &mut Stream<'_>, frame: u64, header: Header) -> Result<Meaning, Problem> {
        let (kind, length) = (header.kind(), header.length());
        let wrong = |(offset, violation, what): Wrong| Problem::Violation {
            offset: frame + offset,
            frame,
            violation,
            what,
        };
        match kind {
            Kind::Message | Kind::Ping | Kind::Pong | Kind::Skippable(_) => {
                let bytes = stream.glance(frame, length)?;
                if kind == Kind::Message {
                    self.seen.message(length);
                }
                Ok(Meaning::Bytes(bytes))
            }
            Kind::Chunk => Ok(self.chunk(length, stream.glance(frame, length)?)),
            Kind::Abort => Ok(self.abort()),
            _ => self.control(kind, &stream.payload(frame, length)?).map_err(wrong),
        }
    }

    fn control(&mut self, kind: Kind, payload: &[u8]) -> Result<Meaning, Wrong> {
        match kind {
            Kind::Hello | Kind::Welcome => {
                self.stage = Stage::Open;
                greeting(payload)
            }
            Kind::Refuse => {
                self.stage = Stage::Refused;
                let (code, text) = payload.split_at(2);
                let text = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
                Ok(Meaning::Refuse { code: u16::from_le_bytes([code[0], code[1]]), text: text.into() })
            }
            Kind::Begin => self.begin(u32::from_le_bytes(array(payload))),
            Kind::Goodbye => self.goodbye(u64::from_le_bytes(array(payload))),
            Kind::GoodbyeAck => {
                self.has_acknowledged = true;
                Ok(Meaning::Count(u64::from_le_bytes(array(payload))))
            }
            _ => Ok(Meaning::Nothing),
        }
    }

    fn begin(&mut self, total: u32) -> Result<Meaning, Wrong> {
        if total == 0 {
            return Err((4, Violation::BadLength, "an empty message is announced".into()));
        }
        if total > self.limit {
            return Err((
                4,
                Violation::TooLong,
                format!("{total} bytes are announced, and the limit is {}", self.limit),
            ));
        }
        self.announced = Some(Announced { total, have: 0 });
        Ok(Meaning::Begin { total })
    }

    fn chunk(&mut self, length: u32, bytes: Vec<u8>) -> Meaning {
        let Some(Announced { total, have }) = self.announced else { return Meaning::Bytes(bytes) };
        let have = have + length;
        self.announced = (have < total).then_some(Announced { total, have });
        if have == total {
            self.seen.message(total);
        }
        Meaning::Chunk { have, total, bytes }
    }

    fn abort(&mut self) -> Meaning {
        self.seen.aborted += 1;
        let announced = self.announced.take();
        announced.map_or(Meaning::Nothing, |Announced { total, have }| Meaning::Abort { have, total })
    }

    fn goodbye(&mut self, count: u64) -> Result<Meaning, Wrong> {
        let messages = self.seen.messages;
        let is_wrong = if self.stage == Stage::Middle { count < messages } else { count != messages };
        if is_wrong {
            return Err((4, Violation::CountMismatch, format!("{count} messages, and {messages} have come")));
        }
        self.stage = Stage::Left;
        Ok(Meaning::Count(count))
    }
}

impl Decode for Full {
    fn next(&mut self, stream: &mut Stream<'_>) -> Result<Option<Frame>, Problem> {
        let offset = stream.offset();
        if self.stage == Stage::Refused {
            let is_over = matches!(stream.word(), Ok(None));
            return if is_over { Ok(None) } else { Err(Problem::AfterRefuse { offset }) };
        }
        let Some(word) = stream.word()? else {
            let unfinished = |Announced { total, have }| Err(Problem::Unfinished { offset, have, total });
            return self.announced.map_or(Ok(None), unfinished);
        };
        let wrong = |(at, violation, what)| Problem::Violation {
            offset: offset + at,
            frame: offset,
            violation,
            what,
        };
        let header = self.check(word).map_err(wrong)?;
        let meaning = self.read(stream, offset, header)?;
        self.seen.frames += 1;
        Ok(Some(Frame { offset, kind: header.kind().name(), length: header.length(), meaning }))
    }

    fn summary(&self) -> Summary {
        let end = match self.stage {
            Stage::Refused => "ends with a refuse",
            Stage::Left if self.has_acknowledged => "closed in order",
            Stage::Left => "has said goodbye, and not acknowledged the other side's",
            Stage::Opening(_) => "without a handshake",
            Stage::Open | Stage::Middle => {
                "without a goodbye: whoever reads this to its end calls its sender lost"
            }
        };
        Summary { end, ..self.seen }
    }
}

fn at_most(length: u32, limit: u32) -> String {
    format!("{length} bytes, where {limit} may come at most")
}
