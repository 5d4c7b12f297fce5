//! Messages by callback.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::sync::Arc;

use bytes::Bytes;

use crate::read::Read;
use crate::socket::Socket;

/// Reads on the executor until nothing more will come.
pub(crate) fn start(socket: Socket, callback: impl FnMut(&Socket, Bytes) + Send + 'static) {
    let executor = Arc::clone(socket.executor());
    executor.spawn(Box::pin(Calls { read: None, socket, callback }));
}

/// Written out, since an `async` block would have room for the read twice, in each connection.
struct Calls<F> {
    read: Option<Read>,
    socket: Socket,
    callback: F,
}

impl<F> Unpin for Calls<F> {}

impl<F: FnMut(&Socket, Bytes)> Future for Calls<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { read, socket, callback } = &mut *self;
        loop {
            let result = ready!(Pin::new(read.get_or_insert_with(|| socket.read())).poll(cx));
            *read = None;
            let Ok(message) = result else { return Poll::Ready(()) };
            socket.expect_answer();
            callback(socket, message);
        }
    }
}
