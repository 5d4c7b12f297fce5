//! Messages by callback.

use std::sync::Arc;

use bytes::Bytes;

use crate::socket::Socket;

/// Reads on the executor until nothing more will come.
pub(crate) fn start(socket: Socket, mut callback: impl FnMut(&Socket, Bytes) + Send + 'static) {
    let executor = Arc::clone(socket.executor());
    executor.spawn(Box::pin(async move {
        while let Ok(message) = socket.read().await {
            socket.expect_answer();
            callback(&socket, message);
        }
    }));
}
