//! What a transport wakes: its connection.

use core::cell::OnceCell;
use core::ops::Deref;
use core::task::Waker;
use std::sync::{Arc, Weak};
use std::task::Wake;

use crate::link::Link;
use crate::waiters::Side;

/// The transport's waker: it belongs to the connection, not to whoever drives, so that readiness reaches all who wait.
struct Ready<const WRITES: bool>(Weak<Link>);

impl<const WRITES: bool> Wake for Ready<WRITES> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(link) = self.0.upgrade() {
            link.ready(if WRITES { Side::Write } else { Side::Read });
        }
    }
}

/// The waker for reading.
pub(crate) fn read_waker(link: &Weak<Link>) -> Waker {
    Arc::new(Ready::<false>(Weak::clone(link))).into()
}

/// The waker for writing, which is made when something is sent. Whoever was given it may keep it for longer.
pub(crate) struct WriteWaker {
    link: Weak<Link>,
    waker: OnceCell<Waker>,
}

impl WriteWaker {
    pub(crate) const fn new(link: Weak<Link>) -> Self {
        Self { link, waker: OnceCell::new() }
    }

    /// Gives it back until something is sent.
    pub(crate) fn rest(&mut self) {
        self.waker.take();
    }
}

impl Deref for WriteWaker {
    type Target = Waker;

    fn deref(&self) -> &Waker {
        self.waker.get_or_init(|| Arc::new(Ready::<true>(Weak::clone(&self.link))).into())
    }
}
