//! security.md: “A pending session (a factor still due) opens nothing but the next factor: every route, tried with one.”

use actix_web::http::StatusCode;
use uuid::Uuid;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::database::in_every_set_up;

/// Every page and form that wants someone who is signed in. `ID` stands for a user or an application.
const GETS: &[&str] = &[
    "/account",
    "/account/sessions",
    "/account/apps",
    "/admin/users",
    "/admin/users/invite",
    "/admin/users/ID",
    "/admin/users/ID/disable",
    "/admin/users/ID/enable",
    "/developer/applications",
    "/developer/applications/new",
    "/developer/applications/ID",
    "/developer/applications/ID/delete",
];
const POSTS: &[&str] = &[
    "/account",
    "/account/sessions/end",
    "/account/sessions/end-others",
    "/account/apps/revoke",
    "/admin/users/invite",
    "/admin/users/ID/invite",
    "/admin/users/ID/disable",
    "/admin/users/ID/enable",
    "/developer/applications/new",
    "/developer/applications/ID",
    "/developer/applications/ID/secrets",
    "/developer/applications/ID/secrets/delete",
    "/developer/applications/ID/delete",
];

in_every_set_up!(a_pending_session_opens_nothing_but_the_step_that_is_due, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    test.user_with_temporary_password("ada@example.com").await;
    let browser = test.browser();
    assert_eq!(browser.sign_in("ada@example.com").await.location(), "/account/password");
    for path in GETS {
        let path = path.replace("ID", &Uuid::nil().to_string());
        assert_eq!(browser.get(&path).await.location(), "/account/password", "GET {path}");
    }
    for path in POSTS {
        let path = path.replace("ID", &Uuid::nil().to_string());
        assert_eq!(browser.post(&path, &[]).await.location(), "/account/password", "POST {path}");
    }
    assert_eq!(browser.get("/login").await.location(), "/account/password");
    assert_eq!(browser.get("/account/password").await.step(), Some("update-password"));
});

/// And with none: the sign-in comes first, and leads back to a page that was asked for.
#[actix_web::test]
async fn without_a_session_the_sign_in_comes_first() {
    let test = TestApp::new().await;
    let browser = test.browser();
    for path in GETS {
        let path = path.replace("ID", &Uuid::nil().to_string());
        let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        assert_eq!(browser.get(&path).await.location(), format!("/login?next={next}"), "GET {path}");
    }
    for path in POSTS {
        let path = path.replace("ID", &Uuid::nil().to_string());
        assert_eq!(browser.post(&path, &[]).await.location(), "/login", "POST {path}");
    }
}

/// security.md: “State-changing POST without token or with a foreign Origin → 403.”
#[actix_web::test]
async fn a_form_without_its_token_or_from_another_site_is_refused_everywhere() {
    let test = TestApp::with(|config| config.sign_up.enabled = true).await;
    let ada = test.administrator("ada@example.com").await;
    let browser = test.browser();
    browser.sign_in("ada@example.com").await;
    let csrf = browser.get("/account").await.value("csrf").unwrap();
    let flows = ["/login", "/signup", "/account-chooser", "/setup", "/invitation", "/signout", "/account/password"];
    for path in POSTS.iter().copied().chain(flows) {
        let path = path.replace("ID", &ada.id.to_string());
        let fields = [("csrf", csrf.as_str()), ("name", "Changed"), ("email", "eve@example.com")];
        let without = browser.post_as(&path, &fields[1..], Some("http://localhost:8080")).await;
        assert_eq!(without.status, StatusCode::FORBIDDEN, "{path}");
        for origin in ["https://evil.example", "http://localhost:8081", "https://localhost:8080", "null"] {
            assert_eq!(browser.post_raw(&path, &fields, origin).await.status, StatusCode::FORBIDDEN, "{path} {origin}");
        }
    }
    let other = test.browser();
    other.get("/login").await;
    let stolen = [("csrf", csrf.as_str()), ("identifier", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(other.post_as("/login", &stolen, None).await.status, StatusCode::FORBIDDEN, "another browser's token");
    let (user, _) = test.app.users.show(test.realm().id, ada.id).await.unwrap();
    assert_eq!((user.claims.name.as_deref(), test.sessions(&ada).await), (Some("ada"), 1), "nothing was changed");
}
