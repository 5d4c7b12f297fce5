//! One descriptor and its readiness.

use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use bowline_net::{Attempt, Descriptor, Source};

use crate::keeper::Keeper;
use crate::slot::{Direction, Registration};

/// A descriptor that is registered once an attempt has blocked, and asked about only while somebody has to hear.
pub(crate) struct StdSource<T: Descriptor> {
    keeper: &'static Keeper,
    // Before the descriptor, so that it is dropped first.
    registration: Option<Registration>,
    descriptor: Arc<T>,
    /// The last read brought in all there was.
    drained: bool,
}

impl<T: Descriptor> StdSource<T> {
    pub(crate) fn new(keeper: &'static Keeper, descriptor: T) -> Self {
        Self { keeper, descriptor: Arc::new(descriptor), registration: None, drained: false }
    }

    /// Whether the keeper is going to call anyway.
    fn is_awaited(&self, direction: Direction, cx: &Context<'_>) -> bool {
        self.registration.as_ref().is_some_and(|registration| registration.renew(direction, cx.waker()))
    }

    fn wait_for<R>(&mut self, direction: Direction, cx: &Context<'_>) -> Poll<io::Result<R>> {
        match self.ask(direction, cx) {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn ask(&mut self, direction: Direction, cx: &Context<'_>) -> io::Result<()> {
        let registration = match &mut self.registration {
            Some(registration) => registration,
            none => {
                let descriptor: Arc<T> = Arc::clone(&self.descriptor);
                none.insert(Registration::new(self.keeper, descriptor)?)
            }
        };
        registration.ask(direction, cx.waker())
    }
}

impl<T: Descriptor> Source<T> for StdSource<T> {
    fn get(&self) -> &T {
        &self.descriptor
    }

    fn share(&self) -> Option<Arc<T>> {
        Some(Arc::clone(&self.descriptor))
    }

    fn poll_input<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&T) -> Attempt<R>,
    ) -> Poll<io::Result<R>> {
        if self.is_awaited(Direction::In, cx) {
            return Poll::Pending;
        }
        if core::mem::take(&mut self.drained) {
            return self.wait_for(Direction::In, cx);
        }
        match attempt(&self.descriptor) {
            Attempt::Done(result) => Poll::Ready(result),
            Attempt::Drained(result) => {
                self.drained = true;
                Poll::Ready(Ok(result))
            }
            Attempt::Blocked => self.wait_for(Direction::In, cx),
        }
    }

    fn poll_output<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&T) -> Attempt<R>,
    ) -> Poll<io::Result<R>> {
        if self.is_awaited(Direction::Out, cx) {
            return Poll::Pending;
        }
        match attempt(&self.descriptor) {
            Attempt::Done(result) => Poll::Ready(result),
            // The reader has often run already, and made room: to wait for it takes two more threads' turns.
            Attempt::Drained(result) => Poll::Ready(Ok(result)),
            Attempt::Blocked => self.wait_for(Direction::Out, cx),
        }
    }
}
