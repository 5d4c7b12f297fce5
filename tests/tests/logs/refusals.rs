//! Clients that are turned away: by whom, and why.

use bowline_runtime::{Admission, ConnectError, Refusal, ServerOptions};
use bowline_tests::World;
use tracing::Level;

use crate::recorder::{lived, told};

pub(crate) fn by_the_application(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let connect = world.connect(&server);
    accept.wait().unwrap().refuse(Refusal::Application(0x1001), "not\ntoday");
    assert!(matches!(connect.wait(), Err(ConnectError::Refused { .. })));
    let refused = told(&server, "refused");
    assert_eq!((refused.level, refused.field("by")), (Level::DEBUG, "application"));
    assert_eq!((refused.field("code"), refused.field("reason")), ("4097", r"not\ntoday"));
    told(&server, "closed");
    let life = ["server started", "connected", "arrived", "offered", "refused", "closed"];
    lived(&server, life);
}

/// Mutant: who is turned away at once is not told of.
pub(crate) fn by_a_cap(world: &World) {
    let server = world.serve_with(ServerOptions::new().admission(Admission::new().max_clients(1)));
    let (_client, _served) = world.join(&server, world.config());
    assert!(matches!(world.connect(&server).wait(), Err(ConnectError::Refused { .. })));
    let refused = told(&server, "refused");
    assert_eq!((refused.level, refused.field("by")), (Level::WARN, "cap"));
    assert_eq!(refused.field("refusal"), "the server is full");
}

pub(crate) fn for_want_of_interest(world: &World) {
    let server = world.serve();
    assert!(matches!(world.connect(&server).wait(), Err(ConnectError::Refused { .. })));
    let refused = told(&server, "refused");
    assert_eq!((refused.level, refused.field("by")), (Level::WARN, "server"));
}
