//! Making and opening named pipes.
#![allow(unsafe_code)]

use core::ptr;
use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::{GENERIC_READ, GENERIC_WRITE, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, OPEN_EXISTING, PIPE_ACCESS_DUPLEX,
    SECURITY_IDENTIFICATION, SECURITY_SQOS_PRESENT,
};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, PIPE_READMODE_BYTE, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE,
    PIPE_UNLIMITED_INSTANCES, PIPE_WAIT,
};

use super::security::Descriptor;

/// How every instance works: as a stream of bytes, and for clients on this machine only.
const MODE: u32 = PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS;
/// How every client opens it: the server may learn who we are, and may not act as us.
const OPENING: u32 = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
/// What the system holds for a direction before a write has to wait.
const QUOTA: u32 = 64 << 10;

/// A pipe's name as the system wants it: with its prefix, in UTF-16, with a zero behind.
#[derive(Clone, Debug)]
pub(in crate::windows) struct WideName(Vec<u16>);

impl WideName {
    pub(in crate::windows) fn of(name: &str) -> Self {
        Self(r"\\.\pipe\".encode_utf16().chain(name.encode_utf16()).chain([0]).collect())
    }
}

/// Makes an instance of a pipe. The first one finds no other, or fails: so nobody else has the name already. Clients on
/// other machines are always refused, and no child process inherits it.
pub(in crate::windows) fn make(
    name: &WideName,
    first: bool,
    descriptor: &Descriptor,
) -> io::Result<OwnedHandle> {
    let first = if first { FILE_FLAG_FIRST_PIPE_INSTANCE } else { 0 };
    let access = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first;
    let attributes = descriptor.attributes();
    // SAFETY: the name ends with a zero; the attributes and the descriptor behind them live longer than the call.
    own(unsafe {
        CreateNamedPipeW(
            name.0.as_ptr(),
            access,
            MODE,
            PIPE_UNLIMITED_INSTANCES,
            QUOTA,
            QUOTA,
            0,
            &attributes,
        )
    })
}

/// Opens a pipe as a client.
pub(in crate::windows) fn open(name: &WideName) -> io::Result<OwnedHandle> {
    // SAFETY: the name ends with a zero; no attributes and no template are given.
    own(unsafe {
        let access = GENERIC_READ | GENERIC_WRITE;
        CreateFileW(name.0.as_ptr(), access, 0, ptr::null(), OPEN_EXISTING, OPENING, ptr::null_mut())
    })
}

fn own(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is new and nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
