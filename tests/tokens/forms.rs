//! storage.md "Access tokens": opaque ones, and HS256 ones whose verifiers could forge them: the same checks for all.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera::keys::hs256::Hs256Key;
use tessera::protocol::access_token::ClaimSet;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::CompactJws;
use tessera::store::epochs::Cached;
use tessera::store::events::Origin;
use tessera::store::keys::RESOURCE_SERVER_SECRET;
use tessera::store::resource_servers::{ResourceServer, TokenForm};
use tessera::store::users::Status;
use tessera::tokens::inspect::LiveToken;
use tessera::tokens::resources::Resources;

use crate::support::database::{self, SetUp, on_both_databases};
use crate::support::world::{World, claims, header};

const SHARED: &[u8] = b"a secret that both sides know: 42 bytes.";

/// A resource server of this form, stored.
async fn server(world: &World<'_>, name: &str, form: impl FnOnce(uuid::Uuid) -> TokenForm) -> ResourceServer {
    let id = world.random.id(world.now());
    let identifier = format!("https://{name}.example.com");
    let server = ResourceServer { id, identifier, form: form(id), ..world.api.clone() };
    world.store_api(&server).await;
    world.database.db.forget(Cached::ResourceServers);
    server
}

async fn opaque(world: &World<'_>) -> ResourceServer {
    server(world, "opaque", |_| TokenForm::Opaque).await
}

async fn shared(world: &World<'_>) -> ResourceServer {
    server(world, "shared", |id| TokenForm::SharedSecret(world.keys.seal(RESOURCE_SERVER_SECRET, id, SHARED))).await
}

async fn inspect(world: &World<'_>, token: &str) -> Option<LiveToken> {
    world.tokens.inspect(&world.database.realm, token, world.now()).await.unwrap()
}

async fn is_alive(world: &World<'_>, token: &str) -> bool {
    inspect(world, token).await.is_some()
}

/// What somebody who knows the secret makes of these claims.
fn forged(typ: &str, claims: &Value) -> String {
    Hs256Key::new(SHARED).unwrap().sign(typ, claims.to_string().as_bytes())
}

on_both_databases!(every_form_says_the_same_and_dies_by_the_same, async |database| {
    let world = World::new(database).await;
    let (realm, user) = (database.realm.id, world.user);
    let servers = [world.api.clone(), opaque(&world).await, shared(&world).await];
    let mut said = Vec::new();
    let mut tokens = Vec::new();
    for server in &servers {
        let token = world.user_token(&world.confidential, "openid read", Some(server)).await;
        let Some(LiveToken::Access(access)) = inspect(&world, &token).await else { panic!("not alive") };
        let held = &access.claims;
        assert!(held.aud.contains(&server.identifier));
        said.push((
            held.iss.clone(),
            held.sub.clone(),
            held.client_id.clone(),
            held.scope.clone(),
            held.exp,
            held.acr.clone(),
        ));
        let of_client = world.client_token(Some(server)).await;
        assert!(is_alive(&world, &of_client).await);
        tokens.push((token, of_client));
    }
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
    for (token, of_client) in &tokens {
        // RFC 7009: its client revokes it, alone.
        let (client, origin) = (&world.confidential, Origin::default());
        world.tokens.revoke(&database.realm, client, of_client, &origin, world.now()).await.unwrap();
        assert!(!is_alive(&world, of_client).await && is_alive(&world, token).await);
        assert!(world.tokens.revoke(&database.realm, &world.public, token, &origin, world.now()).await.is_err());
        let elsewhere = world.tokens.inspect(&database.second, token, world.now()).await.unwrap();
        assert!(elsewhere.is_none(), "another realm's");
    }
    let now = world.now();
    database.db.write(async move |tx| tx.set_user_status(realm, user, Status::Disabled, now).await).await.unwrap();
    for (token, _) in &tokens {
        assert!(!is_alive(&world, token).await);
    }
});

/// Nothing is written for a token, whatever its form; its end is its own.
#[tokio::test]
async fn a_token_of_any_form_ends_with_its_time() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        for server in [opaque(&world).await, shared(&world).await] {
            let token = world.client_token(Some(&server)).await;
            assert!(is_alive(&world, &token).await);
            world.advance(900);
            assert!(!is_alive(&world, &token).await);
        }
    })
    .await;
}

/// RFC 7515, RFC 9068: a verifier that knows the secret and nothing else reads it.
#[tokio::test]
async fn an_hs256_token_is_checked_with_the_shared_secret_alone() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let token = world.user_token(&world.public, "openid read", Some(&shared(&world).await)).await;
        assert_eq!(header(&token), json!({"alg": "HS256", "typ": "at+jwt"}));
        let jws = CompactJws::parse(&token).unwrap();
        assert!(Hs256Key::new(SHARED).unwrap().verify(&jws).is_ok());
        assert!(Hs256Key::new(b"another secret, which is long enough").unwrap().verify(&jws).is_err());
        assert_eq!(claims(&token)["aud"], "https://shared.example.com");
    })
    .await;
}

/// "HS256 verifiers share the secret and could forge": what they make, our own endpoints do not believe.
#[tokio::test]
async fn who_shares_the_secret_makes_no_token_that_we_believe() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let server = shared(&world).await;
        let token = world.client_token(Some(&server)).await;
        let held = claims(&token);
        // To sign the very same claims again changes nothing: the order of members is ours.
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let key = Hs256Key::new(SHARED).unwrap();
        assert!(is_alive(&world, &key.sign("at+jwt", &payload)).await);
        assert!(!is_alive(&world, &key.sign("JWT", &payload)).await);
        let (random, tag) = held["jti"].as_str().unwrap().split_once('.').unwrap();
        let forgeries = [
            ("sub", json!("somebody else")),
            ("scope", json!("read write admin")),
            ("exp", json!(held["exp"].as_i64().unwrap() + 86_400)),
            ("aud", json!(world.api.identifier)),
            ("client_id", json!("public")),
            ("jti", json!(random)),
            ("jti", json!(format!("{random}."))),
            ("jti", json!(format!("x{random}.{tag}"))),
            ("jti", json!(format!("{random}.{}", URL_SAFE_NO_PAD.encode([0; 32])))),
            ("more", json!(1)),
        ];
        let text = std::str::from_utf8(&payload).unwrap();
        for (claim, value) in forgeries {
            let known = format!(r#""{claim}":{}"#, held[claim]);
            let changed = if held[claim].is_null() {
                text.replacen('{', &format!(r#"{{"{claim}":{value},"#), 1)
            } else {
                assert!(text.contains(&known));
                text.replacen(&known, &format!(r#""{claim}":{value}"#), 1)
            };
            assert!(!is_alive(&world, &key.sign("at+jwt", changed.as_bytes())).await, "{claim} {value}");
        }
        let twice = text.replacen('{', &format!(r#"{{"jti":"{random}.{tag}","#), 1);
        assert!(!is_alive(&world, &key.sign("at+jwt", twice.as_bytes())).await, "jti twice");
        // A token that another realm signs, or that is for a server which has no secret.
        let es256 = claims(&world.client_token(Some(&world.api)).await);
        assert!(!is_alive(&world, &forged("at+jwt", &es256)).await);
    })
    .await;
}

/// RFC 8725 §3.1: the name of the algorithm alone makes no token of another kind.
#[tokio::test]
async fn an_asymmetric_token_is_not_believed_under_hs256_nor_the_other_way_round() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let server = shared(&world).await;
        let keys = world.keys.realm(database.realm.id, world.now()).await.unwrap();
        let jwks = keys.jwks().bytes.to_vec();
        let held = claims(&world.client_token(Some(&server)).await);
        assert!(!is_alive(&world, &Hs256Key::new(&jwks).unwrap().sign("at+jwt", held.to_string().as_bytes())).await);
        // Ours, under a key of ours: such a server may have taken ES256 tokens until yesterday.
        let token = keys.signer(SigningAlgorithm::Es256).unwrap().sign("at+jwt", &held).unwrap();
        assert!(is_alive(&world, &token).await);
    })
    .await;
}

/// A secret that was exchanged takes its tokens along.
#[tokio::test]
async fn a_new_secret_ends_the_tokens_of_the_old_one() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let server = shared(&world).await;
        let token = world.client_token(Some(&server)).await;
        assert!(is_alive(&world, &token).await);
        let form = TokenForm::SharedSecret(world.keys.seal(RESOURCE_SERVER_SECRET, server.id, &[7; 32]));
        let changed = ResourceServer {
            form,
            updated_at: server.updated_at + std::time::Duration::from_secs(1),
            ..server.clone()
        };
        let before = server.updated_at;
        let stored = changed.clone();
        assert!(database.db.write(async move |tx| tx.update_resource_server(&stored, before).await).await.unwrap());
        assert!(!is_alive(&world, &token).await);
        assert!(is_alive(&world, &world.client_token(Some(&changed)).await).await);
        let stale = changed.clone();
        assert!(!database.db.write(async move |tx| tx.update_resource_server(&stale, before).await).await.unwrap());
    })
    .await;
}

/// Row T2: what the guards of @tekcify/auth-backend read, in every form.
#[tokio::test]
async fn the_claim_set_tekcify_says_type_scopes_client_and_email() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let id = world.random.id(world.now());
        let signed = ResourceServer {
            id,
            identifier: "tekcify-api".to_owned(),
            issuer: Some("tekcify-auth".to_owned()),
            form: TokenForm::Signed(SigningAlgorithm::Rs256),
            claim_set: ClaimSet::Tekcify,
            ..world.api.clone()
        };
        world.store_api(&signed).await;
        let token = world.user_token(&world.public, "read write", Some(&signed)).await;
        let held = claims(&token);
        let expected = json!({
            "iss": "tekcify-auth", "aud": "tekcify-api", "sub": "subject", "type": "access", "scopes": ["read", "write"],
            "clientId": "public", "email": "Alice@example.com", "scope": "read write",
        });
        for (claim, value) in expected.as_object().unwrap() {
            assert_eq!(&held[claim], value, "{claim}");
        }
        assert!(header(&token)["kid"].is_string() && header(&token)["alg"] == "RS256");
        assert!(is_alive(&world, &token).await);
        let own = claims(&world.client_token(Some(&signed)).await);
        assert_eq!((&own["type"], &own["scopes"], own.get("email")), (&json!("access"), &json!(["read"]), None));
        // Whom nobody asked to say so much, says it not.
        assert!(claims(&world.user_token(&world.public, "read", Some(&world.api)).await).get("email").is_none());
    })
    .await;
}

/// storage.md: several resources only where format, key, algorithm and claims are the same.
#[tokio::test]
async fn servers_of_different_forms_share_no_token() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (one, two) =
            (Arc::new(opaque(&world).await), Arc::new(server(&world, "second", |_| TokenForm::Opaque).await));
        let hs256 = Arc::new(shared(&world).await);
        let other = Arc::new(
            server(&world, "other", |id| TokenForm::SharedSecret(world.keys.seal(RESOURCE_SERVER_SECRET, id, SHARED)))
                .await,
        );
        let plain = Arc::new(world.api.clone());
        let tekcify = Arc::new(ResourceServer { claim_set: ClaimSet::Tekcify, ..world.api.clone() });
        assert!(Resources::of(&[one.clone(), two]).is_ok());
        for servers in [[one, plain.clone()], [hs256.clone(), plain.clone()], [hs256, other], [plain, tekcify]] {
            let refused = Resources::of(&servers).unwrap_err();
            assert_eq!(refused.code(), tessera::protocol::ErrorCode::InvalidTarget);
        }
    })
    .await;
}
