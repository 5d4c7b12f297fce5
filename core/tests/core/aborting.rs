//! Writes that are cancelled, or whose connection dies, while their bytes are leaving: at every byte.

use bowline_core::{Cancelled, CloseReason, Event, Outcome, Refusal, Status, TransportErrorKind};

use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, shown};
use crate::kit::wire::{ABORT, MESSAGE, PONG, REFUSE, frame, frames, kinds};
use crate::kit::{Memory, message, on_both};

/// A message of 200 bytes in chunks of 64: begin, three full chunks, and one of 8 bytes.
const LONG: usize = 200;
const LONG_ENDS: [usize; 5] = [8, 76, 144, 212, 224];
const SHORT: usize = 50;

/// How many bytes have left, when the last chunk has not begun and the message can be stopped.
const fn can_abort(length: usize, sent: usize) -> bool {
    length == LONG && sent > 0 && sent <= LONG_ENDS[3]
}

fn every_position() -> impl Iterator<Item = (usize, usize)> {
    let whole = (0..=SHORT + 4).map(|sent| (SHORT, sent));
    whole.chain((0..=LONG_ENDS[4]).map(|sent| (LONG, sent)))
}

// Mutants: an abort cuts its frame short; the last chunk can be aborted; a message that has begun is recalled.
fn a_cancel_at_every_byte_is_what_it_says<M: Memory>() {
    for (length, sent) in every_position() {
        let mut pair = Pair::<M>::open();
        let before = pair.write(Client, b"before");
        pair.drive();
        let (write, after) = (pair.write(Client, &message(1, length)), pair.write(Client, b"after"));
        assert_eq!(pair.send(Client, sent), sent);
        let cancelled = pair.client.cancel_write(write).unwrap();
        match sent {
            0 => assert_eq!(cancelled, Cancelled::Recalled(M::payload(&message(1, length)))),
            sent if can_abort(length, sent) => assert_eq!(cancelled, Cancelled::Aborted, "at {sent}"),
            _ => assert_eq!(cancelled, Cancelled::TooLate, "at {sent}"),
        }
        pair.drive();
        assert_eq!(pair.read(Server), Some(b"before".to_vec()));
        if cancelled == Cancelled::TooLate {
            assert_eq!(pair.read(Server), Some(message(1, length)));
        }
        assert_eq!(pair.read(Server), Some(b"after".to_vec()), "{length} at {sent}");
        assert_eq!(pair.read(Server), None);
        assert_eq!(pair.client.take_write(before), Some(Outcome::Sent { number: 1 }));
        let number = if cancelled == Cancelled::TooLate { 3 } else { 2 };
        assert_eq!(pair.client.take_write(after), Some(Outcome::Sent { number }));
        assert_eq!((pair.client.close_reason(), pair.server.close_reason()), (None, None));
    }
}

fn an_abort_stops_at_the_next_chunk<M: Memory>() {
    for sent in 1..=LONG_ENDS[3] {
        let mut pair = Pair::<M>::open();
        let write = pair.write(Client, &message(1, LONG));
        pair.send(Client, sent);
        assert_eq!(pair.client.cancel_write(write), Some(Cancelled::Aborted));
        let end = LONG_ENDS.into_iter().find(|&end| end >= sent).unwrap();
        let rest = shown(&mut pair.client, usize::MAX);
        assert_eq!(rest.len(), if end > sent { end - sent } else { 4 }, "at {sent}");
        pair.send(Client, usize::MAX);
        assert_eq!(pair.send(Client, usize::MAX), if end > sent { 4 } else { 0 });
    }
}

// Mutant: an abort waits behind the next message when control frames are stuck before it.
fn an_abort_leaves_before_the_next_message_whatever_is_stuck<M: Memory>() {
    for sent in 1..=LONG_ENDS[3] {
        for stuck in [0, 1, 11, 12] {
            let mut pair = Pair::<M>::open();
            let write = pair.write(Client, &message(1, LONG));
            pair.write(Client, b"after");
            let mut out = Vec::new();
            carry(&mut pair, sent, &mut out);
            pair.client.receive(pair.now, &frame(crate::kit::wire::PING, &[1; 8]));
            let boundary = LONG_ENDS.into_iter().find(|&end| end >= sent).unwrap();
            carry(&mut pair, boundary - sent + stuck, &mut out);
            let aborted = pair.client.cancel_write(write) == Some(Cancelled::Aborted);
            carry(&mut pair, usize::MAX, &mut out);
            let kinds = kinds(&out);
            assert!(kinds.contains(&PONG) && kinds.last() == Some(&MESSAGE), "{kinds:?}");
            assert_eq!(kinds.contains(&ABORT), aborted, "{kinds:?}");
            pair.server.receive(pair.now, &out);
            assert_eq!(pair.server.close_reason(), None, "{kinds:?}");
            assert_eq!(pair.server.unread(), if aborted { 1 } else { 2 });
        }
    }
}

/// Moves bytes out of the client and keeps them.
fn carry<M: Memory>(pair: &mut Pair<M>, mut most: usize, out: &mut Vec<u8>) {
    while most > 0 && pair.client.has_output() {
        let bytes = shown(&mut pair.client, most);
        pair.client.transmitted(bytes.len());
        most -= bytes.len();
        out.extend(bytes);
    }
}

// Mutant: a write that has begun ends in NotSent.
fn a_connection_that_dies_at_every_byte_says_what_is_known<M: Memory>() {
    for (length, sent) in every_position() {
        for die in [0, 1, 2, 3] {
            let mut pair = Pair::<M>::open();
            let (write, behind) = (pair.write(Client, &message(1, length)), pair.write(Client, b"behind"));
            pair.send(Client, sent);
            let complete =
                !can_abort(length, sent) && pair.client.write_status(write) == Some(Status::Success);
            match die {
                0 => pair.client.handle_eof(),
                1 => pair.client.handle_error(TransportErrorKind::Reset.into()),
                2 => pair.client.abort(),
                _ => pair.client.handle_write_error(TransportErrorKind::BrokenPipe.into()),
            }
            let status = pair.client.write_status(write);
            match pair.client.take_write(write).unwrap() {
                Outcome::Sent { number: 1 } if complete => assert_eq!(status, Some(Status::Success)),
                Outcome::NotSent { payload, .. } if sent == 0 => {
                    assert_eq!((payload.as_ref(), status), (&message(1, length)[..], Some(Status::Failure)));
                }
                Outcome::Unknown { .. } if sent > 0 && !complete => assert_eq!(status, Some(Status::Unknown)),
                other => panic!("{other:?} for {length} at {sent}"),
            }
            assert!(matches!(pair.client.take_write(behind), Some(Outcome::NotSent { .. })));
        }
    }
}

/// A message that is refused half way must not look like a whole one, and the refusal must be told from its bytes.
// Mutants: the frame that has begun is cut; what is left of it hides the write that it belonged to; an abort follows;
// what was left of it is announced as a write of its own.
fn a_refusal_at_every_byte_is_understood<M: Memory>() {
    for ((length, sent), behind) in every_position().flat_map(|position| [(position, 0), (position, 4)]) {
        let mut pair = Pair::<M>::open();
        let mut writes = vec![pair.write(Client, &message(1, length))];
        writes.extend((0..behind).map(|_| pair.write(Client, b"behind")));
        let mut out = Vec::new();
        carry(&mut pair, sent, &mut out);
        pair.client.refuse(pair.now, Refusal::Application(0x1000), "enough".into());
        for write in writes {
            assert_ne!(pair.client.write_status(write).unwrap(), Status::Pending);
            assert!(pair.client.take_write(write).is_some(), "{length} at {sent}, {behind} behind it");
        }
        carry(&mut pair, usize::MAX, &mut out);
        assert_eq!(kinds(&out).last(), Some(&REFUSE), "nothing follows a refusal");
        assert_eq!(pair.events(Client), [Event::Over], "{length} at {sent}: every write had its end before");
        pair.server.receive(pair.now, &out);
        assert!(
            matches!(pair.server.close_reason(), Some(CloseReason::Refused { .. })),
            "{:?}",
            frames(&out)
        );
        assert!(pair.server.unread() <= 1);
    }
}

on_both!(
    a_cancel_at_every_byte_is_what_it_says,
    an_abort_stops_at_the_next_chunk,
    an_abort_leaves_before_the_next_message_whatever_is_stuck,
    a_connection_that_dies_at_every_byte_says_what_is_known,
    a_refusal_at_every_byte_is_understood,
);
