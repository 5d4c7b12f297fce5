//! What a connection holds, measured with an allocator that counts; on the heap, since the other memory allocates
//! nothing.

mod counter;
mod hostile;
mod overhead;

use bowline_core::{Config, Connection, Heap, Instant};

const HELLO: &[u8] = b"\x10\0\0\x01bwln\x01\0\0\0\xFF\xFF\xFF\x7F\0\0\0\0";

/// A server whose client the test plays by hand.
fn open_server(config: Config) -> Connection<Heap> {
    let mut server = Connection::server(config, Instant::default());
    server.receive(Instant::default(), HELLO);
    server.accept(Instant::default());
    server
}

/// A client whose server the test plays by hand.
fn open_client(config: Config) -> Connection<Heap> {
    let mut client = Connection::client(config, Instant::default());
    let welcome = [&b"\x10\0\0\x02"[..], &HELLO[4..]].concat();
    client.receive(Instant::default(), &welcome);
    client
}

fn word(kind: u8, length: u32) -> [u8; 4] {
    (u32::from(kind) << 24 | length).to_le_bytes()
}
