//! Taking a descriptor that the starter has left open for us. The one place with unsafe code on Linux.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::libc;
use rustix::io::FdFlags;
use socket2::{SockRef, Socket};

use super::handover::{Handover, Variables};
use crate::{BindError, InheritError};

/// What was handed over, as soon as somebody has asked. The variables stay in the environment: to remove them while other threads run
/// is a race with every `getenv` of theirs, and a child that gets them sees that they name another process.
static HANDOVER: Mutex<Option<Handover>> = Mutex::new(None);

/// Looks at the socket of this name and takes nothing.
pub(super) fn peek<T>(
    name: &str,
    look: impl FnOnce(&str, &Socket) -> Result<T, InheritError>,
) -> Result<T, InheritError> {
    let mut handover = lock();
    let descriptor = Handover::descriptor(handed(&mut handover)?.find(name)?);
    look(name, &SockRef::from(&open(name, descriptor)?))
}

/// Takes the socket of this name if it passes the check, and makes it nonblocking and private to this process.
pub(super) fn take<T>(
    name: &str,
    check: impl FnOnce(&Socket) -> Result<T, InheritError>,
) -> Result<(Socket, T), BindError> {
    let mut handover = lock();
    let handover = handed(&mut handover)?;
    let place = handover.find(name)?;
    let descriptor = Handover::descriptor(place);
    let borrowed = open(name, descriptor)?;
    let found = check(&SockRef::from(&borrowed))?;
    rustix::io::fcntl_setfd(borrowed, FdFlags::CLOEXEC)
        .map_err(|errno| BindError::io("keep the socket from children")(errno.into()))?;
    handover.mark_taken(place);
    // SAFETY: it is open, as `open` has seen. Nobody else owns it: the starter says to this very process that the number is
    // for whoever takes it, and the mark, set under the lock, keeps us from taking it twice.
    let socket = Socket::from(unsafe { OwnedFd::from_raw_fd(descriptor) });
    socket.set_nonblocking(true).map_err(BindError::io("make the socket nonblocking"))?;
    Ok((socket, found))
}

fn lock() -> MutexGuard<'static, Option<Handover>> {
    HANDOVER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was handed to this process.
fn handed(handover: &mut Option<Handover>) -> Result<&mut Handover, InheritError> {
    let own = std::process::id();
    let read = match handover.take() {
        Some(read) => read,
        None => Handover::read(&Variables::of_this_process(), own)?,
    };
    let read = handover.insert(read);
    read.check(own)?;
    Ok(read)
}

/// The descriptor, if it is open.
fn open<'d>(name: &str, descriptor: RawFd) -> Result<BorrowedFd<'d>, InheritError> {
    // SAFETY: the call takes two numbers and touches no memory; it fails if there is no such descriptor.
    if unsafe { libc::fcntl(descriptor, libc::F_GETFD) } < 0 {
        let source = io::Error::last_os_error();
        return Err(InheritError::Descriptor { name: name.to_owned(), descriptor, source });
    }
    // SAFETY: it is not -1, for they begin at 3. It is open, and stays open while it is borrowed, which is under the lock: it belongs
    // to nobody who could close it, until it is taken.
    Ok(unsafe { BorrowedFd::borrow_raw(descriptor) })
}
