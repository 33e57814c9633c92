//! Introspection's and userinfo's question: is the token alive, and whose business is it.

use serde_json::json;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::claims::Audience;
use tessera::store::clients::Client;
use tessera::store::resource_servers::ResourceServer;
use tessera::store::users::Status;
use tessera::tokens::inspect::{AccessToken, LiveToken};
use tessera::tokens::issue::Grant;

use crate::support::database::{self, SetUp, on_both_databases};
use crate::support::world::{API, World, claims, client};
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;

async fn user_token(world: &World<'_>, resource: Option<&ResourceServer>) -> String {
    world.user_token(&world.public, "openid read", resource).await
}

async fn client_token(world: &World<'_>, resource: Option<&ResourceServer>) -> String {
    world.client_token(resource).await
}

async fn inspect(world: &World<'_>, token: &str) -> Option<LiveToken> {
    let realm = world.database.db.default_realm().await.unwrap().unwrap();
    world.tokens.inspect(&realm, token, world.now()).await.unwrap()
}

async fn access(world: &World<'_>, token: &str) -> AccessToken {
    match inspect(world, token).await {
        Some(LiveToken::Access(access)) => access,
        other => panic!("{other:?}"),
    }
}

async fn is_alive(world: &World<'_>, token: &str) -> bool {
    inspect(world, token).await.is_some()
}

on_both_databases!(a_live_access_token_says_whose_it_is, async |database| {
    let world = World::new(database).await;
    let alive = access(&world, &user_token(&world, None).await).await;
    assert_eq!((alive.claims.sub.as_str(), alive.client.client_id.as_str()), ("subject", "public"));
    assert_eq!((alive.claims.scope.as_str(), alive.family.unwrap().user_id), ("openid read", world.user));
    let alive = access(&world, &client_token(&world, Some(&world.api)).await).await;
    assert_eq!((alive.claims.sub.as_str(), alive.family.is_none()), ("web", true));
    assert_eq!(alive.claims.aud, Audience::One(API.into()));
});

on_both_databases!(a_live_refresh_token_is_seen_and_a_used_one_is_not, async |database| {
    let world = World::new(database).await;
    let (family, token) = world.offline(&world.public).await;
    let Some(LiveToken::Refresh(found, owner)) = inspect(&world, &token).await else { panic!("not alive") };
    assert_eq!((found.id, owner.id), (family.id, world.public.id));
    let next = world.refresh(&world.public, &token).await.unwrap().refresh_token.unwrap();
    assert!(!is_alive(&world, &token).await);
    assert!(is_alive(&world, &next).await);
});

/// RFC 7662 §2.2: whatever is the matter, it is not active.
#[tokio::test]
async fn what_is_not_an_access_token_of_ours_is_not_alive() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let token = user_token(&world, None).await;
        let (input, _) = token.rsplit_once('.').unwrap();
        for text in ["", ".", "..", "x.y.z", input, &format!("{input}."), &format!("{token}.x.y"), &token[..40]] {
            assert!(!is_alive(&world, text).await, "{text}");
        }
        assert!(is_alive(&world, &token).await);
    })
    .await;
}

/// security.md "JOSE": an ID token is no access token, a logout token none either.
#[tokio::test]
async fn tokens_are_told_apart_by_typ() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let keys = world.keys.realm(database.realm.id, world.now()).await.unwrap();
        let held = claims(&user_token(&world, None).await);
        for typ in ["JWT", "logout+jwt", "at+jwt"] {
            let token = keys.signer(SigningAlgorithm::Es256).unwrap().sign(typ, &held).unwrap();
            assert_eq!(is_alive(&world, &token).await, typ == "at+jwt", "{typ}");
        }
        let (family, _) = world.login(&world.public, "openid").await;
        let grant = Grant::User { family: &family, scope: &family.scope, refresh_token: None, nonce: None };
        let response = world.tokens.issue(world.to(&world.public), grant, world.now()).await.unwrap();
        assert!(!is_alive(&world, &response.id_token.unwrap()).await);
    })
    .await;
}

/// RFC 9068 §4: issuer and audience are the realm's, or a resource server's of it. Signed by us all the same.
#[tokio::test]
async fn a_token_for_or_from_somebody_else_is_not_alive() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let keys = world.keys.realm(database.realm.id, world.now()).await.unwrap();
        let held = claims(&client_token(&world, None).await);
        let (own, second) = (database.realm.issuer.as_str(), database.second.issuer.as_str());
        for (iss, aud, expected) in [
            (own, json!(own), true),
            (own, json!([own, "https://x.example"]), true),
            (own, json!(API), true),
            (second, json!(own), false),
            (second, json!(API), false),
            (own, json!(second), false),
            (own, json!("https://x.example"), false),
            (own, json!([]), false),
        ] {
            let mut held = held.clone();
            (held["iss"], held["aud"]) = (json!(iss), aud.clone());
            let token = keys.signer(SigningAlgorithm::Es256).unwrap().sign("at+jwt", &held).unwrap();
            assert_eq!(is_alive(&world, &token).await, expected, "{iss} {aud}");
        }
    })
    .await;
}

/// A resource server with an issuer of its own is spoken to in that name, and no other.
#[tokio::test]
async fn a_resource_servers_own_issuer_counts_for_its_tokens_alone() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let old = ResourceServer {
            id: world.random.id(world.now()),
            identifier: "https://old.example.com".to_owned(),
            issuer: Some("https://issuer.example.com".to_owned()),
            ..world.api.clone()
        };
        world.store_api(&old).await;
        assert!(is_alive(&world, &client_token(&world, Some(&old)).await).await);
        let elsewhere = ResourceServer { identifier: API.to_owned(), ..old };
        assert!(!is_alive(&world, &client_token(&world, Some(&elsewhere)).await).await);
    })
    .await;
}

/// security.md "exp as string": a claim of the wrong type is no claim, though we had signed it.
#[tokio::test]
async fn a_claim_of_the_wrong_type_is_not_believed() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let keys = world.keys.realm(database.realm.id, world.now()).await.unwrap();
        let held = claims(&client_token(&world, None).await);
        for (claim, value) in
            [("exp", json!("9999999999")), ("fam", json!("x")), ("jti", json!(1)), ("scope", json!([]))]
        {
            let mut held = held.clone();
            held[claim] = value;
            let token = keys.signer(SigningAlgorithm::Es256).unwrap().sign("at+jwt", &held).unwrap();
            assert!(!is_alive(&world, &token).await, "{claim}");
        }
    })
    .await;
}

/// protocol.md: iat up to 30 s ahead is accepted, more is refused; an end has no leeway.
#[tokio::test]
async fn a_token_is_alive_from_thirty_seconds_before_its_iat_until_its_exp() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let token = client_token(&world, None).await;
        let issued = world.now();
        for (seconds, expected) in [(-31, false), (-30, true), (0, true), (899, true), (900, false), (901, false)] {
            world.clock.set(tessera::clock::Timestamp::from_millis(issued.millis() + seconds * 1000));
            assert_eq!(is_alive(&world, &token).await, expected, "{seconds} s");
        }
    })
    .await;
}

// storage.md: revoking a family or a session kills its tokens at the next request.
on_both_databases!(a_token_dies_with_its_family_session_and_user, async |database| {
    let world = World::new(database).await;
    let (realm, user, session, now) = (database.realm.id, world.user, world.session.id, world.now());
    let tokens = [user_token(&world, None).await, user_token(&world, None).await];
    let family = access(&world, &tokens[0]).await.family.unwrap().id;
    database.db.write(async move |tx| tx.revoke_family(realm, family, now).await).await.unwrap();
    assert!(!is_alive(&world, &tokens[0]).await);
    assert!(is_alive(&world, &tokens[1]).await);
    let (_, offline) = world.offline(&world.public).await;
    let offline = world.refresh(&world.public, &offline).await.unwrap().access_token;
    database.db.write(async move |tx| tx.end_session(realm, session, now).await).await.unwrap();
    assert!(!is_alive(&world, &tokens[1]).await);
    assert!(is_alive(&world, &offline).await, "offline_access survives logout");
    database.db.write(async move |tx| tx.set_user_status(realm, user, Status::Disabled, now).await).await.unwrap();
    assert!(!is_alive(&world, &offline).await);
});

// storage.md: `not_before` on client and realm kills everything older; a disabled client has no tokens.
on_both_databases!(a_token_dies_with_its_client_and_with_the_realms_epoch, async |database| {
    let world = World::new(database).await;
    let shut = Client { disabled: true, ..world.confidential.clone() };
    let token = client_token(&world, None).await;
    world.update_client(&shut).await;
    assert!(!is_alive(&world, &token).await);
    world.update_client(&world.confidential).await;
    assert!(is_alive(&world, &token).await);
    world.update_client(&Client { not_before: world.now(), ..world.confidential.clone() }).await;
    assert!(!is_alive(&world, &token).await);
    world.advance(1);
    let (of_client, of_user) = (client_token(&world, None).await, user_token(&world, None).await);
    assert!(is_alive(&world, &of_client).await && is_alive(&world, &of_user).await);
    world.keys.raise_epoch(&[database.realm.id], world.now()).await.unwrap();
    assert!(!is_alive(&world, &of_client).await && !is_alive(&world, &of_user).await);
});

/// security.md "100 key rotations": a token outlives the key that signed it, and a key that is gone takes its tokens along.
#[tokio::test]
async fn a_rotated_keys_token_lives_on() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let token = client_token(&world, None).await;
        assert!(is_alive(&world, &token).await);
        let start = tessera::keys::rotate::Start::Now;
        world.keys.rotate(database.realm.id, SigningAlgorithm::ALL, start, world.now()).await.unwrap();
        world.advance(2);
        assert!(is_alive(&world, &token).await);
        assert_ne!(
            crate::support::world::header(&client_token(&world, None).await),
            crate::support::world::header(&token)
        );
    })
    .await;
}

/// RFC 7662 §4: who may ask is the token's own client, the client of its resource server, or, for the realm's own tokens, any
/// confidential client.
#[tokio::test]
async fn only_those_concerned_may_introspect() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let method = TokenEndpointAuthMethod::ClientSecretBasic;
        let [server, stranger] = ["server", "stranger"].map(|id| client(&world.random, database.realm.id, id, method));
        world.store_client(&server).await;
        let guarded = ResourceServer {
            id: world.random.id(world.now()),
            identifier: "https://guarded.example.com".to_owned(),
            client_id: Some(server.id),
            ..world.api.clone()
        };
        world.store_api(&guarded).await;
        let own = inspect(&world, &client_token(&world, None).await).await.unwrap();
        let bound = inspect(&world, &client_token(&world, Some(&guarded)).await).await.unwrap();
        let (_, refresh) = world.offline(&world.confidential).await;
        let refresh = inspect(&world, &refresh).await.unwrap();
        for (caller, expected) in [
            (&world.confidential, [true, true, true]),
            (&server, [true, true, false]),
            (&stranger, [true, false, false]),
            (&world.public, [false, false, false]),
        ] {
            for (token, expected) in [&own, &bound, &refresh].into_iter().zip(expected) {
                let may = world.tokens.may_introspect(&database.realm, caller, token).await.unwrap();
                assert_eq!(may, expected, "{}", caller.client_id);
            }
        }
    })
    .await;
}
