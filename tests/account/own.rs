//! What an owner sees and changes: profile, password, sessions, sign-out.

use actix_web::http::StatusCode;
use tessera::credentials::password::Passwords;
use tessera::random::Random;
use tessera::secret::Secret;
use tessera::store::events::{By, Origin};
use tessera::store::users::User;
use tessera::users::{NewPassword, PasswordChange, Users};

use crate::support::app::{Answer, PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::overtaken::overtaken;

const NEW: &str = "another horse battery";
const GIVEN: &str = "given by the operator";

/// The users as another process has them, with a pool of its own.
fn another_process(test: &TestApp) -> Users {
    let (random, config) = (Random::seeded(3), &test.app.config);
    let passwords = Passwords::new(&config.passwords, &random).unwrap();
    Users::new(test.app.db.clone(), passwords, random, config.sign_in.clone())
}

/// Ada is signed in, and a password that is compared can be overtaken.
async fn signed_in(set_up: SetUp) -> (TestApp, User, Browser) {
    let test = TestApp::on(set_up, |config| config.passwords.concurrency = 1).await;
    let ada = test.user("ada@example.com").await;
    let browser = test.browser();
    browser.sign_in("ada@example.com").await;
    (test, ada, browser)
}

async fn sign_in(test: &TestApp, password: &str) -> Answer {
    test.browser().post("/login", &[("identifier", "ada@example.com"), ("password", password)]).await
}

in_every_set_up!(a_temporary_password_is_changed_and_other_half_sessions_end, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.user_with_temporary_password("ada@example.com").await;
    let (browser, eve) = (test.browser(), test.browser());
    browser.sign_in("ada@example.com").await;
    eve.sign_in("ada@example.com").await;
    let before = browser.cookie("tessera_session").unwrap();
    let same = browser.post("/account/password", &[("new_password", PASSWORD)]).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY, "it stays known to whoever gave it");
    let fields = [("new_password", NEW), ("next", "/account/apps")];
    assert_eq!(browser.post("/account/password", &fields).await.location(), "/account/apps");
    assert_ne!(browser.cookie("tessera_session").unwrap(), before, "all secrets renewed at step-up");
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    assert_eq!(eve.get("/account").await.location(), "/login?next=%2Faccount");
    assert_eq!(test.sessions(&ada).await, 1);
});

// security.md: “Password change needs recent authentication, ends other sessions on request.” The counter is exact.
in_every_set_up!(ones_own_password_is_changed_by_the_present_one, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.user("ada@example.com").await;
    let (browser, phone) = (test.browser(), test.browser());
    browser.sign_in("ada@example.com").await;
    phone.sign_in("ada@example.com").await;
    let wrong = browser.post("/account/password", &[("password", "wrong"), ("new_password", NEW)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has_id("password-error"), "said at its field");
    let account = test.app.db.password_account_of(ada.realm_id, ada.id).await.unwrap().unwrap();
    assert_eq!(account.failures, 1);
    let fields = [("password", PASSWORD), ("new_password", NEW), ("end_others", "yes")];
    let answer = browser.post("/account/password", &fields).await;
    assert_eq!(answer.location(), "/account?done=password");
    assert!(browser.follow(answer).await.text().contains("Your password was changed."));
    assert_eq!(phone.get("/account").await.location(), "/login?next=%2Faccount");
    assert_eq!(test.browser().sign_in("ada@example.com").await.status, StatusCode::UNPROCESSABLE_ENTITY);
});

// An operator resets the password of an account in the wrong hands, while whoever has it changes it: the reset stands.
in_every_set_up!(a_reset_during_a_change_is_not_undone, async |set_up| {
    let (test, ada, browser) = signed_in(set_up).await;
    let operator = another_process(&test);
    let reset = async {
        let new = NewPassword { password: Secret::from(GIVEN), temporary: true };
        operator.set_password(ada.realm_id, ada.id, new, true, &By::operator(test.clock.now())).await.unwrap();
    };
    let fields = [("password", PASSWORD), ("new_password", NEW), ("end_others", "yes")];
    let answer = overtaken(&test.app.passwords, browser.post("/account/password", &fields), reset).await;
    assert_eq!(answer.location(), "/login");
    assert_eq!(browser.get("/account").await.location(), "/login?next=%2Faccount");
    assert_eq!(test.sessions(&ada).await, 0);
    assert_eq!(sign_in(&test, NEW).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_in(&test, GIVEN).await.location(), "/account/password", "to be changed first");
});

// Of two changes at once by the same present password one is made, and the other's owner reads why theirs was not.
in_every_set_up!(of_two_changes_at_once_one_is_made, async |set_up| {
    let (test, ada, browser) = signed_in(set_up).await;
    let elsewhere = another_process(&test);
    let session = test.app.db.sessions_of(ada.realm_id, ada.id, test.clock.now()).await.unwrap()[0].id;
    let first = async {
        let (current, new) = (Some(Secret::from(PASSWORD)), Secret::from(NEW));
        let change = PasswordChange { current, new, session, end_others: false };
        let by = By::user(ada.id, &Origin::default(), test.clock.now());
        elsewhere.change_password(ada.realm_id, ada.id, change, &by).await.unwrap();
    };
    let fields = [("password", PASSWORD), ("new_password", "a third horse battery")];
    let answer = overtaken(&test.app.passwords, browser.post("/account/password", &fields), first).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("Your password was changed elsewhere in the meantime."), "{}", answer.text());
    assert_eq!(browser.get("/account").await.status, StatusCode::OK, "the session goes on");
    assert_eq!(sign_in(&test, "a third horse battery").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_in(&test, NEW).await.location(), "/account");
});

// Wrong present passwords lock as wrong ones at the sign-in do, and the answer says when to come back.
in_every_set_up!(guesses_at_the_present_password_lock_the_account, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    test.user("ada@example.com").await;
    let browser = test.browser();
    browser.sign_in("ada@example.com").await;
    let limit = test.app.config.sign_in.lockout_failures;
    for _ in 0..limit {
        browser.post("/account/password", &[("password", "wrong"), ("new_password", NEW)]).await;
    }
    let answer = browser.post("/account/password", &[("password", PASSWORD), ("new_password", NEW)]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.header("retry-after").is_some());
});

// security.md, Input: “Script in a display name: inert on pages.”
in_every_set_up!(a_name_is_saved_and_a_script_in_it_is_inert, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    test.user("ada@example.com").await;
    let browser = test.browser();
    browser.sign_in("ada@example.com").await;
    assert_eq!(browser.post("/account", &[("name", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let saved = browser.post("/account", &[("name", "<script>alert(1)</script>")]).await;
    assert_eq!(saved.location(), "/account?done=saved");
    let page = browser.follow(saved).await;
    assert!(!page.text().contains("<script>alert") && page.text().contains("&#60;script&#62;alert"), "{}", page.text());
});

in_every_set_up!(a_session_is_ended_from_another_and_only_by_its_owner, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.user("ada@example.com").await;
    let bob = test.user("bob@example.com").await;
    let (browser, phone, other) = (test.browser(), test.browser(), test.browser());
    browser.sign_in("ada@example.com").await;
    phone.sign_in("ada@example.com").await;
    other.sign_in("bob@example.com").await;
    let page = browser.get("/account/sessions").await;
    let [handle] = page.values("session").try_into().expect("one that is not this one");
    assert!(uuid::Uuid::parse_str(&handle).is_err(), "a row's id never leaves the server");
    other.post("/account/sessions/end", &[("session", &handle)]).await;
    assert_eq!((test.sessions(&ada).await, test.sessions(&bob).await), (2, 1));
    browser.post("/account/sessions/end", &[("session", &handle)]).await;
    assert_eq!(phone.get("/account").await.location(), "/login?next=%2Faccount");
    phone.sign_in("ada@example.com").await;
    browser.post("/account/sessions/end-others", &[]).await;
    assert_eq!((test.sessions(&ada).await, browser.get("/account").await.status), (1, StatusCode::OK));
});

in_every_set_up!(signing_out_ends_every_account_of_this_browser, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let (ada, bob) = (test.user("ada@example.com").await, test.user("bob@example.com").await);
    let (browser, phone) = (test.browser(), test.browser());
    browser.sign_in("ada@example.com").await;
    browser.sign_in("bob@example.com").await;
    phone.sign_in("ada@example.com").await;
    let answer = browser.post("/signout", &[]).await;
    assert_eq!(browser.cookie("tessera_session"), None);
    assert!(browser.follow(answer).await.has_id("signed-out"));
    assert_eq!((test.sessions(&ada).await, test.sessions(&bob).await), (1, 0), "the telephone stays");
    assert_eq!(browser.post("/signout", &[]).await.location(), "/signout", "twice");
});
