//! The real binary with a certificate of a test's authority, and clients that trust it.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use reqwest::redirect;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tessera::server::tls::provider;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::authority::{Authority, HOST, TENANT, files};
use crate::faults::site::{bare, populate};
use crate::support::database::SetUp;
use crate::support::eventually;
use crate::support::server::{Installation, Server, free_port};

pub(super) const SOON: Duration = Duration::from_secs(20);

pub(super) struct Site {
    pub(super) installation: Installation,
    pub(super) server: Server,
    pub(super) authority: Authority,
    port: u16,
}

impl Site {
    /// With the default realm alone, and nobody in it.
    pub(super) async fn new(settings: &[(&str, &str)]) -> Self {
        Self::on(bare(SetUp::Sqlite).await, settings).await
    }

    /// With a user, applications, and a realm of its own at [`TENANT`].
    pub(super) async fn with_users() -> Self {
        let (installation, port) = (bare(SetUp::Sqlite).await, free_port());
        let installation = installation.with("server.public_url", &format!("https://{HOST}:{port}"));
        populate(&installation).await;
        installation.command(&["realm", "create", "tenant", "--name", "Tenant", "--host", TENANT]).await;
        Self::start(installation, port, &[]).await
    }

    async fn on(installation: Installation, settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        let installation = installation.with("server.public_url", &format!("https://{HOST}:{port}"));
        Self::start(installation, port, settings).await
    }

    async fn start(installation: Installation, port: u16, settings: &[(&str, &str)]) -> Self {
        let authority = Authority::new();
        let folder = installation.folder();
        authority.issue().write(&folder);
        let (chain, key) = files(&folder);
        let (chain, key) = (chain.display().to_string(), key.display().to_string());
        let installation = installation.with("tls.certificate_file", &chain).with("tls.key_file", &key);
        let mut server = installation.spawn(port, settings);
        server.told().await;
        let site = Self { installation, server, authority, port };
        eventually(SOON, async || TcpStream::connect(("127.0.0.1", site.port)).await.ok()).await;
        site
    }

    /// The exit code of `healthcheck --ready` beside the server.
    pub(super) async fn is_well(&self) -> bool {
        let listen = format!("server.listen=127.0.0.1:{}", self.port);
        let mut asked = self.installation.started(&["healthcheck", "--ready", "--set", &listen]);
        asked.wait().await.unwrap().success()
    }

    /// Host and port, as a client names them.
    pub(super) fn host(&self) -> String {
        format!("{HOST}:{}", self.port)
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.host())
    }

    pub(super) fn tenant(&self) -> String {
        format!("{TENANT}:{}", self.port)
    }

    /// reqwest, which speaks HTTP/2 where the server does.
    pub(super) fn http(&self) -> reqwest::Client {
        self.builder().build().unwrap()
    }

    pub(super) fn builder(&self) -> reqwest::ClientBuilder {
        let authority = reqwest::Certificate::from_pem(self.authority.pem().as_bytes()).unwrap();
        let here = ([127, 0, 0, 1], self.port).into();
        reqwest::Client::builder()
            .use_rustls_tls()
            .add_root_certificate(authority)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .resolve(HOST, here)
            .resolve(TENANT, here)
    }

    /// Without TLS.
    pub(super) async fn tcp(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    /// What a client speaks that offers these protocols over TLS.
    pub(super) fn speaking(&self, versions: &[&'static SupportedProtocolVersion], alpn: &[&str]) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(provider()).with_protocol_versions(versions).unwrap();
        let mut config = builder.with_root_certificates(self.authority.roots()).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    /// A connection over TLS.
    pub(super) async fn tls(&self, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(HOST).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, self.tcp().await).await
    }

    /// The certificate that a new connection is shown.
    pub(super) async fn shown(&self) -> CertificateDer<'static> {
        let stream = self.tls(self.speaking(rustls::ALL_VERSIONS, &["http/1.1"])).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    }

    /// A connection of HTTP/2 of which a test sees every part; its second half must be polled.
    pub(super) async fn h2(&self) -> (Sender, Http2) {
        let stream = self.tls(self.speaking(rustls::ALL_VERSIONS, &["h2"])).await.unwrap();
        h2::client::handshake(stream).await.unwrap()
    }

    /// A request of HTTP/2, which may be added to.
    pub(super) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(self.url(path))
    }
}

pub(super) type Http2 = h2::client::Connection<TlsStream<TcpStream>, actix_web::web::Bytes>;
pub(super) type Sender = h2::client::SendRequest<actix_web::web::Bytes>;
