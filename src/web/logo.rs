//! The logos of clients, from our own address.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::store::clients::Client;

use super::assets::FOREVER;
use super::errors::PageError;
use super::visit::Visit;

/// Where the routes are, below the public URL.
pub const ROUTE: &str = "/logos/{client}/{hash}";

impl Visit {
    /// Where a page finds the logo of a client, if there is one: with another picture the address is another.
    pub fn logo_url(&self, client: &Client) -> Option<String> {
        let base = self.app.config.server.public_url.base_path();
        client.logo.map(|hash| format!("{base}/logos/{}/{}", client.id, URL_SAFE_NO_PAD.encode(hash)))
    }
}

/// A logo. Opened by itself it is a picture and nothing else (security.md "Input": uploads).
///
/// # Errors
/// [`PageError::NotFound`]; the database's.
pub async fn get(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (client, hash) = path.into_inner();
    let hash = URL_SAFE_NO_PAD.decode(hash).ok().and_then(|hash| hash.try_into().ok());
    let (Ok(client), Some(hash)) = (Uuid::parse_str(&client), hash) else { return Err(PageError::NotFound) };
    let png = super::app(&request).db.logo(client, hash).await?.ok_or(PageError::NotFound)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, FOREVER)).content_type("image/png");
    response.insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"));
    Ok(response.body(png))
}
