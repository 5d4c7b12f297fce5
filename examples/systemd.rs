//! An echo server for systemd: it takes over the sockets that systemd has made, says when it is ready and when it stops, and drains when
//! it is asked to stop. Its units are in `examples/systemd`.
//!
//! Without systemd as a service manager, `systemd-socket-activate` starts it at the first client:
//!
//! `systemd-socket-activate --listen=/tmp/echo --fdname=echo target/debug/examples/systemd echo`

#[cfg(unix)]
#[path = "systemd/server.rs"]
mod server;

#[cfg(unix)]
#[tokio::main]
async fn main() -> std::process::ExitCode {
    match server::run(std::env::args().skip(1)).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(not(unix))]
fn main() {
    eprintln!("there is no systemd here");
}
