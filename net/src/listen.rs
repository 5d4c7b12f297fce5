//! Servers: a listening socket as a stream of arrivals.

use core::task::{Context, Poll};
use std::io;

use bowline_runtime::{
    Arrival, Config, Endpoint, EndpointKind, Heartbeat, Listen, ListenFault, Refusal, Server, ServerOptions,
    ToEndpoint,
};

use crate::accept::Accepted;
use crate::reactor::{Attempt, Reactor, Source};
use crate::transport::SocketTransport;
use crate::{AcceptFault, BindError, BindOptions, Bound, accept, bind};

/// Starts a server at an endpoint, on a runtime: what an adapter's `bind` does.
///
/// # Errors
/// Why the endpoint can't be had. A living server is never disturbed.
pub fn serve<R: Reactor>(
    reactor: &R,
    endpoint: impl ToEndpoint,
    options: &BindOptions,
    server: ServerOptions,
) -> Result<Server, BindError> {
    let bound = bind(&endpoint.to_endpoint()?, options)?;
    let serving = bound.endpoint().clone();
    let bound =
        reactor.watch(bound).map_err(|source| BindError::Io { action: "watch the socket", source })?;
    let listen = Box::new(SocketListen { bound, reactor: reactor.clone() });
    let server = server.map_config(|config| for_endpoint(config, &serving));
    Ok(Server::start(reactor.executor(), server, Some(serving), listen))
}

/// Only TCP needs a heartbeat: the system tells at once when a local peer is gone.
pub(crate) fn for_endpoint(config: Config, endpoint: &Endpoint) -> Config {
    match endpoint.kind() {
        EndpointKind::Tcp { .. } => config.default_heartbeat(Heartbeat::TCP),
        _ => config,
    }
}

struct SocketListen<R: Reactor> {
    bound: R::Source<Bound>,
    reactor: R,
}

impl<R: Reactor> SocketListen<R> {
    fn arrive(&self, accepted: Accepted) -> Result<Arrival, ListenFault> {
        let source = self.reactor.watch(accepted.socket).map_err(|_full| ListenFault::Exhausted)?;
        let objection = self.bound.get().verify(&accepted.peer).err().map(|_who| Refusal::Unauthorized);
        Ok(Arrival { transport: Box::new(SocketTransport::new(source)), peer: accepted.peer, objection })
    }
}

impl<R: Reactor> Listen for SocketListen<R> {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>> {
        let accepted = core::task::ready!(self.bound.poll_input(cx, |bound| match accept(bound) {
            Err(error) if AcceptFault::of(&error) == AcceptFault::NotReady => Attempt::Blocked,
            result => Attempt::Done(result),
        }));
        Poll::Ready(accepted.map_err(fault).and_then(|accepted| self.arrive(accepted)))
    }
}

fn fault(error: io::Error) -> ListenFault {
    match AcceptFault::of(&error) {
        AcceptFault::Transient | AcceptFault::NotReady => ListenFault::Transient,
        AcceptFault::Exhausted => ListenFault::Exhausted,
        AcceptFault::Fatal => ListenFault::Fatal(error),
    }
}
