//! The one place that binds, and the one that connects: another kind of endpoint is added here.

use core::time::Duration;
use std::io;
use std::time::Instant;

use bowline_tokio::{
    Admission, BindOptions, Clients, Config, ConnectError, ConnectOptions, DialOptions, Endpoint, Profile,
    Refusal, Server, ServerOptions, Socket, bind_with, connect_with,
};
use clap::Args;
use humantime::Duration as Span;
use serde_json::json;

use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::tls::{Tls, who};
use crate::{Failure, Result, size};

/// What both ends can say about a connection.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Wire {
    /// Speak the plain profile: a 32-bit little-endian length before each message and nothing else
    #[arg(long)]
    plain: bool,

    /// Allow tcp:// beyond loopback. Nothing is encrypted and nobody is identified there; see tls+tcp://
    #[arg(long)]
    allow_remote: bool,

    /// Trust this user, too, at the other end of a local endpoint (may be repeated)
    #[arg(long, value_name = "UID")]
    allow_user: Vec<u32>,

    /// The longest message to take, in bytes or with k, M or G
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = size::parse_message)]
    message_limit: u32,

    /// How long it may take to reach the other end
    #[arg(long, value_name = "TIME", default_value = "10s")]
    timeout: Span,

    /// Go on trying to connect for so long while nobody is there or takes clients
    #[arg(long, value_name = "TIME", default_value = "0s")]
    retry: Span,

    /// How long a close may take until what is unconfirmed is given up
    #[arg(long, value_name = "TIME", default_value = "5s")]
    patience: Span,

    #[command(flatten)]
    tls: Tls,
}

/// What a side that listens can say besides.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Listening")]
pub(crate) struct Listening {
    /// The permissions of a Unix socket, in octal
    #[arg(long, value_name = "OCTAL", default_value = "600", value_parser = octal)]
    mode: u32,
}

fn octal(text: &str) -> core::result::Result<u32, String> {
    u32::from_str_radix(text, 8).map_err(|error| error.to_string())
}

impl Wire {
    /// How long a close may take.
    pub(crate) fn patience(&self) -> Duration {
        self.patience.into()
    }

    /// The name of the profile.
    pub(crate) const fn profile(&self) -> &'static str {
        if self.plain { "plain" } else { "full" }
    }

    fn config(&self) -> Config {
        let profile = if self.plain { Profile::Plain } else { Profile::Full };
        Config::new().profile(profile).message_limit(self.message_limit).linger(self.patience())
    }

    fn connecting(&self, endpoint: &Endpoint) -> Result<ConnectOptions> {
        let mut dial =
            DialOptions::new().allow_remote(self.allow_remote).allow_users(self.allow_user.clone());
        if let Some(tls) = self.tls.client(endpoint)? {
            dial = dial.tls(tls.timeout(self.timeout.into()));
        }
        Ok(ConnectOptions::new().config(self.config()).dial(dial).timeout(self.timeout.into()))
    }

    fn binding(&self, endpoint: &Endpoint, listening: Listening) -> Result<BindOptions> {
        let options = BindOptions::new()
            .allow_remote(self.allow_remote)
            .allow_users(self.allow_user.clone())
            .mode(listening.mode);
        Ok(match self.tls.server(endpoint)? {
            Some(tls) => options.tls(tls),
            None => options,
        })
    }
}

/// Listens at an endpoint, and says so. The clients are wanted from now on.
pub(crate) fn bind(
    endpoint: &Endpoint,
    wire: &Wire,
    listening: Listening,
    most: usize,
) -> Result<(Server, Clients)> {
    let options = wire.binding(endpoint, listening)?;
    let admission = Admission::new().max_clients(most).max_per_user(most).backlog(most);
    let server = ServerOptions::new().config(wire.config()).admission(admission);
    let server = bind_with(endpoint, &options, server).map_err(|error| at(endpoint, error))?;
    let clients = server.incoming();
    Ok((server, clients))
}

/// Says where clients find a server, once everything is there that they may ask for.
pub(crate) fn announce(server: &Server, endpoint: &Endpoint, wire: &Wire, output: Output) {
    let serving = server.endpoint().unwrap_or(endpoint).to_string();
    output.remark(
        format_args!("listening on {serving}"),
        || json!({"event": "listening", "endpoint": serving, "profile": wire.profile()}),
    );
}

/// Connects to an endpoint, and goes on trying for as long as the user wants that.
pub(crate) async fn connect(endpoint: &Endpoint, wire: &Wire, interrupt: &Interrupt) -> Result<Socket> {
    let (begin, patience, options) = (Instant::now(), Duration::from(wire.retry), wire.connecting(endpoint)?);
    loop {
        let connected = unless(interrupt, async { Ok(connect_with(endpoint, options.clone()).await) });
        match connected.await? {
            Ok(socket) => return Ok(socket),
            Err(error) if is_temporary(&error) && begin.elapsed() < patience => {
                unless(interrupt, pause()).await?;
            }
            Err(error) => return Err(at(endpoint, error)),
        }
    }
}

async fn pause() -> Result {
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(())
}

/// One connection, by waiting for whoever connects first or by connecting.
pub(crate) async fn meet(
    endpoint: &Endpoint,
    wire: &Wire,
    listening: Option<Listening>,
    output: Output,
    interrupt: &Interrupt,
) -> Result<Socket> {
    let Some(listening) = listening else {
        return connect(endpoint, wire, interrupt).await;
    };
    let (server, mut clients) = bind(endpoint, wire, listening, 1)?;
    announce(&server, endpoint, wire, output);
    let socket = unless(interrupt, first_of(&mut clients)).await?;
    drop(server);
    let peer = who(socket.peer());
    output.remark(format_args!("connected: {peer}"), || json!({"event": "connected", "peer": peer}));
    Ok(socket)
}

/// The work's result, unless Ctrl-C comes first.
pub(crate) async fn unless<T>(interrupt: &Interrupt, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        biased;
        () = interrupt.first() => Err(Failure::Interrupted),
        result = work => result,
    }
}

/// The first client that is still there when it is let in.
async fn first_of(clients: &mut Clients) -> Result<Socket> {
    while let Some(incoming) = clients.next().await {
        if let Ok(socket) = incoming.accept() {
            return Ok(socket);
        }
    }
    Err(Failure::Peer("the server has stopped".into()))
}

/// Whether the server may just not be there yet, or have no time.
fn is_temporary(error: &ConnectError) -> bool {
    match error {
        ConnectError::Unreachable(error) => {
            matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
        }
        ConnectError::Refused { refusal, .. } => matches!(
            refusal,
            Refusal::NotAccepting
                | Refusal::Full
                | Refusal::UserLimit
                | Refusal::Backlog
                | Refusal::ShuttingDown
                | Refusal::Unanswered
        ),
        _ => false,
    }
}

/// Names the endpoint, unless the failure does.
fn at(endpoint: &Endpoint, error: impl Into<Failure>) -> Failure {
    let named = |text: String| {
        if text.starts_with(&endpoint.to_string()) { text } else { format!("{endpoint}: {text}") }
    };
    match error.into() {
        Failure::Peer(text) => Failure::Peer(named(text)),
        Failure::Usage(text) => Failure::Usage(named(text)),
        other => other,
    }
}
