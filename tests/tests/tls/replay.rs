//! Nothing that could be replayed is taken.

use std::io::{Read, Write};

use bowline_tests::certificates::{Authority, server_for_all};
use rustls::{ClientConnection, StreamOwned};

use crate::kit::{knock, next, serve};

/// Mutant: the configuration's allowance for early data stays.
#[test]
fn no_early_data_is_taken_whatever_the_configuration_says() {
    let authority = Authority::new();
    let mut tls = server_for_all(authority.certify("127.0.0.1"));
    tls.max_early_data_size = 1 << 14;
    let server = serve(tls);
    let mut client = authority.client(None);
    client.enable_early_data = true;
    let client = std::sync::Arc::new(client);
    for _ in 0..2 {
        let mut connection = ClientConnection::new(client.clone(), "127.0.0.1".try_into().unwrap()).unwrap();
        assert!(connection.early_data().is_none(), "the server has offered to take some");
        let accept = server.accept();
        let mut raw = StreamOwned::new(connection, knock(&server));
        raw.write_all(&bowline_tests::hello(1 << 20, 0).bytes()).unwrap();
        raw.flush().unwrap();
        let _served = next(accept).accept().unwrap();
        // The welcome, and the ticket before it.
        raw.read_exact(&mut [0; 20]).unwrap();
        assert!(raw.conn.tls13_tickets_received() > 0);
    }
}
