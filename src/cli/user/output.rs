//! Users as lines, tables and JSON.

use serde_json::{Value, json};

use crate::cli::report::{Report, instant, yes};
use crate::store::users::{Page, User, UserIdentifier};

use super::status_word;

/// One user.
pub(in crate::cli) fn show(user: &User, identifiers: &[UserIdentifier]) -> Report {
    let mut pairs = vec![("id", user.id.to_string()), ("subject", user.sub.clone())];
    for one in identifiers {
        let verified = if one.verified_at.is_some() { " (verified)" } else { "" };
        pairs.push((label(one), format!("{}{verified}", one.display)));
    }
    pairs.extend([
        ("name", user.claims.name.clone().unwrap_or_default()),
        ("status", status_word(user.status).to_owned()),
        ("administrator", yes(user.administrator)),
        ("made", instant(user.created_at)),
        ("changed", instant(user.updated_at)),
    ]);
    Report::record(&pairs, as_json(user, identifiers))
}

/// A page of users.
pub(in crate::cli) fn list(page: &Page) -> Report {
    let row = |(user, identifiers): &(User, Vec<UserIdentifier>)| {
        let names: Vec<_> = identifiers.iter().map(|one| one.display.as_str()).collect();
        let name = user.claims.name.clone().unwrap_or_default();
        vec![names.join(", "), name, status_word(user.status).to_owned(), yes(user.administrator), user.id.to_string()]
    };
    let rows: Vec<_> = page.users.iter().map(row).collect();
    let users: Vec<_> = page.users.iter().map(|(user, identifiers)| as_json(user, identifiers)).collect();
    let next = page.next.map(|next| next.to_string());
    let json = json!({ "users": users, "next": next });
    let report = Report::table(&["IDENTIFIERS", "NAME", "STATUS", "ADMINISTRATOR", "ID"], &rows, json);
    match next {
        Some(next) => report.followed_by(&format!("There are more: --after {next}")),
        None => report,
    }
}

fn label(identifier: &UserIdentifier) -> &'static str {
    use crate::protocol::identifier::IdentifierKind;
    match identifier.kind {
        IdentifierKind::UserName => "user name",
        IdentifierKind::Email => "e-mail",
        IdentifierKind::Phone => "phone",
    }
}

fn as_json(user: &User, identifiers: &[UserIdentifier]) -> Value {
    let identifier = |one: &UserIdentifier| json!({ "kind": one.kind, "value": one.display, "primary": one.is_primary, "verified_at": one.verified_at });
    json!({
        "id": user.id.to_string(),
        "sub": user.sub,
        "status": status_word(user.status),
        "administrator": user.administrator,
        "identifiers": identifiers.iter().map(identifier).collect::<Vec<_>>(),
        "claims": user.claims,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    })
}
