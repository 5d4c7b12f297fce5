//! Who is at the other end of a Unix socket, according to the kernel.

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

/// As above; the process id is not known here. No safe crate has this call for all of these systems.
#[cfg(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "netbsd",
    target_os = "openbsd"
))]
#[allow(unsafe_code)]
pub(crate) fn of(socket: &Socket) -> io::Result<Option<Credentials>> {
    use std::os::fd::AsRawFd;
    let (mut uid, mut gid) = (0, 0);
    // SAFETY: the descriptor is open, since `socket` owns it, and both results have their places.
    match unsafe { libc::getpeereid(socket.as_raw_fd(), &mut uid, &mut gid) } {
        0 => Ok(Some(Credentials::new(uid, gid, None))),
        _ => Err(io::Error::last_os_error()),
    }
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
