//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0; protocol.md "Logout"): who is told, of what, and when again.

use std::time::Duration;

use serde_json::{Value, json};
use tessera::clients::NewClient;
use tessera::config::{Config, Period};
use tessera::jobs;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::CompactJws;
use tessera::protocol::subject_type::SubjectType;
use tessera::secret::Secret;
use tessera::users::NewPassword;

use crate::oauth::world::{Asking, EMAIL, Place, SIGNED_OUT, World, came, claims, jose_header, sign_in};
use crate::support::app::PASSWORD;
use crate::support::browser::Browser;
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::receiver::{Behaviour, Receiver, answer};

/// An answer without a body.
pub(super) fn status(line: &str) -> Behaviour {
    answer(line, "", "")
}

/// Lets the server reach receivers on the loopback.
pub(super) fn opened(config: &mut Config) {
    config.outgoing.allow = vec!["http://127.0.0.0/8:*".parse().unwrap()];
    config.outgoing.timeout = Period::seconds(30);
    config.outgoing.connect_timeout = Period::seconds(10);
}

pub(super) async fn world(set_up: SetUp) -> World {
    World::at(set_up, Place::Root, opened).await
}

/// A client that is told at this receiver.
pub(super) async fn told_at(world: &World, client_id: &str, receiver: &Receiver, edit: impl FnOnce(&mut NewClient)) {
    world
        .register(client_id, |new| {
            new.metadata.logout.backchannel_logout_uri = Some(receiver.url("/logout?from=tessera"));
            edit(new);
        })
        .await;
}

/// The tokens of a login by a client in this browser.
pub(super) async fn login(world: &World, browser: &Browser, client_id: &str) -> Value {
    let code = world.allow(browser, &Asking::of(client_id)).await.code();
    world.redeem(client_id, &code).await.json()
}

/// What waits to be sent is sent.
pub(super) async fn deliver(world: &World) {
    jobs::deliver(&world.test.app).await.unwrap();
}

/// The logout tokens that a receiver was sent, each in a POST of one form field.
pub(super) fn tokens(receiver: &Receiver) -> Vec<Value> {
    let token = |request: &String| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /logout?from=tessera HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
        let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let [(name, token)] = &fields[..] else { panic!("one field: {fields:?}") };
        assert_eq!(name, "logout_token");
        json!(token)
    };
    receiver.requests().iter().map(token).collect()
}

async fn failures(world: &World) -> Vec<Value> {
    let events = crate::support::events::events(&world.test.database).await;
    let undelivered = events.into_iter().filter(|event| event.event_type == "logout.undelivered");
    undelivered.inspect(|event| assert_eq!(event.outcome, "failure")).map(|event| event.data).collect()
}

pub(crate) async fn rows(world: &World, table: &str) -> i64 {
    use sea_orm::{ConnectionTrait as _, Statement};
    let past = world.test.database.past_the_store().await;
    let sql = Statement::from_string(past.get_database_backend(), format!("SELECT COUNT(*) FROM {table}"));
    past.query_one_raw(sql).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

fn rp_initiated(tokens: &Value) -> String {
    let hint = tokens["id_token"].as_str().unwrap();
    format!("/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={SIGNED_OUT}")
}

// §2.4: iss, aud, iat, exp, jti, events with exactly the one member, sub and sid, no nonce, typ logout+jwt; signed as ID tokens are.
in_every_set_up!(a_client_is_told_of_a_logout_by_a_logout_token, async |set_up| {
    let world = world(set_up).await;
    let receiver = Receiver::start(status("200 OK")).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    let browser = world.signed_in().await;
    let before = login(&world, &browser, "told").await;
    deliver(&world).await;
    assert_eq!(receiver.requests().len(), 0, "nobody has left");
    assert_eq!(browser.get(&rp_initiated(&before)).await.location(), SIGNED_OUT);
    deliver(&world).await;
    let [token] = &tokens(&receiver)[..] else { panic!("once") };
    let (id_token, logout) = (claims(&before["id_token"]), claims(token));
    let header = jose_header(token);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("RS256")));
    assert!(header["kid"].is_string());
    for same in ["iss", "sub", "sid"] {
        assert_eq!(logout[same], id_token[same], "{same}");
    }
    assert_eq!((&logout["aud"], logout.get("nonce")), (&json!("told"), None));
    assert_eq!(logout["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert_eq!(logout["iat"], world.test.clock.now().seconds());
    assert_eq!(logout["exp"].as_i64().unwrap() - logout["iat"].as_i64().unwrap(), 120);
    assert!(logout["jti"].as_str().unwrap().len() >= 22);
    assert_eq!(logout.as_object().unwrap().len(), 8, "{logout}");
    let keys = world.test.app.keys.realm(world.realm.id, world.test.clock.now()).await.unwrap();
    keys.verify(&CompactJws::parse(token.as_str().unwrap()).unwrap(), "logout+jwt").unwrap();
    deliver(&world).await;
    assert_eq!(
        (receiver.requests().len(), rows(&world, "outbox").await, rows(&world, "session_clients").await),
        (1, 0, 0)
    );
});

/// The issuer is the realm's own.
#[actix_web::test]
async fn realms_of_their_own_speak_for_themselves() {
    for place in [Place::Path, Place::Host] {
        let world = World::at(SetUp::Sqlite, place, opened).await;
        let receiver = Receiver::start(status("200 OK")).await;
        told_at(&world, "told", &receiver, |_| {}).await;
        let browser = world.signed_in().await;
        login(&world, &browser, "told").await;
        browser.post("/logout", &[]).await;
        deliver(&world).await;
        assert_eq!(claims(&tokens(&receiver)[0])["iss"], world.realm.issuer, "{place:?}");
    }
}

/// security.md "JOSE": tokens are told apart by typ: a logout token is no hint, and no access token.
#[actix_web::test]
async fn a_logout_token_is_nothing_else() {
    let world = world(SetUp::Sqlite).await;
    let receiver = Receiver::start(status("204 No Content")).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    let browser = world.signed_in().await;
    let before = login(&world, &browser, "told").await;
    browser.get(&rp_initiated(&before)).await;
    deliver(&world).await;
    let token = tokens(&receiver).remove(0);
    let other = world.signed_in().await;
    let asked = Asking::of("told").with("id_token_hint", token.as_str().unwrap()).path();
    assert_eq!(came(&other.get(&asked).await).unwrap().error(), "invalid_request");
    let question = other.get(&format!("/oauth2/logout?id_token_hint={}", token.as_str().unwrap())).await;
    assert!(question.has_id("logout-confirm"));
    let now = world.test.clock.now();
    let inspected = world.test.app.tokens.inspect_access_token(&world.realm, token.as_str().unwrap(), now).await;
    assert!(inspected.unwrap().is_none());
}

#[actix_web::test]
async fn every_client_of_the_session_gets_its_own_subject_session_and_algorithm() {
    let world = world(SetUp::Sqlite).await;
    let receivers = [Receiver::start(status("200 OK")).await, Receiver::start(status("204 No Content")).await];
    told_at(&world, "one", &receivers[0], |new| {
        new.metadata.id_token_signed_response_alg = SigningAlgorithm::Es256;
        new.metadata.subject_type = SubjectType::Pairwise;
    })
    .await;
    told_at(&world, "two", &receivers[1], |_| {}).await;
    let (browser, elsewhere) = (world.signed_in().await, world.signed_in().await);
    let (one, two) = (login(&world, &browser, "one").await, login(&world, &browser, "two").await);
    login(&world, &browser, "one").await;
    login(&world, &elsewhere, "one").await;
    browser.get(&rp_initiated(&two)).await;
    deliver(&world).await;
    for (receiver, issued, alg) in [(&receivers[0], &one, "ES256"), (&receivers[1], &two, "RS256")] {
        let [token] = &tokens(receiver)[..] else { panic!("once, though it came twice, and of this session alone") };
        let (said, id_token) = (claims(token), claims(&issued["id_token"]));
        assert_eq!((&said["sub"], &said["sid"]), (&id_token["sub"], &id_token["sid"]));
        assert_eq!(jose_header(token)["alg"], alg);
    }
    assert_ne!(claims(&one["id_token"])["sid"], claims(&two["id_token"])["sid"]);
}

/// performance.md: a client that wants to hear nothing costs nothing.
#[actix_web::test]
async fn a_client_without_a_logout_uri_leaves_no_row() {
    let world = world(SetUp::Sqlite).await;
    let browser = world.signed_in().await;
    login(&world, &browser, "web").await;
    assert_eq!(rows(&world, "session_clients").await, 0);
    browser.post("/signout", &[]).await;
    assert_eq!(rows(&world, "outbox").await, 0);
}

/// The ways in which a session ends: whoever ends it, its clients are told.
#[derive(Debug, Clone, Copy)]
enum Way {
    Confirmed,
    SignedOut,
    EndedElsewhere,
    EndedOthersElsewhere,
    EndedAllElsewhere,
    OwnPassword,
    PasswordSet,
    Disabled,
    SignedOutByAdministrator,
    Epoch,
    NoMoreRoom,
}

const WAYS: [Way; 11] = [
    Way::Confirmed,
    Way::SignedOut,
    Way::EndedElsewhere,
    Way::EndedOthersElsewhere,
    Way::EndedAllElsewhere,
    Way::OwnPassword,
    Way::PasswordSet,
    Way::Disabled,
    Way::SignedOutByAdministrator,
    Way::Epoch,
    Way::NoMoreRoom,
];

async fn end(world: &World, browser: &Browser, way: Way) {
    let (app, user, by) = (&world.test.app, world.user.id, world.operator());
    let phone = async || world.signed_in().await;
    match way {
        Way::Confirmed => drop(browser.post("/logout", &[]).await),
        Way::SignedOut => drop(browser.post("/signout", &[]).await),
        Way::EndedElsewhere => {
            let phone = phone().await;
            let handle = phone.get("/account/sessions").await.value("session").unwrap();
            phone.post("/account/sessions/end", &[("session", &handle)]).await;
        }
        Way::EndedOthersElsewhere => drop(phone().await.post("/account/sessions/end-others", &[]).await),
        Way::EndedAllElsewhere => drop(phone().await.post("/account/sessions/end-all", &[]).await),
        Way::OwnPassword => {
            let form = [("password", PASSWORD), ("new_password", "another horse battery"), ("end_others", "on")];
            let changed = phone().await.post("/account/password", &form).await;
            assert!(changed.status.is_redirection(), "{}", changed.text());
        }
        Way::PasswordSet => {
            let new = NewPassword { password: Secret::from("another horse battery"), temporary: false };
            app.users.set_password(world.realm.id, user, new, true, &by).await.unwrap();
        }
        Way::Disabled => drop(app.users.disable(world.realm.id, user, &by).await.unwrap()),
        Way::SignedOutByAdministrator => {
            assert_eq!(app.users.sign_out(world.realm.id, user, &by).await.unwrap(), 1);
        }
        Way::Epoch => app.keys.raise_epoch(&[world.realm.id], world.test.clock.now()).await.unwrap(),
        Way::NoMoreRoom => {
            for number in 0..5 {
                let email = format!("user{number}@example.com");
                world.test.user_of(&world.realm, &email, |_| {}).await;
                let answer = sign_in(browser, "", &email).await;
                assert!(answer.location().ends_with("/account"));
            }
        }
    }
}

in_every_set_up!(however_a_session_ends_its_clients_are_told_once, async |set_up| {
    for way in WAYS {
        let world = world(set_up).await;
        let receiver = Receiver::start(status("200 OK")).await;
        told_at(&world, "told", &receiver, |_| {}).await;
        let browser = world.signed_in().await;
        let before = login(&world, &browser, "told").await;
        world.advance(1);
        end(&world, &browser, way).await;
        deliver(&world).await;
        let told: Vec<_> = tokens(&receiver).iter().map(|token| claims(token)["sid"].clone()).collect();
        assert_eq!(told, [claims(&before["id_token"])["sid"].clone()], "{way:?}");
        let refreshed = world.refresh("told", before["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refreshed.status, 400, "its tokens are dead, too: {way:?}");
    }
});

/// storage.md "Families": an administrator ends what offline access would go on with, too.
#[actix_web::test]
async fn an_administrator_ends_offline_access_too() {
    let world = world(SetUp::Sqlite).await;
    let asking = Asking::of("web").with("scope", "openid offline_access").with("prompt", "consent");
    let code = world.code(&asking).await;
    let tokens = world.redeem("web", &code).await.json();
    world.advance(1);
    world.test.app.users.sign_out(world.realm.id, world.user.id, &world.operator()).await.unwrap();
    let refreshed = world.refresh("web", tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.refusal(), (400, "invalid_grant".to_owned()));
    world.advance(1);
    assert!(world.browser().sign_in(EMAIL).await.location().ends_with("/account"), "they sign in again");
}

/// Expiry is no logout: the client knows of its own sessions' ends.
#[actix_web::test]
async fn a_session_that_runs_out_is_no_logout() {
    let world = world(SetUp::Sqlite).await;
    let receiver = Receiver::start(status("200 OK")).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    let browser = world.signed_in().await;
    login(&world, &browser, "told").await;
    world.advance(40 * 24 * 3600);
    jobs::purge(&world.test.app).await.unwrap();
    deliver(&world).await;
    assert_eq!((receiver.requests().len(), rows(&world, "session_clients").await), (0, 0));
}

/// Signing in again is no logout: the session goes on, with the `sid` that its clients know, and so do their tokens.
#[actix_web::test]
async fn a_user_who_signs_in_again_stays_signed_in_everywhere() {
    let world = world(SetUp::Sqlite).await;
    let receiver = Receiver::start(status("200 OK")).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    let browser = world.signed_in().await;
    let before = login(&world, &browser, "told").await;
    world.advance(60);
    let code = world.allow(&browser, &Asking::of("told").with("prompt", "login")).await.code();
    let after = world.redeem("told", &code).await.json();
    let (old, new) = (claims(&before["id_token"]), claims(&after["id_token"]));
    assert_eq!((&old["sid"], world.test.sessions(&world.user).await), (&new["sid"], 1));
    assert_eq!(new["auth_time"].as_i64().unwrap() - old["auth_time"].as_i64().unwrap(), 60);
    deliver(&world).await;
    assert_eq!(receiver.requests().len(), 0);
    assert_eq!(world.refresh("told", before["refresh_token"].as_str().unwrap()).await.status, 200);
}

/// One notice, refused or not, with a frozen clock: again after 5 s, 15 s, 45 s, …, at most an hour, for a day. The `jti` stays, the
/// token is new each time.
#[actix_web::test]
async fn a_client_that_does_not_answer_is_told_again_for_a_day() {
    let world = world(SetUp::Sqlite).await;
    let receiver = Receiver::start(status("503 Service Unavailable")).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    let browser = world.signed_in().await;
    login(&world, &browser, "told").await;
    browser.post("/signout", &[]).await;
    let mut pauses = [5, 15, 45, 135, 405, 1215, 3600, 3600].into_iter();
    for tries in 1..=8 {
        deliver(&world).await;
        assert_eq!(receiver.requests().len(), tries);
        let pause = pauses.next().unwrap();
        world.advance(pause - 1);
        deliver(&world).await;
        assert_eq!(receiver.requests().len(), tries, "not before its time");
        world.advance(1);
    }
    let sent: Vec<_> = tokens(&receiver).iter().map(claims).collect();
    assert!(sent.windows(2).all(|two| two[0]["jti"] == two[1]["jti"] && two[0]["iat"] != two[1]["iat"]));
    for _ in 0..30 {
        world.advance(3600);
        deliver(&world).await;
    }
    let tries = receiver.requests().len();
    assert!((25..=30).contains(&tries), "{tries}");
    assert_eq!((failures(&world).await, rows(&world, "outbox").await), (vec![json!({ "attempts": tries })], 0));
}

#[actix_web::test]
async fn a_client_that_is_back_is_told() {
    let world = world(SetUp::Sqlite).await;
    let receiver = Receiver::start(Behaviour::Answer(Vec::new())).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    let browser = world.signed_in().await;
    login(&world, &browser, "told").await;
    browser.post("/signout", &[]).await;
    deliver(&world).await;
    receiver.change(status("200 OK"));
    world.advance(5);
    deliver(&world).await;
    deliver(&world).await;
    assert_eq!((receiver.requests().len(), failures(&world).await.len()), (2, 0));
}

/// §2.8: 400 says that the client has understood and will not; that is recorded, and not repeated.
#[actix_web::test]
async fn a_refusal_is_recorded_and_not_repeated() {
    let world = world(SetUp::Sqlite).await;
    let receiver = Receiver::start(answer("400 Bad Request", "", r#"{"error":"invalid_request"}"#)).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    let browser = world.signed_in().await;
    login(&world, &browser, "told").await;
    browser.post("/signout", &[]).await;
    for _ in 0..3 {
        deliver(&world).await;
        world.advance(3600);
    }
    assert_eq!((receiver.requests().len(), failures(&world).await), (1, vec![json!({ "attempts": 1 })]));
}

/// A client that goes before it is told takes its notice with it.
#[actix_web::test]
async fn a_client_that_is_deleted_or_wants_to_hear_no_more_is_not_told() {
    let world = world(SetUp::Sqlite).await;
    let receiver = Receiver::start(status("200 OK")).await;
    for client_id in ["gone", "quiet"] {
        told_at(&world, client_id, &receiver, |_| {}).await;
    }
    let browser = world.signed_in().await;
    for client_id in ["gone", "quiet"] {
        login(&world, &browser, client_id).await;
    }
    browser.post("/signout", &[]).await;
    let client = async |id| (*world.test.app.db.client(world.realm.id, id).await.unwrap().unwrap()).clone();
    let (gone, mut quiet) = (client("gone").await, client("quiet").await);
    let (realm, id) = (world.realm.id, gone.id);
    assert!(world.test.app.db.write(async move |tx| tx.delete_client(realm, id).await).await.unwrap());
    quiet.metadata.logout.backchannel_logout_uri = None;
    world.advance(1);
    world.update(quiet).await;
    deliver(&world).await;
    assert_eq!((receiver.requests().len(), rows(&world, "outbox").await), (0, 0));
    assert_eq!(failures(&world).await.len(), 0);
}

/// A process that was killed after it had claimed a notice has not sent it: another does, once its lease has ended.
#[actix_web::test]
async fn what_was_claimed_and_not_sent_is_sent_later() {
    let world = world(SetUp::Sqlite).await;
    let receiver = Receiver::start(status("200 OK")).await;
    told_at(&world, "told", &receiver, |_| {}).await;
    let browser = world.signed_in().await;
    login(&world, &browser, "told").await;
    browser.post("/signout", &[]).await;
    let (app, now) = (&world.test.app, world.test.clock.now());
    let due = app.outbox.receivers(&[], 10, now).await.unwrap();
    assert_eq!(app.outbox.claim(due[0], 10, now).await.unwrap().len(), 1);
    deliver(&world).await;
    assert_eq!(receiver.requests().len(), 0, "somebody else is at it");
    world.test.clock.advance(Duration::from_mins(2));
    deliver(&world).await;
    assert_eq!(receiver.requests().len(), 1);
}
