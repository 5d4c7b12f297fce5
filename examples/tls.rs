//! TLS with a certificate on both sides: the server decides by the client's, a stranger hears why it is turned away.
//!
//! `cargo run --example tls`

use core::time::Duration;
use std::sync::Arc;

use bowline_tls::rustls::pki_types::CertificateDer;
use bowline_tls::rustls::server::WebPkiClientVerifier;
use bowline_tls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use bowline_tls::{ClientTls, ServerTls, TlsError};
use bowline_tokio::{
    Accept, AcceptError, BindOptions, Connect, ConnectOptions, DialOptions, Endpoint, Incoming, Refusal,
    Server, ServerOptions, Socket, bind_with, connect_with,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

type Result<T> = core::result::Result<T, Box<dyn core::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    // In earnest, certificates and keys come out of files: see `rustls::pki_types::pem`.
    let (authority, stranger) = (authority("ours")?, authority("somebody else's")?);
    let (alice, bob) = (certify(&authority, "alice.example")?, certify(&authority, "bob.example")?);

    let tls = ServerTls::new(server_config(&authority)?);
    let server = bind_with("tls+tcp://localhost:0", &BindOptions::new().tls(tls), ServerOptions::new())?;
    tokio::spawn(serve(server.clone(), server.accept(), alice.0.clone()));
    let endpoint = server.endpoint().ok_or("it listens somewhere")?;

    let socket = connect(endpoint, client_config(&authority, alice)?).await?;
    socket.write("ahoy").await?;
    println!("alice: {:?} from {}", socket.read().await?, socket.peer());

    if let Err(error) = connect(endpoint, client_config(&authority, bob)?).await {
        println!("bob: {error}");
    }

    let mallory = certify(&stranger, "alice.example")?;
    if let Err(error) = connect(endpoint, client_config(&authority, mallory)?).await {
        println!("mallory: {error}");
        println!("         at fault: {:?}", error.insecurity().map(TlsError::blame));
    }

    let misled = client_config(&stranger, certify(&authority, "alice.example")?)?;
    if let Err(error) = connect(endpoint, misled).await {
        println!("alice, who trusts somebody else: {error}");
    }
    println!("server: {} were turned away for want of security", server.stats().insecure);
    socket.close(Duration::from_secs(5)).await?;
    server.close(Duration::from_secs(5)).await?;
    Ok(())
}

fn connect(endpoint: &Endpoint, config: ClientConfig) -> Connect {
    let dial = DialOptions::new().tls(ClientTls::new(config));
    connect_with(endpoint, ConnectOptions::new().dial(dial))
}

async fn serve(
    server: Server,
    mut accept: Accept,
    alice: CertificateDer<'static>,
) -> core::result::Result<(), AcceptError> {
    loop {
        if let Some(socket) = decide(accept.await?, &alice) {
            tokio::spawn(echo(socket));
        }
        accept = server.accept();
    }
}

/// TLS has let in whom our authority has signed; here it is decided which of them may do what.
fn decide(incoming: Incoming, alice: &[u8]) -> Option<Socket> {
    let identity = incoming.peer().identity().and_then(|identity| identity.certificates().next());
    if identity == Some(alice) {
        return incoming.accept().ok();
    }
    incoming.refuse(Refusal::Unauthorized, "only alice");
    None
}

async fn echo(socket: Socket) {
    while let Ok(message) = socket.read().await {
        let _hung_up = socket.write(message).await;
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;
type Certified = (CertificateDer<'static>, KeyPair);

fn authority(name: &str) -> Result<Authority> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn certify(authority: &Authority, name: &str) -> Result<Certified> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new([name.to_owned()])?.signed_by(&key, authority)?;
    Ok((certificate.der().clone(), key))
}

fn roots(authority: &Authority) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone())?;
    Ok(roots)
}

fn server_config(authority: &Authority) -> Result<ServerConfig> {
    let (certificate, key) = certify(authority, "localhost")?;
    let provider = Arc::new(crypto::ring::default_provider());
    let members = Arc::new(roots(authority)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(members, Arc::clone(&provider)).build()?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier);
    Ok(config.with_single_cert(vec![certificate], key.serialize_der().try_into()?)?)
}

fn client_config(trusted: &Authority, (certificate, key): Certified) -> Result<ClientConfig> {
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(trusted)?);
    Ok(config.with_client_auth_cert(vec![certificate], key.serialize_der().try_into()?)?)
}
