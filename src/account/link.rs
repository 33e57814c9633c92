//! One-time links: the address that opened a page carries the token, and the page's form sends it back.

use crate::ephemeral::limits::{Action, Counted};
use crate::secret::Secret;
use crate::web;
use crate::web::errors::PageError;
use crate::web::origin::limit_subject;
use crate::web::visit::Visit;

/// The token in the page's address.
pub(super) fn asked(visit: &Visit) -> Secret {
    Secret::from(web::query(&visit.request, "token").unwrap_or_default())
}

/// Counts a try, before it is made: whoever guesses at links is stopped.
pub(super) async fn count(visit: &Visit) -> Result<Counted, PageError> {
    let (limit, subject) = (visit.app.config.limits.link, limit_subject(&visit.request));
    Ok(visit.app.limiter.count(visit.realm.id, Action::Link, &subject, limit, visit.now).await?)
}

/// A link that was right does not count.
pub(super) async fn forgive(visit: &Visit, counted: &Counted) {
    visit.app.limiter.forgive(counted, visit.now).await;
}
