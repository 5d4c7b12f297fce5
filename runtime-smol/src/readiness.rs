//! One direction of a descriptor: whether it is worth an attempt, and who hears when it is.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

use bowline_net::Attempt;

/// What is known of one direction. `Q` is async-io's answer to the question when it is ready again.
pub(crate) struct Readiness<Q> {
    state: State<Q>,
    /// Made when it is needed first: most descriptors never block on output.
    bell: Option<Arc<Bell>>,
}

enum State<Q> {
    /// An attempt may succeed.
    Open,
    /// The next attempt would block, and nobody has asked when one would not.
    Spent,
    /// The bell rings when an attempt may succeed. Dropping the question withdraws it.
    Asked(Q),
}

impl<Q> Default for Readiness<Q> {
    fn default() -> Self {
        Self { state: State::Open, bell: None }
    }
}

impl<Q: Future<Output = io::Result<()>> + Unpin> Readiness<Q> {
    /// Makes attempts, each as soon as it may succeed, until one is done.
    pub(crate) fn poll<R>(
        &mut self,
        cx: &mut Context<'_>,
        question: impl Fn() -> Q,
        mut attempt: impl FnMut() -> Attempt<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            ready!(self.poll_open(cx, &question))?;
            match attempt() {
                Attempt::Done(result) => return Poll::Ready(result),
                Attempt::Drained(result) => {
                    self.state = State::Spent;
                    return Poll::Ready(Ok(result));
                }
                Attempt::Blocked => self.state = State::Spent,
            }
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>, question: impl Fn() -> Q) -> Poll<io::Result<()>> {
        match self.state {
            State::Open => return Poll::Ready(Ok(())),
            State::Spent => ready!(self.ask(cx, question()))?,
            State::Asked(_) => ready!(self.bell().listen(cx.waker())),
        }
        self.state = State::Open;
        Poll::Ready(Ok(()))
    }

    fn ask(&mut self, cx: &Context<'_>, mut question: Q) -> Poll<io::Result<()>> {
        let bell = self.bell();
        bell.hang(cx.waker());
        let waker = Waker::from(Arc::clone(bell));
        let answer = Pin::new(&mut question).poll(&mut Context::from_waker(&waker));
        if answer.is_pending() {
            self.state = State::Asked(question);
        }
        answer
    }

    fn bell(&mut self) -> &Arc<Bell> {
        self.bell.get_or_insert_default()
    }
}

/// Rings when the reactor calls, and remembers that it rang.
///
/// Asking async-io again after it has called would not do: it takes an event of a round that was under way when the
/// question came for an old one, says no, and asks the system once more. Where another thread runs the reactor that is
/// the rule. An attempt costs less, and what the call says is true nearly always.
#[derive(Default)]
struct Bell(Mutex<Rope>);

#[derive(Default)]
struct Rope {
    rung: bool,
    listener: Option<Waker>,
}

impl Bell {
    /// Makes it ready to ring anew.
    fn hang(&self, listener: &Waker) {
        self.lock().rung = false;
        let _silent = self.listen(listener);
    }

    /// Ready once it has rung; until then the last listener is woken.
    fn listen(&self, listener: &Waker) -> Poll<()> {
        // What others do when a waker is cloned or dropped they do outside of the lock.
        let listener = listener.clone();
        let mut rope = self.lock();
        if rope.rung {
            return Poll::Ready(());
        }
        let before = rope.listener.replace(listener);
        drop(rope);
        drop(before);
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, Rope> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut rope = self.lock();
        rope.rung = true;
        let listener = rope.listener.take();
        drop(rope);
        listener.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests;
