//! Sides whose program reads no more: abandoned, or closing with a full queue.

use core::time::Duration;

use bowline_core::{CloseReason, Closed, State};

use crate::kit::pair::Side::{self, Client, Server};
use crate::kit::pair::{Pair, config};
use crate::kit::{Memory, message, on_both};

fn ended<M: Memory>(pair: &mut Pair<M>, side: Side) -> (CloseReason, Closed) {
    let end = pair.end(side);
    assert!(end.is_finished() && end.poll_timeout().is_none());
    (end.close_reason().unwrap(), end.closed().unwrap())
}

// Mutants: abandon acknowledges what was queued; what was read out of turn counts.
fn an_abandoned_side_acknowledges_what_was_read<M: Memory>() {
    for (read, acknowledged) in
        [(&[][..], 0), (&[0], 1), (&[0, 1], 2), (&[1], 0), (&[0, 2], 1), (&[2, 0, 1], 3)]
    {
        let mut pair = Pair::<M>::open();
        (0..4).for_each(|number| _ = pair.write(Client, &message(number, 10)));
        pair.drive();
        let reads = [(); 4].map(|()| pair.server.read().unwrap());
        read.iter().for_each(|&place| assert!(pair.server.take(reads[place]).is_ok()));
        pair.server.abandon(pair.now);
        pair.write(Client, b"too late");
        pair.drive();
        let unconfirmed = Closed::Unconfirmed { from: acknowledged + 1, to: 5 };
        assert_eq!(ended(&mut pair, Client), (CloseReason::PeerClosed, unconfirmed), "{read:?}");
    }
}

fn an_abandoned_side_sends_what_is_queued<M: Memory>() {
    let mut pair = Pair::<M>::open();
    pair.write(Client, &message(1, 300));
    pair.client.abandon(pair.now);
    pair.drive();
    assert_eq!(pair.read(Server), Some(message(1, 300)));
    assert_eq!(ended(&mut pair, Server).0, CloseReason::PeerClosed);
    let mut stuck = Pair::<M>::open();
    stuck.client.abandon(stuck.now);
    stuck.elapse(Duration::from_secs(1));
    assert!(stuck.client.is_finished(), "linger bounds it");
}

/// The server closes although nobody reads what it has no room for.
fn full_and_closing<M: Memory>(stalled_before: Duration) -> Pair<M> {
    let mut pair = Pair::<M>::open_with(config(), config().queue_messages(1));
    (0..4).for_each(|number| _ = pair.write(Client, &message(number, 100)));
    pair.drive();
    pair.wait(stalled_before);
    pair.server.close(pair.now, Duration::from_secs(5));
    pair.drive();
    pair
}

// Mutants: the overflow is never thrown away; a stall from before the close counts as patience.
fn overflow_is_thrown_away_after_a_linger<M: Memory>() {
    for stalled_before in [Duration::ZERO, Duration::from_secs(100)] {
        let mut pair = full_and_closing::<M>(stalled_before);
        pair.wait(Duration::from_millis(999));
        assert_eq!((pair.server.state(), pair.server.wants_input()), (State::Draining, false));
        pair.wait(Duration::from_millis(1));
        assert_eq!(ended(&mut pair, Server), (CloseReason::Closed, Closed::Clean));
        assert_eq!(ended(&mut pair, Client).1, Closed::Unconfirmed { from: 2, to: 4 });
        assert_eq!((pair.read(Server), pair.read(Server)), (Some(message(0, 100)), None));
    }
}

fn overflow_is_kept_while_somebody_reads<M: Memory>() {
    let mut pair = full_and_closing::<M>(Duration::from_secs(100));
    for number in 0..4 {
        pair.wait(Duration::from_millis(900));
        assert_eq!(pair.read(Server), Some(message(number, 100)));
        pair.drive();
    }
    assert_eq!(ended(&mut pair, Client), (CloseReason::PeerClosed, Closed::Clean));
}

on_both!(
    an_abandoned_side_acknowledges_what_was_read,
    an_abandoned_side_sends_what_is_queued,
    overflow_is_thrown_away_after_a_linger,
    overflow_is_kept_while_somebody_reads,
);
