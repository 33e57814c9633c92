//! The form of an application: what was filled in, the metadata that it stands for, and what is wrong with it.

use crate::locale::{Message, Translator};
use crate::protocol::FieldError;
use crate::protocol::client_metadata::{ClientMetadata, LogoutUris};
use crate::protocol::grant_type::GrantType;
use crate::protocol::redirect_uri::RedirectUriFault;
use crate::protocol::response_type::ResponseType;
use crate::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use crate::web::form::FormErrors;
use crate::web::submitted::Fields;

use crate::developer::pages::ApplicationKind;

/// What was filled in.
#[derive(Debug, Clone, Default)]
pub(super) struct FilledIn {
    pub(super) name: String,
    pub(super) redirect_uris: String,
    pub(super) post_logout_redirect_uris: String,
    pub(super) backchannel_logout_uri: String,
    pub(super) frontchannel_logout_uri: String,
    pub(super) is_first_party: bool,
}

impl FilledIn {
    /// From the form.
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            name: fields.get("name").trim().to_owned(),
            redirect_uris: fields.get("redirect_uris").to_owned(),
            post_logout_redirect_uris: fields.get("post_logout_redirect_uris").to_owned(),
            backchannel_logout_uri: fields.get("backchannel_logout_uri").trim().to_owned(),
            frontchannel_logout_uri: fields.get("frontchannel_logout_uri").trim().to_owned(),
            is_first_party: fields.is_ticked("first_party"),
        }
    }

    /// From an application.
    pub(super) fn of(metadata: &ClientMetadata, name: &str, is_first_party: bool) -> Self {
        Self {
            name: name.to_owned(),
            redirect_uris: metadata.redirect_uris.join("\n"),
            post_logout_redirect_uris: metadata.post_logout_redirect_uris.join("\n"),
            backchannel_logout_uri: metadata.logout.backchannel_logout_uri.clone().unwrap_or_default(),
            frontchannel_logout_uri: metadata.logout.frontchannel_logout_uri.clone().unwrap_or_default(),
            is_first_party,
        }
    }

    /// `before` with what was filled in.
    pub(super) fn metadata(&self, before: ClientMetadata) -> ClientMetadata {
        ClientMetadata {
            client_name: Some(self.name.clone()),
            redirect_uris: lines(&self.redirect_uris),
            post_logout_redirect_uris: lines(&self.post_logout_redirect_uris),
            logout: LogoutUris {
                backchannel_logout_uri: given(&self.backchannel_logout_uri),
                frontchannel_logout_uri: given(&self.frontchannel_logout_uri),
                ..before.logout
            },
            ..before
        }
    }

    /// What is wrong, in the reader's language.
    pub(super) fn faults(metadata: &ClientMetadata, reader: &Translator) -> FormErrors {
        let mut errors = FormErrors::none();
        let Err(faults) = metadata.validate() else { return errors };
        let uri_fault = |field, uris| uri_fault(metadata, field, uris, reader);
        for fault in &faults {
            let (field, message) = match fault.field {
                "client_name" => ("name", Message::new("error-application-name")),
                field @ "redirect_uris" => (field, uri_fault(field, &metadata.redirect_uris)),
                field @ "post_logout_redirect_uris" => (field, uri_fault(field, &metadata.post_logout_redirect_uris)),
                field @ "backchannel_logout_uri" => (field, Message::new("error-backchannel-logout")),
                field @ "frontchannel_logout_uri" => (field, Message::new("error-frontchannel-logout")),
                _ => {
                    errors.add_general(said(fault));
                    continue;
                }
            };
            // Each field says one thing at a time.
            if errors.of(field).is_none() {
                errors.add(field, message);
            }
        }
        errors
    }
}

/// The metadata of a new application of this kind.
pub(super) fn metadata_of(kind: ApplicationKind) -> ClientMetadata {
    let token_endpoint_auth_method =
        if kind.keeps_a_secret() { TokenEndpointAuthMethod::ClientSecretBasic } else { TokenEndpointAuthMethod::None };
    let (grant_types, response_types) = match kind {
        ApplicationKind::Service => (vec![GrantType::ClientCredentials], Vec::new()),
        _ => (vec![GrantType::AuthorizationCode, GrantType::RefreshToken], vec![ResponseType::Code]),
    };
    ClientMetadata { grant_types, response_types, token_endpoint_auth_method, ..ClientMetadata::default() }
}

/// A fault that no field of this form can have.
fn said(fault: &FieldError) -> Message {
    Message::new("error-redirect-uri").with("uri", fault.field).with("reason", fault.message.clone())
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// An address that may be left empty.
fn given(address: &str) -> Option<String> {
    (!address.is_empty()).then(|| address.to_owned())
}

/// What is wrong with the first URI of a list that is not right.
fn uri_fault(metadata: &ClientMetadata, field: &str, uris: &[String], reader: &Translator) -> Message {
    if uris.is_empty() {
        return Message::new("error-redirects-missing");
    }
    for (index, uri) in uris.iter().enumerate() {
        let reason = match metadata.read_uri(field, uri) {
            Err(fault) => reason(fault),
            Ok(_) if uris[..index].contains(uri) => "redirect-fault-twice",
            Ok(_) => continue,
        };
        return Message::new("error-redirect-uri").with("uri", uri).with("reason", reader.text(reason));
    }
    Message::new("error-redirects-many")
}

const fn reason(fault: RedirectUriFault) -> &'static str {
    match fault {
        RedirectUriFault::TooLong => "redirect-fault-long",
        RedirectUriFault::NotAbsolute => "redirect-fault-absolute",
        RedirectUriFault::Character => "redirect-fault-character",
        RedirectUriFault::Wildcard => "redirect-fault-wildcard",
        RedirectUriFault::Fragment => "redirect-fault-fragment",
        RedirectUriFault::UserInfo => "redirect-fault-user-info",
        RedirectUriFault::DangerousScheme => "redirect-fault-scheme",
        RedirectUriFault::PlainHttp => "redirect-fault-http",
        RedirectUriFault::Implicit => "redirect-fault-implicit",
        RedirectUriFault::PrivateUseOfConfidential => "redirect-fault-private",
        RedirectUriFault::Host => "redirect-fault-host",
        RedirectUriFault::DotSegment => "redirect-fault-dots",
        RedirectUriFault::ResponseParameter => "redirect-fault-parameter",
    }
}
