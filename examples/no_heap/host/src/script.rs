//! This side of the script that the firmware `serial` follows. Each step here answers the step of its name there.

use core::time::Duration;

use bowline_tokio::{Cancelled, CloseReason, Closed, Config, Role, Socket, Status, WriteError, from_stream};
use bytes::Bytes;
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

use crate::metered::{Meter, Metered};

pub(crate) type Result<T> = core::result::Result<T, Box<dyn core::error::Error>>;

/// What this side takes.
const LIMIT: u32 = 256;
/// What the machine takes.
const MACHINE_LIMIT: u32 = 512;
const CHUNK: u32 = 64;
/// For a close. The machine is emulated, perhaps slowly.
const PATIENCE: Duration = Duration::from_secs(60);

/// Follows the script to its end.
pub(crate) async fn follow(stream: UnixStream) -> Result<()> {
    let meter = Meter::open();
    let config = Config::new().message_limit(LIMIT).chunk_size(CHUNK).close_timeout(PATIENCE);
    let stream = Metered { stream, meter: meter.clone() };
    let socket = from_stream(stream, Role::Server, config, "the machine").await?;
    println!("host: open");
    exchange(&socket).await?;
    cancel_a_read(&socket).await?;
    hear_no_aborted_write(&socket).await?;
    abort_a_write(&socket, &meter).await?;
    refuse_what_is_too_long(&socket).await?;
    be_held_up(&socket).await?;
    end(&socket).await
}

async fn exchange(socket: &Socket) -> Result<()> {
    for length in [0, 1, 64, 65, 256] {
        expect(&socket.read().await?, &pattern(length, 1))?;
        socket.write(pattern(length, 2)).await?;
    }
    println!("host: messages both ways");
    Ok(())
}

/// The machine cancels one first. Here the first read has its message, too, when it is dropped.
async fn cancel_a_read(socket: &Socket) -> Result<()> {
    socket.write("to whoever reads next on the machine").await?;
    let first = socket.read();
    while first.status() == Status::Pending {
        sleep(Duration::from_millis(1)).await;
    }
    drop(first);
    expect(&socket.read().await?, b"to whoever reads next on the host")?;
    println!("host: a dropped read leaves its message to the next read");
    Ok(())
}

async fn hear_no_aborted_write(socket: &Socket) -> Result<()> {
    expect(&socket.read().await?, b"after the machine's abort")?;
    check(socket.stats().received.aborted == 1, "the machine has aborted a write")?;
    println!("host: the machine's aborted write is never seen, and the connection goes on");
    Ok(())
}

/// One chunk and a half of seven have left when the write is cancelled.
async fn abort_a_write(socket: &Socket, meter: &Meter) -> Result<()> {
    meter.set(112);
    let mut long = socket.write(pattern(400, 3));
    while meter.left() > 0 {
        let ended = timeout(Duration::from_millis(1), &mut long).await.is_ok();
        check(!ended, "the line is stopped before the message ends")?;
    }
    check(matches!(long.cancel(), Cancelled::Aborted), "part of it has left, and part of it has not")?;
    meter.set(usize::MAX);
    socket.write("after the host's abort").await?;
    println!("host: an aborted write");
    Ok(())
}

/// The writer is told, has its payload back, and nothing has left. Then the machine does the same.
async fn refuse_what_is_too_long(socket: &Socket) -> Result<()> {
    match socket.write(pattern(513, 4)).await {
        Err(WriteError::TooLong { payload, limit: MACHINE_LIMIT }) => expect(&payload, &pattern(513, 4))?,
        other => return Err(format!("longer than the machine takes: {other:?}").into()),
    }
    expect(&socket.read().await?, &pattern(256, 5))?;
    println!("host: what is too long is refused where it is written");
    Ok(())
}

/// The machine reads nothing until it is full.
async fn be_held_up(socket: &Socket) -> Result<()> {
    socket.write_all((0..20).map(|number| pattern(100, number))).await?;
    println!("host: twenty messages, to a machine that holds four");
    Ok(())
}

/// The machine closes.
async fn end(socket: &Socket) -> Result<()> {
    expect(&socket.read().await?, b"the last")?;
    check(socket.ended().await? == CloseReason::PeerClosed, "the machine has said goodbye")?;
    check(socket.close(PATIENCE).await? == Closed::Clean, "the machine has taken everything in")?;
    println!("host: closed, everything confirmed");
    Ok(())
}

fn pattern(length: usize, seed: u8) -> Bytes {
    (0..=u8::MAX).cycle().take(length).map(|place| place ^ seed).collect()
}

fn expect(found: &[u8], wanted: &[u8]) -> Result<()> {
    if found == wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}").into()) }
}

fn check(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(format!("not so: {what}").into()) }
}
