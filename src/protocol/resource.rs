//! The `resource` parameter (RFC 8707 §2).

use url::Url;

use super::{OAuthError, Parameters};

/// The most resources of one request.
const MAX_RESOURCES: usize = 10;

/// The resources that a request names, each once.
///
/// # Errors
/// `invalid_target`: more than ten, one that is not an absolute URI, or one with a fragment.
pub fn from_parameters(parameters: &Parameters) -> Result<Vec<String>, OAuthError> {
    let mut resources = Vec::<String>::new();
    for resource in parameters.all("resource") {
        if !resources.iter().any(|known| known == resource) {
            resources.push(resource.to_owned());
        }
    }
    if resources.len() > MAX_RESOURCES {
        return Err(OAuthError::invalid_target("no more than ten resources can be asked for at a time"));
    }
    if resources.iter().all(|resource| is_resource(resource)) {
        return Ok(resources);
    }
    Err(OAuthError::invalid_target("resource must be an absolute URI without a fragment (RFC 8707 section 2)"))
}

/// RFC 8707 §2: an absolute URI (RFC 3986 §4.3) without a fragment. It is compared as text, never in normalised form.
pub fn is_resource(text: &str) -> bool {
    let is_uri_text = text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) && !text.contains('#');
    is_uri_text && text.len() <= 2048 && Url::parse(text).is_ok()
}
