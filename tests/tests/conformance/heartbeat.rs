//! Slow is not dead; silent is.

use core::time::Duration;

use bowline_runtime::{CloseReason, Config, Heartbeat, Refusal, Server, ServerOptions, Violation};
use bowline_tests::{Frame, World, hello, kind};

use crate::kit::{LONG, expect, post, receive, send};

/// Mutant: the silence of a peer that hangs is not noticed.
pub(crate) fn a_silent_peer_is_lost(world: &World) {
    let server = world.serve_with(ServerOptions::new().config(beating(world)));
    let reason = lose_a_silent_one(world, &server);
    assert_eq!(reason, CloseReason::Violated(Violation::HeartbeatTimeout));
}

/// A program that does not read for many intervals is not lost, and nothing of what waits for it either.
///
/// Mutant: a side that has stopped reading sends no sign of life, or takes the unread bytes of its peer for silence.
pub(crate) fn a_slow_reader_is_not(world: &World) {
    let server = world.serve_with(ServerOptions::new().config(beating(world)));
    let (client, served) = world.join(&server, beating(world).queue_messages(1));
    post(&served, "one");
    let long = served.write(vec![2; LONG]);
    post(&client, "from the slow one");
    for _ in 0..2 {
        lose_a_silent_one(world, &server);
    }
    assert_eq!((client.close_reason(), served.close_reason()), (None, None));
    expect(&client, ["one"]);
    assert_eq!(receive(&client).len(), LONG);
    assert_eq!(long.wait(), Ok(2));
    expect(&served, ["from the slow one"]);
}

/// Two programs with nothing to say stay connected.
pub(crate) fn an_idle_pair_is_not(world: &World) {
    let server = world.serve_with(ServerOptions::new().config(beating(world)));
    let (client, served) = world.join(&server, beating(world));
    for _ in 0..2 {
        lose_a_silent_one(world, &server);
    }
    send(&client, "still here");
    expect(&served, ["still here"]);
}

/// The same while one of them holds a read that it has polled once and polls no more.
pub(crate) fn a_parked_read_is_not(world: &World) {
    let server = world.serve_with(ServerOptions::new().config(beating(world)));
    let (client, served) = world.join(&server, beating(world));
    let mut parked = served.read();
    assert!(crate::kit::poll_once(&mut parked).is_pending());
    for _ in 0..2 {
        lose_a_silent_one(world, &server);
    }
    send(&client, "still here");
    assert_eq!(parked.wait().unwrap(), "still here");
}

/// Any byte counts, also one that answers nothing.
pub(crate) fn any_byte_is_a_sign_of_life(world: &World) {
    let server = world.serve_with(ServerOptions::new().config(beating(world)));
    let accept = server.accept();
    let mut raw = world.raw(&server);
    raw.say_hello();
    let served = accept.wait().unwrap().accept().unwrap();
    for _ in 0..2 * MISSES {
        // A ping is due after each interval of silence; it is not answered, but something else is said.
        raw.expect_frame(kind::PING);
        raw.send_frame(&Frame::new(0xFF, b"skippable"));
    }
    assert_eq!(served.close_reason(), None);
}

/// Who asks for signs of life gets them, although this side wants none.
///
/// Mutant: the heartbeat that the peer's hello asks for is ignored.
pub(crate) fn signs_of_life_are_given(world: &World) {
    let server =
        world.serve_with(ServerOptions::new().config(world.config().heartbeat(None).queue_messages(1)));
    let accept = server.accept();
    let mut raw = world.raw(&server);
    raw.send_frame(&hello(1 << 20, 20));
    let _served = accept.wait().unwrap().accept().unwrap();
    // Not while it reads only: it has taken in the first message and reads no more.
    raw.send_frame(&Frame::new(kind::MESSAGE, b"one"));
    raw.send_frame(&Frame::new(kind::MESSAGE, b"two"));
    for _ in 0..5 {
        assert_eq!(raw.expect_frame(kind::PONG).payload, [0; 8]);
    }
}

/// Short intervals, but many of them: a machine that does something else for a moment loses nobody.
fn beating(world: &World) -> Config {
    // Under Wine each step of a sign of life takes several turns of threads, and the tests beside this one flood the machine.
    let interval = Duration::from_millis(if cfg!(windows) { 100 } else { 25 });
    world.config().heartbeat(Some(Heartbeat { interval, misses: MISSES }))
}

const MISSES: u32 = 32;

/// Lets a peer in that says nothing after hello, and waits for its end: that takes as long as it takes to be lost.
fn lose_a_silent_one(world: &World, server: &Server) -> CloseReason {
    let accept = server.accept();
    let mut raw = world.raw(server);
    raw.say_hello();
    let served = accept.wait().unwrap().accept().unwrap();
    let refusal = raw.expect_frame(kind::REFUSE).refusal().unwrap();
    assert_eq!(refusal, Refusal::Violation(Violation::HeartbeatTimeout).code());
    served.ended().wait().unwrap()
}
