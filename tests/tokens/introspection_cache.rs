//! storage.md "Caches": liveness is read each time; only `tokens.introspection_cache` allows an older answer, and never one from before
//! what this node has done itself.

use tessera::config::{Config, Period};
use tessera::protocol::Scope;
use tessera::protocol::claims::StandardClaims;
use tessera::store::Tx;
use tessera::store::clients::Client;
use tessera::store::events::Origin;
use tessera::store::users::Status;

use crate::support::database::{self, Database, SetUp, on_both_databases};
use crate::support::realm_keys;
use crate::support::world::World;

fn config(seconds: u64) -> Config {
    let mut config = realm_keys::config();
    config.tokens.introspection_cache = Period::seconds(seconds);
    config
}

async fn is_alive(world: &World<'_>, token: &str) -> bool {
    world.tokens.inspect_access_token(&world.database.realm, token, world.now()).await.unwrap().is_some()
}

/// A user's token that was just looked at.
async fn looked_at(world: &World<'_>) -> String {
    let token = world.user_token(&world.confidential, "openid profile", None).await;
    assert!(is_alive(world, &token).await);
    token
}

async fn on_another_node(database: &Database, work: impl AsyncFn(&Tx) -> tessera::store::Result<()> + Send + 'static) {
    let (db, _) = database.another_node().await;
    db.write(work).await.unwrap();
}

// What another node revokes is seen so much later, and not a moment more; what dies by the clock dies in time.
on_both_databases!(another_nodes_revocation_is_seen_when_the_time_is_over, async |database| {
    let world = World::with(database, config(2)).await;
    let (realm, now) = (database.realm.id, world.now());
    let (token, of_client) = (looked_at(&world).await, world.client_token(None).await);
    assert!(is_alive(&world, &of_client).await);
    let family =
        world.tokens.inspect_access_token(&database.realm, &token, now).await.unwrap().unwrap().family.unwrap().id;
    on_another_node(database, async move |tx| tx.revoke_family(realm, family, now).await.map(drop)).await;
    world.advance(1);
    assert!(is_alive(&world, &token).await, "an answer of a second ago");
    world.advance(1);
    assert!(!is_alive(&world, &token).await);
    assert!(is_alive(&world, &of_client).await);
    world.advance(900);
    assert!(!is_alive(&world, &of_client).await, "its own end has nothing to do with it");
});

/// By default there is no older answer at all.
#[tokio::test]
async fn without_the_setting_another_nodes_revocation_counts_at_the_next_request() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::with(database, realm_keys::config()).await;
        let (realm, now, session) = (database.realm.id, world.now(), world.session.id);
        let token = looked_at(&world).await;
        on_another_node(database, async move |tx| tx.end_session(realm, session, now).await.map(drop)).await;
        assert!(!is_alive(&world, &token).await);
    })
    .await;
}

// Whatever this node ends is dead at its next request, though an answer of before is still young.
on_both_databases!(what_this_node_ends_is_dead_at_once, async |database| {
    let world = World::with(database, config(60)).await;
    let (realm, db, user) = (database.realm.id, &database.db, world.user);
    let (session, client, now) = (world.session.id, world.confidential.id, world.now());
    let (owner, origin) = (&world.confidential, Origin::default());

    let token = looked_at(&world).await;
    world.tokens.revoke(&database.realm, owner, &token, &origin, now).await.unwrap();
    assert!(!is_alive(&world, &token).await, "revoke, of a user's token");
    let token = world.client_token(None).await;
    assert!(is_alive(&world, &token).await);
    world.tokens.revoke(&database.realm, owner, &token, &origin, now).await.unwrap();
    assert!(!is_alive(&world, &token).await, "revoke, of a client's token");

    let (_, refresh_token) = world.offline(owner).await;
    let token = world.refresh(owner, &refresh_token).await.unwrap().access_token;
    assert!(is_alive(&world, &token).await);
    let other = looked_at(&world).await;
    world.tokens.revoke(&database.realm, owner, &refresh_token, &origin, now).await.unwrap();
    assert!(!is_alive(&world, &token).await, "revoke, of the refresh token");
    assert!(is_alive(&world, &other).await, "another login of the same user");

    let token = looked_at(&world).await;
    db.write(async move |tx| tx.revoke_grant(realm, user, client, now).await).await.unwrap();
    assert!(!is_alive(&world, &token).await, "the user takes back a grant");

    let token = looked_at(&world).await;
    world.update_client(&Client { disabled: true, ..world.confidential.clone() }).await;
    assert!(!is_alive(&world, &token).await, "the client is shut out");
    world.update_client(&world.confidential).await;

    let token = looked_at(&world).await;
    let (_, refresh_token) = world.offline(owner).await;
    let offline = world.refresh(owner, &refresh_token).await.unwrap().access_token;
    db.write(async move |tx| tx.end_session(realm, session, now).await).await.unwrap();
    assert!(!is_alive(&world, &token).await, "logout");
    assert!(is_alive(&world, &offline).await, "offline_access goes on");
    db.write(async move |tx| tx.set_user_status(realm, user, Status::Disabled, now).await).await.unwrap();
    assert!(!is_alive(&world, &offline).await, "the user is shut out");
});

/// A clock that was set back makes no answer younger.
#[tokio::test]
async fn an_answer_from_the_future_is_not_given() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::with(database, config(2)).await;
        let (realm, now, session) = (database.realm.id, world.now(), world.session.id);
        let token = looked_at(&world).await;
        on_another_node(database, async move |tx| tx.end_session(realm, session, now).await.map(drop)).await;
        world.clock.set(tessera::clock::Timestamp::from_millis(now.millis() - 10_000));
        assert!(!is_alive(&world, &token).await);
    })
    .await;
}

/// Userinfo: the user as it was so long ago, but for what this node has changed.
#[tokio::test]
async fn userinfo_may_tell_of_the_user_of_so_long_ago() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::with(database, config(2)).await;
        let (realm, user, now) = (database.realm.id, world.user, world.now());
        let scope: Scope = "openid profile".parse().unwrap();
        let name = async || {
            let claims = world.tokens.userinfo_claims(realm, user, &scope, &[], world.now()).await.unwrap().unwrap();
            claims["name"].as_str().unwrap().to_owned()
        };
        let named = |name: &str| StandardClaims { name: Some(name.to_owned()), ..StandardClaims::default() };
        assert_eq!(name().await, "Alice Example");
        let elsewhere = named("Changed elsewhere");
        on_another_node(database, async move |tx| tx.set_user_claims(realm, user, &elsewhere, now).await.map(drop))
            .await;
        assert_eq!(name().await, "Alice Example");
        world.advance(2);
        assert_eq!(name().await, "Changed elsewhere");
        let here = named("Changed here");
        database.db.write(async move |tx| tx.set_user_claims(realm, user, &here, now).await).await.unwrap();
        assert_eq!(name().await, "Changed here");
    })
    .await;
}

/// storage.md: an epoch kills everything older, remembered or not.
#[tokio::test]
async fn an_epoch_counts_though_an_answer_is_young() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::with(database, config(60)).await;
        let tokens = [looked_at(&world).await, world.client_token(None).await];
        assert!(is_alive(&world, &tokens[1]).await);
        world.keys.raise_epoch(&[database.realm.id], world.now()).await.unwrap();
        let realm = database.db.default_realm().await.unwrap().unwrap();
        for token in &tokens {
            assert!(world.tokens.inspect_access_token(&realm, token, world.now()).await.unwrap().is_none());
        }
    })
    .await;
}
