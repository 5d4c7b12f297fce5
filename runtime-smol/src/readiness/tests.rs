use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;

use bowline_net::Attempt;

use super::Readiness;

/// A reactor with one descriptor.
#[derive(Clone, Default)]
struct Reactor {
    waker: Rc<RefCell<Option<Waker>>>,
    asked: Rc<Cell<usize>>,
    answers_at_once: bool,
}

/// Never says yes: only its calls count.
struct Question(Reactor);

impl Future for Question {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let reactor = &self.0;
        reactor.asked.set(reactor.asked.get() + 1);
        *reactor.waker.borrow_mut() = Some(cx.waker().clone());
        if reactor.answers_at_once {
            reactor.call();
        }
        Poll::Pending
    }
}

impl Reactor {
    fn call(&self) {
        self.waker.take().expect("it was asked").wake();
    }

    /// How the poll ended, and how many of `attempts` it made.
    fn poll(
        &self,
        readiness: &mut Readiness<Question>,
        task: &Arc<Task>,
        attempts: Vec<Attempt<u8>>,
    ) -> (Poll<u8>, usize) {
        let waker = Waker::from(Arc::clone(task));
        let (mut made, mut attempts) = (0, attempts.into_iter());
        let attempt = || {
            made += 1;
            attempts.next().expect("an attempt that was to be made")
        };
        let question = || Question(self.clone());
        let result = readiness.poll(&mut Context::from_waker(&waker), question, attempt);
        (result.map(Result::unwrap), made)
    }
}

/// Whether a task was woken.
#[derive(Default)]
struct Task(AtomicBool);

impl Task {
    fn is_woken(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn nothing_is_asked_while_attempts_succeed() {
    let (reactor, task, mut readiness) = (Reactor::default(), Arc::default(), Readiness::default());
    for _ in 0..3 {
        let ended = reactor.poll(&mut readiness, &task, vec![Attempt::Done(Ok(7))]);
        assert_eq!(ended, (Poll::Ready(7), 1));
    }
    assert_eq!(reactor.asked.get(), 0);
}

#[test]
fn after_the_last_bytes_no_attempt_is_made_before_the_reactor_calls() {
    let (reactor, task, mut readiness) = (Reactor::default(), Arc::default(), Readiness::default());
    assert_eq!(reactor.poll(&mut readiness, &task, vec![Attempt::Drained(1)]), (Poll::Ready(1), 1));
    assert_eq!(reactor.asked.get(), 0);
    for _ in 0..3 {
        assert_eq!(reactor.poll(&mut readiness, &task, vec![]), (Poll::Pending, 0));
    }
    assert_eq!(reactor.asked.get(), 1);
    assert!(!task.is_woken());
    reactor.call();
    assert!(task.is_woken());
    assert_eq!(reactor.poll(&mut readiness, &task, vec![Attempt::Drained(2)]), (Poll::Ready(2), 1));
}

#[test]
fn a_call_for_nothing_leads_to_another_question() {
    let (reactor, task, mut readiness) = (Reactor::default(), Arc::default(), Readiness::default());
    for round in 1..=3 {
        assert_eq!(reactor.poll(&mut readiness, &task, vec![Attempt::Blocked]), (Poll::Pending, 1));
        assert_eq!(reactor.asked.get(), round);
        reactor.call();
    }
}

#[test]
fn a_call_while_asking_is_not_lost() {
    let reactor = Reactor { answers_at_once: true, ..Reactor::default() };
    let (task, mut readiness) = (Arc::default(), Readiness::default());
    assert_eq!(reactor.poll(&mut readiness, &task, vec![Attempt::Blocked]), (Poll::Pending, 1));
    assert!(task.is_woken());
    assert_eq!(reactor.poll(&mut readiness, &task, vec![Attempt::Done(Ok(3))]), (Poll::Ready(3), 1));
}

#[test]
fn whoever_polled_last_is_woken() {
    let (reactor, mut readiness) = (Reactor::default(), Readiness::default());
    let (first, last) = (Arc::default(), Arc::default());
    assert_eq!(reactor.poll(&mut readiness, &first, vec![Attempt::Blocked]), (Poll::Pending, 1));
    assert_eq!(reactor.poll(&mut readiness, &last, vec![]), (Poll::Pending, 0));
    reactor.call();
    assert!(last.is_woken() && !first.is_woken());
}
