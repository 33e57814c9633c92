//! How commands speak https: to the server on this machine, and to the public URL as everybody else would.

use std::io;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme, WantsVerifier};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::Config;
use crate::server::tls;

/// To the server's own listener, whatever certificate it shows: nothing is told to it, and one that was exchanged a second ago is no
/// reason to call the server unwell.
pub(super) async fn to_oneself(stream: TcpStream, config: &Config) -> io::Result<TlsStream<TcpStream>> {
    let verifier = Arc::new(Anybody(tls::provider()));
    let client = builder().dangerous().with_custom_certificate_verifier(verifier);
    connect(client, stream, config).await
}

/// To the public URL, which must show a certificate that this machine trusts, or the one that the server has itself.
pub(super) async fn to_public(stream: TcpStream, config: &Config) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if config.tls.development {
        let own = CertificateDer::pem_file_iter(tls::certificate_file(config)).into_iter().flatten();
        roots.add_parsable_certificates(own.flatten());
    }
    connect(builder().with_root_certificates(roots), stream, config).await
}

fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()
        .expect("suites of both versions are in the list")
}

async fn connect(
    client: ConfigBuilder<ClientConfig, WantsClientCert>,
    stream: TcpStream,
    config: &Config,
) -> io::Result<TlsStream<TcpStream>> {
    let host = config.server.public_url.url().host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(client.with_no_client_auth())).connect(name, stream).await
}

/// Accepts every certificate whose key the other side has.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
