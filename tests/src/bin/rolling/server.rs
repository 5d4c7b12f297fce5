//! A server that can be restarted without losing a message.

use core::str::FromStr;
use core::time::Duration;
use std::fs::File;
use std::io::Write;
use std::process::exit;
use std::sync::Arc;
use std::thread;

use bowline_tokio::{BindOptions, Endpoint, Network, Server, ServerOptions, Socket, bind_with};
use nix::sys::signal::{SigSet, Signal};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::Result;

const PATIENCE: Duration = Duration::from_secs(10);
/// What a message costs, so that some always wait to be read.
const WORK: Duration = Duration::from_millis(1);

/// What a server does when it is asked to end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It closes in order, and reads what came.
    Drain,
    /// It is gone at once.
    Exit,
    /// It closes in order, and does not read what came.
    Forget,
}

impl FromStr for Manner {
    type Err = &'static str;

    fn from_str(text: &str) -> core::result::Result<Self, Self::Err> {
        match text {
            "drain" => Ok(Self::Drain),
            "exit" => Ok(Self::Exit),
            "forget" => Ok(Self::Forget),
            _ => Err("not a manner to end"),
        }
    }
}

pub(crate) fn run(endpoint: &Endpoint, proxy: Network, file: &str, manner: Manner) -> Result {
    let stop = on_termination(manner)?;
    let file = Arc::new(File::options().create(true).append(true).open(file)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = BindOptions::new().allow_remote(true).proxies([proxy]);
        let server = bind_with(endpoint, &options, ServerOptions::new())?;
        let mut readers = serve(&server, &file, &stop).await;
        println!("{:?}", server.close(PATIENCE).await?);
        // What the clients were told has arrived is still to be read.
        while manner == Manner::Drain && readers.join_next().await.is_some() {}
        Ok(())
    })
}

/// Hears of SIGTERM, on a thread of its own: every other thread has it blocked.
fn on_termination(manner: Manner) -> Result<Arc<Notify>> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    signals.thread_block()?;
    let stop = Arc::new(Notify::new());
    let heard = Arc::clone(&stop);
    thread::spawn(move || {
        let _signal = signals.wait();
        if manner == Manner::Exit {
            exit(0);
        }
        heard.notify_one();
    });
    Ok(stop)
}

/// Lets clients in until the end; the tasks that read from them.
async fn serve(server: &Server, file: &Arc<File>, stop: &Notify) -> JoinSet<()> {
    let mut readers = JoinSet::new();
    let mut accept = server.accept();
    loop {
        let incoming = tokio::select! {
            incoming = &mut accept => incoming,
            Some(_) = readers.join_next() => continue,
            () = stop.notified() => return readers,
        };
        accept = server.accept();
        if let Ok(socket) = incoming.map_err(drop).and_then(|incoming| incoming.accept().map_err(drop)) {
            readers.spawn(read(socket, Arc::clone(file)));
        }
    }
}

/// Writes down the first word of each message, and from whom it is.
async fn read(socket: Socket, file: Arc<File>) {
    let client = socket.peer().address().to_string();
    while let Ok(message) = socket.read().await {
        let text = String::from_utf8_lossy(&message);
        let word = text.split(' ').next().unwrap_or_default();
        // In one call, so that no line is cut by another.
        file.as_ref().write_all(format!("{word} {client}\n").as_bytes()).expect("the disk has room");
        tokio::time::sleep(WORK).await;
    }
}
