//! Who this process's user is, what only that user may open, and who owns what was opened.
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::ptr;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

use super::sockets::small;
use windows_sys::Win32::Foundation::{HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo,
    SDDL_REVISION_1, SE_KERNEL_OBJECT,
};
use windows_sys::Win32::Security::{
    GetTokenInformation, OWNER_SECURITY_INFORMATION, PSID, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER,
    TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// The security identifier of the user as whom this process runs, as text: `S-1-5-21-…`.
pub(in crate::windows) fn own_user() -> io::Result<String> {
    let token = own_token()?;
    // A `TOKEN_USER` with its identifier behind it; the longest has 68 bytes. Words, so that it is aligned.
    let (mut room, mut length) = ([0_usize; 32], 0);
    // SAFETY: the token is open for queries, and the room is as long as is said.
    let ok = unsafe {
        let size = small(size_of_val(&room));
        GetTokenInformation(token.as_raw_handle(), TokenUser, room.as_mut_ptr().cast(), size, &mut length)
    };
    check(ok)?;
    // SAFETY: the call has put a `TOKEN_USER` there, whose pointer leads into the same room.
    let user = unsafe { &*room.as_ptr().cast::<TOKEN_USER>() };
    text(user.User.Sid)
}

/// The user who owns what this handle is to.
pub(in crate::windows) fn owner(handle: &OwnedHandle) -> io::Result<String> {
    let (mut owner, mut descriptor) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the handle is open; the two results have their places, and nothing else is asked for.
    let error = unsafe {
        GetSecurityInfo(
            handle.as_raw_handle(),
            SE_KERNEL_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &mut owner,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &mut descriptor,
        )
    };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    let _descriptor = Allocated(descriptor);
    if owner.is_null() { Err(io::ErrorKind::NotFound.into()) } else { text(owner) }
}

/// What says who may do what with a new object.
pub(in crate::windows) struct Descriptor(pub(super) Allocated);

// SAFETY: it is never changed, and freed once.
unsafe impl Send for Descriptor {}

impl Descriptor {
    /// Reads a descriptor from the system's language for them.
    pub(in crate::windows) fn parse(text: &str) -> io::Result<Self> {
        let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut descriptor = ptr::null_mut();
        // SAFETY: the text ends with a zero, and the result has its place.
        check(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &mut descriptor,
                ptr::null_mut(),
            )
        })?;
        Ok(Self(Allocated(descriptor)))
    }

    /// For the call that makes the object: not inherited by child processes. It leads into `self`.
    pub(super) fn attributes(&self) -> SECURITY_ATTRIBUTES {
        let length = small(size_of::<SECURITY_ATTRIBUTES>());
        SECURITY_ATTRIBUTES { nLength: length, lpSecurityDescriptor: self.0.0, bInheritHandle: 0 }
    }
}

/// Memory that the system has allocated for us.
pub(super) struct Allocated(pub(super) *mut c_void);

impl Drop for Allocated {
    fn drop(&mut self) {
        // SAFETY: it came from a function that says to free it so, and is freed here only.
        unsafe { LocalFree(self.0) };
    }
}

fn own_token() -> io::Result<OwnedHandle> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the process's own handle needs no closing, and the result has its place.
    check(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &mut token) })?;
    // SAFETY: the handle is new and nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

fn text(sid: PSID) -> io::Result<String> {
    let mut start: *mut u16 = ptr::null_mut();
    // SAFETY: callers pass an identifier that the system has just given, and the result has its place.
    check(unsafe { ConvertSidToStringSidW(sid, &mut start) })?;
    let _memory = Allocated(start.cast());
    // SAFETY: the system has put text there.
    Ok(unsafe { wide(start) })
}

/// Text of the system's.
///
/// # Safety
/// It ends with a zero.
pub(super) unsafe fn wide(start: *const u16) -> String {
    // SAFETY: the zero is looked for and not passed.
    let units: Vec<u16> =
        (0..).map(|index| unsafe { *start.add(index) }).take_while(|&unit| unit != 0).collect();
    String::from_utf16_lossy(&units)
}

pub(super) fn check(ok: i32) -> io::Result<()> {
    if ok == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
