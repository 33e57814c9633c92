//! Clearing away what is over: nothing before its time, and all of it then.

use std::time::Duration;

use actix_web::http::header;
use actix_web::test::TestRequest;
use tessera::config::Period;
use tessera::jobs;
use tessera::protocol::identifier::IdentifierKind;
use tessera::secret::sha256;
use tessera::users::Account;

use super::backchannel::rows;
use crate::oauth::world::{Place, SECRET, World, basic};
use crate::support::database::in_every_set_up;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const WEEK: u64 = 7 * 24 * HOUR;
/// More rows than are cleared away at a time.
const MANY: i64 = 501;

/// A family and its session, and a revocation of its access token; its refresh token.
async fn login(world: &World) -> String {
    let tokens = world.tokens("openid offline_access").await;
    let revoked = [("token", tokens["access_token"].as_str().unwrap())];
    let request = TestRequest::post().insert_header((header::AUTHORIZATION, basic("web", SECRET)));
    assert_eq!(world.machine(request.set_form(revoked), "/oauth2/revoke").await.status, 200);
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

async fn invite(world: &World) {
    let account =
        Account { identifiers: vec![(IdentifierKind::Email, "bob@example.com".to_owned())], ..Account::default() };
    let day = Duration::from_secs(24 * HOUR);
    world.test.app.users.invite(world.realm.id, account, day, &world.operator()).await.unwrap();
}

/// Revocations of tokens that end when the first login's does.
async fn revoke_many(world: &World) {
    let (realm, end) = (world.realm.id, world.test.clock.now() + Duration::from_secs(15 * MINUTE));
    let hashes: Vec<_> = (1..MANY).map(|number: i64| sha256(&number.to_be_bytes())).collect();
    let written = world.test.app.db.write(async move |tx| {
        for hash in &hashes {
            tx.revoke_token(realm, *hash, end).await?;
        }
        Ok(())
    });
    written.await.unwrap();
}

// A revocation is kept while its token could be shown; a family, a session and a link a week longer, so that a late replay is known for
// what it is. What still lives stays.
in_every_set_up!(what_is_over_is_cleared_away_in_its_time_and_nothing_else_is, async |set_up| {
    let world = World::at(set_up, Place::Root, |config| {
        config.lifetimes.session_absolute = Period::hours(1);
        config.lifetimes.family_absolute = Period::hours(2);
    })
    .await;
    login(&world).await;
    revoke_many(&world).await;
    invite(&world).await;
    let purged = async || {
        jobs::purge(&world.test.app).await.unwrap();
        let mut left = [0; 4];
        for (left, table) in left.iter_mut().zip(["revoked_tokens", "families", "sessions", "one_time"]) {
            *left = rows(&world, table).await;
        }
        left
    };
    assert_eq!(purged().await, [MANY, 1, 1, 1]);
    let mut at = 0;
    for (then, left) in [
        (15 * MINUTE - 1, [MANY, 1, 1, 1]),
        (15 * MINUTE, [0, 1, 1, 1]),
        (WEEK + HOUR - 1, [0, 1, 1, 1]),
        (WEEK + HOUR, [0, 1, 0, 1]),
        (WEEK + 2 * HOUR - 1, [0, 1, 0, 1]),
    ] {
        world.advance(then - at);
        at = then;
        assert_eq!(purged().await, left, "after {then} s");
    }
    let refresh_token = login(&world).await;
    world.advance(1);
    assert_eq!(purged().await, [1, 1, 1, 1]);
    assert_eq!(world.refresh("web", &refresh_token).await.status, 200);
    world.advance(22 * HOUR);
    assert_eq!(purged().await, [0, 1, 1, 0]);
});
