//! Who is called when the socket can be written to again.

use core::task::Waker;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

/// The last wakers of both directions. TLS writes while it reads, and sends nothing before it has read: whoever waits in
/// one direction may have to hear of the other, and the socket remembers one waker only.
#[derive(Default)]
pub(crate) struct Wakers(Mutex<Pair>);

#[derive(Default)]
struct Pair {
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Wakers {
    /// Whoever reads is to be called by this one.
    pub(crate) fn set_reader(&self, waker: &Waker) {
        self.set(waker, |pair| &mut pair.reader);
    }

    /// Whoever writes is to be called by this one.
    pub(crate) fn set_writer(&self, waker: &Waker) {
        self.set(waker, |pair| &mut pair.writer);
    }

    /// Calls whoever writes.
    pub(crate) fn wake_writer(&self) {
        let writer = self.lock().writer.clone();
        writer.into_iter().for_each(Waker::wake);
    }

    fn set(&self, waker: &Waker, of: impl FnOnce(&mut Pair) -> &mut Option<Waker>) {
        let mut pair = self.lock();
        let slot = of(&mut pair);
        if slot.as_ref().is_some_and(|before| before.will_wake(waker)) {
            return;
        }
        let before = slot.replace(waker.clone());
        // What it holds may call us as it goes.
        drop(pair);
        drop(before);
    }

    fn lock(&self) -> MutexGuard<'_, Pair> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let pair = self.lock();
        let both = [pair.reader.clone(), pair.writer.clone()];
        drop(pair);
        both.into_iter().flatten().for_each(Waker::wake);
    }
}
