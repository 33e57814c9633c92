//! Who may register, how often, and how many may wait to be used (RFC 7591 §3, §5).

use std::time::Duration;

use actix_web::http::Method;
use serde_json::json;
use tessera::config::Config;
use tessera::jobs;
use tessera::protocol::client_registration::RegistrationMode;
use tessera::store::registrations::InitialAccessToken;

use super::{PATH, ask, own, register, registered, sound};
use crate::ephemeral::tls::certificates;
use crate::jobs::backchannel::rows;
use crate::oauth::world::{Asking, Place, REDIRECT_URI, World};
use crate::support::database::in_every_set_up;
use crate::support::receiver::{Receiver, json as answer_json};

async fn initial_access_token(world: &World, uses: i64, seconds: u64) -> String {
    let now = world.test.clock.now();
    let token = InitialAccessToken {
        id: world.test.app.random.id(now),
        note: String::new(),
        uses_left: uses,
        expires_at: (now + Duration::from_secs(seconds)).millis(),
        created_at: now.millis(),
    };
    let made = world.test.app.clients.create_initial_access_token(world.realm.id, token).await.unwrap();
    made.1.expose().to_owned()
}

in_every_set_up!(an_initial_access_token_lets_so_many_register_and_no_more, async |set_up| {
    let edit = |config: &mut Config| {
        config.registration.mode = RegistrationMode::Token;
        config.registration.max_unused = 1;
    };
    let world = World::at(set_up, Place::Root, edit).await;
    let with = async |token: Option<&str>| ask(&world, Method::POST, PATH, token, Some(&sound())).await;
    assert_eq!(with(None).await.status, 401);
    assert_eq!(with(Some("wrong")).await.refusal(), (401, "invalid_token".to_owned()));
    let token = initial_access_token(&world, 2, 60).await;
    let faulty = json!({"redirect_uris": ["https://a.example/#"]});
    assert_eq!(ask(&world, Method::POST, PATH, Some(&token), Some(&faulty)).await.status, 400, "which costs no use");
    let at_once = futures_util::future::join_all((0..5).map(|_| with(Some(&token)))).await;
    assert_eq!(at_once.iter().filter(|answer| answer.status == 201).count(), 2, "beyond max_unused");
    let late = initial_access_token(&world, 2, 60).await;
    world.advance(60);
    assert_eq!(with(Some(&late)).await.status, 401, "it is over");
});

/// Where anybody may register, too: who shows a token is beyond what may wait, and a false one is told to be.
#[actix_web::test]
async fn an_initial_access_token_counts_where_none_is_needed() {
    let world = World::with(|config: &mut Config| config.registration.max_unused = 0).await;
    assert_eq!(register(&world, &sound()).await.status, 503);
    let token = initial_access_token(&world, 1, 60).await;
    let with = async |token: &str| ask(&world, Method::POST, PATH, Some(token), Some(&sound())).await;
    assert_eq!((with(&token).await.status.as_u16(), with("wrong").await.status.as_u16()), (201, 401));
}

/// security.md "Outgoing requests": nothing is asked of others for who may not register.
#[actix_web::test]
async fn nothing_is_fetched_for_who_is_not_admitted() {
    let folder = certificates().await;
    let receiver = Receiver::with_tls(folder.path(), answer_json(&json!([REDIRECT_URI]).to_string())).await;
    let sector = format!("https://localhost:{}/sector.json", receiver.address.port());
    let asked = json!({"redirect_uris": [REDIRECT_URI], "subject_type": "pairwise", "sector_identifier_uri": sector});
    for (mode, status) in [(RegistrationMode::Token, 401), (RegistrationMode::Open, 503)] {
        let world = World::with(|config: &mut Config| {
            receiver.open_to_strangers(&mut config.outgoing, folder.path());
            config.registration.mode = mode;
            config.registration.max_unused = 0;
        })
        .await;
        let token = (mode == RegistrationMode::Token).then_some("made-up");
        assert_eq!(ask(&world, Method::POST, PATH, token, Some(&asked)).await.status, status);
        assert_eq!(receiver.taken(), 0, "{mode}");
    }
}

// Nobody fills the database: what waits to be used is limited, and cleared away; what was used stays.
in_every_set_up!(unused_registrations_are_few_and_do_not_last, async |set_up| {
    let world = World::at(set_up, Place::Root, |config| config.registration.max_unused = 2).await;
    let (used, unused) = (registered(&world, &sound()).await, registered(&world, &sound()).await);
    let refused = register(&world, &sound()).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("3600")));
    assert_eq!(own(&world, Method::GET, &unused, None).await.status, 200);
    world.code(&Asking::of(used["client_id"].as_str().unwrap())).await;
    assert_eq!(register(&world, &sound()).await.status, 201, "one that is used leaves room");
    initial_access_token(&world, 1, 24 * 3600).await;
    initial_access_token(&world, 1, 24 * 3600 + 1).await;
    world.advance(24 * 3600 - 1);
    jobs::purge(&world.test.app).await.unwrap();
    assert_eq!(own(&world, Method::GET, &unused, None).await.status, 200, "not a second early");
    world.advance(1);
    jobs::purge(&world.test.app).await.unwrap();
    assert_eq!(own(&world, Method::GET, &unused, None).await.status, 401);
    assert_eq!(own(&world, Method::GET, &used, None).await.status, 200);
    assert_eq!(world.test.app.db.clients(world.realm.id, None, None, 100).await.unwrap().len(), 4, "operators' stay");
    assert_eq!(rows(&world, "initial_access_tokens").await, 1, "one is over");
    assert_eq!(register(&world, &sound()).await.status, 201, "there is room again");
});

#[actix_web::test]
async fn one_address_registers_so_often_and_no_more() {
    let world = World::with(|config: &mut Config| config.limits.registration = "2 per 1h".parse().unwrap()).await;
    for _ in 0..2 {
        registered(&world, &sound()).await;
    }
    let refused = register(&world, &sound()).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
}

/// A replacement may make us ask another server, as a registration may.
#[actix_web::test]
async fn a_replacement_counts_as_a_registration() {
    let world = World::with(|config: &mut Config| config.limits.registration = "2 per 1h".parse().unwrap()).await;
    let made = registered(&world, &sound()).await;
    let body = json!({"client_id": made["client_id"], "redirect_uris": [REDIRECT_URI]});
    assert_eq!(own(&world, Method::PUT, &made, Some(&body)).await.status, 200);
    assert_eq!(own(&world, Method::PUT, &made, Some(&body)).await.status, 429);
    assert_eq!(own(&world, Method::GET, &made, None).await.status, 200);
}
