//! The test vectors of `tests/vectors`, against a real server.

use std::sync::mpsc::{self, Receiver};

use bowline_runtime::{CloseReason, Server, ServerOptions, Socket};
use bowline_tests::{Frame, Raw, Step, World, bytes_of, kind, rows, script_of, watchdog};

/// Every violation is answered with its code, at once, and the server's program hears the same code.
///
/// Mutants: any check of a header left out or in another order; a refuse that is lost because the socket is closed with
/// unread input in it.
pub(crate) fn errors(world: &World) {
    let host = Host::new(world);
    let rows = rows("errors.txt");
    // The others wait for a timer's default setting.
    let at_once: Vec<_> = rows.iter().filter(|row| row[3] == "0").collect();
    assert!(at_once.len() > 90, "where are the vectors?");
    for row in at_once {
        let code = u16::from_str_radix(row[2].trim_start_matches("0x"), 16).unwrap();
        expect_violation(&host, world, &row[0], &row[1], code);
    }
}

fn expect_violation(host: &Host, world: &World, name: &str, script: &str, code: u16) {
    let mut raw = world.raw(&host.server);
    let heard = play(&mut raw, &script_of(script), usize::MAX);
    let rest = raw.frames_to_end();
    let (last, before) = rest.split_last().unwrap_or_else(|| panic!("{name}: no answer"));
    assert_eq!(last.refusal(), Some(code), "{name}: {last:?}");
    let allowed = [kind::PONG, kind::GOODBYE, kind::GOODBYE_ACK];
    assert!(before.iter().all(|frame| allowed.contains(&frame.kind)), "{name}: {before:?}");
    if heard.iter().any(|frame| frame.kind == kind::WELCOME) {
        let reason = host.served(name).ended().wait().unwrap();
        assert!(
            matches!(reason, CloseReason::Violated(violation) if violation.code() == code),
            "{name}: {reason}"
        );
    } else {
        drop(raw);
        watchdog::until(name, || host.server.undecided() == 0);
        assert!(host.sockets.try_recv().is_err(), "{name}: let in");
    }
}

pub(crate) fn streams(world: &World) {
    let host = Host::new(world);
    for row in rows("streams.txt") {
        expect_conversation(&host, world, &row, usize::MAX);
    }
}

/// However the bytes are cut, the outcome is the same.
///
/// Mutant: a header that comes in pieces is misread.
pub(crate) fn streams_in_pieces(world: &World) {
    let host = Host::new(world);
    for piece in [1, 3] {
        for row in rows("streams.txt").iter().filter(|row| row[1].len() < 300 && !row[1].contains('*')) {
            expect_conversation(&host, world, row, piece);
        }
    }
}

fn expect_conversation(host: &Host, world: &World, row: &[String], piece: usize) {
    let [name, script, messages, answers, end] = row else { panic!("{row:?} has not five fields") };
    let mut raw = world.raw(&host.server);
    let mut heard = play(&mut raw, &script_of(script), piece);
    raw.end_writing();
    heard.extend(raw.frames_to_end());
    let welcomed = heard.iter().any(|frame| frame.kind == kind::WELCOME);
    heard.retain(|frame| frame.kind != kind::WELCOME);
    let heard: Vec<_> = heard.iter().flat_map(Frame::bytes).collect();
    assert!(heard == bytes_of(answers), "{name}: other answers");
    if welcomed {
        let served = host.served(name);
        assert_messages(name, &served, messages);
        assert_end(name, served.ended().wait().unwrap(), end);
    } else {
        watchdog::until(name, || host.server.undecided() == 0);
    }
}

fn assert_messages(name: &str, served: &Socket, messages: &str) {
    for message in messages.split(", ").filter(|message| *message != "-") {
        let came = served.read().wait().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(came == bytes_of(message), "{name}: another message");
    }
    assert!(served.read().wait().is_err(), "{name}: a message too many");
}

fn assert_end(name: &str, reason: CloseReason, end: &str) {
    let so = match end.split_once(" 0x") {
        None if end == "clean" => reason == CloseReason::PeerClosed,
        None => end == "lost" && matches!(reason, CloseReason::PeerLost { .. }),
        Some((_refused, code)) => {
            let code = u16::from_str_radix(code, 16).unwrap();
            matches!(reason, CloseReason::Refused { refusal, .. } if refusal.code() == code)
        }
    };
    assert!(so, "{name}: {reason:?} instead of {end}");
}

/// The server of the vectors: it welcomes everybody and takes every message in.
pub(crate) struct Host {
    pub(crate) server: Server,
    sockets: Receiver<Socket>,
}

impl Host {
    fn new(world: &World) -> Self {
        Self::with_limit(world, 1 << 20)
    }

    pub(crate) fn with_limit(world: &World, limit: u32) -> Self {
        let config = world.config().message_limit(limit).heartbeat(None);
        let server = world.serve_with(ServerOptions::new().config(config));
        let (connected, sockets) = mpsc::channel();
        server.on_connect(|_peer| true, move |socket| drop(connected.send(socket)));
        Self { server, sockets }
    }

    /// The server's end of the connection that was welcomed last.
    pub(crate) fn served(&self, name: &str) -> Socket {
        watchdog::next(name, &self.sockets)
    }
}

/// Does what a client's script says, writing at most `piece` bytes at a time; returns all the frames that came meanwhile.
fn play(raw: &mut Raw, script: &[Step], piece: usize) -> Vec<Frame> {
    let mut heard = Vec::new();
    for step in script {
        match step {
            Step::Send(bytes) => bytes.chunks(piece).for_each(|bytes| raw.send(bytes)),
            Step::Await(kind) => {
                while heard.last().is_none_or(|frame: &Frame| frame.kind != *kind) {
                    heard.push(raw.frame().expect("the stream goes on"));
                }
            }
        }
    }
    heard
}
