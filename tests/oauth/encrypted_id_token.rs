//! ID tokens that are encrypted to their client (OpenID Connect Core §10.2, §16.14): signed first, and never given in the clear.

use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm};
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::profile::Profile;
use tessera::protocol::response_type::ResponseType;

use super::world::{Asking, World, claims, jose_header, public, redemption};
use crate::support::app::Answer;
use crate::support::database::in_every_set_up;
use crate::support::encrypted_to::KeyPair;
use crate::support::receiver::{self, Receiver};

const ECDH: KeyManagementAlgorithm = KeyManagementAlgorithm::EcdhEs;

/// Makes a client want its ID tokens encrypted, by default as OpenID Connect Registration §2 has it.
fn encrypted(new: &mut NewClient, algorithm: KeyManagementAlgorithm, content: Option<ContentEncryption>) {
    new.metadata.responses.id_token_encrypted_response_alg = Some(algorithm);
    new.metadata.responses.id_token_encrypted_response_enc = content;
}

/// The ID token of an answer, decrypted.
#[track_caller]
fn decrypted(answer: &Answer, key: &KeyPair) -> Value {
    let token = answer.json()["id_token"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned();
    assert_eq!(token.split('.').count(), 5);
    Value::from(key.decrypt(&token).expect("encrypted to the client's key"))
}

async fn redeem(world: &World, client_id: &str) -> Answer {
    let code = world.code(&Asking::of(client_id).with("nonce", "n")).await;
    world.redeem(client_id, &code).await
}

in_every_set_up!(an_id_token_is_signed_and_then_encrypted_by_the_clients_algorithms, async |set_up| {
    let world = World::on(set_up).await;
    for (number, algorithm) in KeyManagementAlgorithm::ALL.iter().copied().enumerate() {
        let (key, client_id) = (KeyPair::new(algorithm), format!("rp{number}"));
        let content = ContentEncryption::ALL.get(number).copied();
        let registered = |new: &mut NewClient| {
            encrypted(new, algorithm, content);
            new.metadata.key_set.jwks = Some(key.jwks());
        };
        world.register(&client_id, registered).await;
        let answer = redeem(&world, &client_id).await;
        let header = jose_header(&answer.json()["id_token"]);
        let enc = content.unwrap_or(ContentEncryption::A128CbcHs256);
        assert_eq!((&header["alg"], &header["enc"]), (&algorithm.as_str().into(), &enc.as_str().into()));
        assert_eq!((&header["cty"], &header["kid"]), (&"JWT".into(), &key.kid().into()));
        let token = decrypted(&answer, &key);
        assert_eq!(jose_header(&token)["alg"], "RS256");
        let held = claims(&token);
        assert_eq!((&held["aud"], &held["nonce"]), (&client_id.as_str().into(), &"n".into()));
        assert!(held["at_hash"].is_string());
        let again = world.refresh(&client_id, answer.json()["refresh_token"].as_str().unwrap()).await;
        assert_eq!(claims(&decrypted(&again, &key))["sub"], held["sub"]);
    }
});

/// A client whose server is down loses nothing: neither the code nor the refresh token is used up, nothing is issued.
#[tokio::test]
async fn a_key_that_cannot_be_fetched_costs_neither_code_nor_refresh_token() {
    let key = KeyPair::new(ECDH);
    let receiver = Receiver::start(receiver::answer("503 Busy", "", "")).await;
    let world = World::with(|config| config.outgoing.allow = vec![receiver.opening().parse().unwrap()]).await;
    let jwks_uri = receiver.url("/jwks");
    for (client_id, edit) in [("rp", (|_| {}) as fn(&mut NewClient)), ("app", public)] {
        let registered = |new: &mut NewClient| {
            edit(new);
            encrypted(new, ECDH, None);
            new.metadata.key_set.jwks_uri = Some(jwks_uri.clone());
        };
        world.register(client_id, registered).await;
        receiver.change(receiver::answer("503 Busy", "", ""));
        let code = world.code(&Asking::of(client_id)).await;
        let send = async |form: &[(&str, &str)]| match client_id {
            "app" => world.token_of_public("app", form).await,
            _ => world.token(client_id, form).await,
        };
        let refused = send(&redemption(&code)).await;
        assert_eq!(refused.refusal(), (503, "temporarily_unavailable".to_owned()));
        assert_eq!(refused.header("retry-after"), Some("2"));
        receiver.change(key.served());
        world.advance(2);
        let answer = send(&redemption(&code)).await;
        decrypted(&answer, &key);
        // A minute later the set is asked for again, and its server is down.
        receiver.change(receiver::answer("503 Busy", "", ""));
        world.advance(61);
        let refresh_token = answer.json()["refresh_token"].as_str().unwrap().to_owned();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        assert_eq!(send(&form).await.refusal().0, 503);
        receiver.change(key.served());
        world.advance(11);
        let answer = send(&form).await;
        decrypted(&answer, &key);
        world.advance(61);
    }
}

/// A set without a fitting key is the client's to put right; what needs no ID token goes on.
#[tokio::test]
async fn a_client_without_a_fitting_key_gets_no_id_token_and_no_signed_one_either() {
    let world = World::new().await;
    let registered = |new: &mut NewClient| {
        encrypted(new, ECDH, None);
        new.metadata.key_set.jwks = Some(KeyPair::new(KeyManagementAlgorithm::RsaOaep256).jwks());
        new.metadata.grant_types.push(GrantType::ClientCredentials);
        new.metadata.scope = Some("openid read".parse().unwrap());
    };
    world.register("rp", registered).await;
    let refused = redeem(&world, "rp").await;
    assert_eq!(refused.refusal(), (400, "invalid_request".to_owned()));
    let description = refused.json()["error_description"].as_str().unwrap().to_owned();
    assert!(description.contains("no key that ECDH-ES may be used with"), "{description}");
    let form = [("grant_type", "client_credentials"), ("scope", "read"), ("resource", super::world::API)];
    assert_eq!(world.token("rp", &form).await.status.as_u16(), 200);
}

/// OpenID Connect Core §3.2.2.5, §3.3.2.5: also those that travel through the browser; an error goes back to the client.
#[tokio::test]
async fn an_id_token_of_the_front_channel_is_encrypted_or_refused() {
    let world = World::new().await;
    let key = KeyPair::new(ECDH);
    let implicit = |new: &mut NewClient, jwks: Value| {
        new.settings.profile = Profile::LegacyOidc;
        new.metadata.grant_types.push(GrantType::Implicit);
        new.metadata.response_types = ResponseType::ALL.to_vec();
        encrypted(new, ECDH, Some(ContentEncryption::A256Gcm));
        new.metadata.key_set.jwks = Some(jwks);
    };
    world.register("rp", |new| implicit(new, key.jwks())).await;
    world.register("keyless", |new| implicit(new, json!({ "keys": [{ "kty": "oct" }] }))).await;
    for response_type in ["id_token", "id_token token", "code id_token", "code id_token token"] {
        let asking = |client_id| Asking::of(client_id).with("response_type", response_type).with("nonce", "n");
        let came = world.allow(&world.browser(), &asking("rp")).await;
        let held = claims(&Value::from(key.decrypt(&came.parameters["id_token"]).unwrap()));
        assert_eq!((&held["aud"], &held["nonce"]), (&"rp".into(), &"n".into()));
        let came = world.allow(&world.browser(), &asking("keyless")).await;
        assert_eq!(came.error(), "invalid_request", "{came:?}");
        assert!(["code", "access_token", "id_token"].iter().all(|name| !came.parameters.contains_key(*name)));
    }
}
