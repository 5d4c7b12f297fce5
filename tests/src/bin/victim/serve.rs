//! A server that sends everything back.

use bowline_net::BindOptions;
use bowline_runtime::{Config, Endpoint, Incoming, Server, Socket};
use bowline_tests::watchdog::PATIENCE;
use clap::Args;

use crate::host::Host;
use crate::process::{self, print};

#[derive(Args)]
pub(crate) struct Serve {
    endpoint: Endpoint,
    /// How many clients the system lets wait.
    #[arg(long, default_value_t = 128)]
    backlog: u32,
    /// Lets the process open only so many more descriptors once it listens.
    #[arg(long)]
    spare_descriptors: Option<usize>,
    /// Answers by callback, without a task or thread for each client.
    #[arg(long)]
    callbacks: bool,
}

impl Serve {
    pub(crate) fn run(self, host: &Host) {
        let options = BindOptions::new().backlog(self.backlog);
        let server = host.bind(&self.endpoint, &options, patient());
        let before = process::sockets();
        if self.callbacks {
            answer_by_callback(&server);
        } else {
            answer_by_task(host, &server);
        }
        if let Some(spare) = self.spare_descriptors {
            process::limit_descriptors(spare);
        }
        print("ready", server.endpoint().expect("it listens"));
        process::wait_for_a_line();
        print("accepted", server.stats().accepted);
        print("threads", process::status("Threads:"));
        print("resident", process::status("VmRSS:"));
        process::wait_for_a_line();
        process::expect_closed(before, process::sockets);
        print("leaked", process::sockets().saturating_sub(before));
    }
}

/// A machine that does something else for a moment loses nobody.
fn patient() -> Config {
    Config::new().handshake_timeout(PATIENCE).decision_timeout(PATIENCE).heartbeat(None)
}

fn answer_by_callback(server: &Server) {
    let answer = |socket: &Socket, message| {
        socket.write(message).detach().expect("clients read before they write more");
    };
    server.on_connect(|_peer| true, move |socket| socket.on_message(answer));
}

fn answer_by_task(host: &Host, server: &Server) {
    // Interest is shown before anybody hears that this listens.
    let first = server.accept();
    let (host, server) = (host.clone(), server.clone());
    host.clone().spawn(async move {
        let mut accepted = host.end(first).await;
        while let Ok(incoming) = accepted {
            host.spawn(echo(host.clone(), incoming));
            accepted = host.end(server.accept()).await;
        }
    });
}

/// Ends with the client, however that may be.
async fn echo(host: Host, incoming: Incoming) {
    let Ok(socket) = incoming.accept() else { return };
    while let Ok(message) = host.end(socket.read()).await {
        if host.end(socket.write(message)).await.is_err() {
            break;
        }
    }
    let _client_has_closed = host.end(socket.close(PATIENCE)).await;
}
