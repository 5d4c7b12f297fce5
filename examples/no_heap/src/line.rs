//! A line in memory: two rings of bytes, one for each direction.

use core::cell::RefCell;

use heapless::Deque;

use crate::drive::Port;

/// Smaller than a message, so that a message is on its way for several turns.
const SIZE: usize = 48;

/// Both directions.
#[derive(Debug, Default)]
pub struct Line {
    forth: RefCell<Deque<u8, SIZE>>,
    back: RefCell<Deque<u8, SIZE>>,
}

/// What one side holds of a line.
#[derive(Debug)]
pub struct End<'a> {
    incoming: &'a RefCell<Deque<u8, SIZE>>,
    outgoing: &'a RefCell<Deque<u8, SIZE>>,
}

impl Line {
    /// The two ends.
    #[must_use]
    pub const fn ends(&self) -> (End<'_>, End<'_>) {
        let near = End { incoming: &self.back, outgoing: &self.forth };
        let far = End { incoming: &self.forth, outgoing: &self.back };
        (near, far)
    }
}

impl Port for End<'_> {
    fn send(&mut self, bytes: &[u8]) -> usize {
        let mut outgoing = self.outgoing.borrow_mut();
        bytes.iter().take_while(|&&byte| outgoing.push_back(byte).is_ok()).count()
    }

    fn receive(&mut self, room: &mut [u8]) -> usize {
        let mut incoming = self.incoming.borrow_mut();
        room.iter_mut().map_while(|slot| incoming.pop_front().map(|byte| *slot = byte)).count()
    }
}
