//! Messages that were read together.

use bytes::Bytes;

/// At least one message, and small ones that came right behind it in one piece of memory. From
/// [`Socket::read_batch`](crate::Socket::read_batch).
///
/// ```no_run
/// # async fn example(socket: &bowline_runtime::Socket) -> Result<(), bowline_runtime::ReadError> {
/// let batch = socket.read_batch().await?;
/// let longest = batch.iter().map(<[u8]>::len).max();
/// println!("{} messages, the longest of {longest:?} bytes", batch.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::len_without_is_empty, reason = "it never is")]
pub struct Batch {
    first: Bytes,
    others: bowline_core::Batch,
}

/// Without the messages, which may be many and are the user's.
impl core::fmt::Debug for Batch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let bytes = self.first.len() + self.others.payload_bytes();
        f.debug_struct("Batch").field("messages", &self.len()).field("bytes", &bytes).finish()
    }
}

impl Batch {
    pub(crate) const fn new(first: Bytes, others: bowline_core::Batch) -> Self {
        Self { first, others }
    }

    /// How many messages it holds; at least one.
    #[must_use]
    pub const fn len(&self) -> usize {
        1 + self.others.len()
    }

    /// The messages in their order, where they are: nothing is copied and nothing allocated.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::once(&*self.first).chain(&self.others)
    }

    /// The messages in their order, each a [`Bytes`] that shares one memory with the others. It is free when all are gone:
    /// whoever keeps a few of them for long should copy them, or read one by one.
    pub fn into_shared(self) -> impl Iterator<Item = Bytes> + Send {
        core::iter::once(self.first).chain(self.others.into_shared())
    }
}
