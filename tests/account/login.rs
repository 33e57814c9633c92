//! Sign-in by password (row D7).

use std::time::Duration;

use actix_web::http::StatusCode;
use tessera::config::Passwords;
use tessera::credentials;
use tessera::interaction::{Browser as BrowserSecret, Demand};
use tessera::protocol::acr::Amr;
use tessera::random::Random;
use tessera::secret::Secret;
use tessera::session::{Beginning, Secrets};
use tessera::store::events::Origin;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::database::in_every_set_up;
use crate::support::overtaken::overtaken;

/// An interaction that this browser began, as an authorization request would.
async fn interaction(test: &TestApp, browser: &Browser, edit: impl FnOnce(&mut Demand)) -> String {
    browser.get("/login?step=identifier-password").await;
    let secret = BrowserSecret::from_cookie(&browser.cookie("tessera_browser").unwrap()).unwrap();
    let demand = |id: &str| {
        let mut demand = Demand {
            app: None,
            login_hint: None,
            ui_locales: Vec::new(),
            authenticated_since: None,
            choose_account: false,
            sign_up: false,
            return_path: format!("/oauth2/authorize/{id}"),
        };
        edit(&mut demand);
        demand
    };
    let (realm, now) = (test.realm().id, test.clock.now());
    test.app.interactions.begin(realm, &secret, demand, String::new(), now).await.unwrap().id
}

in_every_set_up!(the_right_password_begins_a_session_and_leads_to_the_account, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.user("ada@example.com").await;
    let browser = test.browser();
    assert_eq!(browser.get("/login").await.step(), Some("identifier-password"));
    let answer = browser.sign_in("ada@example.com").await;
    assert_eq!(answer.location(), "/account");
    let cookies = answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
    let session = cookies.iter().find(|cookie| cookie.starts_with("tessera_session")).unwrap();
    assert!(session.contains("HttpOnly; SameSite=Lax") && !session.contains("Max-Age"), "{session}");
    assert_eq!(test.sessions(&ada).await, 1);
    assert_eq!(browser.get("/login").await.location(), "/account", "nothing is left to do");
});

/// protocol.md "Defaults": a session that is not used ends after 24 hours, or after 7 days where its owner stays signed in, whose
/// cookie alone outlives the browser.
#[actix_web::test]
async fn who_stays_signed_in_does_so_for_a_week_without_use() {
    for (remember, hours, stays) in [("", 24, false), ("on", 7 * 24, true)] {
        let test = TestApp::new().await;
        test.user("ada@example.com").await;
        let browser = test.browser();
        let fields = [("identifier", "ada@example.com"), ("password", PASSWORD), ("remember", remember)];
        let answer = browser.post("/login", &fields).await;
        let cookies = answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        let session = cookies.iter().find(|cookie| cookie.starts_with("tessera_session")).unwrap();
        assert_eq!(session.contains("; Max-Age=2592000"), stays, "30 days, as a session at most: {session}");
        assert_eq!(session.contains("Max-Age"), stays, "{session}");
        test.clock.advance(Duration::from_secs(hours * 60 * 60 - 1));
        assert_eq!(browser.get("/account").await.status, StatusCode::OK, "{hours} hours");
        test.clock.advance(Duration::from_secs(1));
        assert_eq!(browser.get("/account").await.location(), "/login?next=%2Faccount", "{hours} hours");
    }
}

/// security.md: “known and unknown accounts: same status, body”; the cause of the same time is one dummy hash.
#[actix_web::test]
async fn known_and_unknown_accounts_are_answered_alike() {
    let test = TestApp::new().await;
    test.user("ada@example.com").await;
    let browser = test.browser();
    let mut pages = Vec::new();
    for name in ["ada@example.com", "bob@example.com"] {
        let answer = browser.post("/login", &[("identifier", name), ("password", "wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.value("identifier").as_deref(), Some(name), "what was typed stays");
        pages.push(answer.text().replace(name, "NAME"));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(test.app.passwords.dummies(), 1);
}

// Row N14 and security.md: limits with Retry-After; they end with their window, and a right password before did not count.
in_every_set_up!(after_five_wrong_passwords_the_answer_is_429_with_retry_after, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.user("ada@example.com").await;
    let browser = test.browser();
    let wrong = [("identifier", "ada@example.com"), ("password", "wrong")];
    browser.sign_in("ada@example.com").await;
    for _ in 0..5 {
        assert_eq!(browser.post("/login", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = browser.post("/login", &[("identifier", "ada@example.com"), ("password", PASSWORD)]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("900")));
    assert_eq!(answer.value("identifier").as_deref(), Some("ada@example.com"));
    let account = test.app.db.password_account_of(ada.realm_id, ada.id).await.unwrap().unwrap();
    assert_eq!(account.failures, 5, "the counter is exact, and what was not let through is not in it");
    test.clock.advance(Duration::from_mins(31));
    assert_eq!(browser.sign_in("ada@example.com").await.location(), "/account");
});

// Whoever signs in at the same time may put a hash with today's parameters in the place of the one that was proven.
in_every_set_up!(a_better_hash_of_the_same_password_turns_nobody_away, async |set_up| {
    let test = TestApp::on(set_up, |config| config.passwords.concurrency = 1).await;
    let ada = test.user("ada@example.com").await;
    let (random, password) = (Random::seeded(3), Secret::from(PASSWORD));
    let yesterdays = Passwords { memory_kib: 64 * 1024, ..test.app.config.passwords.clone() };
    let [old, new] = [yesterdays, test.app.config.passwords.clone()]
        .map(|config| credentials::password::Passwords::new(&config, &random).unwrap());
    let (old, new) = (old.hash(&password, &random).await.unwrap(), new.hash(&password, &random).await.unwrap());
    let (realm, user, now, stored) = (ada.realm_id, ada.id, test.clock.now(), old.clone());
    let set = test.app.db.write(async move |tx| tx.set_password(realm, user, &stored, false, now).await);
    set.await.unwrap();
    let rehash = async {
        test.app.db.write(async move |tx| tx.rehash_password(user, &old, &new).await).await.unwrap();
    };
    let browser = test.browser();
    browser.get("/login").await;
    let answer = overtaken(&test.app.passwords, browser.sign_in("ada@example.com"), rehash).await;
    assert_eq!(answer.location(), "/account");
    assert_eq!(test.sessions(&ada).await, 1);
});

// Between the proof of a password and the session: nothing begins, and the browser's other accounts stay as they were.
in_every_set_up!(a_password_that_was_changed_since_its_proof_begins_no_session, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let (ada, bob) = (test.user("ada@example.com").await, test.user("bob@example.com").await);
    let browser = test.browser();
    browser.sign_in("bob@example.com").await;
    let secrets = Secrets::from_cookie(&browser.cookie("tessera_session").unwrap());
    let beginning = Beginning {
        user: ada.id,
        factors: vec![Amr::Password],
        proven: Some(Secret::from("the hash of the password before")),
        remember: false,
        origin: Origin::default(),
        now: test.clock.now(),
    };
    assert!(test.app.sessions.begin(test.realm(), &secrets, beginning).await.unwrap().is_none());
    assert_eq!((test.sessions(&ada).await, test.sessions(&bob).await), (0, 1));
    assert!(browser.get("/account").await.text().contains("bob@example.com"));
});

/// security.md: “next=//evil, /\evil, https:evil ignored.”
#[actix_web::test]
async fn only_a_page_of_ours_is_gone_on_to() {
    let test = TestApp::new().await;
    test.user("ada@example.com").await;
    let evil =
        ["//evil", "/\\evil", "https:evil", "https://evil.example/", "javascript:alert(1)", "/\t/evil", "/a b", ""];
    for next in evil.into_iter().map(|next| (next, "/account")).chain([("/account/apps", "/account/apps")]) {
        let fields = [("identifier", "ada@example.com"), ("password", PASSWORD), ("next", next.0)];
        assert_eq!(test.browser().post("/login", &fields).await.location(), next.1, "{next:?}");
    }
}

in_every_set_up!(an_interaction_leads_back_to_what_asked_for_it, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.user("ada@example.com").await;
    let browser = test.browser();
    let id = interaction(&test, &browser, |demand| demand.login_hint = Some("ada@example.com".to_owned())).await;
    let page = browser.get(&format!("/login?interaction={id}")).await;
    assert_eq!(page.value("identifier").as_deref(), Some("ada@example.com"), "login_hint");
    assert_eq!(page.value("interaction").as_deref(), Some(id.as_str()));
    let fields = [("identifier", "ada@example.com"), ("password", PASSWORD), ("interaction", &id)];
    assert_eq!(browser.post("/login", &fields).await.location(), format!("/oauth2/authorize/{id}"));
    assert_eq!(browser.post("/login", &fields).await.location(), format!("/oauth2/authorize/{id}"), "sent twice");
    assert_eq!(test.sessions(&ada).await, 1);
});

// security.md: interactions are bound to the cookie `browser`: “A login link opened in another browser never signs into a flow
// the attacker began.” experience.md: “An expired or doubled step explains itself and offers the way on.”
in_every_set_up!(a_step_of_another_browser_or_of_yesterday_explains_itself_and_signs_nobody_in, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.user("ada@example.com").await;
    let (mallory, browser) = (test.browser(), test.browser());
    let id = interaction(&test, &mallory, |_| {}).await;
    let fields = [("identifier", "ada@example.com"), ("password", PASSWORD), ("interaction", id.as_str())];
    for page in [browser.get(&format!("/login?interaction={id}")).await, browser.post("/login", &fields).await] {
        assert_eq!((page.status, page.step()), (StatusCode::FORBIDDEN, Some("other-browser")));
        assert!(page.has_id("way-on"));
    }
    test.clock.advance(Duration::from_hours(1));
    for page in [mallory.get(&format!("/login?interaction={id}")).await, mallory.post("/login", &fields).await] {
        assert_eq!((page.status, page.step()), (StatusCode::GONE, Some("expired")));
    }
    assert_eq!(test.sessions(&ada).await, 0);
});

in_every_set_up!(the_chooser_offers_the_accounts_of_this_browser_and_no_others, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let (ada, bob) = (test.user("ada@example.com").await, test.user("bob@example.com").await);
    let eve = test.user("eve@example.com").await;
    let browser = test.browser();
    let id = interaction(&test, &browser, |demand| demand.choose_account = true).await;
    test.browser().sign_in("eve@example.com").await;
    browser.sign_in("ada@example.com").await;
    browser.sign_in("bob@example.com").await;
    let chooser = format!("/account-chooser?interaction={id}");
    assert_eq!(browser.get(&format!("/login?interaction={id}")).await.location(), chooser);
    assert_eq!(browser.get(&chooser).await.values("account"), [bob.sub, ada.sub.clone()], "the active one first");
    let choose = async |sub: &str| browser.post("/account-chooser", &[("account", sub), ("interaction", &id)]).await;
    assert_eq!(choose(&eve.sub).await.location(), chooser);
    assert_eq!(choose(&ada.sub).await.location(), format!("/oauth2/authorize/{id}"));
    assert!(browser.get("/account").await.text().contains("ada@example.com"));
});

// max_age and prompt=login: a session that is too old is asked again, whatever page it comes from.
in_every_set_up!(a_session_that_is_too_old_for_the_demand_is_asked_again, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.user("ada@example.com").await;
    let browser = test.browser();
    browser.sign_in("ada@example.com").await;
    test.clock.advance(Duration::from_mins(1));
    let now = test.clock.now();
    let id = interaction(&test, &browser, |demand| demand.authenticated_since = Some(now)).await;
    let chosen = browser.post("/account-chooser", &[("account", &ada.sub), ("interaction", &id)]).await;
    assert_eq!(chosen.location(), format!("/login?step=identifier-password&interaction={id}"));
    assert!(browser.get(&format!("/login?interaction={id}")).await.text().contains("sign in again"));
});

// A realm's users are strictly its own, by path and by host name.
in_every_set_up!(a_user_of_one_realm_is_unknown_in_another, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let third = test.third_realm().await;
    test.user("ada@example.com").await;
    test.user_of(&third, "bob@example.com", |_| {}).await;
    test.user_of(&test.database.second, "eve@example.com", |_| {}).await;
    let by_path = test.browser().below("/r/third");
    assert_eq!(by_path.sign_in("ada@example.com").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(by_path.sign_in("bob@example.com").await.location(), "/r/third/account");
    let by_host = test.browser().at_host("second.localhost:8080");
    assert_eq!(by_host.sign_in("bob@example.com").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(by_host.sign_in("eve@example.com").await.location(), "/account");
    let here = by_path.clone().below("");
    assert_eq!(here.get("/account").await.location(), "/login?next=%2Faccount", "a session opens one realm");
});

// Sign-up: off by default; three accounts an hour from one address (row N14), slips of the pen are free.
in_every_set_up!(sign_up_is_open_only_where_the_realm_says_so, async |set_up| {
    let closed = TestApp::on(set_up, |_| {}).await;
    assert_eq!(closed.browser().get("/signup").await.status, StatusCode::NOT_FOUND);
    assert_eq!(closed.browser().post("/signup", &[]).await.status, StatusCode::NOT_FOUND);
    let test = TestApp::on(set_up, |config| config.sign_up.enabled = true).await;
    let sign_up = async |email: &str, password: &str| {
        test.browser().post("/signup", &[("email", email), ("name", "Ada"), ("new_password", password)]).await
    };
    assert_eq!(sign_up("ada@example.com", "short").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_up("not an address", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_up("ada@example.com", PASSWORD).await.location(), "/account");
    let taken = sign_up("ADA@example.com", PASSWORD).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text().contains("This cannot be used."));
    assert_eq!(sign_up("bob@example.com", PASSWORD).await.location(), "/account");
    let answer = sign_up("eve@example.com", PASSWORD).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("3600")));
});
