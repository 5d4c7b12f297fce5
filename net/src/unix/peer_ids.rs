//! The user at the other end of a socket, on macOS, iOS and the BSDs.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsRawFd;

use socket2::Socket;

/// The user's and the group's id. No safe crate has this call for all of these systems.
pub(super) fn of(socket: &Socket) -> io::Result<(u32, u32)> {
    let (mut uid, mut gid) = (0, 0);
    // SAFETY: the descriptor is open, since `socket` owns it, and both results have their places.
    match unsafe { libc::getpeereid(socket.as_raw_fd(), &mut uid, &mut gid) } {
        0 => Ok((uid, gid)),
        _ => Err(io::Error::last_os_error()),
    }
}
