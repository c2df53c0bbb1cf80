//! TLS to a receiver, by the certificates that this host trusts.

use std::io;
use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Read once: a host with new certificates has its service restarted.
static TRUST: OnceLock<Arc<ClientConfig>> = OnceLock::new();

/// The handshake.
///
/// # Errors
/// The name is none, nothing is trusted, or what rustls says of the other end.
pub async fn connect(host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(trust()?).connect(name, stream).await
}

fn trust() -> io::Result<Arc<ClientConfig>> {
    if let Some(trust) = TRUST.get() {
        return Ok(Arc::clone(trust));
    }
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (good, _) = roots.add_parsable_certificates(found.certs);
    if good == 0 {
        let why = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        return Err(io::Error::other(format!(
            "no certificate is trusted here{why}: install ca-certificates, or name a file in SSL_CERT_FILE"
        )));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(TRUST.get_or_init(|| Arc::new(config))))
}
