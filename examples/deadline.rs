//! Deadlines on a plain thread: one that passes leaves the task as it was, and its result can be taken later.
//!
//! `cargo run --example deadline`

use core::time::Duration;

use bowline_tokio::{Accept, AcceptError, Status, bind, connect};
use tokio::runtime::Runtime;
use tokio::time::sleep;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    // The runtime looks after the connections when nobody waits. This thread is not one of its own and may block.
    let runtime = Runtime::new()?;
    let _context = runtime.enter();

    let name = format!("local://deadline-{}", std::process::id());
    let server = bind(&name)?;
    runtime.spawn(answer_slowly(server.accept()));

    // A connect with a deadline: it is there once the server has accepted.
    let client = connect(&name).wait_for(Duration::from_secs(5)).ok_or("nobody has accepted")??;

    let mut answer = client.read();
    client.write("how deep is it here?").wait()?;
    if let Some(early) = answer.wait_for(Duration::from_millis(50)) {
        println!("already: {:?}", early?);
    } else {
        // The question is not withdrawn and the answer is not lost. There is time for other things.
        assert_eq!(answer.status(), Status::Pending);
        println!("no answer within 50 ms");
        println!("later: {:?}", answer.wait()?);
    }
    println!("closed: {:?}", client.close(Duration::from_secs(5)).wait()?);

    // This server never answers. A connect that nobody wants any more is cancelled, and leaves nothing behind.
    let silent = bind(format!("{name}-silent"))?;
    let _interested = silent.accept();
    let mut connecting = connect(format!("{name}-silent"));
    if connecting.wait_for(Duration::from_millis(50)).is_none() {
        println!("not accepted within 50 ms; too late to cancel: {}", connecting.cancel().is_some());
    }
    Ok(())
}

async fn answer_slowly(accept: Accept) -> Result<(), AcceptError> {
    let socket = accept.await?.accept()?;
    while let Ok(_question) = socket.read().await {
        sleep(Duration::from_millis(200)).await;
        // Nobody is told when this one has left; it leaves all the same.
        let _queued = socket.write("five fathoms").detach();
    }
    Ok(())
}
