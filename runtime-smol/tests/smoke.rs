//! Echo on every kind of endpoint, under several executors.
#![cfg(unix)]

use core::error::Error;
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::Arc;

use async_executor::{Executor, LocalExecutor};
use async_io::Async;
use bowline_smol::{
    CloseReason, Config, ConnectError, Role, Runtime, Server, Socket, TransportErrorKind, bind, connect,
    from_stream, offer_stream,
};

type Outcome = Result<(), Box<dyn Error>>;
type Local<T> = Pin<Box<dyn Future<Output = T>>>;
type BlockOn = fn(Local<Outcome>) -> Outcome;

/// More than a Unix socket's buffers hold, so that writes block.
const LONG: usize = 4 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

fn on_every_executor(test: fn(usize) -> Local<Outcome>) -> Outcome {
    let executors: [BlockOn; 5] = [
        |test| smol::block_on(test),
        |test| smol::future::block_on(test),
        |test| pollster::block_on(test),
        |test| smol::block_on(in_local_executor(test)),
        |test| pollster::block_on(in_local_executor(test)),
    ];
    executors.iter().enumerate().try_for_each(|(number, block_on)| block_on(test(number)))
}

async fn in_local_executor(test: Local<Outcome>) -> Outcome {
    let executor = LocalExecutor::new();
    executor.run(executor.spawn(test)).await
}

/// Sends everything back, until the client is gone.
async fn echo(socket: Socket) {
    while let Ok(message) = socket.read().await {
        let Ok(_number) = socket.write(message).await else { return };
    }
}

async fn chat(socket: Socket) -> Outcome {
    for number in 0..100 {
        socket.write(format!("number {number}")).await?;
        assert_eq!(socket.read().await?, format!("number {number}"));
    }
    let long = vec![7; LONG];
    socket.write(long.clone()).await?;
    assert_eq!(socket.read().await?, long);
    socket.close(PATIENCE).await?;
    Ok(())
}

/// Both at once, on whatever executor polls this.
async fn echo_and_chat(server: Socket, client: Socket) -> Outcome {
    let ((), chatted) = smol::future::zip(echo(server), chat(client)).await;
    chatted
}

async fn at(endpoint: &str) -> Outcome {
    let server = bind(endpoint)?;
    let accept = server.accept();
    let client = connect(server.endpoint().ok_or("no endpoint")?);
    let accepted = accept.await?.accept()?;
    echo_and_chat(accepted, client.await?).await
}

#[test]
fn local() -> Outcome {
    on_every_executor(|number| {
        let name = format!("local://smol-{}-{number}", process::id());
        Box::pin(async move { at(&name).await })
    })
}

#[test]
fn unix() -> Outcome {
    on_every_executor(|number| {
        let path = std::env::temp_dir().join(format!("bowline-smol-{}-{number}", process::id()));
        Box::pin(async move { at(&format!("unix://{}", path.display())).await })
    })
}

#[test]
#[cfg(any(target_os = "linux", target_os = "android"))]
fn abstract_name() -> Outcome {
    on_every_executor(|number| {
        let name = format!("abstract://bowline-smol-{}-{number}", process::id());
        Box::pin(async move { at(&name).await })
    })
}

#[test]
fn tcp() -> Outcome {
    on_every_executor(|_| Box::pin(at("tcp://127.0.0.1:0")))
}

#[test]
fn tcp_by_name() -> Outcome {
    on_every_executor(|_| Box::pin(at("tcp://localhost:0")))
}

#[test]
fn streams() -> Outcome {
    on_every_executor(|_| {
        Box::pin(async {
            let (left, right) = Async::<UnixStream>::pair()?;
            let server = from_stream(left, Role::Server, Config::new(), "left");
            let client = from_stream(right, Role::Client, Config::new(), "right");
            echo_and_chat(server.await?, client.await?).await
        })
    })
}

#[test]
fn offered_stream() -> Outcome {
    on_every_executor(|number| {
        Box::pin(async move {
            let server = bind(format!("local://smol-offered-{}-{number}", process::id()).as_str())?;
            let (left, right) = Async::<UnixStream>::pair()?;
            let accept = server.accept();
            offer_stream(&server, left, "left");
            let client = from_stream(right, Role::Client, Config::new(), "right");
            let accepted = accept.await?.accept()?;
            echo_and_chat(accepted, client.await?).await
        })
    })
}

#[test]
fn plain_threads() -> Outcome {
    let server = bind(format!("local://smol-threads-{}", process::id()).as_str())?;
    let (accept, client) = (server.accept(), connect(server.endpoint().ok_or("no endpoint")?));
    let accepted = accept.wait()?.accept()?;
    let client = client.wait()?;
    client.write("ahoy").wait()?;
    assert_eq!(accepted.read().wait()?, "ahoy");
    Ok(())
}

#[test]
fn an_executor_that_is_passed_gets_the_work() -> Outcome {
    let (executor, spawned) = (Arc::new(Executor::new()), Arc::new(AtomicUsize::new(0)));
    let runtime = Runtime::new({
        let (executor, spawned) = (Arc::clone(&executor), Arc::clone(&spawned));
        move |future| {
            spawned.fetch_add(1, Ordering::Relaxed);
            executor.spawn(future).detach();
        }
    });
    smol::block_on(executor.run(async {
        let server: Server = runtime.bind(format!("local://smol-passed-{}", process::id()).as_str())?;
        let (accept, client) = (server.accept(), runtime.connect(server.endpoint().ok_or("no endpoint")?));
        let accepted = accept.await?.accept()?;
        echo_and_chat(accepted, client.await?).await
    }))?;
    // The acceptor, the connect, a keeper at each end, and the lookout for both.
    assert_eq!(spawned.load(Ordering::Relaxed), 5);
    Ok(())
}

#[test]
fn an_executor_that_is_gone_is_an_error() {
    let runtime = Runtime::new(drop);
    let connected = runtime.connect("local://smol-nobody").wait();
    let Err(ConnectError::Closed(CloseReason::Transport(error))) = connected else { panic!("{connected:?}") };
    assert_eq!(error.kind, TransportErrorKind::RuntimeGone);
}
