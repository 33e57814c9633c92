//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2).
//!
//! The order of the checks is the order of [`answer`]: client, request object and redirect URI first, whose faults are shown here
//! and sent nowhere unknown; then the request's own rules, whose faults go back to the client; then what is due of the user; then code
//! and tokens.

mod due;
mod grantable;
mod issue;
mod refused;
mod request_object;
mod session;

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use crate::clients::directory::DirectoryError;
use crate::ephemeral::limits::Action;
use crate::interaction::{App, Demand, Found, Interaction};
use crate::protocol::OAuthError;
use crate::protocol::Parameters;
use crate::protocol::authorization_request::{self, AuthorizationRequest};
use crate::protocol::client_metadata::ClientKind;
use crate::protocol::grant_type::GrantType;
use crate::protocol::metadata::Metadata;
use crate::protocol::profile::Profile;
use crate::protocol::prompt::Prompt;
use crate::protocol::redirect_uri;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::{display, pkce};
use crate::store::clients::Client;
use crate::store::sessions::Live;
use crate::web::body::Body;
use crate::web::errors::PageError;
use crate::web::origin;
use crate::web::visit::Visit;

use super::answer::Destination;
use due::Due;
use grantable::Grantable;
pub(super) use issue::{Consent, issue};

/// A request that may be answered: its client is known, its redirect URI proven, its own rules kept.
pub(super) struct Asked {
    pub(super) client: Arc<Client>,
    pub(super) request: AuthorizationRequest,
    pub(super) destination: Destination,
    pub(super) grantable: Grantable,
    /// The subject that an ID token hint names.
    pub(super) hinted_sub: Option<String>,
    /// The parameters that count.
    parameters: Parameters,
}

impl Asked {
    /// Whether the answer reaches the client and nobody else: any program on a device may pose as a public client whose redirect URI is
    /// not a claimed https one (security.md).
    fn is_proven(&self) -> bool {
        self.client.kind() == ClientKind::Confidential || self.destination.redirect_uri.is_claimed_https()
    }
}

/// The endpoint's routes.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/oauth2/authorize").get(get).post(post))
        .service(web::resource("/oauth2/authorize/{interaction}").get(resume))
        .service(web::resource("/oauth2/authorize/{interaction}/deny").get(deny));
}

/// What the endpoint can do.
pub(super) fn metadata(metadata: &mut Metadata, profile: Profile) {
    metadata.authorization_endpoint = Some(format!("{}/oauth2/authorize", metadata.issuer));
    metadata.response_types_supported = profile.response_types().to_vec();
    if profile.response_types().iter().any(|response_type| response_type.is_front_channel()) {
        metadata.grant_types_supported.push(GrantType::Implicit);
    }
    metadata.response_modes_supported = ResponseMode::ALL.to_vec();
    metadata.prompt_values_supported = Prompt::ALL.to_vec();
    metadata.display_values_supported = display::Display::ALL.to_vec();
    metadata.code_challenge_methods_supported = pkce::CODE_CHALLENGE_METHODS.iter().map(ToString::to_string).collect();
    metadata.authorization_response_iss_parameter_supported = true;
    metadata.claims_parameter_supported = true;
    request_object::metadata(metadata);
}

async fn get(visit: Visit) -> Result<HttpResponse, PageError> {
    let query = visit.request.query_string().to_owned();
    answer(visit, &query).await
}

/// A POST comes from the client's site, without our cookies: it reads nothing and goes on as a GET of our own.
async fn post(visit: Visit, body: Body) -> Result<HttpResponse, PageError> {
    let visit = visit.as_stranger();
    match Parameters::read(&body) {
        Ok(parameters) => match visit.see_other_with("/oauth2/authorize", &parameters) {
            Some(response) => Ok(response),
            None => refused::request(&visit, &OAuthError::invalid_request("the request is too long")),
        },
        Err(error) => refused::request(&visit, &error),
    }
}

/// A request that has just come.
async fn answer(mut visit: Visit, query: &str) -> Result<HttpResponse, PageError> {
    let asked = match understand(&mut visit, query).await? {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refusal),
    };
    let live = visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?;
    match due::first(&visit, &asked, live.as_ref()).await? {
        Due::Nothing(grant) => issue(&visit, &asked, live.as_ref(), Consent::Held(grant)).await,
        Due::Error(error) => asked.destination.error(&visit, &error),
        step => begin(&visit, &asked, step).await,
    }
}

/// The browser comes back from sign-in or consent.
async fn resume(mut visit: Visit, id: web::Path<PathIds>) -> Result<HttpResponse, PageError> {
    let found = visit.app.interactions.find(visit.realm.id, Some(&visit.browser), &id.interaction, visit.now).await?;
    let Found::Waiting(interaction) = found else { return refused::step(&visit, &found) };
    let asked = match understand_again(&mut visit, &interaction.request).await? {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refusal),
    };
    let live = visit.app.sessions.active(&visit.realm, &visit.secrets, visit.now).await?;
    match due::again(&visit, &asked, live.as_ref(), &interaction).await? {
        Due::Nothing(grant) => match finish(&visit, &interaction.id).await? {
            Found::Waiting(_) => issue(&visit, &asked, live.as_ref(), Consent::Held(grant)).await,
            found => refused::step(&visit, &found),
        },
        Due::Error(error) => match finish(&visit, &interaction.id).await? {
            Found::Waiting(_) => asked.destination.error(&visit, &error),
            found => refused::step(&visit, &found),
        },
        step => Ok(visit.see_other(&page_of(&step, &interaction.id))),
    }
}

/// The user does not want to sign in.
async fn deny(mut visit: Visit, id: web::Path<PathIds>) -> Result<HttpResponse, PageError> {
    let Found::Waiting(interaction) = finish(&visit, &id.interaction).await? else {
        let found = visit.app.interactions.find(visit.realm.id, Some(&visit.browser), &id.interaction, visit.now);
        return refused::step(&visit, &found.await?);
    };
    match understand_again(&mut visit, &interaction.request).await? {
        Ok(asked) => asked.destination.error(&visit, &OAuthError::access_denied("the user did not sign in")),
        Err(refusal) => Ok(refusal),
    }
}

#[derive(serde::Deserialize)]
struct PathIds {
    interaction: String,
}

/// Ends an interaction; of two answers at once one is given.
pub(super) async fn finish(visit: &Visit, id: &str) -> Result<Found, PageError> {
    Ok(visit.app.interactions.finish(visit.realm.id, Some(&visit.browser), id, visit.now).await?)
}

/// A request that has just come, as something that may be answered, or the answer that refuses it.
async fn understand(visit: &mut Visit, query: &str) -> Result<Result<Asked, HttpResponse>, PageError> {
    let (client, sent) = match read(visit, query).await? {
        Ok(read) => read,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match request_object::parameters(visit, &client, &sent).await? {
        Ok(inner) => judge(visit, client, inner.unwrap_or(sent)).await,
        // What the object says does not count then: the error goes where the plain parameters prove that it may.
        Err(error) => match destination(visit, &client, &sent).await? {
            Ok(destination) => destination.error(visit, &error).map(Err),
            Err(refusal) => Ok(Err(refusal)),
        },
    }
}

/// A request that was understood when it came. A request object was taken in its place then, and is not looked at again.
pub(super) async fn understand_again(visit: &mut Visit, kept: &str) -> Result<Result<Asked, HttpResponse>, PageError> {
    match read(visit, kept).await? {
        Ok((client, parameters)) => judge(visit, client, parameters).await,
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The parameters, and the client that they name.
async fn read(visit: &Visit, query: &str) -> Result<Result<(Arc<Client>, Parameters), HttpResponse>, PageError> {
    let parameters = match Parameters::read(query.as_bytes()) {
        Ok(parameters) => parameters,
        Err(error) => return refused::request(visit, &error).map(Err),
    };
    let client_id = match authorization_request::client_id(&parameters) {
        Ok(client_id) => client_id,
        Err(error) => return refused::request(visit, &error).map(Err),
    };
    let asker = || origin::limit_subject(&visit.request);
    match visit.app.directory.client(visit.realm.id, client_id, &asker, visit.now).await {
        Ok(Some(client)) if !client.disabled => Ok(Ok((client, parameters))),
        Ok(_) => refused::client(visit).map(Err),
        Err(DirectoryError::Document(error)) => refused::document(visit, client_id, &error).map(Err),
        Err(DirectoryError::Full(error)) => Err(PageError::Unavailable(error.to_string())),
        Err(DirectoryError::Limited(limited)) => Err(limited.into()),
        Err(DirectoryError::Store(error)) => Err(error.into()),
    }
}

/// Where answers may go, proven, or the page that says why they may not.
async fn destination(
    visit: &Visit,
    client: &Client,
    parameters: &Parameters,
) -> Result<Result<Destination, HttpResponse>, PageError> {
    let sent = match authorization_request::redirect_uri(parameters) {
        Ok(sent) => sent,
        Err(error) => return refused::request(visit, &error).map(Err),
    };
    // The only registered one may be left out (RFC 6749 §3.1.2.3), but not where OpenID Connect is spoken (Core §3.1.2.1).
    let may_be_found = sent.is_some() || !authorization_request::is_openid(parameters);
    let proven = redirect_uri::prove(&client.uris.redirect_uris, sent).filter(|_| may_be_found);
    let Some(redirect_uri) = proven else {
        return refused::redirect_uri(visit, client, sent).await.map(Err);
    };
    Ok(Ok(Destination {
        redirect_uri,
        response_mode: authorization_request::response_mode(parameters),
        state: authorization_request::state(parameters).map(str::to_owned),
        app_name: client.name().to_owned(),
    }))
}

async fn judge(
    visit: &mut Visit,
    client: Arc<Client>,
    parameters: Parameters,
) -> Result<Result<Asked, HttpResponse>, PageError> {
    let destination = match destination(visit, &client, &parameters).await? {
        Ok(destination) => destination,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // From here on the client may be told.
    match rules(visit, &client, &parameters).await? {
        Ok((request, grantable, hinted_sub)) => {
            visit.prefer_languages(&request.ui_locales);
            Ok(Ok(Asked { client, request, destination, grantable, hinted_sub, parameters }))
        }
        Err(error) => destination.error(visit, &error).map(Err),
    }
}

type Understood = (AuthorizationRequest, Grantable, Option<String>);

async fn rules(
    visit: &Visit,
    client: &Client,
    parameters: &Parameters,
) -> Result<Result<Understood, OAuthError>, PageError> {
    let request = match AuthorizationRequest::parse(parameters).and_then(|request| allowed(client, request)) {
        Ok(request) => request,
        Err(error) => return Ok(Err(error)),
    };
    let grantable = match grantable::of(visit, client, &request).await? {
        Ok(grantable) => grantable,
        Err(error) => return Ok(Err(error)),
    };
    if let Err(error) = reachable(visit, &request) {
        return Ok(Err(error));
    }
    match hinted_sub(visit, client, request.id_token_hint.as_deref()).await? {
        Ok(sub) => Ok(one_subject(sub, request.claims.sub.as_ref()).map(|sub| (request, grantable, sub))),
        Err(error) => Ok(Err(error)),
    }
}

/// The subject that an ID token of ours for this client names.
async fn hinted_sub(
    visit: &Visit,
    client: &Client,
    hint: Option<&str>,
) -> Result<Result<Option<String>, OAuthError>, PageError> {
    let Some(hint) = hint else { return Ok(Ok(None)) };
    let hint = visit.app.tokens.id_token_hint(&visit.realm, hint, visit.now).await?;
    let refused =
        || OAuthError::invalid_request("id_token_hint is not an ID token that was issued to this client here");
    Ok(hint.filter(|hint| hint.is_for(&client.client_id)).map(|hint| Some(hint.sub)).ok_or_else(refused))
}

/// The user whom the hint names, or the parameter `claims` (OpenID Connect Core §5.5.1): both mean one.
fn one_subject(hinted: Option<String>, demanded: Option<&String>) -> Result<Option<String>, OAuthError> {
    match (hinted, demanded) {
        (Some(hinted), Some(demanded)) if hinted != *demanded => {
            Err(OAuthError::invalid_request("id_token_hint and claims name different users"))
        }
        (hinted, demanded) => Ok(hinted.or_else(|| demanded.cloned())),
    }
}

/// OpenID Connect Core §5.5.1.1 and Unmet Authentication Requirements §2: an essential authentication class that nobody can reach here.
fn reachable(visit: &Visit, request: &AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(acr) = request.claims.acr.as_ref().filter(|acr| acr.essential && !acr.values.is_empty()) else {
        return Ok(());
    };
    if acr.values.contains(&visit.app.config.acr.single_factor) {
        return Ok(());
    }
    Err(OAuthError::unmet_authentication_requirements("none of the essential values of acr can be reached here"))
}

/// What the client's registration and its profile allow.
fn allowed(client: &Client, request: AuthorizationRequest) -> Result<AuthorizationRequest, OAuthError> {
    // Response types and grants belong together, which registration has checked.
    if !client.metadata.response_types.contains(&request.response_type) {
        return Err(OAuthError::unauthorized_client("the client is not registered for this response_type"));
    }
    let needs_pkce = request.response_type.has_code() && client.settings.profile.requires_pkce(client.kind());
    if needs_pkce && request.code_challenge.is_none() {
        return Err(OAuthError::invalid_request("code_challenge is missing: PKCE with S256 is required (RFC 7636)"));
    }
    Ok(request)
}

/// Keeps the request and sends the browser to the page of the step that is due.
async fn begin(visit: &Visit, asked: &Asked, step: Due) -> Result<HttpResponse, PageError> {
    let (app, now) = (&visit.app, visit.now);
    limit(visit).await?;
    let demand = |id: &str| demand(visit, asked, id);
    let interaction =
        app.interactions.begin(visit.realm.id, &visit.browser, demand, asked.parameters.encode(), now).await?;
    Ok(visit.see_other(&page_of(&step, &interaction.id)))
}

/// What costs more than a look is counted by address.
async fn limit(visit: &Visit) -> Result<(), PageError> {
    let (app, subject) = (&visit.app, origin::limit_subject(&visit.request));
    app.limiter.count(visit.realm.id, Action::Authorize, &subject, app.config.limits.authorize, visit.now).await?;
    Ok(())
}

fn demand(visit: &Visit, asked: &Asked, id: &str) -> Demand {
    let (request, metadata) = (&asked.request, &asked.client.metadata);
    Demand {
        app: Some(App {
            client_id: asked.client.client_id.clone(),
            name: asked.client.name().to_owned(),
            host: asked.destination.redirect_uri.destination().to_owned(),
            policy_url: metadata.policy_uri.clone(),
            terms_url: metadata.tos_uri.clone(),
        }),
        login_hint: request.login_hint.clone(),
        ui_locales: request.ui_locales.clone(),
        authenticated_since: due::authenticated_since(asked, visit.now),
        choose_account: request.prompt.contains(Prompt::SelectAccount),
        sign_up: request.prompt.contains(Prompt::Create),
        return_path: format!("/oauth2/authorize/{id}"),
    }
}

fn page_of(step: &Due, interaction: &str) -> String {
    let page = match step {
        Due::Consent => "/consent",
        Due::UpdatePassword => crate::web::signed_in::UPDATE_PASSWORD,
        Due::ChooseAccount => "/account-chooser",
        Due::SignUp => "/signup",
        Due::SignIn | Due::Nothing(_) | Due::Error(_) => "/login",
    };
    format!("{page}?interaction={interaction}")
}

/// The interaction that a page of this feature is for, understood again.
pub(super) async fn waiting(
    visit: &mut Visit,
    id: &str,
) -> Result<Result<(Box<Interaction>, Asked), HttpResponse>, PageError> {
    let found = visit.app.interactions.find(visit.realm.id, Some(&visit.browser), id, visit.now).await?;
    let Found::Waiting(interaction) = found else { return refused::step(visit, &found).map(Err) };
    let query = interaction.request.clone();
    Ok(understand_again(visit, &query).await?.map(|asked| (interaction, asked)))
}

/// What is due of the user before the code, as the consent page asks again.
pub(super) async fn due_again(
    visit: &Visit,
    asked: &Asked,
    live: Option<&Live>,
    interaction: &Interaction,
) -> Result<Due, PageError> {
    due::again(visit, asked, live, interaction).await
}

/// Whether consent, and nothing before it, is due.
pub(super) const fn is_consent(due: &Due) -> bool {
    matches!(due, Due::Consent)
}

/// The page of a step that cannot be taken any more.
pub(super) fn step_over(visit: &Visit, found: &Found) -> Result<HttpResponse, PageError> {
    refused::step(visit, found)
}
