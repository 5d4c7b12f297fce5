//! A client that waits for an answer.

use std::sync::Arc;

use bowline_core::{ClientId, Refusal, State, Text};

use super::books::{Books, refuse};
use crate::error::AcceptError;
use crate::handle::Handle;
use crate::link::Link;
use crate::socket::Socket;
use crate::{Peer, clock};

/// A client that waits for an answer, before any byte of its messages.
///
/// [`accept`](Self::accept) lets it in, [`refuse`](Self::refuse) tells it why not; dropping it refuses it as
/// [`Refusal::Declined`]. Without an answer within the decision timeout it is refused as [`Refusal::Unanswered`].
#[must_use = "a client that is dropped is refused"]
pub struct Incoming {
    books: Arc<Books>,
    client: ClientId,
    link: Arc<Link>,
    answered: bool,
}

impl Incoming {
    pub(super) const fn new(books: Arc<Books>, client: ClientId, link: Arc<Link>) -> Self {
        Self { books, client, link, answered: false }
    }

    /// Who it is, as far as the system knows.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.link.peer
    }

    /// Lets the client in.
    ///
    /// # Errors
    /// [`AcceptError::Gone`] when it went away meanwhile, or the answer came too late.
    pub fn accept(mut self) -> Result<Socket, AcceptError> {
        self.answered = true;
        let gone = self.link.with(|driven| {
            driven.connection.accept(clock::now());
            (driven.connection.state() == State::Closed).then(|| driven.connection.close_reason()).flatten()
        });
        if let Some(reason) = gone {
            return Err(AcceptError::Gone(reason));
        }
        self.books.admit(self.client);
        self.link.view.accepted();
        let handle = Handle::new(Arc::clone(&self.link));
        // The welcome leaves now, on this thread.
        handle.drive();
        Ok(Socket::new(handle))
    }

    /// Refuses the client and tells it why: a code, which may be one of the application's own, and a few words for
    /// people, cut to 62 bytes.
    pub fn refuse(mut self, refusal: Refusal, reason: &str) {
        self.answered = true;
        self.link.view.refuses(Text::new(reason));
        refuse(&self.link, refusal, Text::new(reason));
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.answered {
            refuse(&self.link, Refusal::Declined, Text::EMPTY);
        }
    }
}

impl core::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let number = self.link.view.number();
        f.debug_struct("Incoming")
            .field("number", &number)
            .field("peer", &format_args!("{}", self.peer()))
            .finish()
    }
}
