//! security.md: “IPv6 by /64”: a household has all the addresses of one, so that they count as one (row N14).

use std::net::Ipv6Addr;

use actix_web::http::StatusCode;
use tessera::config::{Limit, Period};

use crate::support::app::{Answer, PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::database::in_every_set_up;

/// A browser nobody has seen, at an address of the /64 with this number.
fn browser(test: &TestApp, network: u16, host: u16) -> Browser {
    test.browser().from(Ipv6Addr::new(0x2001, 0xdb8, 1, network, host, host, host, host))
}

/// What `try_it` is answered from one address after another of each of two /64s.
async fn answers(test: &TestApp, try_it: impl AsyncFn(Browser, u16) -> Answer) -> [Vec<StatusCode>; 2] {
    let mut answers = [Vec::new(), Vec::new()];
    for (network, of_network) in (1..).zip(&mut answers) {
        for host in 1..=4 {
            of_network.push(try_it(browser(test, network, host), network * 10 + host).await.status);
        }
    }
    answers
}

/// Three are let through, and the fourth is not.
fn limited_to_three(passed: StatusCode) -> Vec<StatusCode> {
    vec![passed, passed, passed, StatusCode::TOO_MANY_REQUESTS]
}

fn three() -> Limit {
    Limit::new(3, Period::minutes(15))
}

in_every_set_up!(passwords_for_one_account_are_counted_by_household, async |set_up| {
    let test = TestApp::on(set_up, |config| {
        config.limits.sign_in = three();
        // Of them, not of the account.
        config.sign_in.lockout_failures = 100;
    });
    let test = test.await;
    test.user("ada@example.com").await;
    let wrong = [("identifier", "ada@example.com"), ("password", "wrong")];
    let answers = answers(&test, async |browser, _| browser.post("/login", &wrong).await).await;
    assert_eq!(answers, [(); 2].map(|()| limited_to_three(StatusCode::UNPROCESSABLE_ENTITY)));
    let right = browser(&test, 1, 99).sign_in("ada@example.com").await;
    assert_eq!((right.status, right.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("900")));
    assert_eq!(browser(&test, 3, 99).sign_in("ada@example.com").await.location(), "/account");
});

in_every_set_up!(passwords_for_any_account_are_counted_by_household, async |set_up| {
    let test = TestApp::on(set_up, |config| config.limits.sign_in_address = three()).await;
    let answers = answers(&test, async |browser, n| {
        browser.post("/login", &[("identifier", &format!("user{n}@example.com")), ("password", "wrong")]).await
    });
    assert_eq!(answers.await, [(); 2].map(|()| limited_to_three(StatusCode::UNPROCESSABLE_ENTITY)));
});

in_every_set_up!(new_accounts_are_counted_by_household, async |set_up| {
    let test = TestApp::on(set_up, |config| {
        config.sign_up.enabled = true;
        config.limits.sign_up = three();
    });
    let test = test.await;
    let answers = answers(&test, async |browser, n| {
        let email = format!("user{n}@example.com");
        browser.post("/signup", &[("email", &email), ("name", "Ada"), ("new_password", PASSWORD)]).await
    });
    assert_eq!(answers.await, [(); 2].map(|()| limited_to_three(StatusCode::SEE_OTHER)));
});

in_every_set_up!(guesses_at_links_are_counted_by_household, async |set_up| {
    let test = TestApp::on(set_up, |config| config.limits.link = three()).await;
    for page in ["/invitation", "/setup"] {
        let answers = answers(&test, async |browser, n| browser.get(&format!("{page}?token=guess{n}")).await);
        assert_eq!(answers.await, [(); 2].map(|()| limited_to_three(StatusCode::GONE)), "{page}");
        test.clock.advance(std::time::Duration::from_mins(15));
    }
});
