//! What can go wrong between an endpoint and its socket.

use core::net::SocketAddr;
use std::io;
use std::path::PathBuf;

use bowline_runtime::{Endpoint, EndpointError};

use crate::{InheritError, SecurityError, Unauthorized};

/// Why a server could not be bound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// This platform, or this version of the library on it, has no such endpoints.
    #[error("{scheme}:// is not supported on this platform")]
    Unsupported {
        /// The scheme of the endpoint.
        scheme: &'static str,
    },
    /// The endpoint's text is not one; or the path to which a `local://` name leads here is not possible, mostly because
    /// it is too long.
    #[error("{0}")]
    Endpoint(#[from] EndpointError),
    /// [`BindOptions::mode`](crate::BindOptions::mode) got more than the nine permission bits.
    #[error("{mode:#o} is not a set of permissions")]
    Mode {
        /// What it got.
        mode: u32,
    },
    /// [`BindOptions::reuse_port`](crate::BindOptions::reuse_port), at an endpoint that is not TCP's.
    #[error("servers can share a TCP port only, not {scheme}:// (see `reuse_port`)")]
    NotShared {
        /// The scheme of the endpoint.
        scheme: &'static str,
    },
    /// [`BindOptions::reuse_port`](crate::BindOptions::reuse_port), on a platform where servers can't share a port.
    #[error("servers can't share a port on this platform (see `reuse_port`)")]
    NoSharing,
    /// The host has no address, or one that is not allowed.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The endpoint and the option `tls` don't go together.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The directory of the socket is missing, or others may tamper with it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// There is no socket to [take over](crate::BindOptions::inherited), or it is not what it should be.
    #[error(transparent)]
    Inherited(#[from] InheritError),
    /// A living server has it, or is just taking it. It was not disturbed.
    #[error("{endpoint} is in use")]
    InUse {
        /// The endpoint, a `local://` name already resolved.
        endpoint: Endpoint,
    },
    /// Something that is not a socket (or not a lock file) is in the way: a file, a directory, or a link, which is
    /// never followed. It was left alone.
    #[error("{path:?} exists and is not of our kind")]
    Occupied {
        /// What is in the way.
        path: PathBuf,
    },
    /// Another user's socket or lock file is in the way. It was left alone.
    #[error("{path:?} belongs to user {owner}")]
    Foreign {
        /// What is in the way.
        path: PathBuf,
        /// Its owner's user id.
        owner: u32,
    },
    /// The operating system said no.
    #[error("can't {action}: {source}")]
    Io {
        /// What was attempted, as in "can't …".
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a server could not be reached, or is not the one that was meant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// This platform, or this version of the library on it, has no such endpoints.
    #[error("{scheme}:// is not supported on this platform")]
    Unsupported {
        /// The scheme of the endpoint.
        scheme: &'static str,
    },
    /// The endpoint's text is not one; or the path to which a `local://` name leads here is not possible, mostly because
    /// it is too long.
    #[error("{0}")]
    Endpoint(#[from] EndpointError),
    /// The host has no address, or one that is not allowed.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The endpoint and the option `tls` don't go together.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The directory of local sockets is missing (then nobody has ever listened), or others may tamper with it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Somebody answered, but not a user that we trust. Nothing was sent to it.
    #[error("the server is the wrong one: {0}")]
    WrongOwner(#[from] Unauthorized),
    /// The operating system said no; `NotFound` and `ConnectionRefused` mean that no server is there.
    #[error("can't connect: {0}")]
    Io(#[from] io::Error),
}

/// Why a host has no address to use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The name could not be looked up.
    #[error("can't look up the host: {0}")]
    Lookup(io::Error),
    /// The name was found, but has no address.
    #[error("the host has no address")]
    None,
    /// The address is not on the loopback interface, and `allow_remote` was not called.
    #[error("{address} is not on the loopback interface (see `allow_remote`)")]
    Remote {
        /// The first such address of the host.
        address: SocketAddr,
    },
}

/// Why a directory is no place for a socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// It is missing, not a directory, a link where none is followed, or can't be opened or made.
    #[error("can't use the directory {path:?}: {source}")]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It belongs to a user that could replace the socket at will.
    #[error("the directory {path:?} belongs to user {owner}")]
    Owner {
        /// The directory.
        path: PathBuf,
        /// Its owner's user id.
        owner: u32,
    },
    /// Its permissions let others replace the socket, or look into a directory that is meant to be private.
    #[error("the directory {path:?} is open to others (mode {mode:03o})")]
    Permissions {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl BindError {
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

impl DialError {
    /// The kind of the system's error, or the nearest one: what is worth trying again is decided by this.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Unsupported { .. } => io::ErrorKind::Unsupported,
            Self::Endpoint(_) | Self::Security(_) | Self::Address(AddressError::Remote { .. }) => {
                io::ErrorKind::InvalidInput
            }
            Self::Address(AddressError::None) => io::ErrorKind::NotFound,
            Self::Directory(DirectoryError::Owner { .. } | DirectoryError::Permissions { .. })
            | Self::WrongOwner(_) => io::ErrorKind::PermissionDenied,
            Self::Address(AddressError::Lookup(source))
            | Self::Directory(DirectoryError::Unusable { source, .. })
            | Self::Io(source) => source.kind(),
        }
    }
}

impl From<DialError> for io::Error {
    fn from(error: DialError) -> Self {
        match error {
            DialError::Io(source) => source,
            other => Self::new(other.kind(), other),
        }
    }
}
