//! What sockets need beyond what `socket2` has.
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::ptr;
use std::io;
use std::os::windows::io::AsRawSocket;

use socket2::Socket;
use windows_sys::Win32::Networking::WinSock::{
    self, LPFN_CONNECTEX, SIO_GET_EXTENSION_FUNCTION_POINTER, SO_EXCLUSIVEADDRUSE, SO_UPDATE_ACCEPT_CONTEXT,
    SO_UPDATE_CONNECT_CONTEXT, SOCKET, SOL_SOCKET, WSAID_CONNECTEX,
};

/// Nobody else can listen at the same address, not even another user who asks to share it.
pub(crate) fn exclude_others(socket: &Socket) -> io::Result<()> {
    set(socket, SO_EXCLUSIVEADDRUSE, &1_i32.to_ne_bytes())
}

/// A socket that `AcceptEx` has filled is like any other from now on.
pub(in crate::windows) fn finish_accept(socket: &Socket, listener: &Socket) -> io::Result<()> {
    set(socket, SO_UPDATE_ACCEPT_CONTEXT, &raw(listener).to_ne_bytes())
}

/// A socket that `ConnectEx` has connected is like any other from now on.
pub(in crate::windows) fn finish_connect(socket: &Socket) -> io::Result<()> {
    set(socket, SO_UPDATE_CONNECT_CONTEXT, &[])
}

fn set(socket: &Socket, option: i32, value: &[u8]) -> io::Result<()> {
    let (start, length) = if value.is_empty() { (ptr::null(), 0) } else { (value.as_ptr(), value.len()) };
    let length = i32::try_from(length).unwrap_or(0);
    // SAFETY: the socket is open, and the value is as long as is said.
    match unsafe { WinSock::setsockopt(raw(socket), SOL_SOCKET, option, start, length) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The number by which the system's functions know a socket: as wide as a pointer.
pub(super) fn raw(socket: &Socket) -> SOCKET {
    SOCKET::try_from(socket.as_raw_socket()).unwrap_or(WinSock::INVALID_SOCKET)
}

/// A length as the system's functions want it; nothing here is longer than a few hundred bytes.
pub(super) fn small(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(0)
}

/// What connects a socket without blocking; each provider has its own.
pub(super) type Connect = unsafe extern "system" fn(
    SOCKET,
    *const WinSock::SOCKADDR,
    i32,
    *const c_void,
    u32,
    *mut u32,
    *mut windows_sys::Win32::System::IO::OVERLAPPED,
) -> i32;

pub(super) fn connect_function(socket: SOCKET) -> io::Result<Connect> {
    let (mut function, mut count): (LPFN_CONNECTEX, u32) = (None, 0);
    let identifier = WSAID_CONNECTEX;
    // SAFETY: the identifier and the place for the function's address are as long as is said; the call does not overlap.
    let failed = unsafe {
        WinSock::WSAIoctl(
            socket,
            SIO_GET_EXTENSION_FUNCTION_POINTER,
            (&raw const identifier).cast(),
            small(size_of_val(&identifier)),
            (&raw mut function).cast(),
            small(size_of_val(&function)),
            &mut count,
            ptr::null_mut(),
            None,
        )
    };
    function.filter(|_| failed == 0).ok_or_else(io::Error::last_os_error)
}
