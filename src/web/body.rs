//! The body of a request, whole.

use std::ops::Deref;
use std::pin::Pin;

use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{Error, FromRequest, HttpRequest, dev};
use futures_util::TryStreamExt as _;

/// A request's body, of `server.max_body` bytes at most: a longer one is answered 413, before it is read where its length is told.
///
/// As actix-web's own, but that a body which comes in one piece, as nearly every one does, is neither copied nor given 8 KiB.
#[derive(Debug, Clone)]
pub struct Body(Bytes);

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl FromRequest for Body {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let limit = super::app(request).config.server.max_body.bytes();
        let told = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let payload = payload.take();
        Box::pin(async move {
            within(limit, told.unwrap_or(0))?;
            Ok(Self(whole(payload, limit).await?))
        })
    }
}

async fn whole(mut payload: dev::Payload, limit: usize) -> Result<Bytes, PayloadError> {
    let Some(first) = payload.try_next().await? else { return Ok(Bytes::new()) };
    within(limit, first.len())?;
    let Some(second) = payload.try_next().await? else { return Ok(first) };
    let mut whole = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(piece) = next {
        within(limit, whole.len() + piece.len())?;
        whole.extend_from_slice(&piece);
        next = payload.try_next().await?;
    }
    Ok(whole.freeze())
}

fn within(limit: usize, length: usize) -> Result<(), PayloadError> {
    if length > limit { Err(PayloadError::Overflow) } else { Ok(()) }
}
