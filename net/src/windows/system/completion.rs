//! Overlapped I/O: the one place that hands memory to the system, and takes it back when the system says so.
//!
//! An [`Operation`] is a block of {`OVERLAPPED`, memory, handle}. While it is under way the system holds a reference of its
//! own to the block, which comes back with the completion and with nothing else: whatever is dropped meanwhile, the block,
//! its memory and the handle stay. Nobody can reach the memory before that.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::task::{Context, Poll, Waker};
use std::io;
use std::os::windows::io::{AsRawHandle, AsRawSocket, OwnedHandle};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socket2::{SockAddr, Socket};
use windows_sys::Win32::Foundation::{ERROR_IO_PENDING, HANDLE, RtlNtStatusToDosError};
use windows_sys::Win32::Networking::WinSock::{self, SOCKET, WSABUF};
use windows_sys::Win32::Storage::FileSystem::{ReadFile, WriteFile};
use windows_sys::Win32::System::IO::{CancelIoEx, OVERLAPPED, OVERLAPPED_ENTRY};
use windows_sys::Win32::System::Pipes::ConnectNamedPipe;

use super::port::{Member, Port};
use super::sockets;

/// What `AcceptEx` wants for each of the two addresses that it writes behind the received bytes.
const ADDRESS: u32 = 128 + 16;
const _: () = assert!(size_of::<WinSock::SOCKADDR_STORAGE>() == 128);

/// A handle whose operations complete on the port.
pub(in crate::windows) struct Channel {
    file: File,
    /// No completion comes for what succeeds at once.
    skips: bool,
    member: Member,
}

/// What a channel is to.
pub(in crate::windows) enum File {
    Pipe(OwnedHandle),
    Socket(Socket),
}

impl File {
    fn handle(&self) -> HANDLE {
        match self {
            Self::Pipe(handle) => handle.as_raw_handle(),
            Self::Socket(socket) => socket.as_raw_socket() as HANDLE,
        }
    }
}

impl Channel {
    /// Joins a handle, opened for overlapped I/O, with the port.
    pub(in crate::windows) fn open(file: File) -> io::Result<Arc<Self>> {
        let member = Port::of_process()?.join(file.handle())?;
        // Other software may sit between us and a socket, which then does not keep to it.
        let skips = matches!(file, File::Pipe(_)) && member.skip_on_success(file.handle());
        Ok(Arc::new(Self { file, skips, member }))
    }

    pub(in crate::windows) const fn file(&self) -> &File {
        &self.file
    }

    /// Asks the system to give up all operations on this handle. Each of them completes all the same.
    pub(in crate::windows) fn cancel(&self) {
        // SAFETY: the handle is open, since `self` owns it; null means all of its operations.
        unsafe { CancelIoEx(self.file.handle(), core::ptr::null()) };
    }

    fn socket(&self) -> SOCKET {
        match &self.file {
            File::Pipe(_) => WinSock::INVALID_SOCKET,
            File::Socket(socket) => sockets::raw(socket),
        }
    }
}

/// One operation at a time on one channel, and the memory that it moves.
#[repr(C)]
pub(in crate::windows) struct Operation {
    // First: this address is what the system gives back.
    overlapped: UnsafeCell<OVERLAPPED>,
    memory: UnsafeCell<Vec<u8>>,
    channel: Arc<Channel>,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    waker: Option<Waker>,
}

enum Phase {
    Idle,
    /// The system has the memory and a reference to the block.
    Underway,
    Done(io::Result<usize>),
}

// SAFETY: `overlapped` and `memory` are only reached by who holds the lock on `state` and finds that nothing is under way,
// or by the system while something is.
unsafe impl Send for Operation {}
// SAFETY: as above.
unsafe impl Sync for Operation {}

/// How a call into the system has begun.
enum Begun {
    Underway,
    Now(usize),
    Failed(io::Error),
}

impl Operation {
    pub(in crate::windows) fn on(channel: &Arc<Channel>) -> Arc<Self> {
        Arc::new(Self {
            // SAFETY: an `OVERLAPPED` of zeros is what the system asks for.
            overlapped: UnsafeCell::new(unsafe { core::mem::zeroed() }),
            memory: UnsafeCell::new(Vec::new()),
            channel: Arc::clone(channel),
            state: Mutex::new(State { phase: Phase::Idle, waker: None }),
        })
    }

    pub(in crate::windows) fn channel(&self) -> &Arc<Channel> {
        &self.channel
    }

    /// What came of the operation, once; `None` if there is none.
    pub(in crate::windows) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<io::Result<usize>>> {
        let mut state = self.lock();
        match core::mem::replace(&mut state.phase, Phase::Idle) {
            Phase::Idle => Poll::Ready(None),
            Phase::Done(result) => Poll::Ready(Some(result)),
            Phase::Underway => {
                state.phase = Phase::Underway;
                let before = state.waker.replace(cx.waker().clone());
                drop(state);
                drop(before);
                Poll::Pending
            }
        }
    }

    /// Gives the operation up and waits for what came of it all the same. Then nobody but the caller has a hold of the block,
    /// so that its handle is closed with the caller's.
    pub(in crate::windows) fn poll_given_up(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<usize>>> {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Underway) {
            let _before = state.waker.replace(cx.waker().clone());
            drop(state);
            self.channel.cancel();
            return Poll::Pending;
        }
        drop(state);
        // The port's thread lets go a moment after the result is there.
        if Arc::strong_count(self) > 1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.poll(cx)
    }

    /// Looks at or changes the memory; `None` while the system has it.
    pub(in crate::windows) fn with_memory<R>(&self, work: impl FnOnce(&mut Vec<u8>) -> R) -> Option<R> {
        let state = self.lock();
        if matches!(state.phase, Phase::Underway) {
            return None;
        }
        // SAFETY: nothing is under way, and nothing can begin while the lock is held.
        Some(work(unsafe { &mut *self.memory.get() }))
    }

    /// Begins an operation; does nothing while one is under way.
    fn begin(self: &Arc<Self>, call: impl FnOnce(&mut Vec<u8>, *mut OVERLAPPED) -> Begun) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Underway) {
            return;
        }
        // SAFETY: nothing is under way, and the lock is held.
        let memory = unsafe { &mut *self.memory.get() };
        // SAFETY: as above; zeros are what the system asks for.
        unsafe { *self.overlapped.get() = core::mem::zeroed() };
        let systems = Arc::into_raw(Arc::clone(self));
        let result = match self.channel.member.begin(|| call(memory, self.overlapped.get())) {
            Begun::Now(count) if self.channel.skips => Ok(count),
            Begun::Failed(error) => Err(error),
            Begun::Now(_) | Begun::Underway => {
                state.phase = Phase::Underway;
                return;
            }
        };
        state.phase = Phase::Done(result);
        // SAFETY: it came from `into_raw` above, and the system, which has begun nothing or skips the completion, will
        // not give it back.
        drop(unsafe { Arc::from_raw(systems) });
    }

    /// Takes back what the system has finished with.
    ///
    /// # Safety
    /// The entry came from the port, and each one is passed once.
    pub(super) unsafe fn reap(entry: &OVERLAPPED_ENTRY) {
        // SAFETY: only `begin` hands `OVERLAPPED`s of this port's handles to the system; each is the first field of an
        // `Operation` of which `into_raw` left a reference that this completion gives back.
        let operation = unsafe { Arc::from_raw(entry.lpOverlapped.cast::<Self>().cast_const()) };
        let waker = operation.complete(result_of(entry));
        // Whoever wakes finds the block its own.
        drop(operation);
        waker.into_iter().for_each(Waker::wake);
    }

    fn complete(&self, result: io::Result<usize>) -> Option<Waker> {
        let mut state = self.lock();
        state.phase = Phase::Done(result);
        state.waker.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// The operations.
impl Operation {
    /// Reads at most as many bytes as the memory is long.
    pub(in crate::windows) fn read(self: &Arc<Self>) {
        let channel = &self.channel;
        self.begin(|memory, overlapped| {
            let (start, length, mut count) = (memory.as_mut_ptr(), length(memory), 0);
            match channel.file {
                // SAFETY: the handle is open; the memory and the `OVERLAPPED` are the block's, which stays until the
                // completion is reaped, and nobody touches them before that.
                File::Pipe(_) => begun(
                    unsafe { ReadFile(channel.file.handle(), start, length, &mut count, overlapped) },
                    count,
                ),
                File::Socket(_) => {
                    let (buffer, mut flags) = (WSABUF { len: length, buf: start }, 0);
                    // SAFETY: as above; the array of buffers itself is only looked at during the call.
                    let failed = unsafe {
                        WinSock::WSARecv(
                            channel.socket(),
                            &buffer,
                            1,
                            &mut count,
                            &mut flags,
                            overlapped,
                            None,
                        )
                    };
                    begun(i32::from(failed == 0), count)
                }
            }
        });
    }

    /// Writes the memory from this place on.
    pub(in crate::windows) fn write(self: &Arc<Self>, from: usize) {
        let channel = &self.channel;
        self.begin(|memory, overlapped| {
            let bytes = &mut memory[from..];
            let (start, length, mut count) = (bytes.as_mut_ptr(), length(bytes), 0);
            match channel.file {
                // SAFETY: as for reading.
                File::Pipe(_) => begun(
                    unsafe { WriteFile(channel.file.handle(), start, length, &mut count, overlapped) },
                    count,
                ),
                File::Socket(_) => {
                    let buffer = WSABUF { len: length, buf: start };
                    // SAFETY: as for reading.
                    let failed = unsafe {
                        WinSock::WSASend(channel.socket(), &buffer, 1, &mut count, 0, overlapped, None)
                    };
                    begun(i32::from(failed == 0), count)
                }
            }
        });
    }

    /// Waits for a client of a pipe's instance.
    pub(in crate::windows) fn await_client(self: &Arc<Self>) {
        let handle = self.channel.file.handle();
        self.begin(|_, overlapped| {
            // SAFETY: the handle is open; the `OVERLAPPED` is the block's, which stays until the completion is reaped.
            begun(unsafe { ConnectNamedPipe(handle, overlapped) }, 0)
        });
    }

    /// Accepts the next client of a listening socket into another one.
    pub(in crate::windows) fn accept_into(self: &Arc<Self>, client: &Socket) {
        let listener = self.channel.socket();
        self.begin(|memory, overlapped| {
            memory.resize(2 * ADDRESS as usize, 0);
            let (start, mut count) = (memory.as_mut_ptr().cast(), 0);
            let client = sockets::raw(client);
            // SAFETY: both sockets are open, the memory has room for two addresses and stays, as the `OVERLAPPED` does,
            // until the completion is reaped.
            begun(
                unsafe {
                    WinSock::AcceptEx(listener, client, start, 0, ADDRESS, ADDRESS, &mut count, overlapped)
                },
                0,
            )
        });
    }

    /// Connects a socket that is bound already.
    pub(in crate::windows) fn connect(self: &Arc<Self>, address: &SockAddr) -> io::Result<()> {
        let (socket, connect) = (self.channel.socket(), sockets::connect_function(self.channel.socket())?);
        self.begin(|_, overlapped| {
            let (start, length) = (address.as_ptr().cast(), address.len());
            // SAFETY: the function is the socket's own `ConnectEx`; the address is only looked at during the call, and the
            // `OVERLAPPED` stays until the completion is reaped.
            begun(
                unsafe {
                    connect(socket, start, length, core::ptr::null(), 0, core::ptr::null_mut(), overlapped)
                },
                0,
            )
        });
        Ok(())
    }
}

/// What a completion says. The entry has it; the `OVERLAPPED` itself may be written a moment later, which Wine does.
fn result_of(entry: &OVERLAPPED_ENTRY) -> io::Result<usize> {
    // An entry is what the kernel calls a `FILE_IO_COMPLETION_INFORMATION`: `Internal` is its status, of 32 bits.
    let status = u32::try_from(entry.Internal & 0xFFFF_FFFF).unwrap_or(0).cast_signed();
    if status >= 0 {
        return Ok(usize::try_from(entry.dwNumberOfBytesTransferred).unwrap_or(0));
    }
    // SAFETY: it only looks the number up.
    let code = unsafe { RtlNtStatusToDosError(status) };
    Err(io::Error::from_raw_os_error(code.cast_signed()))
}

/// What the return value of a call says.
fn begun(ok: i32, count: u32) -> Begun {
    if ok != 0 {
        return Begun::Now(count as usize);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(code) if code == ERROR_IO_PENDING.cast_signed() => Begun::Underway,
        _ => Begun::Failed(error),
    }
}

/// No buffer of ours is longer than 64 KiB.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
