//! What TLS holds, in a process where nobody else allocates.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "../../src/heap.rs"]
#[allow(dead_code, reason = "others need more of it")]
mod heap;

use core::time::Duration;
use std::thread;

use bowline_runtime::{Bytes, Config, ServerOptions, Socket};
use bowline_std::{BindOptions, ConnectOptions, DialOptions, bind_with, connect_with};
use bowline_tests::certificates::{Authority, server_for_all};
use bowline_tests::watchdog;
use bowline_tls::{ClientTls, ServerTls};

/// How many connections are measured together.
const PAIRS: usize = 32;

/// Both ends of many connections, secure or not.
struct Crowd {
    clients: Vec<Socket>,
    served: Vec<Socket>,
}

fn crowd(scheme: &str, bind: &BindOptions, dial: &DialOptions) -> Crowd {
    // A server that reads no further than one message.
    let config = ServerOptions::new().config(Config::new().queue_bytes(1));
    let server = bind_with(format!("{scheme}://127.0.0.1:0"), bind, config).unwrap();
    let mut crowd = Crowd { clients: Vec::new(), served: Vec::new() };
    for _ in 0..PAIRS {
        let accept = server.accept();
        let options = ConnectOptions::new().dial(dial.clone());
        let connect = connect_with(server.endpoint().unwrap(), options);
        crowd.served.push(accept.wait().unwrap().accept().unwrap());
        crowd.clients.push(connect.wait().unwrap());
    }
    // What the handshake leaves behind is taken in with the first message.
    for (client, served) in crowd.clients.iter().zip(&crowd.served) {
        client.write("ahoy").wait().unwrap();
        served.write("aye").wait().unwrap();
        assert_eq!(
            (served.read().wait().unwrap(), client.read().wait().unwrap()),
            ("ahoy".into(), "aye".into())
        );
    }
    crowd
}

impl Crowd {
    /// Every client has sent as much of a long message as there is room for.
    fn get_stuck(&self, long: &Bytes) -> Vec<bowline_runtime::Write> {
        let start = |client: &Socket| {
            client.write("first").wait().unwrap();
            let mut write = client.write(long.clone());
            assert!(write.wait_for(Duration::from_millis(20)).is_none(), "the buffers took everything");
            write
        };
        self.clients.iter().map(start).collect()
    }
}

/// What is held once others have let go of what was theirs.
fn settled() -> usize {
    watchdog::eventually("a process that is at rest", || {
        let held = heap::held();
        thread::sleep(Duration::from_millis(100));
        (heap::held() == held).then_some(held)
    })
}

/// Bytes for each pair of ends: idle, and with a message that is stuck.
fn measure(scheme: &str, bind: &BindOptions, dial: &DialOptions, long: &Bytes) -> (usize, usize) {
    let before = settled();
    let crowd = crowd(scheme, bind, dial);
    let idle = settled().saturating_sub(before) / PAIRS;
    let writes = crowd.get_stuck(long);
    let stuck = settled().saturating_sub(before) / PAIRS;
    crowd.clients.iter().for_each(Socket::abort);
    drop(writes);
    (idle, stuck)
}

/// Mutant: what is encrypted ahead grows with the message, or is kept when it has left.
#[test]
fn what_tls_holds_is_bounded() {
    watchdog::run("what_tls_holds_is_bounded", || {
        let authority = Authority::new();
        let tls = ServerTls::new(server_for_all(authority.certify("127.0.0.1")));
        let (bind, dial) =
            (BindOptions::new().tls(tls), DialOptions::new().tls(ClientTls::new(authority.client(None))));
        let long = Bytes::from(vec![7; 15 << 20]);
        // The threads' own blocks and the process's are there afterwards.
        measure("tls+tcp", &bind, &dial, &long);
        let plain = measure("tcp", &BindOptions::new(), &DialOptions::new(), &long);
        let secure = measure("tls+tcp", &bind, &dial, &long);
        println!("bytes for both ends, idle and stuck: TCP {plain:?}, TLS {secure:?}");
        assert!(secure.0 < plain.0 + (24 << 10), "idle: {secure:?} over {plain:?}");
        // What the sender has encrypted, the receiver's record, and what that may read ahead at once.
        assert!(
            secure.1 < plain.1 + (24 << 10) + (70 << 10) + (24 << 10) + (64 << 10),
            "{secure:?} over {plain:?}"
        );
    });
}
