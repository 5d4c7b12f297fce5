//! What the system says of a pipe's handle, for tests to hold against what was meant.
#![allow(unsafe_code)]

use core::ptr;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::{GetHandleInformation, HANDLE, HANDLE_FLAG_INHERIT};
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1, SE_KERNEL_OBJECT,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetTokenInformation, OWNER_SECURITY_INFORMATION, RevertToSelf, TOKEN_QUERY,
    TokenImpersonationLevel,
};
use windows_sys::Win32::System::Pipes::{GetNamedPipeInfo, ImpersonateNamedPipeClient};
use windows_sys::Win32::System::Threading::{GetCurrentThread, OpenThreadToken};

use super::security::{Allocated, Descriptor, check, wide};
use super::sockets::small;

/// Whether child processes get it.
pub(in crate::windows) fn is_inherited(handle: &OwnedHandle) -> bool {
    let mut flags = 0;
    // SAFETY: the handle is open, and the result has its place.
    check(unsafe { GetHandleInformation(handle.as_raw_handle(), &mut flags) }).unwrap();
    flags & HANDLE_FLAG_INHERIT != 0
}

/// Which end of a pipe it is, and how that pipe moves bytes.
pub(in crate::windows) fn kind_of_pipe(handle: &OwnedHandle) -> u32 {
    let (mut flags, none) = (0, ptr::null_mut());
    // SAFETY: the handle is open, the result has its place, and nothing else is asked for.
    check(unsafe { GetNamedPipeInfo(handle.as_raw_handle(), &mut flags, none, none, none) }).unwrap();
    flags
}

/// Its owner and who may do what with it, in the system's language.
pub(in crate::windows) fn descriptor(handle: &OwnedHandle) -> String {
    let what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    let (mut descriptor, none) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the handle is open, and the result has its place; the parts are not asked for.
    let error = unsafe {
        let handle = handle.as_raw_handle();
        GetSecurityInfo(handle, SE_KERNEL_OBJECT, what, none, none, none.cast(), none.cast(), &mut descriptor)
    };
    assert_eq!(error, 0);
    text_of(&Allocated(descriptor))
}

/// A descriptor as the system itself would write it: it has short names for some users.
pub(in crate::windows) fn in_other_words(text: &str) -> String {
    text_of(&Descriptor::parse(text).unwrap().0)
}

fn text_of(descriptor: &Allocated) -> String {
    let what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    let mut text = ptr::null_mut();
    // SAFETY: an `Allocated` here is a descriptor that the system has given, and the result has its place.
    check(unsafe {
        ConvertSecurityDescriptorToStringSecurityDescriptorW(
            descriptor.0,
            SDDL_REVISION_1,
            what,
            &mut text,
            ptr::null_mut(),
        )
    })
    .unwrap();
    let text = Allocated(text.cast());
    // SAFETY: the call above has put text there that ends with a zero.
    unsafe { wide(text.0.cast()) }
}

/// How far a server that has read from its client may go in that client's name.
pub(in crate::windows) fn level_of_client(server: &OwnedHandle) -> io::Result<u32> {
    // SAFETY: the handle is open.
    check(unsafe { ImpersonateNamedPipeClient(server.as_raw_handle()) })?;
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the thread's own handle needs no closing, and the result has its place. Whatever it says, this thread is
    // itself again.
    let opened = check(unsafe { OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, 1, &mut token) });
    // SAFETY: it takes nothing.
    check(unsafe { RevertToSelf() })?;
    opened?;
    // SAFETY: the handle is new and nobody else's.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    let (mut level, mut length) = (0_u32, 0);
    // SAFETY: the token is open for queries, and the level, an enumeration of 32 bits, has its place.
    check(unsafe {
        let size = small(size_of_val(&level));
        let place = (&raw mut level).cast();
        GetTokenInformation(token.as_raw_handle(), TokenImpersonationLevel, place, size, &mut length)
    })?;
    Ok(level)
}
