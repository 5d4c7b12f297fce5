//! What takes little memory while a connection has nothing to do.

use core::cell::LazyCell;
use core::ops::{Deref, DerefMut};

use bowline_core::Connection;

use crate::parcel::Parcels;

/// A connection. Once it has nothing to do, and until it is looked at again, there is only what it has to remember.
pub(crate) struct Nap(LazyCell<Box<Connection<Parcels>>, Wake>);

type Wake = Box<dyn FnOnce() -> Box<Connection<Parcels>> + Send>;

impl Nap {
    /// One that is awake.
    pub(crate) fn new(connection: Connection<Parcels>) -> Self {
        let connection = Box::new(connection);
        let nap = Self(LazyCell::new(Box::new(|| connection)));
        LazyCell::force(&nap.0);
        nap
    }

    /// Asks it something; if it was asleep, it is so again.
    pub(crate) fn ask<R>(&mut self, question: impl FnOnce(&Connection<Parcels>) -> R) -> R {
        let was_asleep = self.is_asleep();
        let answer = question(self);
        if was_asleep {
            self.rest();
        }
        answer
    }

    fn is_asleep(&self) -> bool {
        LazyCell::get(&self.0).is_none()
    }

    /// Gives back the memory that it does not need now.
    pub(crate) fn rest(&mut self) {
        if let Some(idle) = self.idle() {
            self.0 = LazyCell::new(Box::new(move || Box::new(idle.resume())));
        } else {
            self.0.rest();
        }
    }
}

impl Deref for Nap {
    type Target = Connection<Parcels>;

    fn deref(&self) -> &Connection<Parcels> {
        &self.0
    }
}

impl DerefMut for Nap {
    fn deref_mut(&mut self) -> &mut Connection<Parcels> {
        &mut self.0
    }
}

/// Bytes, of which there are none while the connection has nothing to do.
#[derive(Default)]
#[expect(clippy::box_collection, reason = "there rarely are any, and a pointer is smaller")]
pub(crate) struct Leftover(Option<Box<Vec<u8>>>);

impl Leftover {
    /// Gives back the memory that it does not need now.
    pub(crate) fn rest(&mut self) {
        self.0.take_if(|bytes| bytes.is_empty());
    }
}

impl Deref for Leftover {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        static NOTHING: Vec<u8> = Vec::new();
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Leftover {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        self.0.get_or_insert_default()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use bowline_core::{Config, Event, Instant, Profile, State};

    use super::*;

    fn open() -> Nap {
        Nap::new(Connection::client(Config::new().profile(Profile::Plain), Instant::default()))
    }

    /// Mutants: it never sleeps; it sleeps with something left to tell.
    #[test]
    fn a_connection_that_rests_with_nothing_to_do_sleeps_until_it_is_used() {
        let mut nap = open();
        nap.rest();
        assert!(!nap.is_asleep(), "it has to tell that it is open");
        assert_eq!(nap.poll_event(), Some(Event::Opened));
        let read = nap.read().unwrap();
        nap.rest();
        assert!(nap.is_asleep());
        nap.receive(Instant::default(), b"\x04\0\0\0ahoy");
        nap.rest();
        assert!(!nap.is_asleep());
        assert_eq!(nap.take(read).unwrap().unwrap().as_ref(), b"ahoy");
    }

    /// Mutant: a question wakes it for good.
    #[test]
    fn a_question_does_not_keep_it_awake() {
        let mut nap = open();
        assert_eq!(nap.ask(Connection::state), State::Open);
        assert!(!nap.is_asleep());
        assert_eq!(nap.poll_event(), Some(Event::Opened));
        nap.rest();
        assert_eq!(nap.ask(Connection::state), State::Open);
        assert!(nap.is_asleep());
    }

    /// Mutant: what waits in it is given back, too.
    #[test]
    fn leftovers_stay_while_there_are_any() {
        let mut leftover = Leftover::default();
        leftover.extend(b"ahoy");
        leftover.rest();
        assert_eq!(*leftover, b"ahoy");
        leftover.clear();
        leftover.rest();
        assert!(leftover.0.is_none() && leftover.is_empty());
    }
}
