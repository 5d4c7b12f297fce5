//! One queued write: a message, or a batch of small ones.

use crate::layout::{Layout, Run};
use crate::limits::Limits;
use crate::storage::{BatchOf, Pack, Storage, WORD};
use crate::task::TaskId;

pub(super) struct Entry<S: Storage> {
    pub(super) id: TaskId,
    pub(super) content: Content<S>,
    pub(super) layout: Layout,
    pub(super) head: [u8; 8],
    pub(super) last_word: [u8; 4],
    /// Nobody will ask what became of it.
    pub(super) ownerless: bool,
    pub(super) fate: Fate,
}

/// What an entry holds.
pub(super) enum Content<S: Storage> {
    One(S::Payload),
    Many(BatchOf<S>),
    /// It is not needed any more.
    Gone,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Queued,
    Aborting,
    /// Handed over whole; the transport confirms it at byte `end`.
    Handed {
        end: u64,
        number: u64,
    },
    Sent {
        number: u64,
    },
    /// Nothing left of what it still holds.
    NotSent,
    /// Something left that nobody has confirmed. A batch still holds those messages of which nothing did.
    Unknown,
}

impl<S: Storage> Entry<S> {
    #[inline]
    pub(super) fn new(id: TaskId, content: Content<S>, layout: Layout, plain: bool) -> Self {
        let (head, last_word) = (layout.head(plain), layout.last_word());
        let mut entry = Self { id, content, layout, head, last_word, ownerless: false, fate: Fate::Queued };
        if layout.is_packed() {
            entry.measure();
        }
        entry
    }

    /// Looks at a batch anew.
    pub(super) fn measure(&mut self) {
        if let Content::Many(batch) = &self.content {
            self.layout = Layout::packed(u32::try_from(batch.frames().len()).unwrap_or(u32::MAX));
        }
    }

    /// How many messages it holds; one that was decided may hold none any more and counts as one.
    pub(super) fn messages(&self) -> usize {
        match &self.content {
            Content::Many(batch) if self.layout.is_packed() => batch.messages(),
            _ => 1,
        }
    }

    /// The bytes of its messages.
    pub(super) fn length(&self) -> usize {
        let words = if self.layout.is_packed() { WORD * self.messages() } else { 0 };
        usize::try_from(self.layout.length()).unwrap_or(usize::MAX) - words
    }

    pub(super) fn cost(&self) -> usize {
        self.length() + self.messages() * Limits::cost(0)
    }

    /// What is sent behind the first word, if that is its own.
    pub(super) fn body(&self) -> &[u8] {
        match &self.content {
            Content::One(payload) => payload.as_ref(),
            Content::Many(batch) => batch.frames(),
            Content::Gone => &[],
        }
    }

    /// The first word and all behind it, if that is one frame or a batch of such.
    pub(super) fn whole(&self) -> Option<(&[u8], &[u8])> {
        let word = if self.layout.is_packed() { 0 } else { WORD };
        (!self.layout.is_chunked()).then(|| (&self.head[..word], self.body()))
    }

    pub(super) fn run<'a>(&'a self, position: u64, full_word: &'a [u8; 4]) -> &'a [u8] {
        match self.layout.run(position) {
            Run::Head(range) => &self.head[range],
            Run::FullWord(range) => &full_word[range],
            Run::LastWord(range) => &self.last_word[range],
            Run::Payload(range) => self.body().get(range).unwrap_or_default(),
        }
    }

    pub(super) fn into_payload(self) -> Option<S::Payload> {
        match self.content {
            Content::One(payload) => Some(payload),
            Content::Many(_) | Content::Gone => None,
        }
    }

    /// What is left on the wire of a message whose owner has his answer: it ends at the next frame that can end it.
    pub(super) fn orphan(&self, content: Content<S>, layout: Layout) -> Self {
        let fate = if layout.is_chunked() { Fate::Aborting } else { Fate::Queued };
        // It stands behind the others, so its name must do so too, or they could not be found by theirs.
        let mut orphan = Self { id: TaskId::LAST, content, layout, ownerless: true, fate, ..*self };
        orphan.measure();
        orphan
    }

    /// Decides an entry; what did not fail cleanly needs its payload no more.
    pub(super) fn decide(&mut self, fate: Fate) {
        self.fate = fate;
        match &mut self.content {
            _ if fate == Fate::NotSent => {}
            Content::Many(batch) if fate == Fate::Unknown => *batch = batch.cut(usize::MAX).1,
            content => *content = Content::Gone,
        }
    }
}
