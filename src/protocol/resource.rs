//! The `resource` parameter (RFC 8707 §2).

use url::Url;

use super::{OAuthError, Parameters};

/// The most resources of one request.
const MAX_RESOURCES: usize = 10;

/// The longest resource, in bytes: no resource server's identifier is longer.
pub const MAX_BYTES: usize = 2048;

/// The resources that a request names, each once.
///
/// # Errors
/// `invalid_target`: more than ten, one that is not an absolute URI, or one with a fragment.
pub fn from_parameters(parameters: &Parameters) -> Result<Vec<String>, OAuthError> {
    let mut resources = Vec::<String>::new();
    for resource in parameters.all("resource") {
        if resources.iter().any(|known| known == resource) {
            continue;
        }
        if resources.len() == MAX_RESOURCES {
            return Err(OAuthError::invalid_target("no more than ten resources can be asked for at a time"));
        }
        resources.push(resource.to_owned());
    }
    if resources.iter().all(|resource| is_resource(resource)) {
        return Ok(resources);
    }
    Err(OAuthError::invalid_target("resource must be an absolute URI without a fragment (RFC 8707 section 2)"))
}

/// The spellings by which the resource that somebody names may be registered: as it came, and if it is a web address with scheme and host in
/// lower case, with and without the slash of the root (RFC 3986 §6.2; "Canonical Server URI" of MCP's authorization: clients write either).
pub fn spellings(resource: &str) -> Vec<String> {
    let mut spellings = vec![resource.to_owned()];
    let url = Url::parse(resource).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    if let Some(url) = url.filter(Url::has_host) {
        let bare = (url.path() == "/" && url.query().is_none()).then(|| url.as_str().trim_end_matches('/').to_owned());
        spellings.extend([Some(url.to_string()), bare].into_iter().flatten().filter(|other| other != resource));
    }
    spellings
}

/// RFC 8707 §2: an absolute URI (RFC 3986 §4.3) without a fragment. It is compared as text, never in normalised form.
pub fn is_resource(text: &str) -> bool {
    let is_uri_text = text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) && !text.contains('#');
    is_uri_text && text.len() <= MAX_BYTES && Url::parse(text).is_ok()
}
