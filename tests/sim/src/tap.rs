//! A second reader of the wire format, written from PROTOCOL.md alone: it says what a stream of bytes means.

/// What a stream brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    /// A whole message, in one frame or in chunks, and how many bytes of the stream end with it.
    Message(Vec<u8>, u64),
    /// A long message is announced.
    Begin(u32),
    /// The announced message is withdrawn.
    Abort,
    /// Another frame, by its kind, with its payload.
    Control(u8, Vec<u8>),
}

pub(crate) mod kind {
    pub(crate) const MESSAGE: u8 = 0;
    pub(crate) const HELLO: u8 = 1;
    pub(crate) const WELCOME: u8 = 2;
    pub(crate) const REFUSE: u8 = 3;
    pub(crate) const BEGIN: u8 = 4;
    pub(crate) const CHUNK: u8 = 5;
    pub(crate) const ABORT: u8 = 6;
    pub(crate) const PING: u8 = 7;
    pub(crate) const PONG: u8 = 8;
    pub(crate) const GOODBYE: u8 = 9;
    pub(crate) const GOODBYE_ACK: u8 = 10;
}

/// Reads one direction of a stream.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    plain: bool,
    word: Vec<u8>,
    /// Kind and length of the frame that has begun.
    frame: Option<(u8, usize)>,
    payload: Vec<u8>,
    /// The announced message's length, and what has come of it.
    announced: Option<(usize, Vec<u8>)>,
    pub(crate) messages: u64,
    /// How many bytes were taken in.
    position: u64,
}

impl Tap {
    pub(crate) fn new(plain: bool) -> Self {
        Self { plain, ..Self::default() }
    }

    /// Takes in bytes and calls `see` for each thing that they complete.
    pub(crate) fn take(&mut self, mut bytes: &[u8], mut see: impl FnMut(Seen)) {
        let end = self.position + bytes.len() as u64;
        while !bytes.is_empty() || self.is_complete() {
            match self.frame {
                None => {
                    bytes = fill(&mut self.word, bytes, 4);
                    self.position = end - bytes.len() as u64;
                    self.begin();
                }
                Some((_, length)) => {
                    bytes = fill(&mut self.payload, bytes, length);
                    self.position = end - bytes.len() as u64;
                    self.finish(&mut see);
                }
            }
        }
    }

    /// Whether the stream stands between two frames, with no announced message open.
    pub(crate) fn is_between(&self) -> bool {
        self.is_at_boundary() && self.announced.is_none()
    }

    /// Whether the stream stands between two frames.
    pub(crate) fn is_at_boundary(&self) -> bool {
        self.word.is_empty() && self.frame.is_none()
    }

    /// Whether a whole message's word has come, and not all of its bytes.
    pub(crate) fn is_in_message(&self) -> bool {
        self.frame.is_some_and(|(kind, _)| kind == kind::MESSAGE)
    }

    fn is_complete(&self) -> bool {
        self.frame.is_some_and(|(_, length)| length == self.payload.len())
    }

    fn begin(&mut self) {
        let Ok(word) = <[u8; 4]>::try_from(&self.word[..]) else { return };
        let (kind, word) = if self.plain { (0, word) } else { (word[3], [word[0], word[1], word[2], 0]) };
        self.frame = Some((kind, usize::try_from(u32::from_le_bytes(word)).unwrap_or(usize::MAX)));
        self.word.clear();
    }

    fn finish(&mut self, see: &mut impl FnMut(Seen)) {
        let Some((kind, length)) = self.frame else { return };
        if self.payload.len() < length {
            return;
        }
        self.frame = None;
        let payload = core::mem::take(&mut self.payload);
        match kind {
            kind::MESSAGE => self.message(payload, see),
            kind::BEGIN => self.announce(&payload, see),
            kind::CHUNK => self.chunk(&payload, see),
            kind::ABORT => {
                self.announced = None;
                see(Seen::Abort);
            }
            kind => see(Seen::Control(kind, payload)),
        }
    }

    fn message(&mut self, payload: Vec<u8>, see: &mut impl FnMut(Seen)) {
        self.messages += 1;
        see(Seen::Message(payload, self.position));
    }

    fn announce(&mut self, payload: &[u8], see: &mut impl FnMut(Seen)) {
        let total = payload.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        self.announced = Some((usize::try_from(total).unwrap_or(usize::MAX), Vec::new()));
        see(Seen::Begin(total));
    }

    fn chunk(&mut self, payload: &[u8], see: &mut impl FnMut(Seen)) {
        let Some((total, whole)) = &mut self.announced else { return };
        whole.extend(payload);
        if whole.len() == *total {
            let whole = core::mem::take(whole);
            self.announced = None;
            self.message(whole, see);
        }
    }
}

/// Moves bytes until `have` is `length` long; returns the others.
fn fill<'a>(have: &mut Vec<u8>, bytes: &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(bytes.len().min(length - have.len()));
    have.extend(taken);
    rest
}
