//! RFC 7009: revocation.

use tessera::protocol::ErrorCode;
use tessera::store::clients::Client;
use tessera::store::events::Origin;
use tessera::tokens::Result;
use tessera::tokens::issue::Grant;

use crate::support::database::{self, SetUp, on_both_databases};
use crate::support::world::{World, refusal};

async fn revoke(world: &World<'_>, client: &Client, token: &str) -> Result<()> {
    world.tokens.revoke(&world.database.realm, client, token, &Origin::default(), world.now()).await
}

async fn is_alive(world: &World<'_>, token: &str) -> bool {
    world.tokens.inspect(&world.database.realm, token, world.now()).await.unwrap().is_some()
}

// RFC 7009 §2.1: a refresh token goes with all tokens of its grant.
on_both_databases!(a_revoked_refresh_token_ends_its_family, async |database| {
    let world = World::new(database).await;
    let (family, token) = world.offline(&world.public).await;
    let response = world.refresh(&world.public, &token).await.unwrap();
    let newest = response.refresh_token.unwrap();
    revoke(&world, &world.public, &newest).await.unwrap();
    assert_eq!(world.family(family.id).await.revoked_at, Some(world.now()));
    assert!(!is_alive(&world, &response.access_token).await);
    assert_eq!(refusal(world.refresh(&world.public, &newest).await), ErrorCode::InvalidGrant);
    revoke(&world, &world.public, &newest).await.unwrap();
    let events = world.events("family.revoked").await;
    assert_eq!((events.len(), events[0].actor_id), (1, Some(world.public.id)), "once");
});

// RFC 7009 §2.1: an access token goes alone.
on_both_databases!(a_revoked_access_token_leaves_its_family_alive, async |database| {
    let world = World::new(database).await;
    let (_, token) = world.offline(&world.confidential).await;
    let one = world.refresh(&world.confidential, &token).await.unwrap().access_token;
    let two = world.refresh(&world.confidential, &token).await.unwrap().access_token;
    revoke(&world, &world.confidential, &one).await.unwrap();
    revoke(&world, &world.confidential, &one).await.unwrap();
    assert!(!is_alive(&world, &one).await);
    assert!(is_alive(&world, &two).await && is_alive(&world, &token).await);
});

on_both_databases!(a_clients_own_token_can_be_revoked, async |database| {
    let world = World::new(database).await;
    let scope = "read".parse().unwrap();
    let grant = Grant::Client { scope: &scope };
    let token = world.tokens.issue(world.to(&world.confidential), grant, world.now()).await.unwrap().access_token;
    assert!(is_alive(&world, &token).await);
    revoke(&world, &world.confidential, &token).await.unwrap();
    assert!(!is_alive(&world, &token).await);
});

// RFC 7009 §2.1: another client's token is refused, and stays alive.
on_both_databases!(another_clients_token_is_refused_and_lives, async |database| {
    let world = World::new(database).await;
    let (_, refresh_token) = world.offline(&world.confidential).await;
    let access_token = world.refresh(&world.confidential, &refresh_token).await.unwrap().access_token;
    for token in [&refresh_token, &access_token] {
        assert_eq!(refusal(revoke(&world, &world.public, token).await), ErrorCode::InvalidGrant);
        assert!(is_alive(&world, token).await);
    }
});

/// RFC 7009 §2.2: what is no token, or no longer one, is revoked already.
#[tokio::test]
async fn an_unknown_or_expired_token_is_revoked_already() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        for token in ["", "x", "a.b.c", &"A".repeat(96)] {
            revoke(&world, &world.public, token).await.unwrap();
        }
        let (_, token) = world.offline(&world.confidential).await;
        let expired = world.refresh(&world.confidential, &token).await.unwrap().access_token;
        world.advance(3600);
        revoke(&world, &world.confidential, &expired).await.unwrap();
    })
    .await;
}

/// fosite CVE-2020-15223: a storage error is an error, never "revoked".
#[tokio::test]
async fn a_storage_error_is_told() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (_, refresh_token) = world.offline(&world.confidential).await;
        let access_token = world.refresh(&world.confidential, &refresh_token).await.unwrap().access_token;
        database.db.close().await;
        for token in [&refresh_token, &access_token] {
            let error = revoke(&world, &world.confidential, token).await.unwrap_err();
            assert!(matches!(error, tessera::tokens::Error::Store(_)), "{error}");
        }
    })
    .await;
}
