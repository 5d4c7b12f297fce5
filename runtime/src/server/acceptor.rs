//! The acceptor: one spawned task per server that takes clients in, whatever a failed accept says.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use super::books::Books;
use crate::defer;
use crate::executor::Timer;
use crate::transport::{Listen, ListenFault};
use crate::view;

/// The first pause when the system is out of something, and the longest; each failure doubles it.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How many clients are taken in before others get their turn.
const BATCH: usize = 16;

/// Takes clients in until the server stops.
pub(super) struct Acceptor {
    books: Arc<Books>,
    listen: Option<Box<dyn Listen>>,
    timer: Box<dyn Timer>,
    pause: Duration,
    paused_until: Option<Instant>,
}

impl Acceptor {
    pub(super) fn new(books: Arc<Books>, listen: Box<dyn Listen>) -> Self {
        let timer = books.executor.timer();
        Self { books, listen: Some(listen), timer, pause: PAUSE, paused_until: None }
    }

    /// Takes in a client; `Ready` when there will be no more.
    fn poll_one(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ListenFault>> {
        if let Some(until) = self.paused_until {
            core::task::ready!(self.timer.poll_until(cx, until));
            self.paused_until = None;
        }
        let Some(listen) = &mut self.listen else {
            return Poll::Ready(Err(ListenFault::Fatal(std::io::ErrorKind::NotConnected.into())));
        };
        // Whoever shows interest calls.
        if listen.keeps_clients() && !self.books.with(|page| page.listener.is_interested()) {
            return Poll::Pending;
        }
        match core::task::ready!(listen.poll_accept(cx)) {
            Ok(arrival) => {
                self.pause = PAUSE;
                self.books.handle_arrival(arrival);
            }
            Err(fault) => {
                view::accept_failed(self.books.endpoint.as_ref(), &fault, self.pause);
                return self.go_on_after(fault);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Whatever one client has met with, the next may come.
    fn go_on_after(&mut self, fault: ListenFault) -> Poll<Result<(), ListenFault>> {
        match fault {
            ListenFault::Transient => {}
            ListenFault::Exhausted => {
                self.paused_until = Some(Instant::now() + self.pause);
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            }
            ListenFault::Fatal(_) => return Poll::Ready(Err(fault)),
        }
        Poll::Ready(Ok(()))
    }

    /// Turns away who came too late; `Ready` when nobody can come any more.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(listen) = &mut self.listen
            && let Some(arrival) = core::task::ready!(listen.poll_close(cx))
        {
            self.books.handle_arrival(arrival);
        }
        Poll::Ready(())
    }

    fn is_stopped(&self, cx: &mut Context<'_>) -> bool {
        self.books.with(|page| {
            page.acceptor = Some(cx.waker().clone());
            page.stopped
        })
    }
}

impl Future for Acceptor {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..BATCH {
            if self.is_stopped(cx) {
                return self.poll_close(cx);
            }
            match self.poll_one(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Acceptor {
    /// Without an acceptor nobody will ever come: whoever waits for a client hears so.
    fn drop(&mut self) {
        drop(self.listen.take());
        self.books.stop();
        let is_last = self.books.with(|page| {
            page.closed = true;
            page.watchers.drain(..).for_each(defer::wake);
            page.is_closed()
        });
        if is_last {
            view::server_closed(self.books.endpoint.as_ref());
        }
    }
}
