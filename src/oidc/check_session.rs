//! The frame that clients ask whether the browser's login state has changed (OpenID Connect Session Management §3.2, §3.3).

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template as _;

use crate::app::App;
use crate::protocol::metadata::Metadata;
use crate::web::errors::PageError;
use crate::web::headers::Framable;
use crate::web::realm::Realm;
use crate::web::{assets, cookies};

use super::pages::CheckSessionPage;

const PATH: &str = "/oauth2/check-session";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).get(frame));
}

pub(super) fn metadata(metadata: &mut Metadata, app: &App) {
    if app.config.logout.session_management {
        metadata.check_session_iframe = Some(format!("{}{PATH}", metadata.issuer));
    }
}

/// It shows nothing, sets no cookie, and may be framed by anyone.
async fn frame(request: HttpRequest, realm: Realm) -> Result<HttpResponse, PageError> {
    let app = crate::web::app(&request);
    if !app.config.logout.session_management {
        return Err(PageError::NotFound);
    }
    let script = assets::of(&request).path("js/check-session.js");
    let page = CheckSessionPage {
        cookie: cookies::state_name(app, &realm),
        script: format!("{}{script}", app.config.server.public_url.base_path()),
    };
    let mut response = HttpResponse::Ok();
    response.content_type("text/html; charset=utf-8").insert_header((header::CACHE_CONTROL, "no-store"));
    let mut response = response.body(page.render()?);
    response.extensions_mut().insert(Framable);
    Ok(response)
}
