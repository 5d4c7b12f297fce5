//! A socket file that a dead server left behind. Only to be used by whoever holds the lock.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use socket2::{Domain, SockAddr, Socket, Type};

use super::entry::Entry;
use crate::{BindError, credentials};

/// Makes room at the path: removes a dead socket of ours. `false` if a living server is there.
pub(super) fn clear(path: &Path) -> Result<bool, BindError> {
    let Some(found) = look(path)? else { return Ok(true) };
    if !found.file_type().is_socket() {
        return Err(BindError::Occupied { path: path.to_owned() });
    }
    if Some(found.uid()) != credentials::own_user() {
        return Err(BindError::Foreign { path: path.to_owned(), owner: found.uid() });
    }
    if is_alive(path)? {
        return Ok(false);
    }
    Entry::new(path, &found).remove().map_err(BindError::io("remove the dead socket"))?;
    Ok(true)
}

fn look(path: &Path) -> Result<Option<Metadata>, BindError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BindError::io("look at the socket's path")(error)),
    }
}

/// Whether somebody listens, which needs no lock to find out. The server sees a client that leaves at once.
fn is_alive(path: &Path) -> Result<bool, BindError> {
    match probe(path) {
        Err(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Ok(false),
            // Its backlog is full, so it has one.
            io::ErrorKind::WouldBlock => Ok(true),
            _ => Err(BindError::io("find out whether the socket is alive")(error)),
        },
        Ok(()) => Ok(true),
    }
}

fn probe(path: &Path) -> io::Result<()> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)
}
