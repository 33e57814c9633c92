//! Registering, changing and deleting applications.

use actix_web::http::StatusCode;

use crate::support::app::{Answer, TestApp};
use crate::support::browser::Browser;
use crate::support::database::in_every_set_up;
use crate::support::redirect_uris::UNREGISTRABLE;

const FORM: [(&str, &str); 3] =
    [("name", "Paper Boat"), ("kind", "web"), ("redirect_uris", "https://paperboat.example/cb")];

async fn signed_in(test: &TestApp, email: &str) -> Browser {
    let browser = test.browser();
    browser.sign_in(email).await;
    browser
}

/// The text of the page's element with this id.
pub(crate) fn shown(page: &Answer, id: &str) -> String {
    let (_, rest) =
        page.text().split_once(&format!("id=\"{id}\">")).unwrap_or_else(|| panic!("no {id}: {}", page.text()));
    rest.split('<').next().unwrap().to_owned()
}

in_every_set_up!(a_new_application_shows_its_secret_once_with_configuration_to_copy, async |set_up| {
    let test = TestApp::on(set_up, |config| config.applications.self_service = true).await;
    let ada = test.user("ada@example.com").await;
    let browser = signed_in(&test, "ada@example.com").await;
    let page = browser.post("/developer/applications/new", &FORM).await;
    let (id, secret) = (shown(&page, "client-id"), shown(&page, "client-secret"));
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, Some("no-store")));
    for library in ["openid-client", "Auth.js", "Spring Security", "Authlib", "oauth2-proxy", "openidconnect"] {
        assert!(page.text().contains(library), "{library}");
    }
    let later = browser.get(&format!("/developer/applications/{id}")).await;
    assert!(later.text().contains("Paper Boat") && !later.text().contains(&secret), "only once");
    assert!(browser.get("/developer/applications").await.text().contains(&id));
    let client = test.app.db.client(test.realm().id, &id).await.unwrap().unwrap();
    assert_eq!((client.owner_id, client.first_party), (Some(ada.id), false));
});

/// applications.self_service: “The administrator sees all users and applications; others create applications where it is on.”
#[actix_web::test]
async fn who_may_not_register_applications_is_told_so_and_nothing_is_made() {
    let test = TestApp::with(|config| config.applications.self_service = false).await;
    test.user("ada@example.com").await;
    let browser = signed_in(&test, "ada@example.com").await;
    assert_eq!(browser.get("/developer/applications/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/developer/applications/new", &FORM).await.status, StatusCode::FORBIDDEN);
    assert!(browser.get("/developer/applications").await.has_id("application-new"));
}

// security.md: another owner's id → 404 on every route; an administrator sees all.
in_every_set_up!(another_owners_application_does_not_exist, async |set_up| {
    let test = TestApp::on(set_up, |config| config.applications.self_service = true).await;
    test.user("ada@example.com").await;
    test.user("eve@example.com").await;
    test.administrator("root@example.com").await;
    let (ada, eve) = (signed_in(&test, "ada@example.com").await, signed_in(&test, "eve@example.com").await);
    let id = shown(&ada.post("/developer/applications/new", &FORM).await, "client-id");
    let base = format!("/developer/applications/{id}");
    for path in ["", "/delete"] {
        assert_eq!(eve.get(&format!("{base}{path}")).await.status, StatusCode::NOT_FOUND, "GET {path}");
    }
    for path in ["", "/secrets", "/secrets/delete", "/delete"] {
        let fields = [("name", "Stolen"), ("redirect_uris", "https://evil.example/"), ("confirm_name", "Paper Boat")];
        assert_eq!(eve.post(&format!("{base}{path}"), &fields).await.status, StatusCode::NOT_FOUND, "POST {path}");
    }
    assert!(!eve.get("/developer/applications").await.text().contains(&id));
    let root = signed_in(&test, "root@example.com").await;
    assert!(root.get(&base).await.text().contains("Paper Boat"));
});

/// The redirect_uri table of security.md, at registration: each fault is told at its field, in words, and nothing is stored.
#[actix_web::test]
async fn a_redirect_uri_that_is_refused_is_told_at_its_field() {
    let test = TestApp::with(|config| config.applications.self_service = true).await;
    test.user("ada@example.com").await;
    let browser = signed_in(&test, "ada@example.com").await;
    // One a line: what is around it is not part of it, and an empty line is none.
    let refused = UNREGISTRABLE.iter().map(|(uri, _)| *uri).filter(|uri| !uri.is_empty() && uri.trim() == *uri);
    let (sound, mut forms) = ("https://a.example/cb", vec![("redirect_uris", "", "")]);
    for uri in refused {
        forms.extend([("redirect_uris", uri, ""), ("post_logout_redirect_uris", sound, uri)]);
    }
    for (field, uri, after_logout) in forms {
        let uris = [("redirect_uris", uri), ("post_logout_redirect_uris", after_logout)];
        let fields = [&[("name", "Paper Boat"), ("kind", "web")], &uris[..]].concat();
        let page = browser.post("/developer/applications/new", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{uris:?}");
        assert!(page.has_id(&format!("{field}-error")) && page.text().contains("Paper Boat"), "{uris:?}");
    }
    let fields = [("name", ""), ("kind", "web"), ("redirect_uris", "https://a.example/cb")];
    assert!(browser.post("/developer/applications/new", &fields).await.has_id("name-error"));
    let fields = [("name", "X"), ("kind", "other"), ("redirect_uris", "https://a.example/cb")];
    assert_eq!(browser.post("/developer/applications/new", &fields).await.status, StatusCode::BAD_REQUEST);
    assert!(test.app.db.clients(test.realm().id, None, None, 9).await.unwrap().is_empty());
}

// Two live secrets for rotation: a second is made, the first removed, and the last stays.
in_every_set_up!(a_secret_is_replaced_without_a_gap, async |set_up| {
    let test = TestApp::on(set_up, |config| config.applications.self_service = true).await;
    test.user("ada@example.com").await;
    let browser = signed_in(&test, "ada@example.com").await;
    let id = shown(&browser.post("/developer/applications/new", &FORM).await, "client-id");
    let base = format!("/developer/applications/{id}");
    let old = test.app.db.client(test.realm().id, &id).await.unwrap().unwrap().secrets[0].id;
    let last = browser.post(&format!("{base}/secrets/delete"), &[("secret", &old.to_string())]).await;
    assert_eq!(last.status, StatusCode::SEE_OTHER);
    let made = browser.post(&format!("{base}/secrets"), &[]).await;
    assert!(!shown(&made, "client-secret").is_empty());
    assert_eq!(browser.post(&format!("{base}/secrets"), &[]).await.location(), base, "no third");
    assert_eq!(browser.get(&base).await.values("secret").len(), 2);
    browser.post(&format!("{base}/secrets/delete"), &[("secret", &old.to_string())]).await;
    let left = test.app.db.client(test.realm().id, &id).await.unwrap().unwrap();
    assert!(left.secrets.len() == 1 && left.secrets[0].id != old);
});

in_every_set_up!(an_application_is_changed_and_deleted_by_its_name, async |set_up| {
    let test = TestApp::on(set_up, |config| config.applications.self_service = true).await;
    test.user("ada@example.com").await;
    let browser = signed_in(&test, "ada@example.com").await;
    let id = shown(&browser.post("/developer/applications/new", &FORM).await, "client-id");
    let base = format!("/developer/applications/{id}");
    let change = [("name", "<b>Boat</b>"), ("redirect_uris", "https://boat.example/cb"), ("first_party", "yes")];
    let saved = browser.post(&base, &change).await;
    assert_eq!(saved.location(), format!("{base}?done=saved"));
    let page = browser.follow(saved).await;
    assert!(!page.text().contains("<b>Boat</b>"), "inert");
    let client = test.app.db.client(test.realm().id, &id).await.unwrap().unwrap();
    assert!(!client.first_party && !client.settings.skip_consent, "an administrator's to say");
    let wrong = browser.post(&format!("{base}/delete"), &[("confirm_name", "Boat")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let deleted = browser.post(&format!("{base}/delete"), &[("confirm_name", "<b>Boat</b>")]).await;
    assert_eq!(deleted.location(), "/developer/applications?done=deleted");
    assert_eq!(browser.get(&base).await.status, StatusCode::NOT_FOUND);
});

// Back-Channel Logout §2.2, Front-Channel Logout §2: an owner says where the application is told of logouts, and is told at the field
// what no address can be; the browser's is of the origin of a redirect URI, whichever of the two changes.
in_every_set_up!(an_owner_says_where_an_application_is_told_of_logouts, async |set_up| {
    let test = TestApp::on(set_up, |config| config.applications.self_service = true).await;
    test.user("ada@example.com").await;
    let browser = signed_in(&test, "ada@example.com").await;
    let (back, front) = ("https://paperboat.example/told", "https://paperboat.example/frame");
    let with = |back: &'static str, front: &'static str| {
        [&FORM[..], &[("backchannel_logout_uri", back), ("frontchannel_logout_uri", front)]].concat()
    };
    let id = shown(&browser.post("/developer/applications/new", &with(back, front)).await, "client-id");
    let base = format!("/developer/applications/{id}");
    let stored = async || test.app.db.client(test.realm().id, &id).await.unwrap().unwrap().metadata.clone();
    let kept = stored().await;
    assert_eq!(kept.logout.backchannel_logout_uri.as_deref(), Some(back));
    assert_eq!(kept.logout.frontchannel_logout_uri.as_deref(), Some(front));
    let page = browser.get(&base).await;
    assert_eq!([page.values("backchannel_logout_uri"), page.values("frontchannel_logout_uri")], [[back], [front]]);

    let elsewhere = [("name", "Paper Boat"), ("redirect_uris", "https://elsewhere.example/cb")];
    let moved = [&elsewhere[..], &[("frontchannel_logout_uri", front)]].concat();
    for (form, field) in [
        (with("https://paperboat.example/told#x", front), "backchannel_logout_uri"),
        (with("paperboat.example/told", front), "backchannel_logout_uri"),
        (with(back, "https://elsewhere.example/frame"), "frontchannel_logout_uri"),
        (with(back, "javascript:alert(1)"), "frontchannel_logout_uri"),
        (with(back, "https://elsewhere.example/frame#x"), "frontchannel_logout_uri"),
        (moved, "frontchannel_logout_uri"),
    ] {
        let page = browser.post(&base, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        assert_eq!(page.text().matches("class=\"field-error\"").count(), 1, "{form:?}");
        assert!(page.has_id(&format!("{field}-error")), "{form:?}");
    }
    assert_eq!(stored().await, kept, "nothing of a refused form is stored");
    browser.post(&base, &elsewhere).await;
    let emptied = stored().await.logout;
    assert_eq!((emptied.backchannel_logout_uri, emptied.frontchannel_logout_uri), (None, None));
});
