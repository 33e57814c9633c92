//! Request objects at the authorization endpoint (RFC 9101; OpenID Connect Core §6; protocol.md "Request objects and PAR").

use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::config::Config;
use tessera::keys::encrypt::RecipientKey;
use tessera::keys::sign::SigningKey;
use tessera::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm, SigningAlgorithm};
use tessera::protocol::client_metadata::KeySet;

use super::destination::assert_error_page;
use super::world::{Asking, CHALLENGE, Came, REDIRECT_URI, World, came, claims, jose_header, redemption};
use crate::keys::sign::key;
use crate::support::app::Answer;
use crate::support::assertion;
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::receiver::{Behaviour, Receiver, answer, json as answer_json};
use crate::support::redirect_uris::NOT_REGISTERED;

const ISSUER: &str = "http://localhost:8080";

/// A client `rp` that signs with this key.
async fn register(world: &World, key: &SigningKey, edit: impl FnOnce(&mut NewClient)) {
    let jwks = assertion::jwks(&[key]);
    let signs = |new: &mut NewClient| {
        new.metadata.key_set.jwks = Some(jwks);
        edit(new);
    };
    world.register("rp", signs).await;
}

/// The claims of a request object that asks for a code.
fn sound() -> Value {
    json!({
        "iss": "rp", "aud": ISSUER, "client_id": "rp", "response_type": "code", "redirect_uri": REDIRECT_URI,
        "scope": "openid", "state": "inner", "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    })
}

fn signed(key: &SigningKey, claims: &Value) -> String {
    key.sign("oauth-authz-req+jwt", claims).unwrap()
}

/// What OpenID Connect Core wants outside beside the object, and no more.
fn asking(name: &str, value: &str) -> Asking {
    let asking = Asking::of("rp").without("state").without("code_challenge").without("code_challenge_method");
    asking.without("redirect_uri").with(name, value)
}

/// What comes to the client without a page.
async fn refusal(world: &World, asking: &Asking) -> (String, String) {
    let answer = world.browser().get(&asking.path()).await;
    let came = came(&answer).unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()));
    (came.error().to_owned(), came.parameters["error_description"].clone())
}

in_every_set_up!(a_signed_object_is_the_request, async |set_up| {
    let world = World::on(set_up).await;
    let key = key(SigningAlgorithm::Rs256);
    register(&world, &key, |_| {}).await;
    let asking = asking("request", &signed(&key, &sound()));
    let came = world.allow(&world.browser(), &asking).await;
    assert_eq!((came.at.as_str(), came.parameters["state"].as_str()), (REDIRECT_URI, "inner"));
    let tokens = world.token("rp", &redemption(&came.code())).await;
    assert_eq!(claims(&tokens.json()["id_token"])["nonce"], "n");
});

/// RFC 9101 §9.2: each algorithm that metadata lists is one that signs.
#[actix_web::test]
async fn each_algorithm_of_the_metadata_signs_objects() {
    let world = World::new().await;
    let keys: Vec<_> = SigningAlgorithm::ALL.iter().map(|algorithm| key(*algorithm)).collect();
    let all = |new: &mut NewClient| new.metadata.key_set.jwks = Some(assertion::jwks(&keys.iter().collect::<Vec<_>>()));
    register(&world, &keys[0], all).await;
    let browser = world.signed_in().await;
    let mut taken = Vec::new();
    for key in &keys {
        let object = signed(key, &sound());
        let came = world.allow(&browser, &asking("request", &object)).await;
        assert_eq!((came.code().is_empty(), came.parameters["state"].as_str()), (false, "inner"));
        taken.push(jose_header(&object.into())["alg"].clone());
    }
    let document = world.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    assert_eq!(document["request_object_signing_alg_values_supported"], json!(taken));
    assert!(taken.contains(&json!("PS256")), "{taken:?}");
}

/// RFC 9101 §6.3: what is outside does not count, though it be there, or be there twice; the object's redirect URI wins.
#[actix_web::test]
async fn parameters_outside_are_ignored() {
    let world = World::new().await;
    let key = key(SigningAlgorithm::Es256);
    register(&world, &key, |_| {}).await;
    let object = signed(&key, &sound());
    let outside = asking("request", &object)
        .with("redirect_uri", "https://evil.example/cb")
        .with("scope", "openid profile")
        .with("state", "outer")
        .also("state", "outer again")
        .with("max_age", "nonsense")
        .with("response_type", "token");
    let came = world.allow(&world.browser(), &outside).await;
    assert_eq!((came.at.as_str(), came.parameters["state"].as_str()), (REDIRECT_URI, "inner"));
    let tokens = world.token("rp", &redemption(&came.code())).await.json();
    assert_eq!(tokens["scope"], "openid");
    let mut without_pkce = sound();
    without_pkce.as_object_mut().unwrap().remove("code_challenge");
    let outside = Asking::of("rp").with("request", &signed(&key, &without_pkce));
    assert_eq!(refusal(&world, &outside).await.0, "invalid_request", "the code_challenge outside does not count");
}

/// security.md "redirect_uri": the same table in request objects, though one outside be right; protocol.md: no default in its place.
#[actix_web::test]
async fn an_object_s_redirect_uri_is_proven_like_any_other() {
    let world = World::new().await;
    let key = key(SigningAlgorithm::Es256);
    let two = |new: &mut NewClient| new.metadata.redirect_uris.push("https://app.example.com/other".to_owned());
    register(&world, &key, two).await;
    let browser = world.signed_in().await;
    let shown = async |object: &Value| {
        let outside = asking("request", &signed(&key, object)).with("redirect_uri", REDIRECT_URI);
        browser.get(&outside.path()).await
    };
    let mut object = sound();
    for redirect_uri in NOT_REGISTERED {
        object["redirect_uri"] = json!(redirect_uri);
        assert_error_page(&shown(&object).await, "invalid_redirect_uri");
    }
    object.as_object_mut().unwrap().remove("redirect_uri");
    assert_error_page(&shown(&object).await, "invalid_redirect_uri");
}

/// What is wrong with the object is told where the plain parameters prove that it may be, else on a page.
#[actix_web::test]
async fn a_faulty_object_is_an_invalid_request_object_and_nothing_begins() {
    let world = World::new().await;
    let (own, other) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    register(&world, &own, |_| {}).await;
    let with = |name: &str, value: Value| {
        let mut object = sound();
        object[name] = value;
        signed(&own, &object)
    };
    let unsigned = signed(&own, &sound()).rsplit_once('.').unwrap().0.to_owned() + ".";
    let assertion = own.sign("at+jwt", &sound()).unwrap();
    for (object, why) in [
        (signed(&other, &sound()), "no key"),
        (unsigned, "three parts"),
        ("eyJhbGciOiJub25lIn0.e30.x".to_owned(), "algorithm"),
        ("nonsense".to_owned(), "three parts"),
        (assertion, "typ"),
        (with("aud", json!("https://other.example")), "aud"),
        (with("client_id", json!("spa")), "client_id"),
        (with("exp", json!(world.test.clock.now().seconds())), "expired"),
        (with("exp", json!("9999999999")), "exp, nbf or iat is not a number"),
        (with("request_uri", json!("https://app.example.com/r")), "request_uri"),
        (with("scope", json!(["openid"])), "scope"),
        ("a.b.c.d.e".to_owned(), "decrypted"),
    ] {
        let proven = asking("request", &object).with("redirect_uri", REDIRECT_URI).with("state", "outer");
        let (error, said) = refusal(&world, &proven).await;
        assert!(error == "invalid_request_object" && said.contains(why), "{error}: {said} does not speak of {why}");
        let page =
            world.browser().get(&asking("request", &object).with("redirect_uri", "https://evil.example").path()).await;
        assert_eq!((page.status.as_u16(), page.header("location")), (400, None), "{object}");
    }
}

/// What is inside is judged by the same rules, and its faults go back as the object says.
#[actix_web::test]
async fn a_fault_in_what_the_object_asks_for_goes_back_by_its_own_mode_and_state() {
    let world = World::new().await;
    let key = key(SigningAlgorithm::EdDsa);
    register(&world, &key, |_| {}).await;
    let mut object = sound();
    object["prompt"] = json!("none login");
    object["response_mode"] = json!("fragment");
    let answer = world.browser().get(&asking("request", &signed(&key, &object)).path()).await;
    let came = came(&answer).unwrap();
    assert_eq!((came.error(), came.in_fragment, came.parameters["state"].as_str()), ("invalid_request", true, "inner"));
}

/// RFC 9101 §10.8: `typ` may be left out, and is written in any case (RFC 7515 §4.1.9).
#[actix_web::test]
async fn an_object_of_no_type_or_in_another_case_is_taken() {
    let world = World::new().await;
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())});
    let given = |new: &mut NewClient| new.metadata.key_set.jwks = Some(json!({"keys": [jwk]}));
    register(&world, &key(SigningAlgorithm::EdDsa), given).await;
    let browser = world.signed_in().await;
    for header in [
        json!({"alg": "EdDSA"}),
        json!({"alg": "EdDSA", "typ": "JWT"}),
        json!({"alg": "EdDSA", "typ": "OAuth-Authz-Req+JWT"}),
        json!({"alg": "EdDSA", "typ": "application/oauth-authz-req+jwt"}),
    ] {
        let input = [&header, &sound()].map(|part| encode(part.to_string().as_bytes())).join(".");
        let object = format!("{input}.{}", encode(pair.sign(input.as_bytes()).as_ref()));
        let came = world.allow(&browser, &asking("request", &object)).await;
        assert_eq!((came.error(), came.parameters["state"].as_str()), ("", "inner"), "{header}");
    }
}

/// OpenID Connect Core §6.3.2: the client's keys count wherever it keeps them.
#[actix_web::test]
async fn a_key_at_the_client_s_jwks_uri_signs() {
    let (own, other) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    let receiver = Receiver::start(answer_json(&assertion::jwks(&[&own]).to_string())).await;
    let opening = receiver.opening().parse().unwrap();
    let world = World::with(|config: &mut Config| config.outgoing.allow = vec![opening]).await;
    let remote = KeySet { jwks: None, jwks_uri: Some(receiver.url("/jwks")) };
    register(&world, &own, |new| new.metadata.key_set = remote).await;
    let came = world.allow(&world.browser(), &asking("request", &signed(&own, &sound()))).await;
    assert_eq!((came.error(), came.parameters["state"].as_str()), ("", "inner"));
    let stranger = asking("request", &signed(&other, &sound())).with("redirect_uri", REDIRECT_URI);
    assert_eq!(refusal(&world, &stranger).await.0, "invalid_request_object");
}

#[actix_web::test]
async fn only_the_registered_algorithm_signs() {
    let world = World::new().await;
    let [rs256, ps256] = [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256].map(key);
    let only = |new: &mut NewClient| {
        new.metadata.key_set.jwks = Some(assertion::jwks(&[&rs256, &ps256]));
        new.metadata.request_objects.request_object_signing_alg = Some(SigningAlgorithm::Ps256);
    };
    register(&world, &ps256, only).await;
    world.allow(&world.browser(), &asking("request", &signed(&ps256, &sound()))).await.code();
    let outside = asking("request", &signed(&rs256, &sound())).with("redirect_uri", REDIRECT_URI);
    let (error, said) = refusal(&world, &outside).await;
    assert!(error == "invalid_request_object" && said.contains("request_object_signing_alg"), "{error} {said}");
}

/// RFC 9101 §10.5: who has registered that it always signs is not believed without.
#[actix_web::test]
async fn a_client_that_must_sign_is_refused_without_an_object() {
    let world = World::new().await;
    let key = key(SigningAlgorithm::Es256);
    let must = |new: &mut NewClient| new.metadata.request_objects.require_signed_request_object = true;
    register(&world, &key, must).await;
    let (error, said) = refusal(&world, &Asking::of("rp")).await;
    assert!(error == "invalid_request" && said.contains("require_signed_request_object"), "{error} {said}");
    let came = world.allow(&world.browser(), &asking("request", &signed(&key, &sound()))).await;
    assert!(!came.code().is_empty(), "it went through the pages as well");
}

/// RFC 9101 §6.1: encrypted to us, with what is signed inside.
#[actix_web::test]
async fn an_encrypted_object_is_decrypted_and_its_signature_still_counts() {
    let world = World::new().await;
    let (own, other) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    register(&world, &own, |_| {}).await;
    let now = world.test.clock.now();
    world.test.app.keys.offer_encryption(world.realm.id, now).await.unwrap();
    world.advance(60);
    let jwks: Value = serde_json::from_slice(&world.browser().get("/oauth2/jwks").await.body).unwrap();
    for algorithm in KeyManagementAlgorithm::ALL.iter().copied() {
        let recipient = RecipientKey::choose(&jwks, algorithm).unwrap();
        let encrypted = |object: &str| recipient.encrypt(object, ContentEncryption::A256Gcm).unwrap();
        let came = world.allow(&world.browser(), &asking("request", &encrypted(&signed(&own, &sound())))).await;
        assert_eq!(came.parameters["state"], "inner", "{algorithm}");
        for inside in [signed(&other, &sound()), sound().to_string()] {
            let outside = asking("request", &encrypted(&inside)).with("redirect_uri", REDIRECT_URI);
            assert_eq!(refusal(&world, &outside).await.0, "invalid_request_object", "{algorithm}");
        }
    }
    let metadata: Value =
        serde_json::from_slice(&world.browser().get("/.well-known/openid-configuration").await.body).unwrap();
    assert_eq!(metadata["request_object_encryption_alg_values_supported"].as_array().unwrap().len(), 4);
}

/// A client that keeps its objects at a URL which the operator has opened.
async fn with_objects_at_a_url(behaviour: Behaviour, key: &SigningKey) -> (World, Receiver, String) {
    let receiver = Receiver::start(behaviour).await;
    let opening = receiver.opening().parse().unwrap();
    let world = World::with(|config: &mut Config| config.outgoing.allow = vec![opening]).await;
    let uri = receiver.url("/object#a-fragment");
    let registered = uri.clone();
    register(&world, key, |new| new.metadata.request_objects.request_uris = vec![registered]).await;
    (world, receiver, uri)
}

fn served(object: &str) -> Behaviour {
    answer("200 OK", "content-type: application/oauth-authz-req+jwt\r\n", object)
}

/// OpenID Connect Core §6.2: fetched once, whatever pages come between; a registered URI may carry a fragment.
#[actix_web::test]
async fn a_registered_request_uri_is_fetched_once_for_a_request() {
    let key = key(SigningAlgorithm::Rs256);
    let (world, receiver, uri) = with_objects_at_a_url(served(&signed(&key, &sound())), &key).await;
    let came = world.allow(&world.browser(), &asking("request_uri", &uri)).await;
    assert_eq!(came.parameters["state"], "inner");
    let requests = receiver.requests();
    assert!(requests.len() == 1 && requests[0].starts_with("GET /object HTTP/1.1"), "{requests:?}");
}

/// RFC 7519 §10.3.1: the media type of any JWT; OpenID Connect Core has no other for these.
#[actix_web::test]
async fn an_object_may_be_served_as_any_jwt() {
    let key = key(SigningAlgorithm::Rs256);
    let jwt = answer("200 OK", "content-type: application/jwt\r\n", &signed(&key, &sound()));
    let (world, _receiver, uri) = with_objects_at_a_url(jwt, &key).await;
    let came = world.allow(&world.browser(), &asking("request_uri", &uri)).await;
    assert_eq!((came.error(), came.parameters["state"].as_str()), ("", "inner"));
}

/// protocol.md: an unregistered one is never fetched.
#[actix_web::test]
async fn an_unregistered_request_uri_is_not_fetched() {
    let key = key(SigningAlgorithm::Es256);
    let (world, receiver, uri) = with_objects_at_a_url(served(&signed(&key, &sound())), &key).await;
    for other in
        [uri.replace("#a-fragment", ""), format!("{uri}x"), uri.replace("/object", "/Object"), "urn:x:y".to_owned()]
    {
        let (error, _) = refusal(&world, &asking("request_uri", &other).with("redirect_uri", REDIRECT_URI)).await;
        assert_eq!(error, "invalid_request_uri", "{other}");
    }
    let both = asking("request_uri", &uri).with("request", "a.b.c").with("redirect_uri", REDIRECT_URI);
    assert_eq!(refusal(&world, &both).await.0, "invalid_request");
    assert_eq!(receiver.connections().await, 0);
}

#[actix_web::test]
async fn an_object_that_cannot_be_fetched_is_an_invalid_request_uri() {
    let key = key(SigningAlgorithm::Es256);
    for (behaviour, expected) in [
        (answer("404 Not Found", "", ""), "invalid_request_uri"),
        (answer("302 Found", "location: https://app.example.com\r\n", ""), "invalid_request_uri"),
        (answer_json("{}"), "invalid_request_uri"),
        (served(&"x".repeat(20_000)), "invalid_request_uri"),
        (served("nonsense"), "invalid_request_object"),
    ] {
        let (world, _receiver, uri) = with_objects_at_a_url(behaviour, &key).await;
        let (error, said) = refusal(&world, &asking("request_uri", &uri).with("redirect_uri", REDIRECT_URI)).await;
        assert_eq!(error, expected, "{said}");
    }
}

/// security.md: outgoing.allow opens nothing to those who register themselves.
#[actix_web::test]
async fn a_user_s_client_reaches_nothing_that_the_operator_has_opened() {
    let key = key(SigningAlgorithm::Es256);
    let (world, receiver, uri) = with_objects_at_a_url(served(&signed(&key, &sound())), &key).await;
    let owner = world.user.id;
    let theirs = |new: &mut NewClient| {
        new.owner = Some(owner);
        new.metadata.key_set.jwks = Some(assertion::jwks(&[&key]));
        new.metadata.request_objects.request_uris = vec![uri.clone()];
    };
    world.register("theirs", theirs).await;
    let asking = Asking::of("theirs").with("request_uri", &uri);
    assert_eq!(refusal(&world, &asking).await.0, "invalid_request_uri");
    assert_eq!(receiver.connections().await, 0);
}

/// While the user signs in, the object may expire, and its server go away: the request was taken when it came.
#[actix_web::test]
async fn an_object_is_judged_when_it_comes() {
    let key = key(SigningAlgorithm::Es256);
    let mut object = sound();
    let world = World::new().await;
    register(&world, &key, |_| {}).await;
    object["exp"] = json!(world.test.clock.now().seconds() + 30);
    let browser = world.browser();
    let page: Answer = browser.follow(browser.get(&asking("request", &signed(&key, &object)).path()).await).await;
    world.advance(60);
    let mut page = browser.follow(world.step(&browser, &page).await).await;
    let arrived: Came = loop {
        if let Some(arrived) = came(&page) {
            break arrived;
        }
        page = browser.follow(world.step(&browser, &page).await).await;
    };
    assert_eq!(arrived.parameters["state"], "inner");
    let late = asking("request", &signed(&key, &object)).with("redirect_uri", REDIRECT_URI);
    assert_eq!(refusal(&world, &late).await.0, "invalid_request_object");
}

/// A realm on any set-up reads them the same way: a host of its own is an issuer of its own.
#[actix_web::test]
async fn the_audience_is_the_realm_s_own_issuer() {
    let world = World::at(SetUp::Sqlite, super::world::Place::Path, |_| {}).await;
    let key = key(SigningAlgorithm::Es256);
    register(&world, &key, |_| {}).await;
    let path = |object: &Value| asking("request", &signed(&key, object)).with("redirect_uri", REDIRECT_URI);
    assert_eq!(refusal(&world, &path(&sound())).await.0, "invalid_request_object", "that is another realm's");
    let mut own = sound();
    own["aud"] = json!([format!("{ISSUER}/r/third"), "https://other.example"]);
    assert_eq!(world.allow(&world.browser(), &path(&own)).await.parameters["state"], "inner");
}

/// What an object says is kept, neither the object nor what is beside it: those may be longer than what is kept of a request.
#[actix_web::test]
async fn what_an_object_says_is_bounded_and_not_what_it_comes_in() {
    let world = World::new().await;
    let key = key(SigningAlgorithm::Es256);
    register(&world, &key, |_| {}).await;
    let mut object = sound();
    object["x"] = "x".repeat(5_000).into();
    let long = asking("request", &signed(&key, &object)).with("claims_locales", &"x".repeat(20_000));
    assert_eq!(world.allow(&world.browser(), &long).await.parameters["state"], "inner");
    object["x"].take();
    object["nonce"] = "n".repeat(2049).into();
    let (error, said) =
        refusal(&world, &asking("request", &signed(&key, &object)).with("redirect_uri", REDIRECT_URI)).await;
    assert!(error == "invalid_request" && said.contains("nonce"), "{error}: {said}");
}

/// Fetching, decrypting and verifying is work for whoever asks: it is counted, and not begun for a client without keys.
#[actix_web::test]
async fn objects_are_looked_at_so_often_and_only_where_a_key_could_fit() {
    let world = World::with(|config: &mut Config| config.limits.authorize = "2 per 1m".parse().unwrap()).await;
    let key = key(SigningAlgorithm::Es256);
    register(&world, &key, |_| {}).await;
    let keyless = Asking::of("web").with("request", &signed(&key, &sound()));
    let (error, said) = refusal(&world, &keyless).await;
    assert!(error == "invalid_request_object" && said.contains("no key"), "{error}: {said}");
    let silent = |state: &str| {
        let mut object = sound();
        object["state"] = json!(state);
        object["prompt"] = json!("none");
        asking("request", &signed(&key, &object)).path()
    };
    for state in ["1", "2"] {
        assert_eq!(came(&world.browser().get(&silent(state)).await).unwrap().error(), "login_required");
    }
    assert_eq!(world.browser().get(&silent("3")).await.status, 429);
}
