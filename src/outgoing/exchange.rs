//! One request and its answer on a connection of their own (HTTP/1.1).

use std::error::Error as _;
use std::io;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use super::connect::Connection;
use super::guard::Target;
use super::{Fetched, OutgoingError};

/// The most bytes of an answer's head.
const MAX_HEAD: usize = 16 * 1024;

/// The most header fields of an answer.
const MAX_FIELDS: usize = 64;

/// Which answer is taken.
pub(super) enum Wanted<'a> {
    /// 200 with a body of one of these media types, of so many bytes at the most.
    Document { accept: &'a [&'a str], max_bytes: usize },
    /// Any 2xx; its body is not read.
    Success,
}

impl Wanted<'_> {
    pub(super) const fn max_bytes(&self) -> usize {
        match self {
            Self::Document { max_bytes, .. } => *max_bytes,
            Self::Success => 0,
        }
    }
}

/// Sends `request` and reads the answer, as far as it is wanted.
pub(super) async fn exchange(
    target: &Target,
    stream: Box<dyn Connection>,
    request: Request<Full<Bytes>>,
    wanted: &Wanted<'_>,
) -> Result<Fetched, OutgoingError> {
    let mut protocol = http1::Builder::new();
    protocol.max_buf_size(MAX_HEAD).max_headers(MAX_FIELDS);
    let (mut sender, connection) =
        protocol.handshake(TokioIo::new(stream)).await.map_err(|error| broken(target, &error))?;
    let mut answer = std::pin::pin!(async {
        let response = sender.send_request(request).await.map_err(|error| broken(target, &error))?;
        read(target, response, wanted).await
    });
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // The connection has done its part; what it has read may still wait in the body.
        _ = connection => answer.await,
    }
}

async fn read(target: &Target, response: Response<Incoming>, wanted: &Wanted<'_>) -> Result<Fetched, OutgoingError> {
    let (head, body) = response.into_parts();
    let (host, status) = (target.to_string(), head.status);
    let taken = match wanted {
        Wanted::Document { .. } => status == 200,
        Wanted::Success => status.is_success(),
    };
    if status.is_redirection() {
        return Err(OutgoingError::Redirect { host });
    }
    if !taken {
        return Err(OutgoingError::Status { host, status: status.as_u16() });
    }
    let mut fetched = Fetched {
        status: status.as_u16(),
        media_type: media_type(&head.headers),
        fresh_for: fresh_for(&head.headers),
        body: Bytes::new(),
    };
    if let Wanted::Document { accept, max_bytes } = wanted {
        if !accept.contains(&fetched.media_type.as_str()) {
            return Err(OutgoingError::MediaType { host });
        }
        fetched.body = read_body(target, body, *max_bytes).await?;
    }
    Ok(fetched)
}

async fn read_body(target: &Target, mut body: Incoming, max_bytes: usize) -> Result<Bytes, OutgoingError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers are of no use to us.
        let Ok(data) = frame.map_err(|error| broken(target, &error))?.into_data() else { continue };
        if bytes.len() + data.len() > max_bytes {
            return Err(OutgoingError::TooLarge { host: target.to_string() });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}

/// The media type in lower case, without its parameters (RFC 9110 §8.3.1).
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// How long the answer says that it is fresh (RFC 9111 §5.2.2); none where it does not say.
fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives: Vec<_> =
        values.flat_map(|value| value.split(',')).map(|one| one.trim().to_ascii_lowercase()).collect();
    if directives.iter().any(|one| ["no-store", "no-cache"].contains(&one.split('=').next().unwrap_or_default())) {
        return Some(Duration::ZERO);
    }
    let seconds = directives.iter().find_map(|one| one.strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    seconds.map(Duration::from_secs)
}

/// An error of the connection, in our words: the library's say nothing of the request.
fn broken(target: &Target, error: &hyper::Error) -> OutgoingError {
    let host = target.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        if deeper.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::FileTooLarge) {
            return OutgoingError::TooLarge { host };
        }
        cause = deeper.source();
    }
    OutgoingError::Broken { host, cause: error.to_string() }
}
