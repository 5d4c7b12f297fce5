//! Who is at the other end of a Unix socket, according to the kernel.

#[cfg(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "netbsd",
    target_os = "openbsd"
))]
#[path = "unix/peer_ids.rs"]
mod peer_ids;

use std::io;

use bowline_runtime::Credentials;
use socket2::Socket;

/// The user as whom this thread acts, or `None` where there are no user ids.
pub(crate) fn own_user() -> Option<u32> {
    #[cfg(unix)]
    return Some(rustix::process::geteuid().as_raw());
    #[cfg(not(unix))]
    return None;
}

/// Those of the process that connected, or of the one that began to listen.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn of(socket: &Socket) -> io::Result<Option<Credentials>> {
    use nix::sys::socket::{getsockopt, sockopt};
    let peer = getsockopt(socket, sockopt::PeerCredentials)?;
    // A process that can't be seen from our container has the number 0.
    let pid = u32::try_from(peer.pid()).ok().filter(|&pid| pid != 0);
    Ok(Some(Credentials::new(peer.uid(), peer.gid(), pid)))
}

/// As above; the process id is not known here.
#[cfg(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "netbsd",
    target_os = "openbsd"
))]
pub(crate) fn of(socket: &Socket) -> io::Result<Option<Credentials>> {
    let (uid, gid) = peer_ids::of(socket)?;
    Ok(Some(Credentials::new(uid, gid, None)))
}

/// This platform doesn't say.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "netbsd",
    target_os = "openbsd"
)))]
pub(crate) fn of(_: &Socket) -> io::Result<Option<Credentials>> {
    Ok(None)
}
