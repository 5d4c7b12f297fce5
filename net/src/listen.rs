//! Servers: an endpoint as a stream of arrivals.

#[cfg(unix)]
use core::task::{Context, Poll};
#[cfg(unix)]
use std::io;

#[cfg(unix)]
use bowline_runtime::{Arrival, ListenFault, Refusal};
use bowline_runtime::{Config, Endpoint, EndpointKind, Heartbeat, Listen, Server, ServerOptions, ToEndpoint};

#[cfg(unix)]
use crate::accept::Accepted;
use crate::entrance::Entrance;
use crate::reactor::Reactor;
#[cfg(unix)]
use crate::reactor::{Attempt, Source};
#[cfg(unix)]
use crate::transport::SocketTransport;
#[cfg(windows)]
use crate::windows;
#[cfg(unix)]
use crate::{AcceptFault, Bound, accept, trace};
use crate::{BindError, BindOptions, bind};

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
    let (serving, listen) = open(reactor, &endpoint.to_endpoint()?, options)?;
    let server = server.map_config(|config| for_endpoint(config, &serving));
    Ok(Server::start(reactor.executor(), server, Some(serving), listen))
}

type Opened = (Endpoint, Box<dyn Listen>);

#[cfg(unix)]
fn open<R: Reactor>(reactor: &R, endpoint: &Endpoint, options: &BindOptions) -> Result<Opened, BindError> {
    let bound = bind(endpoint, options)?;
    let serving = bound.endpoint().clone();
    let bound = reactor.watch(bound).map_err(BindError::io("watch the socket"))?;
    let entrance = Entrance::of(endpoint, options, reactor.executor())?;
    Ok((serving, Box::new(SocketListen { bound, entrance, reactor: reactor.clone() })))
}

#[cfg(windows)]
fn open<R: Reactor>(reactor: &R, endpoint: &Endpoint, options: &BindOptions) -> Result<Opened, BindError> {
    if let Some(name) = windows::pipe_name(endpoint)? {
        let serving = name.endpoint().clone();
        options.check(&serving)?;
        if options.inherited.is_some() {
            return Err(crate::InheritError::NotActivated.into());
        }
        // Proxies don't know of pipes.
        if options.proxies.is_some() {
            return Err(BindError::Unsupported { scheme: serving.scheme() });
        }
        return Ok((serving, Box::new(windows::PipeListen::open(name, options)?)));
    }
    let bound = bind(endpoint, options)?;
    let serving = bound.endpoint().clone();
    let entrance = Entrance::of(endpoint, options, reactor.executor())?;
    let listen = windows::TcpListen::open(bound, entrance).map_err(BindError::io("watch the socket"))?;
    Ok((serving, Box::new(listen)))
}

/// Only TCP needs a heartbeat: the system tells at once when a local peer is gone.
pub(crate) fn for_endpoint(config: Config, endpoint: &Endpoint) -> Config {
    match endpoint.kind() {
        EndpointKind::Tcp { .. } | EndpointKind::Tls { .. } => config.default_heartbeat(Heartbeat::TCP),
        _ => config,
    }
}

#[cfg(unix)]
struct SocketListen<R: Reactor> {
    bound: R::Source<Bound>,
    entrance: Entrance,
    reactor: R,
}

#[cfg(unix)]
impl<R: Reactor> SocketListen<R> {
    fn arrive(&self, accepted: Accepted) -> Result<Arrival, ListenFault> {
        let source = self.reactor.watch(accepted.socket).map_err(|_full| ListenFault::Exhausted)?;
        let objection = self.bound.get().verify(&accepted.peer).map_err(|why| {
            trace::not_trusted(&accepted.peer, &why);
            Refusal::Unauthorized
        });
        let arrival = self.entrance.arrive(SocketTransport::new(source), accepted.peer);
        let arrival = arrival.map_err(|_full| ListenFault::Exhausted)?;
        Ok(Arrival { objection: objection.err().or(arrival.objection), ..arrival })
    }
}

#[cfg(unix)]
impl<R: Reactor> Listen for SocketListen<R> {
    fn keeps_clients(&self) -> bool {
        self.bound.get().is_shared()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>> {
        let accepted = core::task::ready!(self.bound.poll_input(cx, |bound| match accept(bound) {
            Err(error) if AcceptFault::of(&error) == AcceptFault::NotReady => Attempt::Blocked,
            result => Attempt::Done(result),
        }));
        Poll::Ready(accepted.map_err(fault).and_then(|accepted| self.arrive(accepted)))
    }
}

#[cfg(unix)]
fn fault(error: io::Error) -> ListenFault {
    let means = AcceptFault::of(&error);
    trace::accept_failed(&error, means);
    match means {
        AcceptFault::Transient | AcceptFault::NotReady => ListenFault::Transient,
        AcceptFault::Exhausted => ListenFault::Exhausted,
        AcceptFault::Fatal => ListenFault::Fatal(error),
    }
}
