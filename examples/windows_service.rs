//! An echo server as a Windows service: it says when it runs, and drains when it is asked to stop. As an administrator:
//!
//! ```text
//! sc create bowline-echo binPath= C:\path\to\windows_service.exe
//! sc start bowline-echo
//! C:\path\to\windows_service.exe talk
//! sc stop bowline-echo
//! ```
//!
//! `talk` says a word to it and waits until the service stops. It has to run as the account that the service runs as.

#[cfg(windows)]
#[path = "windows_service/service.rs"]
mod service;

#[cfg(windows)]
fn main() -> service::Result {
    match std::env::args().nth(1).as_deref() {
        Some("talk") => service::talk(),
        _ => service::run(),
    }
}

#[cfg(not(windows))]
fn main() {
    eprintln!("this is a service for Windows");
}
