//! The Python code in the guide talks to a server, as it says there.
#![cfg(unix)]

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use bowline_tokio::{BindOptions, Config, EndpointKind, Profile, Server, ServerOptions, bind_with};

const PAGE: &str = include_str!("../src/other-languages.md");

/// Mutant: the page's first length is packed as `>I`.
#[tokio::test(flavor = "multi_thread")]
async fn the_plain_one() -> bowline_guide::Result {
    converse("plain.py", Profile::Plain).await
}

/// Mutant: the page's version is 2.
#[tokio::test(flavor = "multi_thread")]
async fn the_full_one() -> bowline_guide::Result {
    converse("full.py", Profile::Full).await
}

async fn converse(name: &str, profile: Profile) -> bowline_guide::Result {
    let server = echo(name, profile)?;
    let endpoint = server.endpoint().ok_or("it was bound")?.clone();
    let EndpointKind::Unix(path) = endpoint.kind() else { return Err("not a Unix socket".into()) };
    let (code, path) = (code(name).ok_or("no such code on the page")?, path.to_owned());
    tokio::task::spawn_blocking(move || run(code, &path)).await?
}

fn echo(name: &str, profile: Profile) -> bowline_guide::Result<Server> {
    let options = ServerOptions::new().config(Config::new().profile(profile));
    let server = bind_with(bowline_guide::unique(name), &BindOptions::new(), options)?;
    server.on_connect(
        |_peer| true,
        |socket| socket.on_message(|socket, message| assert!(socket.write(message).detach().is_ok())),
    );
    Ok(server)
}

/// The code block that begins with this name.
fn code(name: &str) -> Option<&'static str> {
    let blocks = PAGE.split("```python\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks.into_iter().find(|block| block.starts_with(&format!("# {name} ")))
}

fn run(code: &str, path: &Path) -> bowline_guide::Result {
    let output = match Command::new("python3").arg("-c").arg(code).arg(path).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("not run: there is no python3");
            return Ok(());
        }
        output => output?,
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "ok", "{output:?}");
    Ok(())
}
