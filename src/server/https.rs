//! The listener that speaks https: the handshake, and by what it agreed on, HTTP/2 or HTTP/1.1.

use std::future::ready;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, Protocol};
use actix_server::{GracefulShutdownSignal, Server, ServerBuilder};
use actix_service::{IntoServiceFactory as _, Service, ServiceFactory as _, fn_factory, fn_service, map_config};
use actix_web::dev::AppConfig;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::http2;
use super::tls::HTTP2;
use super::{Parts, application};

/// The first byte of a TLS connection: a handshake record (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// The most bytes of a request in plain http that are read, only to be forgotten.
const REQUEST: u64 = 16 * 1024;
/// How long the rest of an answer may take that nobody reads: as actix has it for plain http.
const DISCONNECT: Duration = Duration::from_secs(1);

/// What every connection of the listener is served with.
#[derive(Clone)]
struct Listener {
    parts: Parts,
    tls: Arc<ServerConfig>,
    stopping: GracefulShutdownSignal,
}

/// Adds the listener to a server.
///
/// # Errors
/// Where the address cannot be bound.
pub(super) fn bind(builder: ServerBuilder, parts: &Parts, tls: Arc<ServerConfig>) -> io::Result<Server> {
    let address = parts.app.config.server.listen;
    let listener = Listener { parts: parts.clone(), tls, stopping: builder.graceful_shutdown_signal() };
    let builder = builder.bind("https", address, move || {
        let listener = listener.clone();
        fn_factory(move || connections(listener.clone()))
    })?;
    Ok(builder.run())
}

/// One worker's service: it makes the application once, for both protocols.
async fn connections(
    listener: Listener,
) -> Result<impl Service<TcpStream, Response = (), Error = (), Future: 'static>, ()> {
    let Listener { parts, tls, stopping } = listener;
    let settings = &parts.app.config.server;
    let (patience, public_url) = (settings.request_timeout.duration(), settings.public_url.to_string());
    let clock = parts.app.clock.clone();
    let app = map_config(application(parts.clone()).into_factory(), |()| AppConfig::default());
    let app = Rc::new(app.new_service(()).await?);
    let signal = stopping.clone();
    let shared = Rc::clone(&app);
    let http1 = HttpService::<TlsStream<TcpStream>, _, _>::build()
        .client_request_timeout(patience)
        .client_disconnect_timeout(DISCONNECT)
        .graceful_shutdown_signal(move || {
            let signal = signal.clone();
            async move { signal.notified().await }
        })
        .finish(fn_factory(move || ready(Ok::<_, ()>(Rc::clone(&shared)))));
    let http1 = Rc::new(http1.new_service(()).await?);
    let acceptor = TlsAcceptor::from(tls);
    let service = fn_service(move |stream: TcpStream| {
        let (acceptor, app, http1) = (acceptor.clone(), Rc::clone(&app), Rc::clone(&http1));
        let (stopping, clock, public_url) = (stopping.clone(), clock.clone(), public_url.clone());
        async move {
            let peer = stream.peer_addr().ok();
            let Some(stream) = handshake(acceptor, stream, patience, &public_url).await else { return Ok(()) };
            if stream.get_ref().1.alpn_protocol() == Some(HTTP2) {
                http2::serve(stream, peer, &*app, patience, clock, stopping).await;
            } else if let Err(error) = http1.call((stream, Protocol::Http1, peer)).await {
                tracing::debug!(%error, "a connection ended early");
            }
            Ok::<_, ()>(())
        }
    });
    service.new_service(()).await
}

/// The connection once both sides have agreed on keys. Those that do not within `patience` cost a socket each meanwhile, and keep
/// nobody else out.
async fn handshake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    patience: Duration,
    public_url: &str,
) -> Option<TlsStream<TcpStream>> {
    // Otherwise the last part of each answer waits for the acknowledgement of the one before it.
    let _ = stream.set_nodelay(true);
    let agreed = tokio::time::timeout(patience, async {
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() && first[0] != HANDSHAKE {
            answer_plainly(stream, public_url).await?;
            return Err(io::Error::other("it speaks plain http"));
        }
        acceptor.accept(stream).await
    });
    match agreed.await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "no TLS was agreed on");
            None
        }
        Err(_) => {
            tracing::debug!("a handshake took too long");
            None
        }
    }
}

/// The answer to a request in plain http, which a person may have typed.
async fn answer_plainly(mut stream: TcpStream, public_url: &str) -> io::Result<()> {
    let text = format!("This is https: {public_url}\n");
    let head = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close";
    let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{text}", text.len());
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    // What is closed with something unread is reset, and the answer lost.
    tokio::io::copy(&mut stream.take(REQUEST), &mut tokio::io::sink()).await?;
    Ok(())
}
