//! Somebody who comes past the proxy and claims to be one.

use core::net::SocketAddrV4;
use std::io::{Read, Write};
use std::net::TcpStream;

use bowline_runtime::Refusal;
use bowline_tests::{Frame, hello};

use crate::Result;

/// Succeeds if the server refuses it as unauthorized.
pub(crate) fn run(server: SocketAddrV4, claim: SocketAddrV4) -> Result {
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(&header(claim, server))?;
    stream.write_all(&hello(1 << 20, 0).bytes())?;
    let frame = next_frame(&mut stream)?;
    match frame.refusal() {
        Some(code) if code == Refusal::Unauthorized.code() => Ok(()),
        _ => Err(format!("it was not refused, but got {frame:?}").into()),
    }
}

/// What a proxy of this server sends for that client.
fn header(client: SocketAddrV4, server: SocketAddrV4) -> Vec<u8> {
    let mut bytes = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C".to_vec();
    bytes.extend(client.ip().octets());
    bytes.extend(server.ip().octets());
    bytes.extend(client.port().to_be_bytes());
    bytes.extend(server.port().to_be_bytes());
    bytes
}

fn next_frame(stream: &mut impl Read) -> Result<Frame> {
    let mut word = [0; 4];
    stream.read_exact(&mut word)?;
    let mut payload = vec![0; usize::from(word[0]) | usize::from(word[1]) << 8];
    stream.read_exact(&mut payload)?;
    Ok(Frame { kind: word[3], payload })
}
