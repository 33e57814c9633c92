//! The secrets of an application: one more, and one less.

use actix_web::HttpResponse;

use crate::clients::Error;
use crate::web::errors::PageError;
use crate::web::signed_in::SignedInForm;

use super::{PATH, by, issued, named, reach};

/// POST /developer/applications/ID/secrets
pub(super) async fn add(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let signed_in = form.signed_in;
    let client = named(&signed_in).await?;
    let visit = &signed_in.visit;
    let added =
        visit.app.clients.add_secret(visit.realm.id, reach(&signed_in), &client.client_id, &by(&signed_in)).await;
    match added {
        Ok(made) => issued(&signed_in, &made).await,
        // There are two already, as after a double click: the page shows them.
        Err(Error::Invalid(_)) => Ok(visit.see_other(&format!("{PATH}/{}", client.client_id))),
        Err(error) => Err(error.into()),
    }
}

/// POST /developer/applications/ID/secrets/delete
pub(super) async fn remove(form: SignedInForm) -> Result<HttpResponse, PageError> {
    let signed_in = form.signed_in;
    let client = named(&signed_in).await?;
    let secret = form.fields.get("secret").parse().map_err(|_| PageError::BadRequest)?;
    let (visit, by) = (&signed_in.visit, by(&signed_in));
    let removed =
        visit.app.clients.remove_secret(visit.realm.id, reach(&signed_in), &client.client_id, secret, &by).await;
    match removed {
        // The only one stays.
        Ok(()) | Err(Error::Invalid(_)) => Ok(visit.see_other(&format!("{PATH}/{}?done=saved", client.client_id))),
        Err(error) => Err(error.into()),
    }
}
