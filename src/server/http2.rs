//! One connection of HTTP/2 (RFC 9113): its streams as requests of the application, within bounds, until it is quiet for long or
//! the server stops.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use actix_http::body::{BodySize, BoxBody, MessageBody};
use actix_http::error::PayloadError;
use actix_http::header::{HeaderName, HeaderValue, HttpDate};
use actix_http::{Payload, Request, Response, StatusCode, Uri};
use actix_server::GracefulShutdownSignal;
use actix_service::Service;
use actix_web::web::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{FuturesUnordered, unfold};
use h2::server::{Builder, Connection, SendResponse};
use h2::{RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use crate::clock::Clock;

/// Requests of one connection at a time; browsers need fewer.
const STREAMS: u32 = 100;
/// The head of a request, in bytes as RFC 9113 §6.5.2 counts them.
const HEAD: u32 = 64 * 1024;
/// What a request may send ahead of who reads it, and all those of a connection together, in bytes.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// Requests of one connection that its client may take back before they are answered: a browser does it now and then, and whoever does
/// nothing else has us work for nobody (CVE-2023-44487).
const TAKEN_BACK: u32 = 1000;
/// How long a connection may be without a request.
const QUIET: Duration = Duration::from_mins(1);
/// How long a client that has no request may take to see that it is over.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a client may take to read an answer, before a farewell or after it.
const READING: Duration = Duration::from_mins(1);
/// The most bytes that are handed over at once: a frame's usual size.
const CHUNK: usize = 16 * 1024;

/// What the application is to its connections.
pub(super) trait Application<B>:
    Service<Request, Response: Into<Response<B>>, Error: Into<Response<BoxBody>>>
{
}

impl<S, B> Application<B> for S where S: Service<Request, Response: Into<Response<B>>, Error: Into<Response<BoxBody>>> {}

/// Serves a connection to its end, where the client begins it within `patience`.
pub(super) async fn serve<I, S, B>(
    io: I,
    peer: Option<SocketAddr>,
    app: &S,
    patience: Duration,
    clock: Clock,
    stopping: GracefulShutdownSignal,
) where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Application<B>,
    B: MessageBody,
{
    let outcome = match tokio::time::timeout(patience, settings().handshake(io)).await {
        Ok(Ok(connection)) => streams(connection, peer, app, &clock, stopping).await,
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(()),
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection of HTTP/2 ended early");
    }
}

/// Beside these, h2 ends a connection whose client resets more than a few streams that were not accepted yet, or makes the server
/// reset too many (CVE-2025-8671).
fn settings() -> Builder {
    let mut settings = Builder::new();
    settings
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    settings
}

/// Takes requests and answers them side by side. All of it is one task: with the connection, what it asked for ends too.
async fn streams<I, S, B>(
    mut connection: Connection<I, Bytes>,
    peer: Option<SocketAddr>,
    app: &S,
    clock: &Clock,
    stopping: GracefulShutdownSignal,
) -> Result<(), h2::Error>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Application<B>,
    B: MessageBody,
{
    let mut exchanges = FuturesUnordered::new();
    let mut stop = pin!(stopping.notified());
    let mut quiet = pin!(tokio::time::sleep(QUIET));
    let (mut leaving, mut taken_back) = (false, 0);
    loop {
        tokio::select! {
            // First those that are over, so that who resets streams has no more of them than who does not.
            biased;
            Some(ended) = exchanges.next() => {
                taken_back += u32::from(ended == Ended::TakenBack);
                if taken_back == TAKEN_BACK {
                    connection.abrupt_shutdown(h2::Reason::ENHANCE_YOUR_CALM);
                }
                if exchanges.is_empty() {
                    quiet.as_mut().reset(after(if leaving { READING } else { QUIET }));
                }
            }
            accepted = connection.accept() => {
                let Some(accepted) = accepted else { return Ok(()) };
                let (request, respond) = accepted?;
                exchanges.push(exchange(app, request, respond, peer, clock));
            }
            () = &mut stop, if !leaving => {
                leaving = true;
                connection.graceful_shutdown();
                quiet.as_mut().reset(after(FAREWELL));
            }
            () = &mut quiet, if exchanges.is_empty() => {
                if leaving {
                    return Ok(());
                }
                leaving = true;
                connection.graceful_shutdown();
                quiet.as_mut().reset(after(FAREWELL));
            }
        }
    }
}

fn after(duration: Duration) -> Instant {
    Instant::now() + duration
}

/// How an exchange came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Answered,
    /// The client did not wait for the answer.
    TakenBack,
}

/// One request and its answer. A client that resets the stream ends the work for it.
async fn exchange<S, B>(
    app: &S,
    request: http::Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    peer: Option<SocketAddr>,
    clock: &Clock,
) -> Ended
where
    S: Application<B>,
    B: MessageBody,
{
    let head_only = request.method() == http::Method::HEAD;
    let sent = match read(request, peer) {
        Err(status) => answer(respond, Response::new(status), head_only, clock).await,
        Ok(request) => {
            let answered = tokio::select! {
                // Nothing is begun for what is taken back already.
                biased;
                _ = poll_fn(|context| respond.poll_reset(context)) => return Ended::TakenBack,
                answered = app.call(request) => answered,
            };
            match answered {
                Ok(response) => answer(respond, response.into(), head_only, clock).await,
                Err(error) => answer(respond, error.into(), head_only, clock).await,
            }
        }
    };
    if let Err(error) = sent {
        tracing::debug!(%error, "an answer was not read to its end");
        return Ended::TakenBack;
    }
    Ended::Answered
}

/// The request as HTTP/1.1 would have brought it: the path alone as its target, the authority as `Host`, cookies in one field
/// (RFC 9113 §8.2.3, §8.3.1).
fn read(request: http::Request<RecvStream>, peer: Option<SocketAddr>) -> Result<Request, StatusCode> {
    let (head, body) = request.into_parts();
    let authority = authority(&head)?;
    let mut request = Request::with_payload(payload(body));
    let to = request.head_mut();
    let target = head.uri.path_and_query().ok_or(StatusCode::BAD_REQUEST)?;
    to.uri = target.as_str().parse::<Uri>().map_err(|_| StatusCode::BAD_REQUEST)?;
    to.method = head.method.as_str().parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    to.version = actix_http::Version::HTTP_2;
    to.peer_addr = peer;
    let mut cookies: Vec<u8> = Vec::new();
    for (name, value) in &head.headers {
        if name == http::header::COOKIE {
            if !cookies.is_empty() {
                cookies.extend_from_slice(b"; ");
            }
            cookies.extend_from_slice(value.as_bytes());
        } else if name != http::header::HOST {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).map_err(|_| StatusCode::BAD_REQUEST)?;
            to.headers.append(name, field(value.as_bytes())?);
        }
    }
    if !cookies.is_empty() {
        to.headers.insert(actix_http::header::COOKIE, field(&cookies)?);
    }
    to.headers.insert(actix_http::header::HOST, field(authority.as_bytes())?);
    Ok(request)
}

fn field(bytes: &[u8]) -> Result<HeaderValue, StatusCode> {
    HeaderValue::from_bytes(bytes).map_err(|_| StatusCode::BAD_REQUEST)
}

/// What `:authority` or `Host` name: one of them, or both the same, and nobody's name before an @ (RFC 9113 §8.3.1).
fn authority(head: &http::request::Parts) -> Result<String, StatusCode> {
    let host = head.headers.get(http::header::HOST).map(|host| host.to_str().map_err(|_| StatusCode::BAD_REQUEST));
    let named = match (head.uri.authority().map(http::uri::Authority::as_str), host.transpose()?) {
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => None,
        (authority, host) => authority.or(host),
    };
    let more = head.headers.get_all(http::header::HOST).iter().count() > 1;
    named.filter(|name| !more && !name.contains('@')).map(str::to_owned).ok_or(StatusCode::BAD_REQUEST)
}

/// The body, in the measure in which it is read.
fn payload(body: RecvStream) -> Payload {
    if body.is_end_stream() {
        return Payload::None;
    }
    let stream = unfold(body, async |mut body| {
        let part = body.data().await?.and_then(|part| {
            body.flow_control().release_capacity(part.len())?;
            Ok(part)
        });
        Some((part.map_err(|error| PayloadError::Io(std::io::Error::other(error))), body))
    });
    Payload::Stream { payload: Box::pin(stream) }
}

/// Sends an answer within [`READING`].
async fn answer<B: MessageBody>(
    respond: SendResponse<Bytes>,
    response: Response<B>,
    head_only: bool,
    clock: &Clock,
) -> Result<(), h2::Error> {
    let sending = send(respond, response, head_only, clock);
    // The stream is reset where the time is up: nobody holds an answer for ever by not reading it.
    tokio::time::timeout(READING, sending).await.unwrap_or(Ok(()))
}

async fn send<B: MessageBody>(
    mut respond: SendResponse<Bytes>,
    response: Response<B>,
    head_only: bool,
    clock: &Clock,
) -> Result<(), h2::Error> {
    let (response, body) = response.into_parts();
    let without_body = head_only || body.size() == BodySize::None || body.size() == BodySize::Sized(0);
    let head = head(&response, body.size(), clock);
    let mut stream = respond.send_response(head, without_body)?;
    if without_body {
        return Ok(());
    }
    let mut body = pin!(body);
    while let Some(part) = poll_fn(|context| body.as_mut().poll_next(context)).await {
        let Ok(part) = part else {
            stream.send_reset(h2::Reason::INTERNAL_ERROR);
            return Ok(());
        };
        send_part(&mut stream, part).await?;
    }
    stream.send_data(Bytes::new(), true)
}

/// As much at a time as the client has room for.
async fn send_part(stream: &mut SendStream<Bytes>, mut part: Bytes) -> Result<(), h2::Error> {
    while !part.is_empty() {
        stream.reserve_capacity(part.len().min(CHUNK));
        let Some(room) = poll_fn(|context| stream.poll_capacity(context)).await else { return Ok(()) };
        stream.send_data(part.split_to(room?.min(part.len())), false)?;
    }
    Ok(())
}

/// Without the fields of a connection, which HTTP/2 has none of (RFC 9113 §8.2.2); with length and date (RFC 9110 §6.6.1).
fn head(response: &Response<()>, size: BodySize, clock: &Clock) -> http::Response<()> {
    let mut head = http::Response::new(());
    *head.status_mut() = http::StatusCode::from_u16(response.status().as_u16()).unwrap_or_default();
    let fields = head.headers_mut();
    for (name, value) in response.headers() {
        let value = http::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (http::HeaderName::from_bytes(name.as_str().as_bytes()), value)
            && !OF_CONNECTIONS.contains(&name.as_str())
        {
            fields.append(name, value);
        }
    }
    if let BodySize::Sized(length) = size {
        fields.insert(http::header::CONTENT_LENGTH, length.into());
    }
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(clock.now().millis().try_into().unwrap_or(0));
    if let Ok(date) = HttpDate::from(now).to_string().parse() {
        fields.entry(http::header::DATE).or_insert(date);
    }
    head
}

const OF_CONNECTIONS: [&str; 6] =
    ["connection", "content-length", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
