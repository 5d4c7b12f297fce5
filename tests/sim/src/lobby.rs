//! The plain reference for a server's door: the n-th live accept owns the n-th client that waits.

use std::collections::VecDeque;

use bowline_core::{ClientId, Listener, ReadError, Status, TaskId};

use crate::end::Memory;

#[derive(Debug, Default)]
pub(crate) struct Lobby {
    pub(crate) accepts: Vec<TaskId>,
    waiting: VecDeque<ClientId>,
    pub(crate) stopped: bool,
}

impl Lobby {
    pub(crate) fn offered(&mut self, client: ClientId) {
        self.waiting.push_back(client);
    }

    pub(crate) fn gone(&mut self, client: ClientId) {
        self.waiting.retain(|&waiting| waiting != client);
    }

    /// Whether this accept has a client.
    pub(crate) fn has(&self, accept: TaskId) -> bool {
        self.place(accept).is_some_and(|place| place < self.waiting.len())
    }

    pub(crate) fn dropped(&mut self, accept: TaskId) {
        self.accepts.retain(|&live| live != accept);
    }

    pub(crate) fn take(&mut self, accept: TaskId, taken: Result<Option<ClientId>, ReadError>) {
        let place = self.place(accept).expect("a live accept");
        match (taken, self.waiting.get(place).copied()) {
            (Ok(Some(client)), Some(expected)) => {
                assert_eq!(client, expected, "I4: another client");
                self.waiting.remove(place);
                self.accepts.remove(place);
            }
            (Ok(None), None) if !self.stopped => {}
            (Err(ReadError::Closed(_)), None) if self.stopped => _ = self.accepts.remove(place),
            (taken, expected) => panic!("I4: accepted {taken:?} instead of {expected:?}"),
        }
    }

    pub(crate) fn check<M: Memory>(&self, listener: &Listener<M>) {
        for &accept in &self.accepts {
            let expected = match () {
                () if self.has(accept) => Status::Success,
                () if self.stopped => Status::Failure,
                () => Status::Pending,
            };
            assert_eq!(listener.accept_status(accept), Some(expected), "I4: an accept");
        }
    }

    fn place(&self, accept: TaskId) -> Option<usize> {
        self.accepts.iter().position(|&live| live == accept)
    }
}
