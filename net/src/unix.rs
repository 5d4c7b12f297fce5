//! Unix sockets: at a path, or at a name in Linux's abstract namespace.

mod directory;
mod entry;
mod local;
mod lock;
mod permissions;
mod stale;

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bowline_runtime::{Endpoint, EndpointKind, PeerAddress};
use socket2::{Domain, SockAddr, Socket, Type};

use crate::trust::Trust;
use crate::{BindError, BindOptions, Bound, Candidate, DialError};
use entry::Entry;
use lock::Lock;

const HAS_ABSTRACT_NAMES: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// A path that is ours, as long as this lives.
#[derive(Debug)]
pub(crate) struct Claim {
    // In this order: the path must be gone before the next server can get the lock.
    _socket: Entry,
    _lock: Lock,
}

pub(crate) fn bind(endpoint: &Endpoint, options: &BindOptions) -> Result<Bound, BindError> {
    let resolved = resolve(endpoint)?;
    match resolved.kind() {
        EndpointKind::Abstract(name) => bind_abstract(&resolved, name, options),
        EndpointKind::Unix(path) => {
            let is_local = matches!(endpoint.kind(), EndpointKind::Local(_));
            if is_local && !local::IN_CONTAINER {
                directory::make_private_parent(path)?;
            }
            bind_path(&resolved, path, options)
        }
        _ => Err(BindError::Unsupported { scheme: endpoint.scheme() }),
    }
}

/// What a `local://` name stands for here. Others stand for themselves, if there are such sockets.
pub(crate) fn resolve(endpoint: &Endpoint) -> Result<Endpoint, BindError> {
    match endpoint.kind() {
        EndpointKind::Unix(_) => Ok(endpoint.clone()),
        EndpointKind::Abstract(_) if HAS_ABSTRACT_NAMES => Ok(endpoint.clone()),
        EndpointKind::Local(name) if local::IS_ABSTRACT => {
            Ok(Endpoint::abstract_name(local::abstract_name(name))?)
        }
        EndpointKind::Local(name) => Ok(Endpoint::unix(local::path(name))?),
        _ => Err(BindError::Unsupported { scheme: endpoint.scheme() }),
    }
}

pub(crate) fn candidate(endpoint: &Endpoint, trust: &Trust) -> Result<Candidate, DialError> {
    match endpoint.kind() {
        EndpointKind::Unix(path) => path_candidate(path, trust),
        EndpointKind::Local(name) if local::IS_ABSTRACT => {
            let name = local::abstract_name(name);
            Endpoint::abstract_name(&name)?;
            abstract_candidate(&name, trust)
        }
        EndpointKind::Local(name) => {
            let path = local::path(name);
            Endpoint::unix(&path)?;
            // So that we don't even knock at an impostor's door.
            if !local::IN_CONTAINER {
                directory::check_private_parent(&path)?;
            }
            path_candidate(&path, trust)
        }
        EndpointKind::Abstract(name) if HAS_ABSTRACT_NAMES => abstract_candidate(name, trust),
        _ => Err(DialError::Unsupported { scheme: endpoint.scheme() }),
    }
}

/// Where a Unix socket's peer is. A client mostly has no address at all.
pub(crate) fn address(address: &SockAddr) -> PeerAddress {
    match (address.as_pathname(), address.as_abstract_namespace()) {
        (Some(path), _) => PeerAddress::Unix(Some(path.to_owned())),
        (None, Some(name)) => PeerAddress::Abstract(String::from_utf8_lossy(name).into_owned()),
        (None, None) => PeerAddress::Unix(None),
    }
}

fn path_candidate(path: &Path, trust: &Trust) -> Result<Candidate, DialError> {
    let server = PeerAddress::Unix(Some(path.to_owned()));
    Ok(Candidate::new(SockAddr::unix(path)?, server, trust.clone()))
}

fn bind_path(endpoint: &Endpoint, path: &Path, options: &BindOptions) -> Result<Bound, BindError> {
    if !options.shared_directory {
        directory::check_parent(path)?;
    }
    let in_use = || BindError::InUse { endpoint: endpoint.clone() };
    // The lock first: from here to the end of its life nobody else who asks for it removes or binds the path.
    let lock = Lock::acquire(path)?.ok_or_else(in_use)?;
    if !stale::clear(path)? {
        return Err(in_use());
    }
    let (socket, entry) = make(path, options.mode)?.ok_or_else(in_use)?;
    listen(&socket, options)?;
    let claim = Claim { _socket: entry, _lock: lock };
    Ok(Bound::new(endpoint.clone(), socket, options.trust.clone(), Some(claim)))
}

fn abstract_candidate(name: &str, trust: &Trust) -> Result<Candidate, DialError> {
    let server = PeerAddress::Abstract(name.to_owned());
    Ok(Candidate::new(abstract_address(name)?, server, enforced(trust)))
}

/// A socket at the path, not listening yet; `None` if someone without a lock was faster.
fn make(path: &Path, mode: u32) -> Result<Option<(Socket, Entry)>, BindError> {
    let socket = new_socket()?;
    permissions::before_bind(&socket, mode).map_err(BindError::io("restrict the socket"))?;
    let address = SockAddr::unix(path).map_err(BindError::io("form the socket's address"))?;
    match socket.bind(&address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Ok(None),
        outcome => outcome.map_err(BindError::io("bind the socket"))?,
    }
    let entry = Entry::of(path).map_err(BindError::io("find the socket just made"))?;
    permissions::after_bind(&entry, mode).map_err(BindError::io("set the socket's permissions"))?;
    Ok(Some((socket, entry)))
}

fn bind_abstract(endpoint: &Endpoint, name: &str, options: &BindOptions) -> Result<Bound, BindError> {
    let socket = new_socket()?;
    let address = abstract_address(name).map_err(BindError::io("form the socket's address"))?;
    match socket.bind(&address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            return Err(BindError::InUse { endpoint: endpoint.clone() });
        }
        outcome => outcome.map_err(BindError::io("bind the socket"))?,
    }
    listen(&socket, options)?;
    Ok(Bound::new(endpoint.clone(), socket, enforced(&options.trust), None))
}

/// Anybody may take an abstract name, so there the check for the same user can't be switched off.
pub(crate) fn enforced(trust: &Trust) -> Trust {
    Trust { same_user: true, ..trust.clone() }
}

fn new_socket() -> Result<Socket, BindError> {
    Socket::new(Domain::UNIX, Type::STREAM, None).map_err(BindError::io("make a socket"))
}

fn listen(socket: &Socket, options: &BindOptions) -> Result<(), BindError> {
    socket.set_nonblocking(true).map_err(BindError::io("make the socket nonblocking"))?;
    socket.listen(options.backlog).map_err(BindError::io("listen"))
}

/// An abstract name is one that begins with a NUL.
fn abstract_address(name: &str) -> io::Result<SockAddr> {
    let name = [b"\0", name.as_bytes()].concat();
    SockAddr::unix(OsStr::from_bytes(&name))
}
