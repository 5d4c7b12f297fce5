//! Whether a socket that was handed over is what a server asks for.

use std::io;
use std::os::fd::AsRawFd;

use bowline_runtime::{Endpoint, EndpointKind};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::{BindError, BindOptions, InheritError, tcp, unix};

/// Where a socket has to listen.
pub(super) struct Wanted {
    /// As the program says it.
    endpoint: Endpoint,
    /// What may stand there: for a host all its addresses, and then every port if the program names none.
    allowed: Vec<Endpoint>,
    any_port: bool,
}

impl Wanted {
    pub(super) fn of(endpoint: &Endpoint, options: &BindOptions) -> Result<Self, BindError> {
        let (allowed, any_port) = match endpoint.kind() {
            EndpointKind::Tcp { host, port } | EndpointKind::Tls { host, port } => {
                (addresses(endpoint, host, port, options)?, port == 0)
            }
            _ => (vec![unix::resolve(endpoint)?], false),
        };
        Ok(Self { endpoint: endpoint.clone(), allowed, any_port })
    }

    /// The endpoint at which the server is then, unless the socket is not what was asked for.
    pub(super) fn check(&self, name: &str, socket: &Socket) -> Result<Endpoint, InheritError> {
        let found = listening_at(name, socket)?;
        if !self.allowed.iter().any(|allowed| self.is_at(allowed, &found)) {
            let (name, wanted) = (name.to_owned(), self.endpoint.clone());
            return Err(InheritError::Elsewhere { name, found, wanted });
        }
        Ok(self.named_as_asked(found))
    }

    fn is_at(&self, allowed: &Endpoint, found: &Endpoint) -> bool {
        match (allowed.kind(), found.kind()) {
            (EndpointKind::Tcp { host, .. }, EndpointKind::Tcp { host: address, .. }) if self.any_port => {
                host == address
            }
            _ => allowed == found,
        }
    }

    /// TLS names the host that the certificate is for.
    fn named_as_asked(&self, found: Endpoint) -> Endpoint {
        match (self.endpoint.kind(), found.kind()) {
            (EndpointKind::Tls { host, .. }, EndpointKind::Tcp { port, .. }) => {
                Endpoint::tls(host, port).unwrap_or(found)
            }
            _ => found,
        }
    }
}

/// Where this socket listens for streams.
pub(super) fn listening_at(name: &str, socket: &Socket) -> Result<Endpoint, InheritError> {
    let owned = || name.to_owned();
    let descriptor = socket.as_raw_fd();
    let no_socket = |source: io::Error| InheritError::Descriptor { name: owned(), descriptor, source };
    let kind = socket.r#type().map_err(no_socket)?;
    let (domain, protocol) = (socket.domain().map_err(no_socket)?, socket.protocol().map_err(no_socket)?);
    if !is_stream(kind, domain, protocol) {
        return Err(InheritError::NotAStream { name: owned() });
    }
    if !socket.is_listener().map_err(no_socket)? {
        return Err(InheritError::NotListening { name: owned() });
    }
    let address = socket.local_addr().map_err(no_socket)?;
    endpoint(&address).ok_or_else(|| InheritError::NoEndpoint { name: owned() })
}

/// Each address of the host as an endpoint. Those of other machines must be allowed, as when we bind ourselves.
fn addresses(
    endpoint: &Endpoint,
    host: &str,
    port: u16,
    options: &BindOptions,
) -> Result<Vec<Endpoint>, BindError> {
    let is_tls = matches!(endpoint.kind(), EndpointKind::Tls { .. });
    let addresses = tcp::resolve(host, port, options.allow_remote || is_tls)?;
    Ok(addresses.into_iter().map(Endpoint::from).collect())
}

/// SCTP has streams, too, and systemd can make sockets for it.
pub(super) fn is_stream(kind: Type, domain: Domain, protocol: Option<Protocol>) -> bool {
    let by_ip = matches!(domain, Domain::IPV4 | Domain::IPV6);
    let is_tcp = matches!(protocol, Some(Protocol::TCP | Protocol::MPTCP));
    kind == Type::STREAM && (is_tcp || !by_ip)
}

fn endpoint(address: &SockAddr) -> Option<Endpoint> {
    if let Some(address) = address.as_socket() {
        return Some(address.into());
    }
    if let Some(path) = address.as_pathname() {
        return Endpoint::unix(path).ok();
    }
    let name = core::str::from_utf8(address.as_abstract_namespace()?).ok()?;
    Endpoint::abstract_name(name).ok()
}
