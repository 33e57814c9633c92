//! Consent: asked for, remembered, asked again for more (protocol.md "Basic"; OpenID Connect Core §3.1.2.4).

use tessera::clients::NewClient;

use super::world::{API, Asking, SECRET, World, came, decide, first_party, public, redemption};
use crate::pages::html;
use crate::support::app::Answer;
use crate::support::browser::Browser;

async fn ask(browser: &Browser, asking: &Asking) -> Answer {
    browser.follow(browser.get(&asking.path()).await).await
}

fn asks_for_consent(answer: &Answer) -> bool {
    answer.step() == Some("consent")
}

/// A page names the client, and leads to these of its addresses.
#[track_caller]
fn assert_tells_of(page: &Answer, name: &str, addresses: &[&str]) {
    let (_, main) = page.text().split_once("<main").unwrap();
    assert!(main.contains(name), "no {name}: {main}");
    let document = html::parse(page.text()).unwrap();
    let links = document.tags.iter().filter_map(|tag| tag.attribute("href"));
    let own: Vec<_> = links.filter(|link| link.starts_with("https://app.example.com/")).collect();
    assert_eq!(own, addresses);
}

/// OpenID Connect Registration §2: `client_name`, `policy_uri` and `tos_uri` are shown to the user: who signs in, and who is asked.
#[actix_web::test]
async fn login_and_consent_name_the_client_and_lead_to_its_policy_and_terms() {
    let world = World::new().await;
    let [policy, terms] = ["https://app.example.com/privacy?a=b&c=d", "https://app.example.com/terms"];
    let [both, one] = [&[policy, terms][..], &[terms]];
    for (client_id, name, addresses) in [("boat", "Paper Boat", both), ("plane", "Paper Plane", one)] {
        let told = |new: &mut NewClient| {
            new.metadata.client_name = Some(name.to_owned());
            new.metadata.policy_uri = addresses.contains(&policy).then(|| policy.to_owned());
            new.metadata.tos_uri = Some(terms.to_owned());
        };
        world.register(client_id, told).await;
        let browser = world.browser();
        let login = ask(&browser, &Asking::of(client_id)).await;
        assert_eq!(login.step(), Some("identifier-password"));
        assert_tells_of(&login, name, addresses);
        let consent = browser.follow(world.step(&browser, &login).await).await;
        assert!(asks_for_consent(&consent));
        assert_tells_of(&consent, name, addresses);
    }
}

#[actix_web::test]
async fn consent_is_remembered_for_the_client_and_its_scopes() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let asking = Asking::of("web").with("scope", "openid profile");
    assert!(asks_for_consent(&ask(&browser, &asking).await));
    world.allow(&browser, &asking).await;
    for scope in ["openid profile", "profile", "openid"] {
        assert!(came(&ask(&browser, &asking.clone().with("scope", scope)).await).is_some(), "{scope}");
    }
}

#[actix_web::test]
async fn a_client_that_asks_for_more_is_asked_for_again() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    world.allow(&browser, &Asking::of("web")).await;
    let more = Asking::of("web").with("scope", "openid email");
    assert!(asks_for_consent(&ask(&browser, &more).await));
    world.allow(&browser, &more).await;
    // What was granted before still is.
    assert!(came(&ask(&browser, &Asking::of("web")).await).is_some());
    let elsewhere = Asking::of("web").with("scope", "openid read").with("resource", API);
    assert!(asks_for_consent(&ask(&browser, &elsewhere).await));
}

#[actix_web::test]
async fn consent_is_each_users_own() {
    let world = World::new().await;
    world.test.user("grace@example.com").await;
    world.allow(&world.signed_in().await, &Asking::of("web")).await;
    let graces = world.browser();
    graces.sign_in("grace@example.com").await;
    assert!(asks_for_consent(&ask(&graces, &Asking::of("web")).await));
}

#[actix_web::test]
async fn consent_is_each_clients_own() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    world.allow(&browser, &Asking::of("web")).await;
    assert!(asks_for_consent(&ask(&browser, &Asking::of("spa")).await));
}

/// security.md: a public client is remembered only where its redirect URI is a claimed https one; prompt=none is
/// `consent_required` then.
#[actix_web::test]
async fn a_public_client_that_anyone_could_pose_as_is_asked_for_each_time() {
    let world = World::new().await;
    for (client_id, uri) in [("loopback", "http://127.0.0.1/cb"), ("scheme", "com.example.app:/cb")] {
        let native = |new: &mut tessera::clients::NewClient| {
            public(new);
            first_party(new);
            new.metadata.redirect_uris = vec![uri.to_owned()];
        };
        world.register(client_id, native).await;
        let browser = world.signed_in().await;
        let asking = Asking::of(client_id).with("redirect_uri", uri);
        world.allow(&browser, &asking).await.code();
        let page = ask(&browser, &asking).await;
        assert!(asks_for_consent(&page), "{client_id}: {}", page.text());
        let silent = came(&ask(&browser, &asking.clone().with("prompt", "none")).await).unwrap();
        assert_eq!(silent.error(), "consent_required");
    }
    let browser = world.signed_in().await;
    world.allow(&browser, &Asking::of("spa")).await;
    assert!(came(&ask(&browser, &Asking::of("spa")).await).is_some(), "a claimed https URI is remembered");
}

/// security.md: a private-use scheme is shown, as any program could have claimed it.
#[actix_web::test]
async fn the_target_is_shown_where_a_program_on_the_device_gets_the_answer() {
    let world = World::new().await;
    let uri = "com.example.app:/cb";
    let native = |new: &mut tessera::clients::NewClient| {
        public(new);
        new.metadata.redirect_uris = vec![uri.to_owned()];
    };
    world.register("native", native).await;
    let page = ask(&world.signed_in().await, &Asking::of("native").with("redirect_uri", uri)).await;
    assert!(page.text().contains(uri), "{}", page.text());
}

/// The warning of a program on this device is for those, not for a page of ours on a server that runs on it.
#[actix_web::test]
async fn an_answer_to_a_page_of_ours_is_no_answer_to_a_strange_program() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    for (client_id, uri, warned) in
        [("ours", "http://localhost:8080/playground/callback", false), ("other", "http://localhost:9999/cb", true)]
    {
        let at = |new: &mut tessera::clients::NewClient| {
            public(new);
            new.metadata.redirect_uris = vec![uri.to_owned()];
        };
        world.register(client_id, at).await;
        let page = ask(&browser, &Asking::of(client_id).with("redirect_uri", uri)).await;
        assert!(asks_for_consent(&page));
        assert_eq!(page.text().contains("program on this device"), warned, "{uri}: {}", page.text());
    }
}

#[actix_web::test]
async fn an_operators_own_client_may_do_without() {
    let world = World::new().await;
    world.register("own", first_party).await;
    assert!(came(&ask(&world.signed_in().await, &Asking::of("own")).await).is_some());
}

/// RFC 6749 §4.1.2.1.
#[actix_web::test]
async fn to_refuse_is_access_denied_and_nothing_is_remembered() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let page = ask(&browser, &Asking::of("web")).await;
    let answer = decide(&browser, &page.value("interaction").unwrap(), "deny").await;
    let refused = came(&answer).unwrap();
    assert_eq!((refused.error(), refused.parameters.contains_key("code")), ("access_denied", false));
    assert!(asks_for_consent(&ask(&browser, &Asking::of("web")).await));
}

#[actix_web::test]
async fn a_decision_that_is_neither_is_refused() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let page = ask(&browser, &Asking::of("web")).await;
    assert_eq!(decide(&browser, &page.value("interaction").unwrap(), "perhaps").await.status, 400);
}

/// security.md "CSRF": a form without its token, or from another site, changes nothing.
#[actix_web::test]
async fn consent_is_given_on_our_own_page_alone() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let page = ask(&browser, &Asking::of("web")).await;
    let (interaction, csrf) = (page.value("interaction").unwrap(), page.value("csrf").unwrap());
    let form = |csrf| [("csrf", csrf), ("interaction", interaction.as_str()), ("decision", "allow")];
    let own = Some("http://localhost:8080");
    for (csrf, origin) in
        [("", own), ("nonsense", own), (csrf.as_str(), Some("https://evil.example")), (&csrf, Some("null"))]
    {
        assert_eq!(browser.post_as("/consent", &form(csrf), origin).await.status, 403, "{origin:?}");
    }
    assert!(asks_for_consent(&ask(&browser, &Asking::of("web")).await));
}

async fn granted(world: &World, browser: &Browser, client_id: &str, scope: &str) -> String {
    let came = world.allow(browser, &Asking::of(client_id).with("scope", scope)).await;
    world.redeem(client_id, &came.code()).await.json()["scope"].as_str().unwrap().to_owned()
}

/// OpenID Connect Core §11; protocol.md "Basic": only where consent was shown.
#[actix_web::test]
async fn offline_access_is_granted_only_where_consent_was_shown() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let scope = "openid offline_access";
    assert_eq!(granted(&world, &browser, "web", scope).await, scope);
    assert_eq!(granted(&world, &browser, "web", scope).await, "openid");
}

#[actix_web::test]
async fn offline_access_is_granted_to_the_operators_own_client_without_consent() {
    let world = World::new().await;
    world.register("own", first_party).await;
    let scope = "openid offline_access";
    assert_eq!(granted(&world, &world.signed_in().await, "own", scope).await, scope);
}

/// A public one too, whose redirect URI is a claimed https one. Whoever could be posed as is asked about each time.
#[actix_web::test]
async fn offline_access_is_granted_to_the_operators_own_pages_without_consent() {
    let world = World::new().await;
    let own = |new: &mut tessera::clients::NewClient| {
        public(new);
        first_party(new);
    };
    world.register("pages", own).await;
    let scope = "openid offline_access";
    let answer = ask(&world.signed_in().await, &Asking::of("pages").with("scope", scope)).await;
    let code = came(&answer).expect("its user is not asked").code();
    assert_eq!(world.token_of_public("pages", &redemption(&code)).await.json()["scope"], scope);
}

#[actix_web::test]
async fn offline_access_is_for_clients_that_are_registered_for_refresh() {
    let world = World::new().await;
    let without = |new: &mut tessera::clients::NewClient| {
        new.metadata.grant_types = vec![tessera::protocol::grant_type::GrantType::AuthorizationCode];
        new.chosen.as_mut().unwrap().secret = Some(tessera::secret::Secret::from(SECRET));
    };
    world.register("short", without).await;
    assert_eq!(granted(&world, &world.signed_in().await, "short", "openid offline_access").await, "openid");
}
