//! A connection to an address that has been checked, over TLS unless it is plain http.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use url::Host;

use super::guard::Target;
use super::{OutgoingError, StartError};

/// Addresses of one host that are tried, one after the other.
const ADDRESSES: usize = 4;

/// What may be read besides a body: certificates, the answer's head, the framing of chunks.
const OVERHEAD: usize = 256 * 1024;

/// A connection, with or without TLS.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Connects to the first of `addresses` that answers, all within `within`.
///
/// What is read from it in all is bounded by `max_body` bytes and room for the rest: more is [`io::ErrorKind::FileTooLarge`].
pub(super) async fn connect(
    target: &Target,
    addresses: &[IpAddr],
    within: Duration,
    max_body: usize,
) -> Result<Metered, OutgoingError> {
    let tried = &addresses[..addresses.len().min(ADDRESSES)];
    let each = within / u32::try_from(tried.len()).unwrap_or(1).max(1);
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in tried {
        let attempt = TcpStream::connect(SocketAddr::new(*address, target.port));
        match timeout(each, attempt).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => {
                // Small requests go out at once; without it they still go out.
                let _ = stream.set_nodelay(true);
                return Ok(Metered { stream, left: max_body.saturating_add(OVERHEAD) });
            }
            Err(error) => last = error,
        }
    }
    Err(OutgoingError::Connect { host: target.to_string(), cause: last.kind() })
}

/// A TCP connection of which only so many bytes are read.
pub(super) struct Metered {
    stream: TcpStream,
    left: usize,
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = buf.filled().len() - before;
        Poll::Ready(match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(io::ErrorKind::FileTooLarge.into()),
        })
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Whose certificates are believed: the system's authorities, read at the first use, and the operator's.
pub(super) struct Tls {
    extra: Vec<CertificateDer<'static>>,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    /// With the authorities of a PEM file besides the system's.
    pub(super) fn new(ca_pem: Option<&[u8]>) -> Result<Self, StartError> {
        let certificates = |pem| CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let extra = ca_pem.map_or_else(|| Ok(Vec::new()), certificates);
        let extra = extra.map_err(|error| StartError::Authority(error.to_string()))?;
        if ca_pem.is_some() && extra.is_empty() {
            return Err(StartError::Authority("it holds no certificate".to_owned()));
        }
        let mut roots = RootCertStore::empty();
        extra
            .iter()
            .try_for_each(|one| roots.add(one.clone()))
            .map_err(|error| StartError::Authority(error.to_string()))?;
        Ok(Self { extra, config: OnceCell::new() })
    }

    /// TLS on a connection, with the host that the URL names.
    pub(super) async fn wrap(&self, target: &Target, stream: Metered) -> Result<Box<dyn Connection>, OutgoingError> {
        if target.plain {
            return Ok(Box::new(stream));
        }
        let failed = |cause: String| OutgoingError::Tls { host: target.to_string(), cause };
        let name = server_name(&target.host).map_err(|error| failed(error.to_string()))?;
        let config = self.config.get_or_try_init(|| config(self.extra.clone())).await.map_err(failed)?;
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await;
        Ok(Box::new(stream.map_err(|error| failed(error.to_string()))?))
    }
}

fn server_name(host: &Host<String>) -> Result<ServerName<'static>, rustls::pki_types::InvalidDnsNameError> {
    match host {
        Host::Domain(name) => ServerName::try_from(name.strip_suffix('.').unwrap_or(name).to_owned()),
        Host::Ipv4(address) => Ok(ServerName::from(IpAddr::V4(*address))),
        Host::Ipv6(address) => Ok(ServerName::from(IpAddr::V6(*address))),
    }
}

/// TLS 1.2 or 1.3 on ring. Reading the system's authorities takes milliseconds of file access, in a thread of its own.
async fn config(extra: Vec<CertificateDer<'static>>) -> Result<Arc<ClientConfig>, String> {
    let built = tokio::task::spawn_blocking(move || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(extra);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let versions = versions.map_err(|error| error.to_string())?;
        let mut config = versions.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    });
    built.await.map_err(|error| error.to_string())?
}
