//! storage.md "Families": how one begins, and what a code that comes again does to it.

use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::json;
use tessera::clock::Timestamp;
use tessera::protocol::Scope;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::pkce::CodeVerifier;
use tessera::store::clients::Client;
use tessera::store::events::Origin;
use tessera::store::families::Basis;
use tessera::store::grants::{Grant, ResourceScopes};
use tessera::store::users::Status;
use tessera::tokens::family::{Authorization, Begun, Redeemed};

use crate::support::database::{self, SetUp, on_both_databases};
use crate::support::world::{REDIRECT_URI, World, verifier};

/// Every way to end everything, several times.
const ROUNDS: usize = 24;
/// Logins that begin meanwhile.
const AT_ONCE: usize = 20;

async fn replay(
    world: &World<'_>,
    client: &Client,
    redirect_uri: Option<&str>,
    verifier: Option<&CodeVerifier>,
) -> bool {
    let to = world.to(client);
    let redeemed = Redeemed::Code("code");
    world.tokens.replayed(to, redeemed, redirect_uri, verifier, &Origin::default(), world.now()).await.unwrap()
}

// "A second redemption fails on `origin_hash` in SQL, though Redis was lost."
on_both_databases!(of_fifty_redemptions_at_once_one_begins_a_family, async |database| {
    let world = World::new(database).await;
    let scope = "openid offline_access".parse().unwrap();
    for round in 0..5 {
        let code = format!("code-{round}");
        let crowd = (0..50).map(async |_| {
            let authorization = world.authorization(&code, &scope);
            let origin = Origin::default();
            world.tokens.begin(world.to(&world.public), &authorization, &origin, world.now()).await.unwrap()
        });
        let outcomes = join_all(crowd).await;
        let created = outcomes.iter().filter(|outcome| matches!(outcome, Begun::Created { .. })).count();
        let already = outcomes.iter().filter(|outcome| matches!(outcome, Begun::AlreadyRedeemed)).count();
        assert_eq!((created, already), (1, 49), "round {round}");
    }
    assert_eq!(world.events("family.created").await.len(), 5);
});

/// "created in the caller's transaction": the family's event says whose it is and what it holds.
#[tokio::test]
async fn the_event_of_a_new_family_says_whose_it_is() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, _) = world.login(&world.public, "openid read").await;
        let events = world.events("family.created").await;
        let event = &events[0];
        assert_eq!((event.subject_id, event.client_id), (Some(world.user), Some(world.public.id)));
        assert_eq!(event.session_id, Some(world.session.id));
        assert_eq!(event.data, json!({ "family": family.id, "scope": "openid read", "resources": [] }));
    })
    .await;
}

/// protocol.md "Basic": a refresh token is issued to clients registered for the grant.
#[tokio::test]
async fn a_client_that_is_not_registered_for_it_gets_no_refresh_token() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let mut client = world.public.clone();
        client.metadata.grant_types = vec![GrantType::AuthorizationCode];
        let (family, token) = world.login(&client, "openid offline_access").await;
        assert_eq!((token, family.refresh), (None, None));
        assert_eq!(family.session_id, Some(world.session.id), "nothing outlives the session then");
        assert_eq!(family.expires_at, world.now() + world.config.lifetimes.access_token.duration());
    })
    .await;
}

// A user or session that ended between consent and redemption gets nothing.
on_both_databases!(a_user_or_session_that_is_gone_begins_no_family, async |database| {
    let world = World::new(database).await;
    let scope = "openid".parse().unwrap();
    let (realm, user, session, now) = (database.realm.id, world.user, world.session.id, world.now());
    let begin = async |code: &str| {
        let authorization = world.authorization(code, &scope);
        world.tokens.begin(world.to(&world.public), &authorization, &Origin::default(), now).await.unwrap()
    };
    assert!(matches!(begin("one").await, Begun::Created { .. }));
    database.db.write(async move |tx| tx.end_session(realm, session, now).await).await.unwrap();
    assert!(matches!(begin("two").await, Begun::Refused));
    database.db.write(async move |tx| tx.set_user_status(realm, user, Status::Disabled, now).await).await.unwrap();
    assert!(matches!(begin("three").await, Begun::Refused));
});

async fn begin(world: &World<'_>, client: &Client, code: &str, scope: &Scope, authorized_at: Timestamp) -> Begun {
    let basis = Basis { authorized_at, grant_id: None, session_id: world.session.id };
    let authorization = Authorization { basis, ..world.authorization(code, scope) };
    world.tokens.begin(world.to(client), &authorization, &Origin::default(), world.now()).await.unwrap()
}

// A code of before the user was disabled stays dead though the user is enabled again; the same for client and realm.
on_both_databases!(what_ended_everything_older_has_ended_the_code_too, async |database| {
    let mut world = World::new(database).await;
    let scope = "openid offline_access".parse().unwrap();
    let (realm, user, authorized_at) = (database.realm.id, world.user, world.now());
    world.advance(10);
    let now = world.now();
    // This process may remember the client of before, or know it already.
    let (before, since) = (world.public.clone(), Client { not_before: now, ..world.public.clone() });
    assert!(matches!(begin(&world, &since, "the client's", &scope, authorized_at).await, Begun::Refused));
    assert!(matches!(begin(&world, &before, "in time", &scope, authorized_at).await, Begun::Created { .. }));
    world.update_client(&since).await;
    assert!(matches!(begin(&world, &before, "the remembered client's", &scope, authorized_at).await, Begun::Refused));
    world.advance(1);
    assert!(matches!(begin(&world, &since, "since", &scope, world.now()).await, Begun::Created { .. }));
    for status in [Status::Disabled, Status::Active] {
        database.db.write(async move |tx| tx.set_user_status(realm, user, status, now).await).await.unwrap();
    }
    world.sign_in_again().await;
    assert!(matches!(begin(&world, &since, "the user's", &scope, authorized_at).await, Begun::Refused));
    assert!(matches!(begin(&world, &since, "a later one", &scope, world.now()).await, Begun::Created { .. }));
    // This process still remembers the realm as it was.
    let now = world.now();
    database.db.write(async move |tx| tx.raise_epoch(realm, now).await).await.unwrap();
    assert!(matches!(begin(&world, &since, "the realm's", &scope, authorized_at).await, Begun::Refused));
});

// Sign out everywhere, shut out, take back, epoch: a login that begins at that instant has ended with the others, though it is stamped by a
// node whose clock is ahead.
on_both_databases!(a_login_that_begins_while_everything_ends_has_ended_too, async |database| {
    let mut world = World::new(database).await;
    let scope = "openid offline_access".parse().unwrap();
    let (realm, user, client) = (database.realm.id, world.user, world.public.id);
    for round in 0..ROUNDS {
        world.sign_in_again().await;
        let (now, ahead) = (world.now(), world.now() + Duration::from_secs(20));
        let grant = Grant {
            id: world.random.id(now),
            user_id: user,
            client_id: client,
            scope: Scope::clone(&scope),
            resources: ResourceScopes::new(),
            created_at: now,
            updated_at: now,
        };
        let grant_id = database.db.write(async move |tx| tx.grant(realm, &grant).await).await.unwrap();
        let basis = Basis { authorized_at: now, grant_id: Some(grant_id), session_id: world.session.id };
        let begins = (0..AT_ONCE).map(async |n| {
            let code = format!("code {round} {n}");
            let authorization = Authorization { basis, ..world.authorization(&code, &scope) };
            world.tokens.begin(world.to(&world.public), &authorization, &Origin::default(), ahead).await.unwrap()
        });
        let end = database.db.write(async move |tx| match round % 4 {
            0 => tx.sign_out_user(realm, user, now).await.map(|_| ()),
            1 => tx.set_user_status(realm, user, Status::Disabled, now).await.map(|_| ()),
            2 => tx.raise_epoch(realm, now).await,
            _ => tx.revoke_grant(realm, user, client, now).await.map(|_| ()),
        });
        let (begun, ended) = join(join_all(begins), end).await;
        ended.unwrap();
        for begun in begun {
            if let Begun::Created { family, .. } = begun {
                assert!(world.family(family.id).await.revoked_at.is_some(), "round {round}");
            }
        }
        database.db.write(async move |tx| tx.set_user_status(realm, user, Status::Active, now).await).await.unwrap();
        world.advance(1);
    }
});

// What the user has taken back is not to be had by a code of before, even if it was given again since.
on_both_databases!(a_grant_that_was_taken_back_begins_no_family, async |database| {
    let world = World::new(database).await;
    let scope = "openid offline_access".parse().unwrap();
    let (realm, user, client, now) = (database.realm.id, world.user, world.public.id, world.now());
    let allow = async || {
        let grant = Grant {
            id: world.random.id(now),
            user_id: user,
            client_id: client,
            scope: "openid offline_access".parse().unwrap(),
            resources: ResourceScopes::new(),
            created_at: now,
            updated_at: now,
        };
        database.db.write(async move |tx| tx.grant(realm, &grant).await).await.unwrap()
    };
    let begin = async |code: &str, grant| {
        let basis = Basis { authorized_at: now, grant_id: Some(grant), session_id: world.session.id };
        let authorization = Authorization { basis, ..world.authorization(code, &scope) };
        world.tokens.begin(world.to(&world.public), &authorization, &Origin::default(), now).await.unwrap()
    };
    let first = allow().await;
    assert_eq!(allow().await, first, "a second consent adds to the first");
    assert!(matches!(begin("one", first).await, Begun::Created { .. }));
    assert!(database.db.write(async move |tx| tx.revoke_grant(realm, user, client, now).await).await.unwrap());
    assert!(matches!(begin("two", first).await, Begun::Refused));
    let again = allow().await;
    assert!(matches!(begin("three", first).await, Begun::Refused));
    assert!(matches!(begin("four", again).await, Begun::Created { .. }));
});

// RFC 6749 §4.1.2, security.md: a code that comes again ends its family.
on_both_databases!(a_code_that_comes_again_with_its_proof_ends_the_family, async |database| {
    let world = World::new(database).await;
    let scope = "openid".parse().unwrap();
    let (family, _) = world.begin(&world.public, world.authorization("code", &scope)).await;
    assert!(replay(&world, &world.public, Some(REDIRECT_URI), Some(&verifier())).await);
    assert_eq!(world.family(family.id).await.revoked_at, Some(world.now()));
    assert!(!replay(&world, &world.public, Some(REDIRECT_URI), Some(&verifier())).await, "it was dead already");
    let events = world.events("family.replayed").await;
    assert_eq!((events.len(), events[0].reason.as_deref()), (1, Some("code")));
});

/// OAuth 2.1 §4.1.3: a token request need not name the redirect URI; those registered are tried.
#[tokio::test]
async fn a_replay_without_redirect_uri_is_proven_by_a_registered_one() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let scope = "openid".parse().unwrap();
        world.begin(&world.public, world.authorization("code", &scope)).await;
        assert!(replay(&world, &world.public, None, Some(&verifier())).await);
    })
    .await;
}

/// RFC 8252 §7.3: the port of a loopback address is another one each time, and a client that does not repeat the URI cannot show it.
#[tokio::test]
async fn a_replay_without_redirect_uri_is_proven_whatever_the_port_was() {
    database::run(SetUp::Sqlite, async |database| {
        let mut world = World::new(database).await;
        world.public.metadata.redirect_uris = vec!["http://127.0.0.1/cb".to_owned()];
        world.public.uris = world.public.metadata.validate().unwrap();
        let scope = "openid".parse().unwrap();
        let authorization =
            Authorization { redirect_uri: "http://127.0.0.1:51234/cb", ..world.authorization("code", &scope) };
        world.begin(&world.public, authorization).await;
        assert!(!replay(&world, &world.public, Some("http://127.0.0.1/other"), Some(&verifier())).await);
        assert!(replay(&world, &world.public, None, Some(&verifier())).await);
    })
    .await;
}

// "it kills the family only if the authenticated client owns it and its redirect_uri and verifier give `origin_proof` (else anyone
// who saw a code could end a login)".
on_both_databases!(a_replay_without_the_proof_ends_nothing, async |database| {
    let world = World::new(database).await;
    let scope = "openid".parse().unwrap();
    let (family, _) = world.begin(&world.public, world.authorization("code", &scope)).await;
    let wrong = CodeVerifier::parse(&"x".repeat(43)).unwrap();
    let right = verifier();
    let attempts = [
        (&world.public, Some(REDIRECT_URI), Some(&wrong)),
        (&world.public, Some(REDIRECT_URI), None),
        (&world.public, Some("https://app.example.com/cb2"), Some(&right)),
        (&world.public, None, Some(&wrong)),
        (&world.confidential, Some(REDIRECT_URI), Some(&right)),
    ];
    for (client, redirect_uri, verifier) in attempts {
        assert!(!replay(&world, client, redirect_uri, verifier).await, "{redirect_uri:?}");
    }
    assert_eq!(world.family(family.id).await.revoked_at, None);
});

/// A code that never was redeemed, or another realm's, ends nothing.
#[tokio::test]
async fn a_code_that_was_never_redeemed_here_ends_nothing() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let scope = "openid".parse().unwrap();
        let (family, _) = world.begin(&world.public, world.authorization("code", &scope)).await;
        let to = tessera::tokens::Recipient { realm: &database.second, ..world.to(&world.public) };
        let (origin, now, right) = (Origin::default(), world.now(), verifier());
        for (to, code) in [(to, "code"), (world.to(&world.public), "another")] {
            let redeemed = Redeemed::Code(code);
            let ended = world.tokens.replayed(to, redeemed, Some(REDIRECT_URI), Some(&right), &origin, now).await;
            assert!(!ended.unwrap());
        }
        assert_eq!(world.family(family.id).await.revoked_at, None);
    })
    .await;
}
