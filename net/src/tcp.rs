//! TCP: which addresses a host has, whether they may be used, and listening on one.

use core::net::SocketAddr;
use std::io;
use std::net::ToSocketAddrs;

use bowline_runtime::{Endpoint, EndpointKind, PeerAddress};
use socket2::{Domain, Socket, Type};

use crate::error::AddressError;
use crate::{BindError, BindOptions, Bound};

/// Whether several sockets can listen on one port.
const CAN_SHARE: bool = cfg!(all(unix, not(any(target_os = "solaris", target_os = "illumos"))));

/// Listens on the first of the host's addresses that the machine has.
pub(crate) fn bind(
    endpoint: &Endpoint,
    host: &str,
    port: u16,
    options: &BindOptions,
) -> Result<Bound, BindError> {
    if options.reuse_port && !CAN_SHARE {
        return Err(BindError::NoSharing);
    }
    let is_tls = matches!(endpoint.kind(), EndpointKind::Tls { .. });
    let addresses = resolve(host, port, options.allow_remote || is_tls)?;
    match listen_on_first(&addresses, options) {
        Ok((socket, address)) => {
            // The name that its certificate is for says more than the address.
            let serving = if is_tls { Endpoint::tls(host, address.port())? } else { address.into() };
            Ok(Bound::new(serving, socket, options.trust.clone(), None))
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(BindError::InUse { endpoint: endpoint.clone() })
        }
        Err(error) => Err(BindError::io("listen")(error)),
    }
}

/// All addresses of the host, at least one. Blocks if it is a name that must be looked up.
pub(crate) fn resolve(host: &str, port: u16, allow_remote: bool) -> Result<Vec<SocketAddr>, AddressError> {
    let addresses: Vec<_> = (host, port).to_socket_addrs().map_err(AddressError::Lookup)?.collect();
    // One remote address is enough to refuse: which of them is used depends on the moment.
    match addresses.iter().find(|address| !is_loopback(address)) {
        Some(&address) if !allow_remote => Err(AddressError::Remote { address }),
        _ if addresses.is_empty() => Err(AddressError::None),
        _ => Ok(addresses),
    }
}

/// Small messages leave at once instead of waiting for an acknowledgement of earlier ones.
pub(crate) fn send_at_once(socket: &Socket) -> io::Result<()> {
    socket.set_tcp_nodelay(true)
}

/// Whether a connection to a port where nobody listens has met itself, which TCP allows: the port that the system
/// chose for our end happened to be the one that we dialled.
pub(crate) fn met_itself(socket: &Socket, peer: &PeerAddress) -> io::Result<bool> {
    let own = socket.local_addr()?.as_socket();
    Ok(matches!(peer, PeerAddress::Tcp(address) if own == Some(*address)))
}

fn is_loopback(address: &SocketAddr) -> bool {
    // An IPv4 address can be written as an IPv6 one.
    address.ip().to_canonical().is_loopback()
}

fn listen_on_first(addresses: &[SocketAddr], options: &BindOptions) -> io::Result<(Socket, SocketAddr)> {
    let mut outcome = Err(io::ErrorKind::AddrNotAvailable.into());
    for &address in addresses {
        outcome = listen(address, options);
        // If the first address is taken, a client would meet whoever has it: the next one is no substitute.
        match &outcome {
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {}
            _ => break,
        }
    }
    outcome
}

fn listen(address: SocketAddr, options: &BindOptions) -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // On Unix this only skips the wait after a restart; on Windows it would let others share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    #[cfg(windows)]
    crate::windows::exclude_others(&socket)?;
    if options.reuse_port {
        share_port(&socket)?;
    }
    socket.bind(&address.into())?;
    socket.listen(options.backlog)?;
    socket.set_nonblocking(true)?;
    // With port 0 the system chose one.
    let bound = socket.local_addr()?.as_socket().unwrap_or(address);
    Ok((socket, bound))
}

#[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
fn share_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

/// Windows has an option that sounds like it, by which any other program can take the clients away.
#[cfg(not(all(unix, not(any(target_os = "solaris", target_os = "illumos")))))]
fn share_port(_: &Socket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(host: &str) -> Result<Vec<SocketAddr>, AddressError> {
        resolve(host, 1, false)
    }

    #[test]
    fn only_loopback_unless_allowed() {
        for host in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "localhost"] {
            assert!(addresses(host).is_ok(), "{host}");
        }
        for host in ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "fe80::1"] {
            assert!(matches!(addresses(host), Err(AddressError::Remote { .. })), "{host}");
            assert_eq!(resolve(host, 1, true).unwrap().len(), 1, "{host}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_connection_to_itself_is_noticed() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let address = socket.local_addr().unwrap();
        socket.connect(&address).unwrap();
        assert!(met_itself(&socket, &PeerAddress::Tcp(address.as_socket().unwrap())).unwrap());
    }

    #[test]
    fn a_connection_to_another_is_not_itself() {
        let (listener, address) = listen(([127, 0, 0, 1], 0).into(), &BindOptions::new()).unwrap();
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.connect(&address.into()).unwrap();
        assert!(!met_itself(&socket, &PeerAddress::Tcp(address)).unwrap());
        drop(listener);
    }
}
