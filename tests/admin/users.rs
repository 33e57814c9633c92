//! Users: found, invited, shut out and let in, by administrators of their realm and nobody else.

use std::time::Duration;

use actix_web::http::StatusCode;

use crate::support::app::TestApp;
use crate::support::database::in_every_set_up;
use crate::support::events::events;

#[actix_web::test]
async fn for_who_is_no_administrator_none_of_it_exists() {
    let test = TestApp::new().await;
    let bob = test.user("bob@example.com").await;
    let eve = test.user("eve@example.com").await;
    let browser = test.browser();
    browser.sign_in("eve@example.com").await;
    let base = format!("/admin/users/{}", bob.id);
    for path in ["/admin/users".to_owned(), "/admin/users/invite".to_owned(), base.clone(), format!("{base}/disable")] {
        assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "GET {path}");
    }
    for path in
        ["/admin/users/invite", &format!("{base}/disable"), &format!("{base}/enable"), &format!("{base}/invite")]
    {
        assert_eq!(
            browser.post(path, &[("email", "x@example.com")]).await.status,
            StatusCode::NOT_FOUND,
            "POST {path}"
        );
    }
    assert_eq!(
        (test.sessions(&eve).await, test.app.users.list(bob.realm_id, None, None, 9).await.unwrap().users.len()),
        (1, 2)
    );
}

// security.md: “Another realm's id → 404 on every route.”
in_every_set_up!(a_user_of_another_realm_is_not_found, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    test.administrator("ada@example.com").await;
    let bob = test.user_of(&test.database.second, "bob@example.com", |_| {}).await;
    let browser = test.browser();
    browser.sign_in("ada@example.com").await;
    let base = format!("/admin/users/{}", bob.id);
    for path in ["", "/disable", "/enable"] {
        assert_eq!(browser.get(&format!("{base}{path}")).await.status, StatusCode::NOT_FOUND, "GET {path}");
    }
    for path in ["/invite", "/disable", "/enable"] {
        assert_eq!(browser.post(&format!("{base}{path}"), &[]).await.status, StatusCode::NOT_FOUND, "POST {path}");
    }
    let user = test.app.db.user(bob.realm_id, bob.id).await.unwrap().unwrap();
    assert_eq!(user.status, bob.status);
});

in_every_set_up!(a_disabled_user_is_signed_out_everywhere_and_nobody_disables_themselves, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let ada = test.administrator("ada@example.com").await;
    let bob = test.user("bob@example.com").await;
    let (browser, other) = (test.browser(), test.browser());
    browser.sign_in("ada@example.com").await;
    other.sign_in("bob@example.com").await;
    let base = format!("/admin/users/{}", bob.id);
    let answer = browser.post(&format!("{base}/disable"), &[]).await;
    assert!(browser.follow(answer).await.text().contains("is disabled"));
    assert_eq!(other.get("/account").await.location(), "/login?next=%2Faccount");
    assert_eq!(other.sign_in("bob@example.com").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.post(&format!("{base}/enable"), &[]).await;
    // What began in the very millisecond of the ban is dead, too.
    test.clock.advance(Duration::from_secs(1));
    assert_eq!(test.browser().from([192, 0, 2, 9]).sign_in("bob@example.com").await.location(), "/account");
    let oneself = browser.post(&format!("/admin/users/{}/disable", ada.id), &[]).await;
    assert_eq!((oneself.status, test.sessions(&ada).await), (StatusCode::FORBIDDEN, 1));
});

in_every_set_up!(a_user_is_signed_out_everywhere_and_may_come_back, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    let (ada, bob) = (test.administrator("ada@example.com").await, test.user("bob@example.com").await);
    let (browser, other, phone) = (test.browser(), test.browser(), test.browser());
    browser.sign_in("ada@example.com").await;
    for one in [&other, &phone] {
        one.sign_in("bob@example.com").await;
    }
    let base = format!("/admin/users/{}", bob.id);
    assert_eq!(other.post(&format!("{base}/sign-out"), &[]).await.status, StatusCode::NOT_FOUND, "no administrator");
    test.clock.advance(Duration::from_secs(1));
    let answer = browser.post(&format!("{base}/sign-out"), &[]).await;
    assert!(browser.follow(answer).await.text().contains("is signed out everywhere"));
    for one in [&other, &phone] {
        assert_eq!(one.get("/account").await.location(), "/login?next=%2Faccount");
    }
    assert_eq!((test.sessions(&bob).await, test.sessions(&ada).await), (0, 1));
    test.clock.advance(Duration::from_secs(1));
    assert_eq!(other.sign_in("bob@example.com").await.location(), "/account");
    let signed_out = events(&test.database).await.into_iter().find(|event| event.event_type == "user.signed_out");
    assert_eq!(
        signed_out.map(|event| (event.actor_kind, event.data["count"].clone())),
        Some(("user".to_owned(), 2.into()))
    );
});

in_every_set_up!(users_are_found_by_the_beginning_of_their_address_and_listed_by_pages, async |set_up| {
    let test = TestApp::on(set_up, |_| {}).await;
    test.administrator("ada@example.com").await;
    for number in 0..30 {
        test.user_of(test.realm(), &format!("user{number}@example.com"), |account| account.password = None).await;
    }
    let browser = test.browser();
    browser.sign_in("ada@example.com").await;
    let first = browser.get("/admin/users").await;
    assert_eq!(first.text().matches("row-link").count(), 25);
    let next = first.link("next-page").expect("a second page");
    let second = browser.get(&format!("/admin/users{next}")).await;
    assert_eq!((second.text().matches("row-link").count(), second.link("next-page")), (6, None));
    let found = browser.get("/admin/users?search=USER29").await;
    assert_eq!(found.text().matches("row-link").count(), 1);
});
