//! The server itself: sockets in, notices out.

use core::time::Duration;

use bowline_tokio::{BindOptions, Server, ServerOptions, Socket, bind_with, inherited};
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};

pub(crate) type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error + Send + Sync>>;

/// Less than the unit's `TimeoutStopSec=`.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves at the sockets with these names until systemd says stop.
pub(crate) async fn run(names: impl Iterator<Item = String>) -> Result {
    // First of all: from here on the signal does not kill us any more.
    let mut stop = signal(SignalKind::terminate())?;
    let servers = names.map(|name| serve(&name)).collect::<Result<Vec<_>>>()?;
    sd_notify::notify(&[NotifyState::Ready])?;

    stop.recv().await;
    sd_notify::notify(&[NotifyState::Stopping])?;
    for server in servers {
        let report = server.close(PATIENCE).await?;
        println!("{report:?}");
    }
    Ok(())
}

fn serve(name: &str) -> Result<Server> {
    let endpoint = inherited(name)?.ok_or("systemd has handed us no sockets")?;
    // The service has a user of its own: its clients are others. The unit says who can get at the socket.
    let options = BindOptions::new().inherited(name).same_user(false);
    let server = bind_with(endpoint, &options, ServerOptions::new())?;
    println!("{name}: {server:?}");
    server.on_connect(|_peer| true, |socket| socket.on_message(echo));
    Ok(server)
}

fn echo(socket: &Socket, message: bowline_tokio::Bytes) {
    // Refused only if the client sends without reading, or has left.
    let _has_room = socket.write(message).detach();
}
