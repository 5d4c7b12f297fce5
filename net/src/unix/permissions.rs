//! The permissions of a socket's path: right before anyone can connect, and never wider than asked for.

use std::io;

use socket2::Socket;

use super::entry::Entry;

/// Linux gives the path the permissions that the unbound socket had, less the umask: it is never wider.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn before_bind(socket: &Socket, mode: u32) -> io::Result<()> {
    use std::fs::{File, Permissions};
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::PermissionsExt;
    let file = File::from(OwnedFd::from(socket.try_clone()?));
    file.set_permissions(Permissions::from_mode(mode))
}

/// Gives back what the umask took away, by descriptor, so that no link put in the path's place is followed.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn after_bind(entry: &Entry, mode: u32) -> io::Result<()> {
    use rustix::fs::{Mode, OFlags};
    use std::fs::{File, Permissions};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(entry.path(), flags, Mode::empty())?);
    let found = file.metadata()?;
    if !found.file_type().is_socket() || !entry.is(&found) {
        return Err(io::Error::other("the socket was replaced"));
    }
    if found.mode() & 0o777 == mode {
        return Ok(());
    }
    let by_descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    std::fs::set_permissions(by_descriptor, Permissions::from_mode(mode))
}

/// Elsewhere an unbound socket has no permissions to set.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn before_bind(_: &Socket, _: u32) -> io::Result<()> {
    Ok(())
}

/// For a moment the path has what the umask left, but nobody can connect to a socket that does not listen yet.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn after_bind(entry: &Entry, mode: u32) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Mode, RawMode, chmodat};
    let mode = RawMode::try_from(mode).map_err(io::Error::other)?;
    Ok(chmodat(CWD, entry.path(), Mode::from_raw_mode(mode), AtFlags::SYMLINK_NOFOLLOW)?)
}
