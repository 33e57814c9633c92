//! Implicit and Hybrid (OpenID Connect Core §3.2, §3.3; OAuth 2.0 Multiple Response Type Encoding Practices): tokens through the
//! browser, for clients of profile legacy-oidc.

use actix_web::http::header;
use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::profile::Profile;
use tessera::protocol::response_type::ResponseType;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use tessera::secret::sha256;

use super::destination::assert_form_post;
use super::world::{Asking, Came, REDIRECT_URI, SECRET, SIGNED_OUT, World, basic, came, claims, first_party, public};
use crate::support::app::Answer;
use crate::support::database::{SetUp, in_every_set_up};

/// Everything that OpenID Connect Core offers.
fn legacy(new: &mut NewClient) {
    new.settings.profile = Profile::LegacyOidc;
    new.metadata.grant_types.push(GrantType::Implicit);
    new.metadata.response_types = ResponseType::ALL.to_vec();
}

/// A world with a confidential client `rp` of profile legacy-oidc.
async fn world_on(set_up: SetUp) -> World {
    let world = World::on(set_up).await;
    world.register("rp", legacy).await;
    world
}

/// A request without PKCE, as such applications send it.
fn asking(response_type: &str) -> Asking {
    Asking::of("rp")
        .without("code_challenge")
        .without("code_challenge_method")
        .with("response_type", response_type)
        .with("nonce", "n-0S6")
}

async fn refused(world: &World, asking: &Asking) -> Came {
    let answer = world.browser().get(&asking.path()).await;
    came(&answer).unwrap_or_else(|| panic!("nothing came: {} {}", answer.status, answer.text()))
}

fn token(came: &Came, name: &str) -> Value {
    Value::from(came.parameters[name].clone())
}

/// The left half of SHA-256.
fn half_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(text.as_bytes())[..16])
}

async fn redeem_without_verifier(world: &World, code: &str) -> Answer {
    let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT_URI)];
    world.token("rp", &form).await
}

in_every_set_up!(each_response_type_brings_what_it_names_and_only_in_the_fragment, async |set_up| {
    let world = world_on(set_up).await;
    let browser = world.browser();
    for response_type in ResponseType::ALL.iter().filter(|response_type| response_type.is_front_channel()) {
        let came = world.allow(&browser, &asking(response_type.as_str())).await;
        assert!(came.in_fragment && came.at == REDIRECT_URI, "{came:?}");
        let mut expected = vec!["iss", "session_state", "state"];
        expected.extend(response_type.has_code().then_some("code"));
        expected.extend(response_type.has_id_token().then_some("id_token"));
        if response_type.has_token() {
            expected.extend(["access_token", "expires_in", "scope", "token_type"]);
        }
        expected.sort_unstable();
        assert_eq!(came.parameters.keys().collect::<Vec<_>>(), expected, "{response_type}");
        assert_eq!(
            (came.parameters["iss"].as_str(), came.parameters["state"].as_str()),
            (world.realm.issuer.as_str(), "a state")
        );
        if response_type.has_id_token() {
            check_id_token(&world, &came);
        }
        if response_type.has_token() {
            assert_eq!(
                (came.parameters["token_type"].as_str(), came.parameters["expires_in"].as_str()),
                ("Bearer", "900")
            );
            let answer = world.userinfo(&came.parameters["access_token"]).await;
            assert_eq!(answer.json(), json!({ "sub": world.user.sub }));
        }
        if response_type.has_code() {
            let answer = redeem_without_verifier(&world, &came.code()).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let id_token = claims(&answer.json()["id_token"]);
            assert_eq!((&id_token["sub"], &id_token["nonce"]), (&world.user.sub.as_str().into(), &"n-0S6".into()));
        }
    }
});

/// OpenID Connect Core §3.2.2.10, §3.3.2.11: at_hash and c_hash, required where access token and code came with it.
fn check_id_token(world: &World, came: &Came) {
    let id_token = claims(&token(came, "id_token"));
    assert_eq!((&id_token["iss"], &id_token["aud"]), (&world.realm.issuer.as_str().into(), &"rp".into()));
    assert_eq!((&id_token["sub"], &id_token["nonce"]), (&world.user.sub.as_str().into(), &"n-0S6".into()));
    let hash = |name: &str| came.parameters.get(name).map_or(Value::Null, |text| half_hash(text).into());
    assert_eq!(id_token["at_hash"], hash("access_token"));
    assert_eq!(id_token["c_hash"], hash("code"));
    assert!(id_token.as_object().unwrap().values().all(|value| !value.is_null() && value != ""), "{id_token}");
}

/// RFC 6749 §3.1.1: the order of the words does not matter.
#[actix_web::test]
async fn the_order_of_a_response_types_words_does_not_matter() {
    let world = world_on(SetUp::Sqlite).await;
    let came = world.allow(&world.browser(), &asking("token id_token code")).await;
    assert!(came.parameters.contains_key("access_token") && came.parameters.contains_key("code"), "{came:?}");
}

/// OpenID Connect Core §5.4: without an access token, the ID token holds the claims that scopes ask for; with one, userinfo does.
#[actix_web::test]
async fn an_id_token_that_comes_alone_holds_the_claims_of_the_scopes() {
    let world = world_on(SetUp::Sqlite).await;
    let browser = world.browser();
    let alone = world.allow(&browser, &asking("id_token").with("scope", "openid email")).await;
    let id_token = claims(&token(&alone, "id_token"));
    assert_eq!((&id_token["email"], &id_token["email_verified"].is_boolean()), (&super::world::EMAIL.into(), &true));
    assert!(id_token.get("name").is_none(), "profile was not asked for: {id_token}");
    for response_type in ["id_token token", "code id_token"] {
        let came = world.allow(&browser, &asking(response_type).with("scope", "openid email")).await;
        assert!(claims(&token(&came, "id_token")).get("email").is_none(), "{response_type}");
    }
}

/// OpenID Connect Core §3.2.2.1, §3.3.2.11.
#[actix_web::test]
async fn an_id_token_through_the_browser_needs_a_nonce_and_the_scope_openid() {
    let world = world_on(SetUp::Sqlite).await;
    for response_type in ["id_token", "id_token token", "code id_token", "code id_token token"] {
        let came = refused(&world, &asking(response_type).without("nonce")).await;
        assert_eq!((came.error(), came.in_fragment), ("invalid_request", true), "{response_type}");
        let came = refused(&world, &asking(response_type).with("scope", "email")).await;
        assert_eq!((came.error(), came.in_fragment), ("invalid_scope", true), "{response_type}");
    }
    let came = world.allow(&world.browser(), &asking("code token").without("nonce")).await;
    assert!(came.parameters.contains_key("access_token"), "{came:?}");
}

/// Multiple Response Type Encoding Practices §3, §5: tokens never travel in a query; protocol.md: errors use the response mode as well.
#[actix_web::test]
async fn tokens_and_the_errors_in_their_place_never_travel_in_a_query() {
    let world = world_on(SetUp::Sqlite).await;
    let came = refused(&world, &asking("code id_token").with("response_mode", "query")).await;
    assert_eq!((came.error(), came.in_fragment), ("invalid_request", true));
    let came = refused(&world, &asking("id_token").with("prompt", "none")).await;
    assert_eq!((came.error(), came.in_fragment), ("login_required", true));
    assert_eq!(came.parameters["state"], "a state");
    let came = world.allow(&world.browser(), &asking("code").with("response_mode", "fragment")).await;
    assert!(came.in_fragment && came.parameters.contains_key("code"), "{came:?}");
}

/// OAuth 2.0 Form Post Response Mode §2.
#[actix_web::test]
async fn tokens_go_by_form_post_where_that_was_asked_for() {
    let world = world_on(SetUp::Sqlite).await;
    let own = |new: &mut NewClient| {
        legacy(new);
        first_party(new);
    };
    world.register("own", own).await;
    let browser = world.signed_in().await;
    let asking = asking("code id_token token").with("client_id", "own").with("response_mode", "form_post");
    let page = browser.get(&asking.path()).await;
    assert_form_post(&page, REDIRECT_URI);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let id_token = claims(&Value::from(page.value("id_token").unwrap()));
    assert_eq!(id_token["c_hash"], half_hash(&page.value("code").unwrap()).as_str());
    assert_eq!(id_token["at_hash"], half_hash(&page.value("access_token").unwrap()).as_str());
    assert_eq!(page.value("state").as_deref(), Some("a state"));
}

/// RFC 6749 §3.1.2: a query of the redirect URI's own is kept, whichever way the answer goes, and however it ends.
#[actix_web::test]
async fn a_redirect_uris_own_query_is_kept_before_a_fragment_and_by_form_post() {
    let (world, uri) = (World::new().await, "https://app.example.com/cb?a=b&c=%2Fd");
    let with_query = |new: &mut NewClient| {
        legacy(new);
        first_party(new);
        new.metadata.redirect_uris = vec![uri.to_owned()];
    };
    world.register("rp", with_query).await;
    let browser = world.signed_in().await;
    let sound = asking("code id_token").with("redirect_uri", uri);
    for (asking, first) in [(sound.clone(), "code="), (sound.clone().without("nonce"), "error=invalid_request&")] {
        let answer = browser.get(&asking.path()).await;
        let (at, fragment) = answer.location().split_once('#').unwrap();
        assert!(at == uri && fragment.starts_with(first), "{at} {fragment}");
        let page = browser.get(&asking.with("response_mode", "form_post").path()).await;
        assert_form_post(&page, uri);
        assert_eq!(page.value("state").as_deref(), Some("a state"));
    }
}

/// protocol.md "Profiles": PKCE is required of public clients.
#[actix_web::test]
async fn a_public_client_needs_pkce_for_a_code_and_for_nothing_else() {
    let world = world_on(SetUp::Sqlite).await;
    let both = |new: &mut NewClient| {
        legacy(new);
        public(new);
    };
    world.register("page", both).await;
    let of_page = |response_type: &str| asking(response_type).with("client_id", "page");
    assert_eq!(refused(&world, &of_page("code id_token")).await.error(), "invalid_request");
    assert_eq!(refused(&world, &of_page("code")).await.error(), "invalid_request");
    let came = world.allow(&world.browser(), &of_page("id_token token")).await;
    assert!(came.parameters.contains_key("access_token"), "{came:?}");
}

/// A code with a challenge is bound to it in every profile (RFC 7636 §4.6; RFC 9700 §4.8.2).
#[actix_web::test]
async fn a_challenge_that_was_sent_binds_the_code_though_none_was_needed() {
    let world = world_on(SetUp::Sqlite).await;
    let browser = world.browser();
    let with_pkce = Asking::of("rp").with("response_type", "code id_token").with("nonce", "n");
    let code = world.allow(&browser, &with_pkce).await.code();
    assert_eq!(redeem_without_verifier(&world, &code).await.refusal(), (400, "invalid_grant".to_owned()));
    let code = world.allow(&browser, &with_pkce).await.code();
    assert_eq!(world.redeem("rp", &code).await.status, 200);
    let code = world.allow(&browser, &asking("code id_token")).await.code();
    assert_eq!(
        world.redeem("rp", &code).await.refusal(),
        (400, "invalid_grant".to_owned()),
        "a verifier without a challenge"
    );
}

/// RFC 6749 §4.2.2: no refresh token through the browser; what would outlive the session is not granted there.
#[actix_web::test]
async fn a_token_through_the_browser_is_not_refreshable_and_ends_with_the_session() {
    let world = world_on(SetUp::Sqlite).await;
    let browser = world.browser();
    let wanted = asking("code id_token token").with("scope", "openid offline_access");
    let came = world.allow(&browser, &wanted).await;
    assert!(!came.parameters.contains_key("refresh_token") && came.parameters["scope"] == "openid", "{came:?}");
    let access_token = &came.parameters["access_token"];
    assert_eq!(world.introspect("rp", access_token).await["active"], true);
    let refreshable = redeem_without_verifier(&world, &came.code()).await.json();
    assert!(refreshable["refresh_token"].is_string(), "the code's own family is: {refreshable}");
    let hint = &came.parameters["id_token"];
    let logout = format!("/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={SIGNED_OUT}");
    assert_eq!(browser.get(&logout).await.location(), SIGNED_OUT);
    assert_eq!(world.introspect("rp", access_token).await, json!({ "active": false }));
    assert_eq!(world.userinfo(access_token).await.status, 401);
}

/// storage.md "Access tokens": a front-channel one's family is a row without a refresh token, and nothing is left of it once its access
/// token has ended.
#[actix_web::test]
async fn the_family_of_a_token_through_the_browser_ends_with_it() {
    let world = world_on(SetUp::Sqlite).await;
    let came = world.allow(&world.browser(), &asking("id_token token").with("scope", "openid offline_access")).await;
    let said = claims(&token(&came, "access_token"));
    let id = said["fam"].as_str().unwrap().parse().unwrap();
    let family = world.test.app.db.family(world.realm.id, id).await.unwrap().unwrap();
    assert_eq!((family.refresh, family.session_id.is_some()), (None, true));
    let ends = [family.expires_at, family.idle_expires_at].map(tessera::clock::Timestamp::seconds);
    assert_eq!(ends, [said["exp"].as_i64().unwrap(); 2]);
    let (realm, user, now) = (world.realm.id, world.user.id, world.test.clock.now());
    assert_eq!(world.test.app.db.families_of(realm, user, now).await.unwrap().len(), 1);
    world.advance(900);
    let now = world.test.clock.now();
    assert!(world.test.app.db.families_of(realm, user, now).await.unwrap().is_empty());
}

/// A token that was revoked is dead, and the one that came for the code beside it lives.
#[actix_web::test]
async fn the_code_and_the_token_beside_it_have_lives_of_their_own() {
    let world = world_on(SetUp::Sqlite).await;
    let came = world.allow(&world.browser(), &asking("code token")).await;
    let access_token = &came.parameters["access_token"];
    let by_code = redeem_without_verifier(&world, &came.code()).await.json();
    let form = [("token", access_token.as_str())];
    let request = TestRequest::post().insert_header((header::AUTHORIZATION, basic("rp", SECRET))).set_form(form);
    assert_eq!(world.machine(request, "/oauth2/revoke").await.status, 200);
    assert_eq!(world.introspect("rp", access_token).await["active"], false);
    assert_eq!(world.introspect("rp", by_code["access_token"].as_str().unwrap()).await["active"], true);
}

/// OpenID Connect Registration §2: what a client did not register, it may not ask for.
#[actix_web::test]
async fn a_client_may_use_the_response_types_that_it_registered() {
    let world = World::new().await;
    let only_hybrid = |new: &mut NewClient| {
        legacy(new);
        new.metadata.response_types = vec![ResponseType::CodeIdToken];
    };
    world.register("rp", only_hybrid).await;
    for response_type in ["code", "id_token", "code token", "code id_token token"] {
        assert_eq!(refused(&world, &asking(response_type)).await.error(), "unauthorized_client", "{response_type}");
    }
    world.allow(&world.browser(), &asking("code id_token")).await.code();
}

/// The hashes go by the algorithm of the ID token (OpenID Connect Core §3.3.2.11).
#[actix_web::test]
async fn the_hashes_follow_the_clients_algorithm() {
    let world = World::new().await;
    let ed25519 = |new: &mut NewClient| {
        legacy(new);
        new.metadata.id_token_signed_response_alg = SigningAlgorithm::EdDsa;
    };
    world.register("rp", ed25519).await;
    let came = world.allow(&world.browser(), &asking("code id_token")).await;
    let left_half = URL_SAFE_NO_PAD.encode(&tessera::secret::sha512(came.code().as_bytes())[..32]);
    assert_eq!(claims(&token(&came, "id_token"))["c_hash"], left_half);
}

/// The token endpoint's list is its own: `implicit` is registered, and never sent.
#[actix_web::test]
async fn implicit_is_no_grant_of_the_token_endpoint() {
    let world = world_on(SetUp::Sqlite).await;
    assert_eq!(
        world.token("rp", &[("grant_type", "implicit")]).await.refusal(),
        (400, "unsupported_grant_type".to_owned())
    );
}

/// protocol.md "Profiles": a realm whose applications register with legacy-oidc lists all of it; else metadata says code alone.
#[actix_web::test]
async fn metadata_lists_the_response_types_of_the_realms_own_profile() {
    let strict = World::new().await;
    let document = strict.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["response_modes_supported"], json!(["query", "fragment", "form_post"]));
    assert_eq!(document["grant_types_supported"], json!(["authorization_code", "refresh_token", "client_credentials"]));
    let open = World::with(|config| config.registration.default_profile = Profile::LegacyOidc).await;
    let document = open.machine(TestRequest::get(), "/.well-known/openid-configuration").await.json();
    let types = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"];
    assert_eq!(document["response_types_supported"], json!(types));
    assert_eq!(document["grant_types_supported"][3], "implicit");
}

/// RFC 6749 §3.1.2.1 and OpenID Connect Registration §2: tokens go to https, and not to the user's own machine.
#[actix_web::test]
async fn tokens_go_to_https_only() {
    let world = World::new().await;
    for uri in ["http://127.0.0.1/cb", "http://localhost/cb", "com.example.app:/cb"] {
        let mut new = NewClient::new(world.realm.id, None, world.register("x", |_| {}).await.metadata);
        legacy(&mut new);
        new.metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None;
        new.metadata.redirect_uris = vec![uri.to_owned()];
        let refused = world.test.app.clients.create(new, &world.operator()).await.unwrap_err().to_string();
        assert!(refused.contains("implicit sends tokens there"), "{refused}");
        world
            .test
            .app
            .clients
            .delete(world.realm.id, tessera::clients::Reach::All, "x", &world.operator())
            .await
            .unwrap();
    }
}
