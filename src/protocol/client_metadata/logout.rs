//! How a client learns that its user has signed out (OpenID Connect Back-Channel Logout §2.2, Front-Channel Logout §2).

use serde::{Deserialize, Serialize};
use url::Url;

use crate::protocol::FieldError;
use crate::protocol::claims::is_web_address;

/// Where a client is told of logouts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogoutUris {
    /// Where logout tokens are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether a logout token must name the session. Ours always do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    /// What the browser loads in a hidden frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether `iss` and `sid` are added to it. We always add them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frontchannel_logout_session_required: bool,
}

impl LogoutUris {
    /// Whether the client is told at all.
    pub const fn are_given(&self) -> bool {
        self.backchannel_logout_uri.is_some() || self.frontchannel_logout_uri.is_some()
    }

    /// Web addresses without a fragment; what the browser loads is of the origin of a redirect URI (Front-Channel Logout §2).
    pub(super) fn check(&self, redirect_uris: &[String], faults: &mut Vec<FieldError>) {
        let uris = [
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("frontchannel_logout_uri", &self.frontchannel_logout_uri),
        ];
        for (field, uri) in uris {
            if uri.as_ref().is_some_and(|text| !is_web_address(text) || text.contains('#')) {
                faults
                    .push(FieldError::new(field, "must be a web address that begins with https://, without fragment"));
            }
        }
        let origin = |text: &String| Url::parse(text).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
        let of_a_redirect_uri = |uri: &String| {
            origin(uri).is_none_or(|own| redirect_uris.iter().any(|other| origin(other) == Some(own.clone())))
        };
        if !self.frontchannel_logout_uri.as_ref().is_none_or(of_a_redirect_uri) {
            let message = "must have scheme, host and port of one of redirect_uris";
            faults.push(FieldError::new("frontchannel_logout_uri", message));
        }
    }
}
