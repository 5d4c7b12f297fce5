//! A registered descriptor and who waits for it.

use core::mem;
use core::task::Waker;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bowline_net::Descriptor;
use polling::{Event, Poller};

use crate::keeper::Keeper;
use crate::register;

/// Which readiness somebody waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    In,
    Out,
}

/// A descriptor in the keeper's table. Each answer has to be asked for anew.
pub(crate) struct Slot {
    key: usize,
    descriptor: Arc<dyn Descriptor>,
    wakers: Mutex<Wakers>,
}

/// Whoever is there has been asked for and not been called yet.
#[derive(Default)]
struct Wakers {
    input: Option<Waker>,
    output: Option<Waker>,
}

impl Slot {
    pub(crate) fn new(key: usize, descriptor: Arc<dyn Descriptor>) -> Arc<Self> {
        Arc::new(Self { key, descriptor, wakers: Mutex::default() })
    }

    pub(crate) const fn key(&self) -> usize {
        self.key
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    /// The descriptor is ready: whom to wake, and the others are asked for again.
    pub(crate) fn fire(&self, poller: &Poller, event: Event) -> [Option<Waker>; 2] {
        let mut wakers = self.lock();
        // A system that does not say what it is about has something to say all the same.
        let both = !event.readable && !event.writable;
        let mut input = wakers.input.take_if(|_| event.readable || both);
        let mut output = wakers.output.take_if(|_| event.writable || both);
        if wakers.is_any() && poller.modify(self.descriptor(), wakers.interest(self.key)).is_err() {
            // They find out for themselves what is wrong.
            (input, output) = (input.or(wakers.input.take()), output.or(wakers.output.take()));
        }
        [input, output]
    }

    fn lock(&self) -> MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wakers {
    const fn of(&mut self, direction: Direction) -> &mut Option<Waker> {
        match direction {
            Direction::In => &mut self.input,
            Direction::Out => &mut self.output,
        }
    }

    const fn is_any(&self) -> bool {
        self.input.is_some() || self.output.is_some()
    }

    fn interest(&self, key: usize) -> Event {
        Event::new(key, self.input.is_some(), self.output.is_some())
    }
}

/// The keeper's table.
#[derive(Default)]
pub(crate) struct Slots {
    by_key: BTreeMap<usize, Arc<Slot>>,
    last_key: usize,
}

impl Slots {
    /// Enters a slot under a key that was never used before.
    pub(crate) fn enter(&mut self, make: impl FnOnce(usize) -> Arc<Slot>) -> Arc<Slot> {
        self.last_key += 1;
        let slot = make(self.last_key);
        self.by_key.insert(slot.key(), Arc::clone(&slot));
        slot
    }

    pub(crate) fn leave(&mut self, key: usize) -> Option<Arc<Slot>> {
        self.by_key.remove(&key)
    }

    pub(crate) fn find(&self, key: usize) -> Option<Arc<Slot>> {
        self.by_key.get(&key).cloned()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

/// A slot's place in the keeper's table; dropping it ends the watch.
pub(crate) struct Registration {
    keeper: &'static Keeper,
    slot: Arc<Slot>,
}

impl Registration {
    pub(crate) fn new(keeper: &'static Keeper, descriptor: Arc<dyn Descriptor>) -> io::Result<Self> {
        let registration = Self { keeper, slot: keeper.enter(|key| Slot::new(key, descriptor))? };
        register::register(keeper.poller(), &registration.slot)?;
        Ok(registration)
    }

    /// Whether somebody waits for this already; it is this waker then.
    pub(crate) fn renew(&self, direction: Direction, waker: &Waker) -> bool {
        let mut wakers = self.slot.lock();
        let Some(before) = wakers.of(direction) else { return false };
        if !before.will_wake(waker) {
            let before = mem::replace(before, waker.clone());
            // It may be the last hold on something that has a slot itself.
            drop(wakers);
            drop(before);
        }
        true
    }

    /// Asks the system to tell, once. It tells at once if the descriptor is ready already.
    pub(crate) fn ask(&self, direction: Direction, waker: &Waker) -> io::Result<()> {
        let waker = waker.clone();
        let mut wakers = self.slot.lock();
        let before = wakers.of(direction).replace(waker);
        let asked = self.keeper.poller().modify(self.slot.descriptor(), wakers.interest(self.slot.key));
        drop(wakers);
        drop(before);
        asked
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Unknown to the poller if registering has failed.
        let _ = self.keeper.poller().delete(self.slot.descriptor());
        self.keeper.leave(self.slot.key);
    }
}
