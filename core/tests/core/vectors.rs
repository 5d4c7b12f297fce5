//! The test vectors of PROTOCOL.md, section 11, against a server of both memories.

mod conversations;
mod frames;

use bowline_core::{Config, Connection, Instant, State};

use crate::kit::Memory;
use crate::kit::wire::kinds;

const FRAMES: &str = include_str!("../../../tests/vectors/frames.txt");
const STREAMS: &str = include_str!("../../../tests/vectors/streams.txt");
const ERRORS: &str = include_str!("../../../tests/vectors/errors.txt");

/// The cases of a file, cut into fields.
fn cases(file: &str) -> Vec<Vec<&str>> {
    let lines = file.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(" | ").map(str::trim).collect()).collect()
}

/// Reads hex digits in groups, `HEX*N`, and `-`.
fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace().filter(|&group| group != "-").flat_map(group).collect()
}

fn group(group: &str) -> Vec<u8> {
    let (hex, times) = group.split_once('*').unwrap_or((group, "1"));
    let digits = hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    let once: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    once.repeat(times.parse().unwrap())
}

/// What a client sends, cut where it waits for a frame: the kind to wait for, then the bytes.
fn script(text: &str) -> Vec<(Option<u8>, Vec<u8>)> {
    let mut parts = text.split('<');
    let first = (None, bytes(parts.next().unwrap_or("")));
    let later = parts.map(|part| {
        let (kind, rest) = part.split_once(' ').unwrap_or((part, ""));
        (Some(u8::from_str_radix(kind, 16).unwrap()), bytes(rest))
    });
    core::iter::once(first).chain(later).collect()
}

/// All that the clients of the conversations send, with the conversations' names.
pub(crate) fn sent() -> Vec<(&'static str, Vec<u8>)> {
    let lines = cases(STREAMS).into_iter().chain(cases(ERRORS));
    let whole = |sent| script(sent).into_iter().flat_map(|(_, bytes)| bytes).collect();
    lines.map(|fields| (fields[0], whole(fields[1]))).collect()
}

/// The server that the vectors are written for.
fn server<M: Memory>() -> Connection<M> {
    Connection::server(Config::new().message_limit(1 << 20), Instant::default())
}

/// A server and all that came of it.
struct Talk<M: Memory> {
    server: Connection<M>,
    messages: Vec<Vec<u8>>,
    answers: Vec<u8>,
}

impl<M: Memory> Talk<M> {
    fn new() -> Self {
        Self { server: server(), messages: Vec::new(), answers: Vec::new() }
    }

    /// Plays a client's part, its bytes cut into pieces of the sizes that `cut` gives for a place in them.
    fn play(&mut self, script: &[(Option<u8>, Vec<u8>)], cut: impl Fn(usize) -> usize) {
        for (awaited, bytes) in script {
            assert!(
                awaited.is_none_or(|kind| kinds(&self.answers).contains(&kind)),
                "{awaited:?} has not come"
            );
            let mut place = 0;
            while place < bytes.len() && self.server.wants_input() {
                let size = cut(place).min(bytes.len() - place);
                place += self.server.receive(Instant::default(), &bytes[place..place + size]);
                self.serve();
            }
        }
    }

    /// Welcomes the client, takes everything in, sends what there is to send.
    fn serve(&mut self) {
        if self.server.state() == State::Deciding {
            self.server.accept(Instant::default());
        }
        while let Some(message) = self.server.take_unclaimed() {
            self.messages.push(message.as_ref().to_vec());
        }
        self.answers.extend(crate::kit::wire::output(&mut self.server));
        if self.server.wants_shutdown() {
            self.server.handle_shutdown();
        }
    }
}
