//! Connections and servers that live and end in the ways in which they should.

use core::time::Duration;

use bowline_runtime::{Closed, Config, ServerOptions};
use bowline_tests::{World, watchdog};
use tracing::Level;

use crate::recorder::{all, lived, messages, records, told};

const PATIENCE: Duration = watchdog::PATIENCE;

/// Mutant: `happened` forgets an event, or `over` comes before what led there.
pub(crate) fn an_orderly_life(world: &World) {
    let server = world.serve();
    let (client, served) = world.join(&server, world.config());
    client.write("ahoy").wait().unwrap();
    assert_eq!(served.read().wait().unwrap(), "ahoy");
    served.write("aye").wait().unwrap();
    assert_eq!(client.read().wait().unwrap(), "aye");
    // Each message, with its length, before it can be asked for.
    let of_messages: Vec<_> = records(&server, Level::TRACE)
        .into_iter()
        .filter(|record| record.target == "bowline::message")
        .collect();
    let told_of: Vec<_> = of_messages.iter().map(|r| (r.message.as_str(), r.field("length"))).collect();
    assert_eq!(told_of, [("received", "4"), ("queued", "3"), ("sent", "")]);

    let close = client.close(PATIENCE);
    assert!(served.read().wait().is_err());
    drop(served);
    assert_eq!(close.wait().unwrap(), Closed::Clean);
    let end = told(&server, "closed");
    let life =
        ["server started", "connected", "arrived", "offered", "accepted", "opened", "peer leaves", "closed"];
    lived(&server, life);
    assert_eq!(end.level, Level::DEBUG);
    assert_eq!(end.field("reason"), "closed by the peer");
    assert_eq!((end.field("sent"), end.field("received")), ("1", "1"));
    assert_eq!((end.field("sent_bytes"), end.field("received_bytes")), ("3", "4"));
    assert_eq!(end.field("confirmed"), "all");
    assert_eq!(end.connection["side"], "server");
    assert_eq!(end.connection["profile"], "full");
    assert!(end.connection["peer"].starts_with("unix (uid "), "{end:?}");

    // The other end, whose peer is the server.
    let number = client_number(&client);
    let of_client = watchdog::eventually("the client's end", || {
        let of_client = all().into_iter().filter(|record| record.connection.get("number") == Some(&number));
        let told: Vec<_> = of_client.filter(|r| r.level <= Level::DEBUG).map(|r| r.message).collect();
        told.last().is_some_and(|last| last == "closed").then_some(told)
    });
    assert_eq!(of_client[..2], ["connected", "opened"]);
}

/// As the handle shows it: whoever has it in a log finds the connection's own events by it.
fn client_number(client: &bowline_runtime::Socket) -> String {
    let shown = format!("{client:?}");
    let number = shown.split("number: ").nth(1).and_then(|rest| rest.split(',').next());
    number.expect("a socket shows its number").to_owned()
}

pub(crate) fn an_abort(world: &World) {
    let server = world.serve();
    let (client, served) = world.join(&server, world.config());
    served.write("unread").wait().unwrap();
    served.abort();
    let end = told(&server, "closed");
    assert_eq!((end.level, end.field("reason")), (Level::WARN, "aborted by this side"));
    assert_eq!(end.field("fault"), "nobody");
    assert_eq!((end.field("unconfirmed_from"), end.field("unconfirmed_to")), ("1", "1"));
    drop(client);
}

pub(crate) fn a_killed_peer(world: &World) {
    let server = world.serve();
    let (client, served) = world.join(&server, world.config());
    client.abort();
    assert!(served.read().wait().is_err());
    let end = told(&server, "closed");
    assert_eq!((end.level, end.field("fault")), (Level::WARN, "peer"));
}

/// Mutant: `received` tells the payload.
pub(crate) fn nothing_of_a_payload(world: &World) {
    const SECRET: &str = "tell nobody of 5f3759df";
    let server = world.serve();
    let (client, served) = world.join(&server, world.config());
    client.write(SECRET).wait().unwrap();
    client.post(SECRET).unwrap();
    client.write_all([SECRET, SECRET]).wait().unwrap();
    assert_eq!(served.read().wait().unwrap(), SECRET);
    let mut left = 3;
    while left > 0 {
        left -= served.read_batch().wait().unwrap().len();
    }
    drop(client.write(SECRET).cancel());
    drop(served.write(vec![0x5F; 1 << 20]));
    client.close(PATIENCE).wait().unwrap();
    told(&server, "closed");
    let told = format!("{:?}", all());
    assert!(told.contains("queued") && told.contains("received"), "nothing was told");
    assert!(!told.contains("5f3759df"), "a payload was told");
}

pub(crate) fn a_write_that_is_too_long(world: &World) {
    let server = world.serve();
    let (client, served) = world.join(&server, Config::new().message_limit(10));
    assert!(served.write("eleven, eleven").wait().is_err());
    let record = told(&server, "too long to be sent");
    assert_eq!((record.level, record.target.as_str()), (Level::WARN, "bowline::message"));
    assert_eq!((record.field("length"), record.field("limit")), ("14", "10"));
    drop(client);
}

pub(crate) fn a_server_from_start_to_end(world: &World) {
    let server = world.serve_with(ServerOptions::new());
    let (client, served) = world.join(&server, world.config());
    let shutdown = server.close(PATIENCE);
    assert!(client.read().wait().is_err());
    drop((client, served));
    shutdown.wait().unwrap();
    told(&server, "server closed");
    assert_eq!(messages(&server, Level::INFO), ["server started", "server stopping", "server closed"]);
    assert_eq!(told(&server, "server stopping").field("clients"), "1");
}
