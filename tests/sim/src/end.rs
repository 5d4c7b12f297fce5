//! One end that keeps to the protocol: its connection, and what its driver holds.

use std::collections::{BTreeSet, VecDeque};

use bowline_core::{CloseReason, Connection, State, Storage, TaskId};
use core::fmt::Debug;

use crate::guarded::Guarded;
use crate::tap::{Seen, Tap, kind};

/// A storage that the simulation runs on.
pub trait Memory: Storage<Payload: Clone + PartialEq + Debug> {
    /// How many messages can wait.
    const TASKS: usize;
    /// The longest message that a script writes, as a power of two.
    const LENGTH_BITS: usize;

    /// A payload of these bytes.
    fn payload(bytes: &[u8]) -> Self::Payload;
}

impl Memory for bowline_core::Heap {
    const TASKS: usize = usize::MAX;
    const LENGTH_BITS: usize = 17;

    fn payload(bytes: &[u8]) -> Self::Payload {
        bytes::Bytes::copy_from_slice(bytes)
    }
}

/// Sixteen tasks of each kind, messages of up to 2,048 bytes.
pub type Small = bowline_core::Inline<16, 2048>;

impl Memory for Small {
    const TASKS: usize = 16;
    const LENGTH_BITS: usize = 11;

    fn payload(bytes: &[u8]) -> Self::Payload {
        bytes.try_into().expect("a script's message fits")
    }
}

pub(crate) struct End<M: Memory> {
    pub(crate) connection: Connection<M>,
    pub(crate) driver: Driver,
    /// Reads what this end hands over.
    pub(crate) tap: Tap,
    /// Which tasks were announced.
    pub(crate) announced: BTreeSet<TaskId>,
    pub(crate) last_id: u64,
    /// How many bytes the system has confirmed.
    pub(crate) confirmed: u64,
    last_words: LastWords,
}

/// What the transport of one end holds.
#[derive(Debug, Default)]
pub(crate) struct Driver {
    /// It confirms later.
    pub(crate) completion: bool,
    /// Bytes that were read and not taken in yet.
    pub(crate) ahead: VecDeque<u8>,
    /// Bytes that the system holds on their way out, and how many of the first have left.
    pub(crate) lent: VecDeque<(Guarded, usize)>,
    /// Bytes that the system has put into our memory and not handed back.
    pub(crate) filled: Option<Guarded>,
    pub(crate) told_end: bool,
    pub(crate) write_broken: bool,
    /// The transport was dropped.
    pub(crate) gone: bool,
}

/// What an end may still say once it has turned its peer away: what it had begun, and why.
#[derive(Clone, Copy, Debug, Default)]
struct LastWords {
    turned: bool,
    begun: bool,
    said: bool,
}

impl<M: Memory> End<M> {
    pub(crate) fn new(connection: Connection<M>, completion: bool, plain: bool) -> Self {
        Self {
            connection,
            driver: Driver { completion, ..Driver::default() },
            tap: Tap::new(plain),
            announced: BTreeSet::new(),
            last_id: 0,
            confirmed: 0,
            last_words: LastWords::default(),
        }
    }

    /// Gives back what is not needed now; a connection that has nothing to do sleeps for a moment, and is as it was.
    pub(crate) fn rest(&mut self) {
        self.connection.rest();
        if let Some(idle) = self.connection.idle() {
            let resumed = idle.resume();
            let deadlines = [&resumed, &self.connection].map(Connection::poll_timeout);
            assert_eq!(deadlines[0], deadlines[1], "I13: a deadline is another one after a sleep");
            assert_eq!(resumed.stats(), self.connection.stats(), "the numbers are others after a sleep");
            self.connection = resumed;
        }
    }

    /// A task's name was never used before.
    pub(crate) fn check_name(&mut self, id: TaskId) {
        assert!(id.number() > self.last_id, "I8: the name {id:?} was used before");
        self.last_id = id.number();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.connection.state() == State::Closed
    }

    /// Bytes were handed to the transport: they are legal, and what they mean is returned.
    pub(crate) fn hand_over(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.begin_last_words();
        let mut all = Vec::new();
        self.tap.take(bytes, |seen| all.push(seen));
        all.iter().for_each(|seen| self.check_last_words(seen));
        all
    }

    fn begin_last_words(&mut self) {
        let turned = matches!(
            self.connection.close_reason(),
            Some(CloseReason::Violated(_) | CloseReason::Declined(_))
        );
        if turned && !self.last_words.turned {
            self.last_words = LastWords { turned, begun: !self.tap.is_at_boundary(), said: false };
        }
    }

    fn check_last_words(&mut self, seen: &Seen) {
        let words = &mut self.last_words;
        if !words.turned {
            return;
        }
        let may = match seen {
            Seen::Control(kind::REFUSE, _) => !core::mem::replace(&mut words.said, true),
            // Control frames may stand in line already, one of each kind.
            Seen::Control(..) | Seen::Abort => !words.said,
            Seen::Message(..) | Seen::Begin(_) => core::mem::take(&mut words.begun) && !words.said,
        };
        assert!(may, "I14: {seen:?} after the peer was turned away");
    }
}
