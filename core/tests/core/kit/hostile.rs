//! Bytes from a hostile client, cut in three ways: the outcome is the same, bounded, and no way panics or spins.

use core::fmt::Debug;

use bowline_core::{CloseReason, Config, Connection, Heap, Instant, MESSAGE_OVERHEAD, State};

use super::Memory;
use super::wire::output;

const QUEUE: usize = 4096;

/// What became of a server that was fed by a hostile client.
#[derive(PartialEq, Debug)]
struct End<P> {
    messages: Vec<P>,
    output: Vec<u8>,
    reason: Option<CloseReason>,
    at_eof: Option<CloseReason>,
}

/// Feeds the bytes to servers of every memory.
pub(crate) fn feed_all(bytes: &[u8]) {
    feed_every_way::<Heap>(bytes);
    #[cfg(feature = "heapless")]
    feed_every_way::<super::Small>(bytes);
}

fn feed_every_way<M: Memory>(bytes: &[u8]) {
    let whole = feed::<M>(bytes, |_| usize::MAX);
    assert_eq!(feed::<M>(bytes, |_| 1), whole, "byte by byte");
    // Cuts that depend on what was fed, so that every input has its own.
    assert_eq!(feed::<M>(bytes, |byte| usize::from(byte) * 7 % 61 + 1), whole, "cut");
}

fn feed<M: Memory>(bytes: &[u8], cut: impl Fn(u8) -> usize) -> End<M::Payload> {
    let now = Instant::default();
    let config = Config::new().message_limit(1 << 20).queue_messages(6).queue_bytes(QUEUE);
    let mut server = Connection::<M>::server(config, now);
    let (mut messages, mut rest) = (Vec::new(), bytes);
    while let (Some(&byte), true) = (rest.first(), server.wants_input()) {
        let size = if server.state() == State::Connecting { 1 } else { cut(byte).min(rest.len()) };
        let used = server.receive(now, &rest[..size]);
        assert!(used == size || !server.wants_input(), "stopped without being full");
        rest = &rest[used..];
        server.accept(now);
        check_bound(&server);
        if !server.wants_input() {
            messages.extend(core::iter::from_fn(|| server.take_unclaimed()));
        }
    }
    finish(server, messages)
}

fn finish<M: Memory>(mut server: Connection<M>, mut messages: Vec<M::Payload>) -> End<M::Payload> {
    messages.extend(core::iter::from_fn(|| server.take_unclaimed()));
    let reason = server.close_reason();
    let output = output(&mut server);
    server.handle_eof();
    assert!(server.is_finished() && server.poll_timeout().is_none());
    End { messages, output, reason, at_eof: server.close_reason() }
}

/// What is queued is within the limits, or is one message.
fn check_bound<M: Memory>(server: &Connection<M>) {
    let unread = server.unread();
    assert!(unread <= 1 || unread * MESSAGE_OVERHEAD <= QUEUE, "{unread} messages");
}
