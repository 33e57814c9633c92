//! A server on the loopback that does to whoever asks it what a test says.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};

use tessera::config::Outgoing;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What opens every port, of addresses where nobody is (RFC 5737).
pub(crate) const ELSEWHERE: &str = "192.0.2.0/24:*";

/// What it does once it has read a request.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// Sends these bytes and ends.
    Answer(Vec<u8>),
    /// Sends these bytes, and then nothing, with the connection open.
    Hang(&'static str),
    /// Sends the first, and then the second for ever.
    Flood(&'static str, &'static str),
}

/// A running server; it ends when this is dropped.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

struct Seen {
    behaviour: Mutex<Behaviour>,
    connections: Mutex<usize>,
    requests: Mutex<Vec<String>>,
}

impl Seen {
    /// Nothing yet.
    fn of(behaviour: Behaviour) -> Self {
        Self { behaviour: Mutex::new(behaviour), connections: Mutex::default(), requests: Mutex::default() }
    }
}

/// An answer 200 of JSON.
pub(crate) fn json(body: &str) -> Behaviour {
    answer("200 OK", "content-type: application/json\r\n", body)
}

/// Any answer.
pub(crate) fn answer(status: &str, fields: &str, body: &str) -> Behaviour {
    let length = body.len();
    Behaviour::Answer(format!("HTTP/1.1 {status}\r\n{fields}content-length: {length}\r\n\r\n{body}").into_bytes())
}

impl Receiver {
    /// On 127.0.0.1, without TLS.
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), behaviour, None).await
    }

    /// On an address of the loopback, without TLS.
    pub(crate) async fn on(address: impl Into<IpAddr>, port: u16, behaviour: Behaviour) -> Self {
        Self::at(SocketAddr::new(address.into(), port), behaviour, None).await
    }

    /// On 127.0.0.1, with `server.pem` and `server.key` of `folder`.
    pub(crate) async fn with_tls(folder: &Path, behaviour: Behaviour) -> Self {
        let chain = CertificateDer::pem_file_iter(folder.join("server.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).unwrap()));
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), behaviour, Some(acceptor)).await
    }

    /// An address that is taken, so that nobody else can, and where nobody listens: a connection is refused.
    pub(crate) fn deaf() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let (address, seen) = (socket.local_addr().unwrap(), Arc::new(Seen::of(Behaviour::Hang(""))));
        let task = tokio::spawn(async move {
            let _taken = socket;
            std::future::pending::<()>().await;
        });
        Self { address, seen, task }
    }

    async fn at(address: SocketAddr, behaviour: Behaviour, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::of(behaviour));
        let task = tokio::spawn(accept(listener, Arc::clone(&seen), tls));
        Self { address, seen, task }
    }

    /// What it does from now on.
    pub(crate) fn change(&self, behaviour: Behaviour) {
        *self.seen.behaviour.lock().unwrap() = behaviour;
    }

    /// Its URL without TLS.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What opens it.
    pub(crate) fn opening(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens it, with TLS, to Tessera on behalf of anyone: also of clients that registered themselves.
    pub(crate) fn open_to_strangers(&self, outgoing: &mut Outgoing, folder: &Path) {
        outgoing.allow = vec![format!("localhost:{}", self.address.port()).parse().unwrap()];
        outgoing.allow_strangers = true;
        outgoing.ca_file = Some(folder.join("ca.pem"));
    }

    /// The requests that it has read, each as a text.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// The connections that it has taken so far: what was answered over TLS, or failed there, has been taken.
    pub(crate) fn taken(&self) -> usize {
        *self.seen.connections.lock().unwrap()
    }

    /// The connections that were made to it, also those that sent nothing. It takes them in their order: so when one of our own
    /// is answered, every earlier one has been counted.
    pub(crate) async fn connections(&self) -> usize {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(COUNT).await.unwrap();
        usize::try_from(stream.read_u64().await.unwrap()).unwrap() - 1
    }
}

const COUNT: &[u8] = b"COUNT\r\n\r\n";

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, seen: Arc<Seen>, tls: Option<TlsAcceptor>) {
    while let Ok((stream, _)) = listener.accept().await {
        let connections = {
            let mut connections = seen.connections.lock().unwrap();
            *connections += 1;
            *connections as u64
        };
        let (seen, tls) = (Arc::clone(&seen), tls.clone());
        // Whoever asks may go away at any time: that is no failure of the test.
        tokio::spawn(async move {
            match tls {
                Some(acceptor) => serve(acceptor.accept(stream).await?, &seen, connections).await,
                None => serve(stream, &seen, connections).await,
            }
        });
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, seen: &Seen, connections: u64) -> io::Result<()> {
    let request = read_request(&mut stream).await?;
    if request.as_bytes() == COUNT {
        return stream.write_u64(connections).await;
    }
    seen.requests.lock().unwrap().push(request);
    let behaviour = seen.behaviour.lock().unwrap().clone();
    match behaviour {
        Behaviour::Answer(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Behaviour::Hang(bytes) => {
            stream.write_all(bytes.as_bytes()).await?;
            stream.flush().await?;
            std::future::pending().await
        }
        Behaviour::Flood(first, again) => {
            stream.write_all(first.as_bytes()).await?;
            loop {
                stream.write_all(again.as_bytes()).await?;
            }
        }
    }
}

/// A head, and as many bytes of a body as it announces.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut request = Vec::new();
    loop {
        if stream.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Ok(text.into_owned());
        }
    }
}
