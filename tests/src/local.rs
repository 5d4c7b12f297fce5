//! A pair of streams of the system's: of Unix sockets, and of TCP where there are none.

#[cfg(unix)]
pub use std::os::unix::net::UnixStream as LocalStream;

#[cfg(windows)]
pub use std::net::TcpStream as LocalStream;

/// smol's stream for it.
#[cfg(unix)]
pub(crate) type SmolStream = smol::net::unix::UnixStream;
#[cfg(windows)]
pub(crate) type SmolStream = smol::net::TcpStream;

/// tokio's stream for it.
#[cfg(unix)]
pub(crate) type TokioStream = tokio::net::UnixStream;
#[cfg(windows)]
pub(crate) type TokioStream = tokio::net::TcpStream;

/// Whether this is Wine instead of Windows.
#[must_use]
pub fn is_wine() -> bool {
    cfg!(windows) && std::path::Path::new(r"C:\windows\system32\winecfg.exe").exists()
}

/// Two ends of a stream.
///
/// # Panics
/// When the system has no room for it.
#[must_use]
pub fn pair() -> (LocalStream, LocalStream) {
    #[cfg(unix)]
    let pair = LocalStream::pair();
    #[cfg(windows)]
    let pair = over_tcp();
    pair.expect("the system has room for it")
}

#[cfg(windows)]
fn over_tcp() -> std::io::Result<(LocalStream, LocalStream)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let near = LocalStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    Ok((far, near))
}
