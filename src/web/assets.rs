//! Stylesheets, scripts and images: embedded in the binary, at addresses that change with their content.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::{HttpRequest, web};
use rust_embed::{EmbeddedFile, RustEmbed};

/// A year: where the address holds the hash of what is in it.
pub const FOREVER: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "static/css"]
#[prefix = "css/"]
struct Css;

#[derive(RustEmbed)]
#[folder = "static/js"]
#[prefix = "js/"]
struct Js;

#[derive(RustEmbed)]
#[folder = "static/images"]
#[prefix = "images/"]
struct Images;

/// Every asset by its name, as in `css/page.css`.
pub struct Assets(BTreeMap<String, Asset>);

/// One file that browsers fetch.
pub struct Asset {
    hash: String,
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// The media type, with its charset where it is text.
    pub content_type: &'static str,
}

impl Assets {
    /// The assets embedded in the binary.
    pub fn embedded() -> Self {
        let css = Css::iter().filter_map(|name| asset(name, Css::get));
        let js = Js::iter().filter_map(|name| asset(name, Js::get));
        let images = Images::iter().filter_map(|name| asset(name, Images::get));
        Self(css.chain(js).chain(images).collect())
    }

    /// The path of an asset below the public URL, `/static/HASH/NAME`. It may be cached for ever: with another content
    /// the path is another.
    pub fn path(&self, name: &str) -> String {
        let hash = self.0.get(name).map_or("missing", |asset| asset.hash.as_str());
        format!("/static/{hash}/{name}")
    }

    /// The asset of that name, if that is its hash now.
    pub fn find(&self, hash: &str, name: &str) -> Option<&Asset> {
        self.0.get(name).filter(|asset| asset.hash == hash)
    }

    /// The names of all assets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The assets that the server holds.
pub fn of(request: &HttpRequest) -> Arc<Assets> {
    let shared = request.app_data::<web::Data<Assets>>();
    shared.map_or_else(|| Arc::new(Assets::embedded()), |assets| Arc::clone(assets))
}

fn asset(name: Cow<'static, str>, get: fn(&str) -> Option<EmbeddedFile>) -> Option<(String, Asset)> {
    let file = get(&name)?;
    let hash = file.metadata.sha256_hash()[..8].iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let content_type = content_type(&name);
    Some((name.into_owned(), Asset { hash, bytes: file.data, content_type }))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
