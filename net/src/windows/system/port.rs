//! The process's completion port, and the thread that takes completions from it.
#![allow(unsafe_code)]

use core::panic::AssertUnwindSafe;
use core::ptr;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::panic::catch_unwind;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::SetFileCompletionNotificationModes;
use windows_sys::Win32::System::IO::{
    CreateIoCompletionPort, GetQueuedCompletionStatusEx, OVERLAPPED_ENTRY, PostQueuedCompletionStatus,
};
use windows_sys::Win32::System::Threading::INFINITE;
use windows_sys::Win32::System::WindowsProgramming::{
    FILE_SKIP_COMPLETION_PORT_ON_SUCCESS, FILE_SKIP_SET_EVENT_ON_HANDLE,
};

use super::completion::Operation;
use super::wine::Jobs;

/// How long the thread stays when nothing is joined with the port, in milliseconds.
const PATIENCE: u32 = 200;
/// How many completions are taken at once.
const BATCH: u32 = 64;

static PORT: OnceLock<Port> = OnceLock::new();

/// One per process, for as long as it lives. Its one thread, which only wakes others, comes and goes.
pub(super) struct Port {
    handle: OwnedHandle,
    presence: Mutex<Presence>,
    jobs: Jobs,
}

#[derive(Default)]
struct Presence {
    /// How many handles are joined with the port.
    members: usize,
    thread: bool,
}

/// A handle's place at the port.
pub(super) struct Member(&'static Port);

impl Port {
    pub(super) fn of_process() -> io::Result<&'static Self> {
        if let Some(port) = PORT.get() {
            return Ok(port);
        }
        let port = Self { handle: create()?, presence: Mutex::default(), jobs: Jobs::default() };
        Ok(PORT.get_or_init(|| port))
    }

    /// Joins a handle with the port: its operations complete here from now on.
    pub(super) fn join(&'static self, handle: HANDLE) -> io::Result<Member> {
        // SAFETY: both handles are open.
        let joined = unsafe { CreateIoCompletionPort(handle, self.handle.as_raw_handle(), 0, 0) };
        if joined.is_null() {
            return Err(io::Error::last_os_error());
        }
        let mut presence = self.lock();
        if !presence.thread {
            thread::Builder::new().name("bowline-port".to_owned()).spawn(|| self.run())?;
            presence.thread = true;
        }
        presence.members += 1;
        Ok(Member(self))
    }

    fn run(&self) {
        Jobs::adopt_thread();
        let mut idle = false;
        while self.turn(&mut idle) {}
    }

    /// Takes what has completed; `false` once there has been nothing to wait for long enough.
    fn turn(&self, idle: &mut bool) -> bool {
        let mut presence = self.lock();
        if presence.members == 0 && *idle {
            presence.thread = false;
            return false;
        }
        *idle = presence.members == 0;
        drop(presence);
        self.jobs.work_off();
        // SAFETY: an entry of zeros is a valid one.
        let mut entries: [OVERLAPPED_ENTRY; BATCH as usize] = unsafe { core::mem::zeroed() };
        for entry in self.wait(&mut entries, if *idle { PATIENCE } else { INFINITE }) {
            // A knock brings nothing.
            if !entry.lpOverlapped.is_null() {
                // The thread outlives wakers that panic.
                // SAFETY: the entry just came from the port, and is passed on once.
                let _reported = catch_unwind(AssertUnwindSafe(|| unsafe { Operation::reap(entry) }));
            }
        }
        true
    }

    fn wait<'a>(&self, entries: &'a mut [OVERLAPPED_ENTRY], patience: u32) -> &'a [OVERLAPPED_ENTRY] {
        let mut count = 0;
        // SAFETY: the port is open and there is room for so many entries.
        let ok = unsafe {
            GetQueuedCompletionStatusEx(
                self.handle.as_raw_handle(),
                entries.as_mut_ptr(),
                BATCH,
                &mut count,
                patience,
                0,
            )
        };
        &entries[..if ok == 0 { 0 } else { count as usize }]
    }

    fn knock(&self) {
        // SAFETY: the port is open; without an `OVERLAPPED` the system gives back nothing.
        unsafe { PostQueuedCompletionStatus(self.handle.as_raw_handle(), 0, 0, ptr::null()) };
    }

    fn lock(&self) -> MutexGuard<'_, Presence> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    /// Begins an operation where its end does not depend on the thread's.
    pub(super) fn begin<R>(&self, begin: impl FnOnce() -> R) -> R {
        self.0.jobs.run(|| self.0.knock(), begin)
    }

    /// Whether operations that succeed at once bring no completion from now on.
    pub(super) fn skip_on_success(&self, handle: HANDLE) -> bool {
        let modes = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
        let modes = u8::try_from(modes).unwrap_or(0);
        // SAFETY: the handle is open; this only changes how its operations complete, and none has begun.
        unsafe { SetFileCompletionNotificationModes(handle, modes) != 0 }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut presence = self.0.lock();
        presence.members -= 1;
        if presence.members == 0 {
            self.0.knock();
        }
    }
}

fn create() -> io::Result<OwnedHandle> {
    // SAFETY: this makes a new port, which only takes completions of handles that are joined with it later.
    let port = unsafe { CreateIoCompletionPort(INVALID_HANDLE_VALUE, ptr::null_mut(), 0, 0) };
    if port.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is new and nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(port) })
}
