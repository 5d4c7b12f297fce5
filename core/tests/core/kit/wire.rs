//! Frames as bytes, written and read without the code under test.

use bowline_core::{Config, Connection, Instant};

use super::Memory;
use super::pair::shown;

pub(crate) const MESSAGE: u8 = 0x00;
pub(crate) const HELLO: u8 = 0x01;
pub(crate) const WELCOME: u8 = 0x02;
pub(crate) const REFUSE: u8 = 0x03;
pub(crate) const BEGIN: u8 = 0x04;
pub(crate) const CHUNK: u8 = 0x05;
pub(crate) const ABORT: u8 = 0x06;
pub(crate) const PING: u8 = 0x07;
pub(crate) const PONG: u8 = 0x08;
pub(crate) const GOODBYE: u8 = 0x09;
pub(crate) const GOODBYE_ACK: u8 = 0x0A;

/// One frame.
pub(crate) fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame");
    [&(u32::from(kind) << 24 | length).to_le_bytes()[..], payload].concat()
}

pub(crate) fn begin(total: u32) -> Vec<u8> {
    frame(BEGIN, &total.to_le_bytes())
}

pub(crate) fn goodbye(count: u64) -> Vec<u8> {
    frame(GOODBYE, &count.to_le_bytes())
}

pub(crate) fn goodbye_ack(count: u64) -> Vec<u8> {
    frame(GOODBYE_ACK, &count.to_le_bytes())
}

/// A hello or welcome.
pub(crate) fn greeting(kind: u8, limit: u32, heartbeat: u32) -> Vec<u8> {
    let fields = [&b"bwln\x01\0\0\0"[..], &limit.to_le_bytes(), &heartbeat.to_le_bytes()];
    frame(kind, &fields.concat())
}

/// Cuts bytes into frames; a frame that is cut short comes last, as it is.
pub(crate) fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((&[a, b, c, kind], rest)) = bytes.split_first_chunk() {
        let length = usize::try_from(u32::from_le_bytes([a, b, c, 0])).expect("a short frame");
        let (payload, rest) = rest.split_at(length.min(rest.len()));
        frames.push((kind, payload.to_vec()));
        bytes = rest;
    }
    frames
}

pub(crate) fn kinds(bytes: &[u8]) -> Vec<u8> {
    frames(bytes).into_iter().map(|(kind, _)| kind).collect()
}

/// Everything that an end has to send, sent.
pub(crate) fn output<M: Memory>(end: &mut Connection<M>) -> Vec<u8> {
    let mut all = Vec::new();
    while end.has_output() {
        let bytes = shown(end, usize::MAX);
        assert!(!bytes.is_empty(), "has_output without output");
        end.transmitted(bytes.len());
        all.extend(bytes);
    }
    all
}

/// A server with an open connection to a client that the test plays by hand; its welcome has left.
pub(crate) fn server<M: Memory>(config: Config, now: Instant, heartbeat: u32) -> Connection<M> {
    let mut server = Connection::server(config, now);
    server.receive(now, &greeting(HELLO, 0x7FFF_FFFF, heartbeat));
    server.accept(now);
    assert_eq!(kinds(&output(&mut server)), [WELCOME]);
    while server.poll_event().is_some() {}
    server
}
