//! Small messages that travel together: each is as much a message as one that travels alone.

use bowline_core::{
    Batch, BatchOutcome, CloseReason, Config, Heap, Outcome, Profile, Status, TransportErrorKind,
    WriteRejection,
};

use crate::kit::message;
use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, config};

/// Messages of these lengths, all different.
fn messages(lengths: &[usize]) -> Vec<Vec<u8>> {
    lengths.iter().enumerate().map(|(seed, &length)| message(seed + 1, length)).collect()
}

fn batch(messages: &[Vec<u8>]) -> Batch {
    let mut batch = Batch::new();
    assert!(messages.iter().all(|message| batch.push(message)));
    batch
}

fn listed(batch: &Batch) -> Vec<Vec<u8>> {
    batch.iter().map(<[u8]>::to_vec).collect()
}

fn write_each(pair: &mut Pair<Heap>, messages: &[Vec<u8>]) {
    for message in messages {
        pair.write(Client, message);
    }
}

/// Everything that waits at this side.
fn read_all(pair: &mut Pair<Heap>) -> Vec<Vec<u8>> {
    core::iter::from_fn(|| pair.read(Server)).collect()
}

fn profiles() -> [Config; 2] {
    [config(), config().profile(Profile::Plain)]
}

// Mutant: what is packed is not counted as unread.
#[test]
fn what_comes_while_nobody_waits_stays_together() {
    let sent = messages(&[3, 0, 70, 1]);
    for config in profiles() {
        let mut pair = Pair::<Heap>::open_with(config.chunk_size(64 << 10), config);
        write_each(&mut pair, &sent);
        pair.drive();
        assert_eq!(pair.server.unread(), 4);
        let batch = pair.server.take_batch().expect("they came together");
        assert_eq!((listed(&batch), batch.len(), batch.payload_bytes()), (sent.clone(), 4, 74));
        assert!(batch.into_shared().eq(sent.iter().map(Vec::as_slice)));
        assert_eq!((pair.server.unread(), pair.server.take_batch()), (0, None));
    }
}

// Mutants: a batch is taken although messages that nobody owns stand before it; one that was read out of it stays in it.
#[test]
fn reads_and_batches_take_turns_in_order() {
    let sent = messages(&[5, 6, 7, 8, 9]);
    let mut pair = Pair::<Heap>::open();
    let (early, cancelled) = (pair.server.read().unwrap(), pair.server.read().unwrap());
    write_each(&mut pair, &sent);
    pair.drive();
    assert_eq!(pair.server.take(early).unwrap().unwrap(), sent[0]);
    pair.server.cancel_read(cancelled);
    assert_eq!(pair.server.take_batch(), None, "the second message is next");
    assert_eq!(pair.read(Server).unwrap(), sent[1]);
    assert_eq!(pair.server.take_unclaimed().unwrap(), sent[2]);
    assert_eq!(listed(&pair.server.take_batch().unwrap()), sent[3..]);
}

// Mutant: what comes in a place of its own overtakes what is packed.
#[test]
fn a_long_message_does_not_overtake_packed_ones() {
    let sent = messages(&[5, 6, 5000, 7, 300]);
    let mut pair = Pair::<Heap>::open_with(config().chunk_size(8000), config());
    write_each(&mut pair, &sent);
    pair.drive();
    assert_eq!(read_all(&mut pair), sent);
}

// Mutants: packed messages take no room; a batch that was taken goes on taking it.
#[test]
fn packed_messages_are_within_the_limits() {
    let sent = messages(&[5; 10]);
    let mut pair = Pair::<Heap>::open_with(config(), config().queue_messages(4));
    for times in 1..4 {
        write_each(&mut pair, &sent);
        pair.drive();
        let mut came = Vec::new();
        while pair.server.unread() > 0 {
            assert!(pair.server.unread() <= 4, "{times}");
            came.extend(pair.server.take_unclaimed().map(|message| message.to_vec()));
            came.extend(pair.server.take_batch().iter().flat_map(listed));
            pair.drive();
        }
        assert_eq!(came, sent, "{times}");
    }
    let limited = config().queue_bytes(3 * (5 + bowline_core::MESSAGE_OVERHEAD));
    let mut pair = Pair::<Heap>::open_with(config(), limited);
    write_each(&mut pair, &sent);
    pair.drive();
    assert_eq!(pair.server.unread(), 3);
    assert_eq!(read_all_slowly(&mut pair), sent);
}

fn read_all_slowly(pair: &mut Pair<Heap>) -> Vec<Vec<u8>> {
    let next = || {
        pair.drive();
        pair.read(Server)
    };
    core::iter::from_fn(next).collect()
}

// Mutant: what is thrown away with its batch is acknowledged.
#[test]
fn what_nobody_took_is_not_acknowledged() {
    let mut pair = Pair::<Heap>::open();
    write_each(&mut pair, &messages(&[5; 4]));
    pair.drive();
    assert!(pair.read(Server).is_some());
    pair.client.close(pair.now, core::time::Duration::from_secs(1));
    pair.server.abandon(pair.now);
    pair.drive();
    assert_eq!(pair.client.closed(), Some(bowline_core::Closed::Unconfirmed { from: 2, to: 4 }));
}

// Mutants: a batch counts as one message; its number is that of its first.
#[test]
fn a_batch_is_so_many_messages() {
    let sent = messages(&[3, 0, 70]);
    for config in profiles() {
        let mut pair = Pair::<Heap>::open_with(config, config);
        let (before, many) = (pair.write(Client, b"1"), pair.client.write_batch(batch(&sent)).unwrap());
        let behind = pair.write(Client, b"2");
        assert_eq!(pair.client.queued_writes(), 5);
        assert_eq!(pair.client.write_status(many), Some(Status::Pending));
        pair.drive();
        assert_eq!(pair.client.take_write(many), None, "it is a batch");
        assert_eq!(pair.client.take_batch_end(many), Some(BatchOutcome::Sent { number: 4 }));
        assert_eq!(pair.client.take_batch_end(before), None, "it is not");
        assert_eq!(pair.client.take_write(behind), Some(Outcome::Sent { number: 5 }));
        let stats = pair.client.stats().sent;
        assert_eq!((stats.messages, stats.bytes, stats.queued, stats.most_queued), (5, 75, 0, 5));
        assert_eq!(read_all(&mut pair).len(), 5);
    }
}

// Mutants: a batch is admitted beyond the limits; one that is larger than they are never is.
#[test]
fn a_batch_waits_for_room() {
    let mut pair = Pair::<Heap>::open_with(config().queue_messages(3), config());
    pair.write(Client, b"1");
    let many = pair.client.write_batch(batch(&messages(&[5; 4]))).unwrap();
    assert_eq!(pair.client.detach_write(many), Some(false));
    assert_eq!(pair.send(Client, usize::MAX), 5);
    assert_eq!(pair.client.detach_write(many), Some(true));
    pair.drive();
    assert_eq!(read_all(&mut pair).len(), 5);
}

#[test]
fn what_can_not_be_a_batch_comes_back() {
    let mut pair = Pair::<Heap>::open_with(config(), config().message_limit(6));
    let rejected = pair.client.write_batch(Batch::new()).unwrap_err();
    assert_eq!(rejected.why, WriteRejection::Empty);
    let sent = messages(&[5, 7]);
    let rejected = pair.client.write_batch(batch(&sent)).unwrap_err();
    assert_eq!((listed(&rejected.batch), rejected.why), (sent, WriteRejection::TooLong { limit: 6 }));
    pair.client.abort();
    let rejected = pair.client.write_batch(batch(&messages(&[5]))).unwrap_err();
    assert_eq!(rejected.why, WriteRejection::Closed(CloseReason::Aborted));
}

/// How much of a batch has left when so many bytes have: messages that have left whole, and those that have begun.
fn left(sent: &[Vec<u8>], bytes: usize) -> (usize, usize) {
    let ends = sent.iter().scan(0, |end, message| {
        *end += 4 + message.len();
        Some(*end)
    });
    let starts = sent.iter().scan(0, |end, message| {
        let start = *end;
        *end += 4 + message.len();
        Some(start)
    });
    (ends.filter(|&end| end <= bytes).count(), starts.filter(|&start| start < bytes).count())
}

const LENGTHS: [usize; 4] = [3, 0, 7, 2];
/// The bytes of such a batch.
const TOTAL: usize = 4 * 4 + 12;

// Mutants: a message that has begun comes back; one that has not is sent; what came back goes on taking room, or counts as
// queued; the end of a batch that was cut is not noticed.
#[test]
fn a_cancelled_batch_stops_between_two_messages() {
    let sent = messages(&LENGTHS);
    for bytes in 0..TOTAL {
        let mut pair = Pair::<Heap>::open_with(config().queue_messages(5), config());
        let many = pair.client.write_batch(batch(&sent)).unwrap();
        pair.send(Client, bytes);
        let unsent = pair.client.cancel_batch(many).expect("it has no end yet");
        let (_, begun) = left(&sent, bytes);
        assert_eq!(listed(&unsent), sent[begun..], "{bytes}");
        assert_eq!(pair.client.cancel_batch(many), None);
        let again = pair.client.try_write(bytes::Bytes::from_static(b"behind"));
        assert!(again.is_ok(), "{bytes}");
        pair.drive();
        assert_eq!(pair.client.take_write(again.unwrap()), Some(Outcome::Sent { number: begun as u64 + 1 }));
        assert_eq!(pair.client.stats().sent.queued, 0, "{bytes}");
        let mut came = read_all(&mut pair);
        assert_eq!(came.pop().unwrap(), b"behind");
        assert_eq!(came, sent[..begun], "{bytes}");
    }
}

// Mutants: a message that has begun comes back; one that left whole is not counted as sent; a cut between two messages makes
// the one before it uncertain.
#[test]
fn of_a_torn_batch_comes_back_what_has_not_begun() {
    let sent = messages(&LENGTHS);
    for bytes in 0..TOTAL {
        let mut pair = Pair::<Heap>::open();
        let many = pair.client.write_batch(batch(&sent)).unwrap();
        pair.send(Client, bytes);
        pair.client.handle_error(TransportErrorKind::Reset.into());
        let (whole, begun) = left(&sent, bytes);
        let Some(BatchOutcome::Broken { unsent, torn, .. }) = pair.client.take_batch_end(many) else {
            panic!("{bytes}: it has broken");
        };
        assert_eq!((listed(&unsent), torn), (sent[begun..].to_vec(), whole < begun), "{bytes}");
        assert_eq!(pair.client.stats().sent.queued, 0);
    }
}

// Mutant: what was lent and not confirmed comes back.
#[test]
fn a_lent_batch_is_uncertain() {
    let sent = messages(&LENGTHS);
    let mut pair = Pair::<Heap>::open();
    let many = pair.client.write_batch(batch(&sent)).unwrap();
    pair.client.lend(TOTAL);
    assert_eq!(pair.client.cancel_batch(many), Some(Batch::new()));
    let mut pair = Pair::<Heap>::open();
    let many = pair.client.write_batch(batch(&sent)).unwrap();
    pair.client.lend(TOTAL);
    pair.client.handle_error(TransportErrorKind::Reset.into());
    let end = pair.client.take_batch_end(many);
    assert!(
        matches!(&end, Some(BatchOutcome::Broken { unsent, torn: true, .. }) if unsent.is_empty()),
        "{end:?}"
    );
}

// Mutants: all of the batch is sent before the refusal; the message that has begun is not finished.
#[test]
fn a_refusal_follows_the_message_that_has_begun() {
    let sent = messages(&LENGTHS);
    for bytes in 0..TOTAL {
        let mut pair = Pair::<Heap>::open();
        let many = pair.client.write_batch(batch(&sent)).unwrap();
        pair.send(Client, bytes);
        // A kind that nobody knows.
        pair.client.receive(pair.now, &[0, 0, 0, 0x7F]);
        let (_, begun) = left(&sent, bytes);
        let Some(BatchOutcome::Broken { unsent, .. }) = pair.client.take_batch_end(many) else {
            panic!("{bytes}: it has broken");
        };
        assert_eq!(listed(&unsent), sent[begun..], "{bytes}");
        pair.drive();
        assert_eq!(read_all(&mut pair), sent[..begun], "{bytes}");
        let reason = pair.server.close_reason();
        assert!(matches!(reason, Some(CloseReason::Refused { .. })), "{bytes}: {reason:?}");
    }
}

// Mutants: a posted message joins one that somebody may still cancel, or one that has left; it is beyond the limits.
#[test]
fn posted_messages_leave_in_order_and_within_the_limits() {
    let mut pair = Pair::<Heap>::open_with(config().queue_messages(6), config());
    let post = |pair: &mut Pair<Heap>, text: &'static str| pair.client.post(text.into()).is_ok();
    assert!(post(&mut pair, "1") && post(&mut pair, "2"));
    let own = pair.write(Client, b"3");
    assert!(post(&mut pair, "4") && post(&mut pair, "5") && post(&mut pair, "6"));
    let rejected = pair.client.post("7".into()).unwrap_err();
    assert_eq!((&*rejected.payload, rejected.why), (&b"7"[..], WriteRejection::Full));
    assert_eq!(pair.client.stats().sent.queued, 6);
    assert!(matches!(pair.client.cancel_write(own), Some(bowline_core::Cancelled::Recalled(_))));
    assert_eq!(pair.send(Client, 3), 3);
    assert!(post(&mut pair, "8"));
    pair.drive();
    assert_eq!(read_all(&mut pair), ["1", "2", "4", "5", "6", "8"].map(|text| text.as_bytes().to_vec()));
    assert_eq!(pair.client.stats().sent.messages, 6);
    assert_eq!(pair.events(Client), [], "nobody asked");
}

// Mutants: a batch takes a message that is not small, or one more than it may.
#[test]
fn a_batch_is_bounded() {
    let (mut many, mut large) = (Batch::new(), Batch::new());
    assert!((0..512).all(|_| many.push(b"")) && !many.push(b""));
    assert!(!large.push(&[0; 4097]));
    assert_eq!((0..20).filter(|_| large.push(&[0; 4096])).count(), 15);
    assert!(large.push(&[0; 4 * 1024 - 4 - 60]) && !large.push(b""), "64 KiB, words included");
}
