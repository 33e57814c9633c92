//! /metrics: what operators count, and who may see it.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use tessera::config::Config;
use tessera::secret::Secret;

use crate::oauth::world::{Asking, World, decide};
use crate::support::app::Answer;
use crate::support::database::SetUp;
use crate::support::server::{Installation, http};

const TOKEN: &str = "a token of the operators";

fn with_token(config: &mut Config) {
    config.metrics.token = Some(Secret::from(TOKEN));
}

async fn metrics(world: &World, token: &str) -> Answer {
    let request = TestRequest::get().insert_header(("authorization", format!("Bearer {token}")));
    world.machine(request, "/metrics").await
}

/// "`/metrics` (on a port of its own or behind a token)".
#[actix_web::test]
async fn metrics_are_shown_to_who_knows_the_token() {
    let world = World::with(with_token).await;
    assert_eq!(metrics(&world, TOKEN).await.status, StatusCode::OK);
    assert_eq!(metrics(&world, "another").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.machine(TestRequest::get(), "/metrics").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(metrics(&World::new().await, "").await.status, StatusCode::NOT_FOUND, "without a token there are none");
}

/// storage.md: the events serve metrics too; what was rolled back or refused is not counted.
#[actix_web::test]
async fn what_happened_is_counted_by_type_and_outcome() {
    let world = World::with(with_token).await;
    let browser = world.browser();
    browser.post("/login", &[("identifier", "ada@example.com"), ("password", "wrong")]).await;
    let code = world.code(&Asking::of("web")).await;
    for _ in 0..2 {
        world.redeem("web", &code).await;
    }
    let refusing = world.signed_in().await;
    let page = refusing.follow(refusing.get(&Asking::of("spa").path()).await).await;
    decide(&refusing, &page.value("interaction").unwrap(), "deny").await;
    let answer = metrics(&world, TOKEN).await;
    let text = answer.text();
    for line in [
        r#"tessera_events_total{type="sign_in",outcome="success"} 2"#,
        r#"tessera_events_total{type="sign_in",outcome="failure"} 1"#,
        r#"tessera_events_total{type="consent.granted",outcome="success"} 1"#,
        r#"tessera_events_total{type="consent.denied",outcome="success"} 1"#,
        r#"tessera_events_total{type="family.created",outcome="success"} 1"#,
        r#"tessera_events_total{type="family.replayed",outcome="failure"} 1"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.contains("tessera_http_requests_total{status=\"400\"}"), "{text}");
}

/// Each worker counts for itself, and who asks gets the sum: every answer once, by its status and by the time it took.
#[tokio::test]
async fn the_answers_of_all_workers_are_counted() {
    let installation = Installation::new(SetUp::Sqlite).await.with("server.workers", "4").with("metrics.token", TOKEN);
    let server = installation.start().await;
    for _ in 0..12 {
        // A connection of its own each: workers take them in turns.
        let answer = http().get(format!("{}/nowhere", server.url())).send().await.unwrap();
        assert_eq!(answer.status(), 404);
    }
    let asked = http().get(format!("{}/metrics", server.url())).bearer_auth(TOKEN).send().await.unwrap();
    let text = asked.text().await.unwrap();
    assert!(text.contains("tessera_http_requests_total{status=\"404\"} 12\n"), "{text}");
    let numbers = |start: &str| -> Vec<u64> {
        let lines = text.lines().filter(|line| line.starts_with(start));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap()).collect()
    };
    let answered: u64 = numbers("tessera_http_requests_total{").iter().sum();
    assert_eq!(numbers("tessera_http_request_seconds_count"), [answered], "{text}");
    assert_eq!(numbers("tessera_http_request_seconds_bucket{le=\"+Inf\"}"), [answered]);
    assert!(numbers("tessera_http_request_seconds_bucket").is_sorted(), "each bucket holds those before it: {text}");
}
