//! Small things that several tests need.

use core::time::Duration;
use std::net::TcpStream;
use std::sync::Arc;

use bowline_runtime::{
    Config, Connect, ConnectError, Endpoint, EndpointKind, Identity, Server, ServerOptions, Socket,
};
use bowline_std::{BindOptions, ConnectOptions, DialOptions, bind_with, connect_with};
use bowline_tests::certificates::{Authority, server_for_all};
use bowline_tests::watchdog;
use bowline_tls::{ClientTls, ServerTls, TlsError};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, ServerConfig, StreamOwned};

/// A client's TLS on a blocking socket, without bowline.
pub(crate) type RawTls = StreamOwned<ClientConnection, TcpStream>;

/// A server at an address of its own, with the default limits.
#[track_caller]
pub(crate) fn serve(tls: ServerConfig) -> Server {
    serve_with(tls, ServerOptions::new())
}

#[track_caller]
pub(crate) fn serve_with(tls: ServerConfig, options: ServerOptions) -> Server {
    let bind = BindOptions::new().tls(ServerTls::new(tls));
    bind_with("tls+tcp://127.0.0.1:0", &bind, options).unwrap()
}

/// A server that shows a good certificate and lets everybody in, and the client that trusts it.
pub(crate) fn open_server() -> (Server, ClientConfig) {
    let authority = Authority::new();
    let server = serve(server_for_all(authority.certify("127.0.0.1")));
    (server, authority.client(None))
}

pub(crate) fn connect(server: &Server, tls: impl Into<Arc<ClientConfig>>) -> Connect {
    connect_to(server.endpoint().unwrap(), tls, Config::new())
}

pub(crate) fn connect_to(endpoint: &Endpoint, tls: impl Into<Arc<ClientConfig>>, config: Config) -> Connect {
    let dial = DialOptions::new().tls(ClientTls::new(tls));
    connect_with(endpoint, ConnectOptions::new().dial(dial).config(config))
}

/// Both ends of an open connection, the client's first.
#[track_caller]
pub(crate) fn join(server: &Server, tls: impl Into<Arc<ClientConfig>>) -> (Socket, Socket) {
    let accept = server.accept();
    let connect = connect(server, tls);
    let served = next(accept).accept().unwrap();
    (next(connect), served)
}

/// What a task yields, which must be something good.
#[track_caller]
pub(crate) fn next<O, T, E>(mut task: bowline_runtime::Task<O>) -> T
where
    O: bowline_runtime::Operation<Output = Result<T, E>>,
    E: core::fmt::Display,
{
    match task.wait_for(watchdog::PATIENCE) {
        Some(Ok(result)) => result,
        Some(Err(error)) => panic!("{error}"),
        None => panic!("it takes too long"),
    }
}

/// Why TLS has failed.
#[track_caller]
pub(crate) fn insecurity(mut connect: Connect) -> TlsError {
    match connect.wait_for(watchdog::PATIENCE) {
        Some(Err(error @ ConnectError::Insecure(_))) => error.insecurity::<TlsError>().unwrap().clone(),
        Some(Err(other)) => panic!("{other:?}"),
        Some(Ok(_)) => panic!("it is connected"),
        None => panic!("it takes too long"),
    }
}

/// The peer's own certificate.
pub(crate) fn leaf(identity: Option<&Identity>) -> Option<CertificateDer<'static>> {
    let first = identity?.certificates().next()?;
    Some(first.to_vec().into())
}

pub(crate) fn address(server: &Server) -> (String, u16) {
    match server.endpoint().map(Endpoint::kind) {
        Some(EndpointKind::Tls { host, port } | EndpointKind::Tcp { host, port }) => (host.to_owned(), port),
        other => panic!("{other:?}"),
    }
}

/// A TCP connection to the server, in bare bytes.
pub(crate) fn knock(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(address(server)).unwrap();
    stream.set_read_timeout(Some(watchdog::PATIENCE)).unwrap();
    stream
}

/// A TLS connection to the server, in bare bytes.
pub(crate) fn knock_securely(server: &Server, tls: ClientConfig) -> RawTls {
    let connection = ClientConnection::new(tls.into(), "127.0.0.1".try_into().unwrap()).unwrap();
    StreamOwned::new(connection, knock(server))
}

/// A deadline that is meant to pass.
pub(crate) const SOON: Duration = Duration::from_millis(if cfg!(windows) { 2000 } else { 200 });
