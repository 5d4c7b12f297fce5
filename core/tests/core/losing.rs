//! Transports that break, lie, or confirm late, and peers that flood.

use core::time::Duration;

use bowline_core::{
    Cancelled, CloseReason, Closed, Connection, Instant, Outcome, Profile, Refusal, Status, TransportError,
    TransportErrorKind, Violation,
};

use crate::kit::pair::Side::{Client, Server};
use crate::kit::pair::{Pair, config, shown};
use crate::kit::wire::{
    ABORT, PING, PONG, begin, frame, frames, goodbye, goodbye_ack, kinds, output, server,
};
use crate::kit::{Memory, message, on_both};

const FAILED: TransportError = TransportError { kind: TransportErrorKind::TimedOut, os: Some(110) };

/// The client's goodbye and all that follows, cut after every byte; the server has its own message out.
fn an_orderly_end_that_is_cut_is_lost_unless_both_goodbyes_have_their_answers<M: Memory>() {
    let closing = [frame(0, b"hi"), goodbye(1), goodbye_ack(1)].concat();
    for come in 0..=closing.len() {
        for error in [false, true] {
            let mut pair = Pair::<M>::open();
            pair.write(Server, b"ours");
            pair.send(Server, usize::MAX);
            pair.server.receive(pair.now, &closing[..come]);
            let over = pair.server.close_reason();
            match error {
                true => pair.server.handle_error(FAILED),
                false => pair.server.handle_eof(),
            }
            let mid_frame = ![0, 6, 18, 30].contains(&come);
            let lost =
                if error { CloseReason::Transport(FAILED) } else { CloseReason::PeerLost { mid_frame } };
            let all = come == closing.len();
            assert_eq!(
                pair.server.close_reason(),
                Some(if all { CloseReason::PeerClosed } else { lost }),
                "{come}"
            );
            let closed = if all { Closed::Clean } else { Closed::Unconfirmed { from: 1, to: 1 } };
            assert_eq!(pair.server.closed(), Some(closed));
            assert_eq!(pair.server.unread(), usize::from(come >= 6));
            assert!(over.is_none() || over == pair.server.close_reason(), "never revised");
        }
    }
}

// Mutant: a write error ends reading.
fn what_came_is_read_although_writing_has_failed<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let writes = [0, 1].map(|number| pair.write(Client, &message(number, 200)));
    pair.send(Client, 50);
    pair.client.handle_write_error(TransportErrorKind::BrokenPipe.into());
    let reason = CloseReason::PeerLost { mid_frame: false };
    assert_eq!(pair.client.take_write(writes[0]), Some(Outcome::Unknown { reason }));
    let payload = M::payload(&message(1, 200));
    assert_eq!(pair.client.take_write(writes[1]), Some(Outcome::NotSent { payload, reason }));
    assert!(pair.client.write(M::payload(b"more")).is_err() && !pair.client.has_output());
    pair.write(Server, b"last words");
    pair.carry(Server, usize::MAX);
    assert!(pair.client.wants_input());
    assert_eq!(pair.read(Client), Some(b"last words".to_vec()));
    pair.client.receive(pair.now, &frame(PING, &[0; 8]));
    assert!(!pair.client.has_output() && !pair.client.wants_shutdown());
    pair.client.handle_eof();
    assert_eq!((pair.client.close_reason(), pair.client.is_finished()), (Some(reason), true));
}

// Mutants: the end of a plain stream that can't be written to ends nothing; nor does an error after that end.
fn a_plain_stream_that_ended_and_failed_is_over<M: Memory>() {
    let plain = config().profile(Profile::Plain);
    let failed = TransportErrorKind::BrokenPipe.into();
    for (end_first, reason) in
        [(false, CloseReason::PeerLost { mid_frame: false }), (true, CloseReason::PeerClosed)]
    {
        let mut pair = Pair::<M>::open_with(plain, plain);
        let write = pair.write(Client, b"lost");
        let client = &mut pair.client;
        if end_first {
            client.handle_eof();
            assert_eq!(client.close_reason(), None, "it may still be written to");
            client.handle_write_error(failed);
        } else {
            client.handle_write_error(failed);
            assert_eq!(client.close_reason(), None, "it may still be read");
            client.handle_eof();
        }
        assert_eq!((client.close_reason(), client.is_finished()), (Some(reason), true));
        assert!(matches!(client.take_write(write), Some(Outcome::NotSent { .. })));
    }
}

// Mutant: a write that has failed is detached, and nobody hears of it.
fn a_write_that_has_failed_is_not_let_go<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let writes = [0, 1].map(|number| pair.write(Client, &message(number, 200)));
    pair.send(Client, 50);
    pair.client.handle_error(FAILED);
    assert_eq!(writes.map(|write| pair.client.detach_write(write)), [Some(false); 2]);
    let reason = CloseReason::Transport(FAILED);
    assert_eq!(pair.client.take_write(writes[0]), Some(Outcome::Unknown { reason }));
    assert!(matches!(pair.client.take_write(writes[1]), Some(Outcome::NotSent { .. })));
}

// Mutant: the peer waits for ever for the rest of what could not be sent.
fn an_error_of_this_machine_ends_the_connection<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let write = pair.write(Client, &message(0, 200));
    pair.send(Client, 50);
    pair.client.handle_write_error(FAILED);
    let reason = CloseReason::Transport(FAILED);
    assert_eq!(pair.client.take_write(write), Some(Outcome::Unknown { reason }));
    assert_eq!((pair.client.close_reason(), pair.client.is_finished()), (Some(reason), true));
    assert_eq!(pair.client.closed(), Some(Closed::Unconfirmed { from: 1, to: 1 }));
}

// Mutant: a reset counts as a failure of the transport, so that most killed peers are not told as lost.
fn a_peer_that_resets_the_stream_is_lost<M: Memory>() {
    for kind in [TransportErrorKind::Reset, TransportErrorKind::BrokenPipe] {
        let mut pair = Pair::<M>::open();
        pair.client.receive(pair.now, &frame(0, b"whole")[..6]);
        pair.client.handle_write_error(kind.into());
        pair.server.handle_error(kind.into());
        assert_eq!(pair.server.close_reason(), Some(CloseReason::PeerLost { mid_frame: false }));
        pair.client.handle_error(kind.into());
        assert_eq!(pair.client.close_reason(), Some(CloseReason::PeerLost { mid_frame: true }));
    }
}

// Mutant: a second reason replaces the first.
fn there_is_one_reason<M: Memory>() {
    let mut pair = Pair::<M>::open();
    pair.server.handle_error(FAILED);
    pair.server.abort();
    pair.server.handle_eof();
    pair.server.refuse(pair.now, Refusal::Declined, "".into());
    pair.server.close(pair.now, Duration::ZERO);
    pair.elapse(Duration::from_secs(1000));
    assert_eq!(pair.server.close_reason(), Some(CloseReason::Transport(FAILED)));
    assert!(!pair.server.has_output() && pair.server.is_finished());
}

// Mutants: lent bytes can be taken back; a lent message is sent before it is confirmed.
fn lent_bytes_are_gone_but_not_sent<M: Memory>() {
    let mut pair = Pair::<M>::open();
    let write = pair.write(Client, &message(1, 50));
    let behind = pair.write(Client, b"behind");
    let lent = shown(&mut pair.client, 54);
    pair.client.lend(54);
    assert_eq!(pair.client.write_status(write), Some(Status::Pending));
    assert_eq!(shown(&mut pair.client, usize::MAX), frame(0, b"behind"), "what follows the lent bytes");
    pair.client.transmitted(53);
    assert_eq!(pair.client.write_status(write), Some(Status::Pending));
    pair.client.transmitted(1);
    assert_eq!(pair.client.take_write(write), Some(Outcome::Sent { number: 1 }));
    assert!(matches!(pair.client.cancel_write(behind), Some(Cancelled::Recalled(_))));
    pair.pipe(Server).put(&lent);
    pair.drive();
    assert_eq!(pair.read(Server), Some(message(1, 50)));
}

fn a_lent_message_is_too_late_to_cancel_and_unknown_if_the_connection_dies<M: Memory>() {
    for cancel in [false, true] {
        let mut pair = Pair::<M>::open();
        let writes = [0, 1].map(|number| pair.write(Client, &message(number, 50)));
        pair.client.lend(108);
        assert!(!pair.client.has_output());
        pair.client.transmitted(54);
        if cancel {
            let cancelled = writes.map(|write| pair.client.cancel_write(write));
            assert_eq!(cancelled, [(); 2].map(|()| Some(Cancelled::TooLate)));
        }
        pair.client.handle_error(FAILED);
        pair.client.transmitted(54);
        let unknown = Outcome::Unknown { reason: CloseReason::Transport(FAILED) };
        let ends = if cancel { [None, None] } else { [Some(Outcome::Sent { number: 1 }), Some(unknown)] };
        assert_eq!(writes.map(|write| pair.client.take_write(write)), ends);
    }
}

fn a_long_message_is_aborted_behind_its_lent_bytes<M: Memory>() {
    for lent in 1..=212 {
        let mut pair = Pair::<M>::open();
        let write = pair.write(Client, &message(1, 200));
        let mut out = shown(&mut pair.client, lent);
        pair.client.lend(lent);
        assert_eq!(pair.client.cancel_write(write), Some(Cancelled::Aborted));
        while pair.client.has_output() {
            let bytes = shown(&mut pair.client, usize::MAX);
            pair.client.lend(bytes.len());
            out.extend(bytes);
        }
        pair.client.transmitted(out.len());
        assert_eq!(kinds(&out).last(), Some(&ABORT), "{lent}");
        pair.server.receive(pair.now, &out);
        assert_eq!((pair.server.close_reason(), pair.server.unread()), (None, 0));
    }
}

fn a_driver_that_miscounts_ends_the_connection<M: Memory>() {
    let miscounts: [fn(&mut Connection<M>); 4] = [
        |end| end.transmitted(11),
        |end| end.lend(11),
        |end| {
            end.lend(10);
            end.transmitted(usize::MAX);
        },
        |end| end.recv_advance(Instant::default(), 1),
    ];
    for miscount in miscounts {
        let mut pair = Pair::<M>::open();
        pair.write(Client, b"123456");
        miscount(&mut pair.client);
        let reason = CloseReason::Transport(TransportErrorKind::Miscounted.into());
        assert_eq!(pair.client.close_reason(), Some(reason));
    }
}

// Mutant: each ping queues its own pong.
fn floods_make_no_output_grow<M: Memory>() {
    let mut server = server::<M>(config(), Instant::default(), 0);
    for number in 0..1000_u64 {
        let flood =
            [frame(PING, &number.to_le_bytes()), frame(PONG, &[0; 8]), frame(0x80, &[0; 100])].concat();
        server.receive(Instant::default(), &flood);
        assert!(shown(&mut server, usize::MAX).len() <= 12);
    }
    let pongs = frames(&output(&mut server));
    assert!(pongs.len() <= 2 && pongs.last() == Some(&(PONG, 999_u64.to_le_bytes().to_vec())), "{pongs:?}");
}

// Mutant: aborts cost nothing.
fn aborts_are_budgeted<M: Memory>() {
    let now = Instant::default();
    let withdrawn = [begin(100), frame(ABORT, &[])].concat();
    let mut end = server::<M>(config(), now, 0);
    end.receive(now, &withdrawn.repeat(256));
    end.receive(now, &frame(0, b"whole"));
    end.receive(now, &withdrawn);
    end.receive(now + Duration::from_millis(125), &withdrawn.repeat(2));
    assert_eq!((end.close_reason(), end.unread()), (None, 1));
    end.receive(now + Duration::from_millis(125), &withdrawn);
    assert_eq!(end.close_reason(), Some(CloseReason::Violated(Violation::TooManyAborts)));
}

/// After a violation input is thrown away, but not for ever.
fn a_flood_after_the_end_is_thrown_away<M: Memory>() {
    let mut pair = Pair::<M>::open();
    pair.server.receive(pair.now, &frame(0x0B, &[]));
    assert_eq!(pair.server.receive(pair.now, &[0; 4096]), 4096);
    assert!(pair.server.wants_input() && pair.server.unread() == 0);
    let block = vec![0; 1 << 20];
    (0..17).for_each(|_| _ = pair.server.receive(pair.now, &block));
    assert!(!pair.server.wants_input() && pair.server.is_finished());
}

on_both!(
    an_orderly_end_that_is_cut_is_lost_unless_both_goodbyes_have_their_answers,
    what_came_is_read_although_writing_has_failed,
    a_plain_stream_that_ended_and_failed_is_over,
    a_write_that_has_failed_is_not_let_go,
    an_error_of_this_machine_ends_the_connection,
    a_peer_that_resets_the_stream_is_lost,
    there_is_one_reason,
    lent_bytes_are_gone_but_not_sent,
    a_lent_message_is_too_late_to_cancel_and_unknown_if_the_connection_dies,
    a_long_message_is_aborted_behind_its_lent_bytes,
    a_driver_that_miscounts_ends_the_connection,
    floods_make_no_output_grow,
    aborts_are_budgeted,
    a_flood_after_the_end_is_thrown_away,
);
