//! A NUL, which PostgreSQL takes in no text, in every text that somebody sends: refused, or of no effect, and never a fault of ours
//! (security.md "Input").

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use tessera::protocol::parameters::KNOWN;

use crate::oauth::world::{Asking, Place, REDIRECT_URI, SECRET, World, basic};
use crate::support::app::{Answer, PASSWORD};
use crate::support::database::{SetUp, in_every_set_up};

const NUL: &str = "a\0b";

/// What strangers can open; a NUL is `%00` there.
const ADDRESSES: &[&str] = &[
    "/r/%00/oauth2/jwks",
    "/r/second%00/login",
    "/.well-known/oauth-authorization-server/r/%00",
    "/oauth2/authorize/%00",
    "/oauth2/authorize/%00/deny",
    "/oauth2/register/%00",
    "/login?interaction=%00",
    "/login?next=%2F%00",
    "/signup?interaction=%00",
    "/account-chooser?interaction=%00",
    "/consent?interaction=%00",
    "/invitation?token=%00",
    "/setup?token=%00",
    "/playground/callback?code=%00&state=%00",
    "/oauth2/logout?client_id=%00&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2F%00&state=%00&logout_hint=%00",
    "/oauth2/logout?id_token_hint=%00",
    "/static/%00/%00",
    "/logos/%00/%00",
];

/// What an administrator can open.
const OWN_ADDRESSES: &[&str] = &[
    "/account?done=%00",
    "/account/apps?revoked=%00",
    "/account/sessions?done=%00",
    "/admin/users?search=%00",
    "/admin/users?search=a%00b&after=%00",
    "/admin/users/%00",
    "/developer/applications?after=%00",
    "/developer/applications/%00",
    "/developer/applications/%00/delete",
    "/developer/applications/new?kind=%00",
];

/// Forms, with the fields that are sent a NUL one at a time.
const FORMS: &[(&str, &[(&str, &str)])] = &[
    ("/login", &[("identifier", "eve"), ("password", "x")]),
    ("/login", &[("identifier", "eve@example.com"), ("interaction", "x"), ("next", "/account")]),
    ("/signup", &[("email", "new@example.com"), ("name", "New"), ("new_password", PASSWORD)]),
    ("/invitation", &[("token", "x"), ("name", "New"), ("new_password", PASSWORD)]),
    ("/setup", &[("token", "x"), ("email", "new@example.com"), ("name", "New"), ("new_password", PASSWORD)]),
    ("/account-chooser", &[("account", "x"), ("interaction", "x")]),
    ("/consent", &[("interaction", "x"), ("decision", "allow")]),
];

/// The same, of an administrator.
const OWN_FORMS: &[(&str, &[(&str, &str)])] = &[
    ("/account", &[("name", "Root")]),
    ("/account/password", &[("password", PASSWORD), ("new_password", "another horse battery")]),
    ("/account/apps/revoke", &[("client_id", "web")]),
    ("/account/sessions/end", &[("session", "x")]),
    ("/admin/users/invite", &[("name", "New"), ("email", "new@example.com")]),
    ("/admin/users/%00/disable", &[("name", "x")]),
    (
        "/developer/applications/new",
        &[
            ("name", "App"),
            ("kind", "web"),
            ("redirect_uris", REDIRECT_URI),
            ("post_logout_redirect_uris", REDIRECT_URI),
        ],
    ),
    ("/developer/applications/web", &[("name", "App"), ("redirect_uris", REDIRECT_URI)]),
    ("/developer/applications/web/secrets/delete", &[("secret", "x")]),
    ("/developer/applications/%00/secrets", &[("secret", "x")]),
    ("/developer/applications/web/delete", &[("confirm_name", "web")]),
];

async fn world(set_up: SetUp) -> World {
    World::at(set_up, Place::Root, |config| {
        config.sign_up.enabled = true;
        let limits = &mut config.limits;
        let much = tessera::config::Limit::new(100_000, tessera::config::Period::minutes(1));
        (limits.token_failures, limits.authorize, limits.registration) = (much, much, much);
        (limits.sign_in, limits.sign_in_address, limits.sign_up, limits.link) = (much, much, much, much);
    })
    .await
}

#[track_caller]
fn assert_no_fault(answer: &Answer, what: &str) {
    assert!(!answer.status.is_server_error(), "{what}: {} {}", answer.status, answer.text());
    assert_ne!(answer.status, 429, "{what} was not looked at");
}

/// These fields with a NUL in each of them by turns.
fn with_nul<'a>(fields: &[(&'a str, &'a str)]) -> Vec<Vec<(&'a str, &'a str)>> {
    let spoilt = |at: usize| {
        let mut fields = fields.to_vec();
        fields[at].1 = NUL;
        fields
    };
    (0..fields.len()).map(spoilt).collect()
}

in_every_set_up!(in_an_address_or_a_form_it_is_no_fault, async |set_up| {
    let world = world(set_up).await;
    world.test.administrator("root@example.com").await;
    let (stranger, root) = (world.browser(), world.browser());
    assert!(root.sign_in("root@example.com").await.location().ends_with("/account"));
    for (browser, addresses, forms) in [(&stranger, ADDRESSES, FORMS), (&root, OWN_ADDRESSES, OWN_FORMS)] {
        for address in addresses {
            assert_no_fault(&browser.get(address).await, address);
        }
        for (address, fields) in forms {
            for fields in with_nul(fields) {
                assert_no_fault(&browser.post(address, &fields).await, &format!("{address} {fields:?}"));
            }
        }
    }
});

in_every_set_up!(in_a_parameter_it_is_no_fault, async |set_up| {
    let world = world(set_up).await;
    let browser = world.signed_in().await;
    for name in KNOWN.iter().copied() {
        let asking = Asking::of("web").with(name, NUL);
        assert_no_fault(&browser.get(&asking.path()).await, name);
        for address in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/logout", "/oauth2/userinfo"] {
            for grant in ["authorization_code", "refresh_token", "client_credentials"] {
                let mut form = vec![("grant_type", grant), ("code", "x"), ("refresh_token", "x"), ("token", "x")];
                form.retain(|(known, _)| *known != name);
                form.push((name, NUL));
                let basic = (header::AUTHORIZATION, basic("web", SECRET));
                let request = TestRequest::post().insert_header(basic).set_form(form);
                assert_no_fault(&world.machine(request, address).await, &format!("{address} {grant} {name}"));
            }
        }
    }
    for credentials in [basic(NUL, SECRET), basic("web", NUL)] {
        let request = TestRequest::post().insert_header((header::AUTHORIZATION, credentials));
        let answer = world.machine(request.set_form([("grant_type", "client_credentials")]), "/oauth2/token").await;
        assert_eq!(answer.status, 401);
    }
});

// An escape is no control character until the JSON is read.
in_every_set_up!(in_json_it_is_no_fault, async |set_up| {
    let world = world(set_up).await;
    for claims in [
        json!({"userinfo": {NUL: null}}),
        json!({"id_token": {"sub": {"value": NUL}}}),
        json!({"id_token": {"acr": {"values": [NUL]}}}),
    ] {
        let (browser, asking) = (world.signed_in().await, Asking::of("web").with("claims", &claims.to_string()));
        assert_no_fault(&browser.follow(browser.get(&asking.path()).await).await, &claims.to_string());
        if claims["id_token"]["sub"].is_null() {
            let tokens = world.redeem("web", &world.allow(&browser, &asking).await.code()).await;
            assert_eq!(tokens.status, 200, "{claims}: {}", tokens.text());
        }
    }
    let sound = json!({"token": "x", "clientId": "web", "clientSecret": SECRET});
    for name in ["token", "clientId", "clientSecret"] {
        let answer = world.machine(TestRequest::post().set_json(spoilt(&sound, name)), "/api/oauth/token/introspect");
        assert_no_fault(&answer.await, name);
    }
    let sound = json!({
        "redirect_uris": [REDIRECT_URI], "client_name": "App", "client_name#de": "App", "client_uri": "https://app.example.com",
        "logo_uri": "https://app.example.com/logo.png", "tos_uri": "https://app.example.com", "software_statement": "x",
        "policy_uri": "https://app.example.com", "jwks_uri": "https://app.example.com", "scope": "openid", "contacts": ["a"],
        "software_id": "x", "software_version": "1", "grant_types": ["authorization_code"], "response_types": ["code"],
        "token_endpoint_auth_method": "none", "post_logout_redirect_uris": [REDIRECT_URI], "request_uris": [REDIRECT_URI],
        "default_acr_values": ["1"], "subject_type": "public", "sector_identifier_uri": "https://app.example.com", "x": "x",
        "backchannel_logout_uri": "https://app.example.com", "frontchannel_logout_uri": "https://app.example.com",
        "initiate_login_uri": "https://app.example.com", "jwks": {"keys": [{"kty": "EC", "kid": "x"}]},
    });
    for name in sound.as_object().unwrap().keys() {
        let only = json!({"redirect_uris": [REDIRECT_URI], name: spoilt(&sound, name)[name]});
        let answer = world.machine(TestRequest::post().set_json(only), "/oauth2/register").await;
        assert_no_fault(&answer, &format!("{name}: {}", answer.text()));
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let bearer = (header::AUTHORIZATION, "Bearer x");
        let request = TestRequest::default().method(method).insert_header(bearer).set_json(json!({"client_id": NUL}));
        assert_eq!(world.machine(request, "/oauth2/register/%00").await.status, 401);
    }
});

/// This object with a NUL in one member.
fn spoilt(object: &Value, name: &str) -> Value {
    let mut object = object.clone();
    object[name] = if object[name].is_array() { json!([NUL]) } else { NUL.into() };
    object
}
