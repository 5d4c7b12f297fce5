//! The last words: a refusal is the last frame, and the write side is shut down behind it and not before.

use core::time::Duration;

use bowline_core::{Closed, Config, Connection, Instant, Profile, Refusal, Text, TransportErrorKind};

use crate::kit::pair::Pair;
use crate::kit::pair::Side::{Client, Server};
use crate::kit::wire::{REFUSE, kinds, output};
use crate::kit::{Memory, message, on_both};

// Mutant: a side that wanted to close says goodbye after its refusal.
fn no_goodbye_follows_a_refusal<M: Memory>() {
    for length in [10, 200] {
        let mut pair = Pair::<M>::open();
        pair.write(Client, &message(1, length));
        pair.send(Client, 5);
        pair.client.close(pair.now, Duration::from_secs(5));
        pair.client.refuse(pair.now, Refusal::Application(0x1000), Text::EMPTY);
        let mut rest = Vec::new();
        while pair.client.has_output() {
            rest.extend(output(&mut pair.client));
            pair.client.handle_timeout(pair.now);
        }
        pair.pipe(Server).put(&rest);
        pair.deliver(Server, usize::MAX, false);
        assert_eq!(&rest[rest.len() - 6..], [2, 0, 0, 3, 0, 0x10], "the refusal is last");
        assert!(pair.client.wants_shutdown());
    }
}

// Mutants: the write side is shut down while there is something to send, or twice, or when nothing can be sent any more.
fn the_write_side_is_shut_down_behind_the_last_byte<M: Memory>() {
    let mut pair = Pair::<M>::open();
    assert!(!pair.client.wants_shutdown());
    pair.client.refuse(pair.now, Refusal::Declined, Text::EMPTY);
    assert!(pair.client.has_output() && !pair.client.wants_shutdown());
    assert_eq!(kinds(&output(&mut pair.client)), [REFUSE]);
    assert!(pair.client.wants_shutdown());
    pair.client.handle_shutdown();
    assert!(!pair.client.wants_shutdown() && !pair.client.is_finished());
    let mut pair = Pair::<M>::open();
    pair.client.handle_write_error(TransportErrorKind::BrokenPipe.into());
    pair.client.close(pair.now, Duration::from_secs(5));
    assert!(!pair.client.has_output() && !pair.client.wants_shutdown());
}

// Mutants: a plain stream that was broken off counts as flushed; one that has ended is read on.
fn a_plain_stream_is_flushed_only_when_both_sides_have_shut_it_down<M: Memory>() {
    let plain = Config::new().profile(Profile::Plain);
    for (shut, left) in [(false, false), (true, false), (false, true)] {
        let mut client = Connection::<M>::client(plain, Instant::default());
        client.write(M::payload(b"x")).unwrap();
        output(&mut client);
        assert!(client.wants_input());
        if left {
            client.handle_eof();
            assert!(!client.wants_input());
        }
        if shut {
            client.close(Instant::default(), Duration::from_secs(5));
            assert!(client.wants_shutdown());
            client.handle_shutdown();
        }
        client.abort();
        assert_eq!(client.closed(), Some(Closed::Unconfirmed { from: 1, to: 1 }), "{shut}, {left}");
    }
}

on_both!(
    no_goodbye_follows_a_refusal,
    the_write_side_is_shut_down_behind_the_last_byte,
    a_plain_stream_is_flushed_only_when_both_sides_have_shut_it_down,
);
