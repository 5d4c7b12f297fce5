//! The stream ends at every byte of every kind of frame: no part of a message gets through, and the loss is told.

use bowline_runtime::CloseReason;
use bowline_tests::{Frame, World, bytes_of, hello, kind, rows, watchdog};

use crate::kit::PATIENCE;
use crate::vectors::Host;

/// Mutants: half a message is handed out; an end inside a frame passes for an orderly one.
pub(crate) fn inside_every_frame(world: &World) {
    let host = Host::with_limit(world, 16 << 20);
    let is_short = |bytes: &str| !bytes.ends_with("*16777215");
    for row in rows("frames.txt").iter().filter(|row| !row[1].starts_with("server") && is_short(&row[2])) {
        let (bytes, states) = (bytes_of(&row[2]), &row[1]);
        let before = match states.split_once(' ').unwrap().1 {
            "opening" => None,
            "announced" => Some(Frame::new(kind::BEGIN, &1_000_000_u32.to_le_bytes()).bytes()),
            "goodbye" => Some(Frame::new(kind::GOODBYE, &[0; 8]).bytes()),
            _ => Some(Vec::new()),
        };
        for end in cuts(bytes.len()) {
            let name = format!("{}, cut at {end}", row[0]);
            match &before {
                None => cut_before_the_welcome(&host, world, &name, &bytes[..end]),
                Some(before) => cut_when_open(&host, world, &name, before, &bytes[..end]),
            }
        }
    }
}

/// Every place in a short frame, the ends of a long one.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (1..length).filter(move |&at| length < 100 || at < 8 || at == length / 2 || at + 1 == length)
}

fn cut_before_the_welcome(host: &Host, world: &World, name: &str, bytes: &[u8]) {
    let mut raw = world.raw(&host.server);
    raw.send(bytes);
    raw.end_writing();
    assert_eq!(raw.frames_to_end(), [], "{name}");
    watchdog::until(name, || host.server.undecided() == 0);
}

fn cut_when_open(host: &Host, world: &World, name: &str, before: &[u8], bytes: &[u8]) {
    let mut raw = world.raw(&host.server);
    raw.send_frame(&hello(1 << 20, 0));
    raw.expect_frame(kind::WELCOME);
    let served = host.served(name);
    raw.send(before);
    if bytes.get(3) == Some(&kind::GOODBYE_ACK) {
        // It is in place only after the other side's goodbye.
        drop(served.close(PATIENCE));
        raw.expect_frame(kind::GOODBYE);
    }
    raw.send(bytes);
    raw.end_writing();
    let message = served.read().wait();
    assert!(message.is_err(), "{name}: a message came");
    assert_eq!(served.ended().wait(), Ok(CloseReason::PeerLost { mid_frame: true }), "{name}");
}

/// Between two frames the end is a loss too, but one that cut nothing.
pub(crate) fn between_frames(world: &World) {
    let host = Host::with_limit(world, 16 << 20);
    let mut raw = world.raw(&host.server);
    raw.say_hello();
    raw.expect_frame(kind::WELCOME);
    let served = host.served("between frames");
    raw.send_frame(&Frame::new(kind::MESSAGE, b"whole"));
    drop(raw);
    assert_eq!(served.read().wait().unwrap(), "whole");
    assert_eq!(served.ended().wait(), Ok(CloseReason::PeerLost { mid_frame: false }));
}
