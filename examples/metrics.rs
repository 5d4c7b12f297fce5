//! A server whose connections are counted, and a page for Prometheus that is made when somebody asks for it.
//!
//! `cargo run --example metrics --features metrics`

use core::time::Duration;

use bowline_tokio::{
    Accept, Admission, BindOptions, Server, ServerOptions, WriteError, bind_with, connect, describe_metrics,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error + Send + Sync>>;

const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result {
    let recorder = PrometheusBuilder::new().install_recorder()?;
    describe_metrics();
    let page = TcpListener::bind("127.0.0.1:0").await?;
    let address = page.local_addr()?;
    tokio::spawn(serve_page(page, recorder));

    let name = format!("local://metrics-{}", std::process::id());
    let options = ServerOptions::new().admission(Admission::new().max_clients(1));
    let server = bind_with(&name, &BindOptions::new(), options)?;
    tokio::spawn(serve(server.clone(), server.accept()));

    let client = connect(&name).await?;
    if let Err(error) = connect(&name).await {
        println!("the second client: {error}");
    }
    for number in 0..1000 {
        client.write(format!("message {number}")).await?;
        client.read().await?;
    }
    client.close(PATIENCE).await?;
    server.close(PATIENCE).await?;
    println!("http://{address}/metrics says:\n{}", scrape(TcpStream::connect(address).await?).await?);
    Ok(())
}

/// Echoes to whoever comes.
async fn serve(server: Server, mut accept: Accept) -> Result {
    loop {
        let socket = accept.await?.accept()?;
        tokio::spawn(async move {
            while let Ok(message) = socket.read().await {
                socket.write(message).await?;
            }
            Ok::<(), WriteError>(())
        });
        accept = server.accept();
    }
}

/// The least of an HTTP server that a scraper needs.
async fn serve_page(listener: TcpListener, recorder: PrometheusHandle) -> Result {
    loop {
        let (mut scraper, _address) = listener.accept().await?;
        let _request = scraper.read(&mut [0; 4096]).await?;
        let page = recorder.render();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}",
            page.len()
        );
        scraper.write_all(format!("{head}\r\nconnection: close\r\n\r\n{page}").as_bytes()).await?;
    }
}

/// What Prometheus does every few seconds.
async fn scrape(mut stream: TcpStream) -> Result<String> {
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.split_once("\r\n\r\n").ok_or("no page came")?.1.to_owned())
}
