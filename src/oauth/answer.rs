//! The authorization response: parameters on their way to a redirect URI that has been proven (RFC 6749 §4.1.2).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::protocol::OAuthError;
use crate::protocol::redirect_uri::RedirectUri;
use crate::protocol::response_mode::ResponseMode;
use crate::web::errors::PageError;
use crate::web::visit::Visit;

use super::pages::FormPostPage;

/// Where an answer may go. It can be made only from a URI that the client's registration has proven.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    /// The redirect URI.
    pub(super) redirect_uri: RedirectUri,
    /// How the answer travels.
    pub(super) response_mode: ResponseMode,
    /// Echoed as it came.
    pub(super) state: Option<String>,
    /// The application's name, for the page that posts the answer.
    pub(super) app_name: String,
}

impl Destination {
    /// An error for the client (RFC 6749 §4.1.2.1).
    pub(super) fn error(&self, visit: &Visit, error: &OAuthError) -> Result<HttpResponse, PageError> {
        tracing::debug!(code = error.code().as_str(), description = error.description(), "authorization refused");
        let (code, description) = (error.code().as_str(), error.description());
        self.send(visit, &[("error", code.to_owned()), ("error_description", description.to_owned())])
    }

    /// Sends an answer. Every one carries `state` as it came and the issuer (RFC 9207 §2).
    pub(super) fn send(&self, visit: &Visit, answer: &[(&str, String)]) -> Result<HttpResponse, PageError> {
        let state = self.state.as_deref().map(|state| ("state", state));
        let iss = ("iss", visit.realm.issuer.as_str());
        let parameters = answer.iter().map(|(name, value)| (*name, value.as_str())).chain(state).chain([iss]);
        match self.response_mode {
            ResponseMode::Query => Ok(visit.redirect(&self.redirect_uri.with_parameters(parameters))),
            ResponseMode::Fragment => Ok(visit.redirect(&self.redirect_uri.with_fragment(parameters))),
            ResponseMode::FormPost => {
                let page = FormPostPage {
                    page: visit.page("/oauth2/authorize", None),
                    app_name: self.app_name.clone(),
                    action: self.redirect_uri.as_str().to_owned(),
                    parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                };
                visit.html(StatusCode::OK, &page)
            }
        }
    }
}
