//! The names of pipes, and opening one as a client.

use std::io;

use bowline_runtime::{Arrival, Endpoint, EndpointError, EndpointKind, Peer, PeerAddress};

use super::arrival;
use super::system::completion::{Channel, File};
use super::system::pipes::{self, WideName};
use super::system::security;
use crate::trust::{Trust, Unauthorized};
use crate::{BindError, DialError};

/// Where a pipe is.
#[derive(Clone, Debug)]
pub(crate) struct PipeName {
    pub(super) wide: WideName,
    pub(super) endpoint: Endpoint,
}

/// The pipe that an endpoint stands for: for `local://` one with the user in its name. `None` if it stands for no pipe.
pub(crate) fn pipe_name(endpoint: &Endpoint) -> Result<Option<PipeName>, NameError> {
    let endpoint = match endpoint.kind() {
        EndpointKind::Pipe(_) => endpoint.clone(),
        EndpointKind::Local(name) => Endpoint::pipe(format!("bowline-{}-{name}", security::own_user()?))?,
        _ => return Ok(None),
    };
    let EndpointKind::Pipe(name) = endpoint.kind() else { return Ok(None) };
    Ok(Some(PipeName { wide: WideName::of(name), endpoint: endpoint.clone() }))
}

/// Why a pipe has no name.
pub(crate) enum NameError {
    Endpoint(EndpointError),
    Io(io::Error),
}

impl From<EndpointError> for NameError {
    fn from(error: EndpointError) -> Self {
        Self::Endpoint(error)
    }
}

impl From<NameError> for DialError {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Endpoint(error) => error.into(),
            NameError::Io(error) => error.into(),
        }
    }
}

impl From<NameError> for BindError {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Endpoint(error) => error.into(),
            NameError::Io(error) => Self::io("find out who we are")(error),
        }
    }
}

impl From<io::Error> for NameError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl PipeName {
    /// `pipe://` and its full name.
    pub(crate) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Opens the pipe as a client, unless it is somebody else's; `None` while all instances are taken.
    pub(crate) fn open(&self, trust: &Trust) -> Result<Option<Arrival>, DialError> {
        /// `ERROR_PIPE_BUSY`
        const BUSY: i32 = 231;
        let handle = match pipes::open(&self.wide) {
            Err(error) if error.raw_os_error() == Some(BUSY) => return Ok(None),
            result => result?,
        };
        if trust.same_user && security::owner(&handle)? != security::own_user()? {
            return Err(Unauthorized::unknown().into());
        }
        Ok(Some(arrival(Channel::open(File::Pipe(handle))?, self.peer())))
    }

    pub(super) fn peer(&self) -> Peer {
        match self.endpoint.kind() {
            EndpointKind::Pipe(name) => Peer::new(PeerAddress::Pipe(name.to_owned())),
            _ => Peer::new(PeerAddress::Other(self.endpoint.to_string())),
        }
    }
}
