//! The plain profile against a second reader: hostile bytes in, and messages out.

use bowline_core::{CloseReason, Config, Connection, Heap, Instant, Profile, Violation};

use super::spec::read_plain;
use super::wire::output;
use super::{Memory, message};

const LIMIT: u32 = 1 << 20;

/// Takes the bytes as a hostile stream, and as the lengths of messages to send, with every memory.
pub(crate) fn check_all(bytes: &[u8]) {
    check::<Heap>(bytes);
    #[cfg(feature = "heapless")]
    check::<super::Small>(bytes);
}

fn check<M: Memory>(bytes: &[u8]) {
    for size in [usize::MAX, 1, 7] {
        receive::<M>(bytes, size);
    }
    send::<M>(bytes);
}

fn config() -> Config {
    Config::new().profile(Profile::Plain).message_limit(LIMIT).queue_messages(6).chunk_size(16)
}

fn receive<M: Memory>(mut bytes: &[u8], size: usize) {
    let (expected, mid_frame, too_long) = read_plain(bytes, LIMIT.min(M::MESSAGE_LIMIT));
    let now = Instant::default();
    let mut server = Connection::<M>::server(config(), now);
    server.accept(now);
    let mut messages = Vec::new();
    while !bytes.is_empty() && server.wants_input() {
        let used = server.receive(now, &bytes[..size.min(bytes.len())]);
        bytes = &bytes[used..];
        if !server.wants_input() {
            messages.extend(core::iter::from_fn(|| server.take_unclaimed()).map(|one| one.as_ref().to_vec()));
        }
    }
    messages.extend(core::iter::from_fn(|| server.take_unclaimed()).map(|one| one.as_ref().to_vec()));
    assert!(messages == expected, "{} messages, not {}", messages.len(), expected.len());
    assert!(!server.has_output(), "a plain side answers nothing");
    server.handle_eof();
    let reason = match (too_long, mid_frame) {
        (true, _) => Some(CloseReason::Violated(Violation::TooLong)),
        (false, true) => Some(CloseReason::PeerLost { mid_frame }),
        (false, false) => None,
    };
    assert_eq!(server.close_reason(), reason, "cut by {size}");
    // Whose stream has ended in one direction may still be written to in the other.
    assert_eq!(server.write(M::payload(b"x")).is_ok(), reason.is_none());
}

/// Sends messages of the lengths that the bytes say.
fn send<M: Memory>(lengths: &[u8]) {
    let now = Instant::default();
    let mut client = Connection::<M>::client(config(), now);
    let (mut wire, mut sent) = (Vec::new(), Vec::new());
    for (index, &length) in lengths.iter().take(64).enumerate() {
        let payload = message(index, usize::from(length) * 8);
        client.write(M::payload(&payload)).expect("what was written has left");
        sent.push(payload);
        if length.is_multiple_of(4) || index % 8 == 7 {
            wire.extend(output(&mut client));
            while let Some(event) = client.poll_event() {
                if let bowline_core::Event::WriteDone(write) = event {
                    client.take_write(write).expect("it is done");
                }
            }
        }
    }
    wire.extend(output(&mut client));
    let prefixed =
        |one: &Vec<u8>| [&u32::try_from(one.len()).expect("short").to_le_bytes()[..], one].concat();
    assert!(wire == sent.iter().flat_map(prefixed).collect::<Vec<_>>());
    assert!(read_plain(&wire, LIMIT) == (sent, false, false));
}
