//! The discovery documents (OpenID Connect Discovery §3, RFC 8414 §3): what each feature says that it offers, written once and
//! served as bytes.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse, web};
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::app::App;
use crate::protocol::claims::CLAIMS_SUPPORTED;
use crate::protocol::metadata::Metadata;
use crate::protocol::subject_type::SubjectType;
use crate::protocol::{entity_tag, scope};
use crate::store::epochs::Cached;
use crate::web::errors::{ProtocolError, failed};
use crate::web::realm::{self, Realm};
use crate::web::{cors, published};
use crate::{oauth, oidc};

/// How long an application may keep a document.
const CACHE_CONTROL: &str = "public, max-age=300";
const REALMS: usize = 10_000;

/// A document with its strong entity tag.
#[derive(Debug)]
struct Document {
    bytes: web::Bytes,
    etag: HeaderValue,
    generations: [u64; 3],
}

/// The documents of every realm, as they are served.
#[derive(Debug)]
pub struct Documents(Cache<Uuid, Arc<Document>>);

impl Default for Documents {
    fn default() -> Self {
        Self(Cache::new(REALMS))
    }
}

/// The documents below a realm's address.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(document_at("/.well-known/openid-configuration"))
        .service(document_at("/.well-known/oauth-authorization-server"));
}

/// RFC 8414 §3.1: the well-known part comes before the issuer's path, a base path included.
pub(super) fn at_the_root(config: &mut web::ServiceConfig, base: &str) {
    let root = "/.well-known/oauth-authorization-server";
    config.service(document_at(&format!("{root}{base}/r/{{realm}}")));
    if !base.is_empty() {
        config.service(document_at(&format!("{root}{base}")));
    }
}

/// Clients in the browser read it too, preflight included.
fn document_at(path: &str) -> impl HttpServiceFactory + use<> {
    web::resource(path).wrap(cors::any_origin()).get(serve)
}

async fn serve(
    request: HttpRequest,
    realm: Realm,
    documents: web::Data<Documents>,
) -> Result<HttpResponse, ProtocolError> {
    let document = document(crate::web::app(&request), &realm, &documents).await?;
    let cache_control = HeaderValue::from_static(CACHE_CONTROL);
    Ok(published(&request, "application/json", cache_control, &document.etag, &document.bytes))
}

async fn document(app: &App, realm: &realm::Realm, documents: &Documents) -> Result<Arc<Document>, ProtocolError> {
    let generations = [Cached::Realms, Cached::Keys, Cached::ResourceServers].map(|kind| app.db.generation(kind));
    if let Some(known) = documents.0.get(&realm.id).filter(|known| known.generations == generations) {
        return Ok(known);
    }
    let bytes = serde_json::to_vec(&assemble(app, realm).await?).map_err(|error| failed(false, &error))?;
    let etag = HeaderValue::try_from(entity_tag::strong(&bytes)).map_err(|error| failed(false, &error))?;
    let document = Arc::new(Document { bytes: bytes.into(), etag, generations });
    documents.0.insert(realm.id, Arc::clone(&document));
    Ok(document)
}

/// Every feature adds what really works.
async fn assemble(app: &App, realm: &realm::Realm) -> Result<Metadata, ProtocolError> {
    let mut metadata = Metadata::new(realm.issuer.clone());
    metadata.scopes_supported = scope::STANDARD.iter().map(ToString::to_string).collect();
    // Several resource servers may know one scope. None knows a standard one.
    let servers = app.db.resource_servers(realm.id).await?;
    let scopes: BTreeSet<_> = servers.into_iter().flat_map(|server| server.scopes).map(|known| known.scope).collect();
    metadata.scopes_supported.extend(scopes);
    metadata.subject_types_supported = SubjectType::ALL.to_vec();
    metadata.claim_types_supported = vec!["normal".to_owned()];
    metadata.claims_supported = CLAIMS_SUPPORTED.iter().map(ToString::to_string).collect();
    metadata.ui_locales_supported = app.locale.tags().map(str::to_owned).collect();
    metadata.acr_values_supported = vec![app.config.acr.single_factor.clone()];
    let keys = app.keys.realm(realm.id, app.clock.now()).await?;
    metadata.id_token_signing_alg_values_supported = keys.algorithms().collect();
    metadata.userinfo_signing_alg_values_supported = keys.algorithms().collect();
    metadata.request_object_encryption_alg_values_supported = keys.key_management_algorithms().collect();
    metadata.client_id_metadata_document_supported = app.config.registration.takes_documents();
    oauth::metadata(&mut metadata, app.default_profile(realm), app.registration_mode(realm));
    oidc::metadata(&mut metadata, app);
    Ok(metadata)
}
