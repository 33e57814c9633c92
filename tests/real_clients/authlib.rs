//! Authlib (PyPI): code + PKCE, ID token, userinfo, introspection, refresh, revocation, logout.

use super::{BASIC, POST, Place, drive};
use crate::support::database::SetUp;
use crate::support::process::Driver;

/// Rows D1, D3 and D4: both kinds of client, in both realms, with each way to authenticate.
async fn passes(set_up: SetUp) {
    let place = Place::new(set_up).await;
    drive(Driver::Authlib, place.default.public()).await;
    drive(Driver::Authlib, place.second.confidential(BASIC)).await;
    drive(Driver::Authlib, place.default.confidential(POST)).await;
}

#[tokio::test]
async fn authlib_passes_on_sqlite() {
    passes(SetUp::Sqlite).await;
}

#[tokio::test]
async fn authlib_passes_on_postgres_and_redis() {
    passes(SetUp::PostgresRedis).await;
}
