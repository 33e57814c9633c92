//! Deleting an application, once its name was typed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::developer::pages::ApplicationDeletePage;
use crate::locale::Message;
use crate::store::clients::Client;
use crate::web::errors::PageError;
use crate::web::form::FormErrors;
use crate::web::signed_in::{SignedIn, SignedInForm};

use super::{PATH, by, named, reach};

/// GET /developer/applications/ID/delete
pub(super) async fn ask(signed_in: SignedIn) -> Result<HttpResponse, PageError> {
    let client = named(&signed_in).await?;
    render(&signed_in, &client, StatusCode::OK, FormErrors::none()).await
}

/// POST /developer/applications/ID/delete
pub(super) async fn remove(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let SignedInForm { signed_in, fields } = form;
    let client = named(&signed_in).await?;
    if fields.get("confirm_name").trim() != client.name() {
        let mut errors = FormErrors::none();
        errors.add("confirm_name", Message::new("error-confirm-name"));
        return render(&signed_in, &client, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let visit = &signed_in.visit;
    visit.app.clients.delete(visit.realm.id, reach(&signed_in), &client.client_id, &by(&signed_in)).await?;
    Ok(visit.see_other(&format!("{PATH}?done=deleted")))
}

async fn render(
    signed_in: &SignedIn,
    client: &Client,
    status: StatusCode,
    errors: FormErrors,
) -> Result<HttpResponse, PageError> {
    let page = ApplicationDeletePage {
        page: signed_in.page(&format!("{PATH}/{}/delete", client.client_id)).await?,
        client_id: client.client_id.clone(),
        name: client.name().to_owned(),
        connected_accounts: signed_in.visit.app.db.connected_accounts(client.realm_id, client.id).await?,
        errors,
    };
    signed_in.visit.html(status, &page)
}
