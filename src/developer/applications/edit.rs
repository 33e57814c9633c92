//! Registering and changing an application.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::clients::{Configuration, Error, NewClient};
use crate::developer::pages::{ApplicationFormPage, ApplicationKind, ExistingApplication, SecretRow};
use crate::locale::Message;
use crate::store::clients::{Client, Settings};
use crate::web::errors::PageError;
use crate::web::form::FormErrors;
use crate::web::signed_in::{SignedIn, SignedInForm};
use crate::web::submitted::Fields;

use super::filled_in::{FilledIn, metadata_of};
use super::{PATH, by, configuration, issued, kind, named, reach};

/// In the place of a secret in configuration to copy: the secret itself is known to nobody here.
const PLACEHOLDER: &str = "CLIENT_SECRET";

/// GET /developer/applications/new
pub(super) async fn show_new(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    require_self_service(&signed_in)?;
    render(&signed_in, None, ApplicationKind::Web, FilledIn::default(), FormErrors::none()).await
}

/// POST /developer/applications/new
pub(super) async fn create(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let SignedInForm { signed_in, fields } = form;
    require_self_service(&signed_in)?;
    let (kind, filled_in) = (chosen(&fields)?, FilledIn::read(&fields));
    let metadata = filled_in.metadata(metadata_of(kind));
    let (visit, user) = (&signed_in.visit, &signed_in.live.user);
    let first_party = user.administrator && filled_in.is_first_party;
    let new = NewClient {
        first_party,
        settings: Settings { skip_consent: first_party, ..Settings::default() },
        ..NewClient::new(visit.realm.id, Some(user.id), metadata.clone())
    };
    match visit.app.clients.create(new, &by(&signed_in)).await {
        Ok(made) => issued(&signed_in, &made).await,
        Err(Error::Invalid(_)) => {
            let faults = FilledIn::faults(&metadata, &visit.translator);
            render(&signed_in, None, kind, filled_in, faults).await
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /developer/applications/ID
pub(super) async fn show(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    let client = named(&signed_in).await?;
    let filled_in = FilledIn::of(&client.metadata, client.name(), client.first_party);
    render(&signed_in, Some(&client), kind(&client), filled_in, FormErrors::none()).await
}

/// POST /developer/applications/ID
pub(super) async fn update(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let SignedInForm { signed_in, fields } = form;
    let (client, filled_in) = (named(&signed_in).await?, FilledIn::read(&fields));
    let metadata = filled_in.metadata(client.metadata.clone());
    let (visit, by) = (&signed_in.visit, by(&signed_in));
    let (clients, realm) = (&visit.app.clients, visit.realm.id);
    // Only an administrator says whose it is; from anyone else the box is not even shown.
    let changed = if signed_in.live.user.administrator && filled_in.is_first_party != client.first_party {
        let first_party = filled_in.is_first_party;
        let settings = Settings { skip_consent: first_party, ..client.settings.clone() };
        let configuration = Configuration { metadata: metadata.clone(), first_party, settings };
        clients.configure(realm, &client.client_id, configuration, &by).await
    } else {
        clients.update(realm, reach(&signed_in), &client.client_id, metadata.clone(), &by).await
    };
    match changed {
        Ok(_) => Ok(visit.see_other(&format!("{PATH}/{}?done=saved", client.client_id))),
        Err(Error::Invalid(_)) => {
            let faults = FilledIn::faults(&metadata, &visit.translator);
            render(&signed_in, Some(&client), kind(&client), filled_in, faults).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Who may register applications here.
fn require_self_service(signed_in: &SignedIn) -> Result<(), PageError> {
    let visit = &signed_in.visit;
    let may = signed_in.live.user.administrator || visit.app.allows_self_service(&visit.realm);
    if may { Ok(()) } else { Err(PageError::Forbidden) }
}

fn chosen(fields: &Fields) -> Result<ApplicationKind, PageError> {
    let kind = ApplicationKind::ALL.into_iter().find(|kind| kind.as_str() == fields.get("kind"));
    kind.ok_or(PageError::BadRequest)
}

async fn render(
    signed_in: &SignedIn,
    client: Option<&Client>,
    kind: ApplicationKind,
    filled_in: FilledIn,
    errors: FormErrors,
) -> Result<HttpResponse, PageError> {
    let path = client.map_or_else(|| format!("{PATH}/new"), |client| format!("{PATH}/{}", client.client_id));
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let saved = crate::web::query(&signed_in.visit.request, "done").is_some_and(|done| done == "saved");
    let page = ApplicationFormPage {
        page: signed_in.page(&path).await?,
        existing: client.map(|client| existing(signed_in, client)),
        name: filled_in.name,
        kind,
        redirect_uris: filled_in.redirect_uris,
        post_logout_redirect_uris: filled_in.post_logout_redirect_uris,
        backchannel_logout_uri: filled_in.backchannel_logout_uri,
        frontchannel_logout_uri: filled_in.frontchannel_logout_uri,
        is_first_party: filled_in.is_first_party,
        notice: (saved && errors.is_empty()).then(|| Message::new("application-saved")),
        errors,
    };
    signed_in.visit.html(status, &page)
}

fn existing(signed_in: &SignedIn, client: &Client) -> ExistingApplication {
    let now = signed_in.visit.now;
    let live = client.secrets.iter().filter(|secret| secret.is_live(now));
    let placeholder = kind(client).keeps_a_secret().then(|| PLACEHOLDER.to_owned());
    ExistingApplication {
        client_id: client.client_id.clone(),
        secrets: live.map(|secret| SecretRow { id: secret.id.to_string(), created_at: secret.created_at }).collect(),
        snippets: configuration(signed_in, client, placeholder),
    }
}
