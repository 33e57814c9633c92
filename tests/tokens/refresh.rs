//! storage.md "Families": rotation, retry and replay; security.md "Races".

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use tessera::config::Period;
use tessera::protocol::ErrorCode;
use tessera::store::clients::Client;
use tessera::store::epochs::Cached;
use tessera::store::resource_servers::{ResourceServer, TokenForm};
use tessera::store::users::Status;
use tessera::tokens::Tokens;
use tessera::tokens::family::Authorization;
use tessera::tokens::refresh::RefreshRequest;

use crate::support::database::{self, START, SetUp, on_both_databases};
use crate::support::realm_keys;
use crate::support::world::{API, World, claims, refusal};

/// At once, as security.md asks.
const CROWD: usize = 50;
const OTHER: &str = "https://other.example.com";
const DAY: u64 = 24 * 60 * 60;

// protocol.md "Profiles": public clients always rotate.
on_both_databases!(a_public_clients_token_is_rotated, async |database| {
    let world = World::new(database).await;
    let (family, first) = world.offline(&world.public).await;
    let mut token = first.clone();
    for counter in 1..=3 {
        let response = world.refresh(&world.public, &token).await.unwrap();
        let next = response.refresh_token.unwrap();
        assert_ne!(next, token);
        assert_eq!(world.family(family.id).await.counter, counter);
        token = next;
        world.advance(60);
    }
});

// protocol.md "Profiles": others keep one token, and the counter stands still.
on_both_databases!(a_confidential_clients_token_stays, async |database| {
    let world = World::new(database).await;
    let (family, token) = world.offline(&world.confidential).await;
    for _ in 0..3 {
        world.advance(3600);
        let response = world.refresh(&world.confidential, &token).await.unwrap();
        assert_eq!(response.refresh_token.as_ref(), Some(&token));
        assert_eq!(world.family(family.id).await.counter, 0);
    }
});

/// OpenID Connect Core §12.2, protocol.md "Basic": new iat, the same iss, sub, aud and auth_time, no azp, no nonce.
#[tokio::test]
async fn the_id_token_of_a_refresh_is_the_first_one_again_but_for_its_times() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, token) = world.offline(&world.public).await;
        world.advance(100);
        let id_token = world.refresh(&world.public, &token).await.unwrap().id_token.unwrap();
        let held = claims(&id_token);
        assert_eq!((&held["iss"], &held["sub"]), (&json!("http://localhost:8080"), &json!("subject")));
        assert_eq!((&held["aud"], &held["auth_time"]), (&json!("public"), &json!(family.auth_time.seconds())));
        assert_eq!((&held["iat"], &held["sid"]), (&json!(world.now().seconds()), &json!(family.sid)));
        assert_eq!((held.get("azp"), held.get("nonce")), (None, None));
    })
    .await;
}

// "within `refresh_retry_window` → the very same successor again": a lost response or two tabs do not log a user out.
on_both_databases!(a_token_sent_again_within_the_window_gives_the_same_successor, async |database| {
    let world = World::new(database).await;
    let (family, token) = world.offline(&world.public).await;
    let first = world.refresh(&world.public, &token).await.unwrap().refresh_token.unwrap();
    world.advance(9);
    let again = world.refresh(&world.public, &token).await.unwrap().refresh_token.unwrap();
    assert_eq!(again, first);
    assert_eq!(world.family(family.id).await.counter, 1, "no second branch");
    world.refresh(&world.public, &first).await.unwrap();
});

// "Stored > c otherwise → the family dies", and with it the token that the thief or the user holds.
on_both_databases!(a_token_sent_again_after_the_window_ends_the_family, async |database| {
    let world = World::new(database).await;
    let (family, token) = world.offline(&world.public).await;
    let newest = world.refresh(&world.public, &token).await.unwrap().refresh_token.unwrap();
    world.advance(10);
    assert_eq!(refusal(world.refresh(&world.public, &token).await), ErrorCode::InvalidGrant);
    assert_eq!(world.family(family.id).await.revoked_at, Some(world.now()));
    assert_eq!(refusal(world.refresh(&world.public, &newest).await), ErrorCode::InvalidGrant);
    let events = world.events("family.replayed").await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].reason.as_deref(), events[0].subject_id), (Some("refresh_token"), Some(world.user)));
});

#[tokio::test]
async fn a_token_two_behind_ends_the_family_though_the_window_is_open() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, token) = world.offline(&world.public).await;
        let second = world.refresh(&world.public, &token).await.unwrap().refresh_token.unwrap();
        world.refresh(&world.public, &second).await.unwrap();
        assert_eq!(refusal(world.refresh(&world.public, &token).await), ErrorCode::InvalidGrant);
        assert!(world.family(family.id).await.revoked_at.is_some());
    })
    .await;
}

/// "(10 s; 0 allowed …)": then every second use is a replay.
#[tokio::test]
async fn without_a_window_every_second_use_ends_the_family() {
    database::run(SetUp::Sqlite, async |database| {
        let mut config = realm_keys::config();
        config.tokens.refresh_retry_window = Period::seconds(0);
        let world = World::with(database, config).await;
        let (family, token) = world.offline(&world.public).await;
        world.refresh(&world.public, &token).await.unwrap();
        assert_eq!(refusal(world.refresh(&world.public, &token).await), ErrorCode::InvalidGrant);
        assert!(world.family(family.id).await.revoked_at.is_some());
    })
    .await;
}

// "a valid token ahead of the row means that the database lost a commit, as in a failover; it is accepted."
on_both_databases!(a_token_ahead_of_the_row_is_accepted, async |database| {
    let world = World::new(database).await;
    let (family, token) = world.offline(&world.public).await;
    let second = world.refresh(&world.public, &token).await.unwrap().refresh_token.unwrap();
    let third = world.refresh(&world.public, &second).await.unwrap().refresh_token.unwrap();
    let past = database.past_the_store().await;
    past.execute_unprepared("UPDATE families SET counter = 0").await.unwrap();
    world.refresh(&world.public, &third).await.unwrap();
    assert_eq!(world.family(family.id).await.counter, 3);
});

/// A client that becomes confidential keeps its login; what was rotated away before stays a replay.
#[tokio::test]
async fn an_old_token_is_a_replay_also_where_tokens_no_longer_rotate() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, token) = world.offline(&world.public).await;
        let newest = world.refresh(&world.public, &token).await.unwrap().refresh_token.unwrap();
        let confidential = Client { metadata: world.confidential.metadata.clone(), ..world.public.clone() };
        world.advance(60);
        assert_eq!(world.refresh(&confidential, &newest).await.unwrap().refresh_token, Some(newest));
        assert_eq!(refusal(world.refresh(&confidential, &token).await), ErrorCode::InvalidGrant);
        assert!(world.family(family.id).await.revoked_at.is_some());
    })
    .await;
}

// protocol.md "Basic": another client's token → invalid_grant; storage.md: no kill.
on_both_databases!(another_clients_token_is_refused_and_its_family_lives, async |database| {
    let world = World::new(database).await;
    for (owner, other) in [(&world.public, &world.confidential), (&world.confidential, &world.public)] {
        let (_, token) = world.offline(owner).await;
        assert_eq!(refusal(world.refresh(other, &token).await), ErrorCode::InvalidGrant);
        let asked_for_more = world.refresh_for(other, &token, Some("openid admin"), None).await;
        assert_eq!(refusal(asked_for_more), ErrorCode::InvalidGrant, "nothing is said of another client's grant");
        world.refresh(owner, &token).await.unwrap();
    }
});

#[tokio::test]
async fn garbage_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        for token in ["", "x", "eyJhbGciOiJub25lIn0.e30.", &"A".repeat(96)] {
            assert_eq!(refusal(world.refresh(&world.public, token).await), ErrorCode::InvalidGrant);
        }
    })
    .await;
}

// security.md "scope wider than granted → invalid_scope"; checked before the write: the client keeps its token.
on_both_databases!(a_wider_scope_is_refused_before_anything_is_written, async |database| {
    let world = World::new(database).await;
    let (family, token) = world.offline(&world.public).await;
    let asked_for_more = world.refresh_for(&world.public, &token, Some("openid admin"), None).await;
    assert_eq!(refusal(asked_for_more), ErrorCode::InvalidScope);
    assert_eq!(world.family(family.id).await.counter, 0);
    world.advance(3600);
    world.refresh(&world.public, &token).await.unwrap();
});

/// RFC 6749 §6, storage.md: narrowing narrows only the access token; the next refresh has everything again.
#[tokio::test]
async fn a_narrower_scope_narrows_one_access_token() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, token) = world.offline(&world.public).await;
        let narrow = world.refresh_for(&world.public, &token, Some("read"), None).await.unwrap();
        assert_eq!((narrow.scope.unwrap().as_str(), &narrow.id_token), ("read", &None));
        assert_eq!(claims(&narrow.access_token)["scope"], "read");
        let whole = world.refresh(&world.public, &narrow.refresh_token.unwrap()).await.unwrap();
        assert_eq!(whole.scope.as_ref(), Some(&family.scope));
        assert_eq!(world.family(family.id).await.scope, family.scope);
    })
    .await;
}

/// RFC 8707 §2.2: only what was granted; refused before anything is written.
#[tokio::test]
async fn a_resource_that_was_not_granted_is_refused_before_anything_is_written() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (family, token) = world.offline(&world.public).await;
        for resource in [API, "https://unknown.example.com"] {
            let asked = world.refresh_for(&world.public, &token, None, Some(resource)).await;
            assert_eq!(refusal(asked), ErrorCode::InvalidTarget);
        }
        assert_eq!(world.family(family.id).await.counter, 0);
    })
    .await;
}

/// RFC 8707 §2.2: the resource that was granted is the audience again, named or not.
#[tokio::test]
async fn a_refresh_is_for_the_resource_that_was_granted() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (scope, resources) = ("openid read".parse().unwrap(), [API.to_owned()]);
        let mut authorization = world.authorization("code", &scope);
        authorization.resources = &resources;
        let (_, token) = world.begin(&world.confidential, authorization).await;
        for resource in [None, Some(API)] {
            let response = world.refresh_for(&world.confidential, token.as_ref().unwrap(), None, resource).await;
            assert_eq!(claims(&response.unwrap().access_token)["aud"], API);
        }
    })
    .await;
}

// An operator has changed one of two APIs: the app asks for each apart then, with the token that it has, whenever it comes to that.
on_both_databases!(a_refresh_that_cannot_be_answered_leaves_the_token_as_it_was, async |database| {
    let world = World::new(database).await;
    let other = ResourceServer { id: world.random.id(START), identifier: OTHER.to_owned(), ..world.api.clone() };
    world.store_api(&other).await;
    let (scope, resources) = ("openid read offline_access".parse().unwrap(), [API.to_owned(), OTHER.to_owned()]);
    let authorization = Authorization { resources: &resources, ..world.authorization("code", &scope) };
    let (family, first) = world.begin(&world.public, authorization).await;
    let first = first.unwrap();
    let second = world.refresh(&world.public, &first).await.unwrap().refresh_token.unwrap();
    let changed = ResourceServer { form: TokenForm::Opaque, ..other };
    let before = changed.updated_at;
    assert!(database.db.write(async move |tx| tx.update_resource_server(&changed, before).await).await.unwrap());
    database.db.forget(Cached::ResourceServers);
    world.advance(DAY);
    assert_eq!(refusal(world.refresh(&world.public, &second).await), ErrorCode::InvalidTarget);
    assert_eq!(world.family(family.id).await.counter, 1);
    world.advance(DAY);
    let apart = world.refresh_for(&world.public, &second, None, Some(API)).await.unwrap();
    assert_eq!((&claims(&apart.access_token)["aud"], world.family(family.id).await.counter), (&json!(API), 2));
    let third = apart.refresh_token.unwrap();
    assert_eq!(refusal(world.refresh(&world.public, &third).await), ErrorCode::InvalidTarget);
    // What was undone opens no window for the token before.
    assert_eq!(refusal(world.refresh_for(&world.public, &second, None, Some(API)).await), ErrorCode::InvalidGrant);
    assert_eq!(refusal(world.refresh_for(&world.public, &third, None, Some(API)).await), ErrorCode::InvalidGrant);
});

// protocol.md "Basic": with offline_access the family outlives the session, without it ends with it.
on_both_databases!(a_family_ends_with_its_session_unless_it_is_offline, async |database| {
    let world = World::new(database).await;
    let (_, offline) = world.offline(&world.public).await;
    let (_, bound) = world.login(&world.public, "openid").await;
    let bound = world.refresh(&world.public, &bound.unwrap()).await.unwrap().refresh_token.unwrap();
    let (realm, session, now) = (database.realm.id, world.session.id, world.now());
    assert!(database.db.write(async move |tx| tx.end_session(realm, session, now).await).await.unwrap());
    assert_eq!(refusal(world.refresh(&world.public, &bound).await), ErrorCode::InvalidGrant);
    world.refresh(&world.public, &offline).await.unwrap();
});

/// "whose idle and absolute end each refresh checks": the session's.
#[tokio::test]
async fn a_family_ends_when_its_session_is_not_used() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (_, token) = world.login(&world.confidential, "openid").await;
        let token = token.unwrap();
        world.advance(DAY - 1);
        world.refresh(&world.confidential, &token).await.unwrap();
        world.advance(1);
        assert_eq!(refusal(world.refresh(&world.confidential, &token).await), ErrorCode::InvalidGrant);
    })
    .await;
}

// protocol.md "Defaults": family idle 30 d, absolute 180 d, for each kind of client.
on_both_databases!(a_family_ends_unused_after_thirty_days_and_in_any_case_after_180, async |database| {
    let mut world = World::new(database).await;
    for client in [world.public.clone(), world.confidential.clone()] {
        let (_, mut token) = world.offline(&client).await;
        for _ in 0..6 {
            world.advance(29 * DAY);
            token = world.refresh(&client, &token).await.unwrap().refresh_token.unwrap();
        }
        world.advance(6 * DAY);
        assert_eq!(refusal(world.refresh(&client, &token).await), ErrorCode::InvalidGrant, "after 180 days");
        world.sign_in_again().await;
        let (_, token) = world.offline(&client).await;
        world.advance(30 * DAY);
        assert_eq!(refusal(world.refresh(&client, &token).await), ErrorCode::InvalidGrant, "after 30 days unused");
        world.sign_in_again().await;
    }
});

// security.md "every policy × every grant": a disabled user, a raised epoch of client and realm.
on_both_databases!(whoever_is_shut_out_refreshes_no_more, async |database| {
    let world = World::new(database).await;
    let realm = database.realm.id;
    for client in [&world.public, &world.confidential] {
        let (_, token) = world.offline(client).await;
        let since = Client { not_before: world.now(), ..client.clone() };
        assert_eq!(refusal(world.refresh(&since, &token).await), ErrorCode::InvalidGrant, "not_before of the client");
        world.advance(60);
        let (_, token) = world.offline(client).await;
        world.refresh(&since, &token).await.unwrap();
    }
    let (user, now) = (world.user, world.now());
    let (_, token) = world.offline(&world.confidential).await;
    let disabled = database.db.write(async move |tx| tx.set_user_status(realm, user, Status::Disabled, now).await);
    assert!(disabled.await.unwrap());
    assert_eq!(refusal(world.refresh(&world.confidential, &token).await), ErrorCode::InvalidGrant, "disabled user");
});

// "After a restored backup, `tessera keys epoch` ends older families."
on_both_databases!(a_raised_epoch_ends_older_families, async |database| {
    let world = World::new(database).await;
    let (_, token) = world.offline(&world.confidential).await;
    world.keys.raise_epoch(&[database.realm.id], world.now()).await.unwrap();
    let realm = database.db.default_realm().await.unwrap().unwrap();
    let request = RefreshRequest {
        realm: &realm,
        client: &world.confidential,
        refresh_token: &token,
        scope: None,
        resources: &[],
        id_token_key: None,
        origin: &tessera::store::events::Origin::default(),
    };
    assert_eq!(refusal(world.tokens.refresh(request, world.now()).await), ErrorCode::InvalidGrant);
    assert_eq!(world.events("epoch.raised").await.len(), 1);
});

// security.md "Races": one live branch, never a fault; Keycloak CVE-2026-1035.
on_both_databases!(fifty_refreshes_at_once_leave_one_branch, async |database| {
    let world = World::new(database).await;
    let (family, mut token) = world.offline(&world.public).await;
    for round in 1..=5 {
        let crowd = join_all((0..CROWD).map(|_| world.refresh(&world.public, &token))).await;
        let mut successors: Vec<_> = crowd.into_iter().map(|each| each.unwrap().refresh_token.unwrap()).collect();
        successors.dedup();
        assert_eq!(successors.len(), 1, "round {round}");
        assert_eq!(world.family(family.id).await.counter, round);
        token = successors.remove(0);
        world.advance(60);
    }
});

// security.md "Races … two nodes": pools and caches of their own.
on_both_databases!(two_nodes_leave_one_branch, async |database| {
    let world = World::new(database).await;
    let (db, _) = database.another_node().await;
    let keys = realm_keys::keys_of_another_node(db.clone(), &world.config);
    let other = Tokens::new(db.clone(), keys, world.random.clone(), &world.config);
    let (family, mut token) = world.offline(&world.public).await;
    let origin = tessera::store::events::Origin::default();
    for round in 1..=5 {
        let refreshes = (0..CROWD).map(async |number| {
            let node = if number % 2 == 0 { &world.tokens } else { &other };
            let request = RefreshRequest {
                realm: &database.realm,
                client: &world.public,
                refresh_token: &token,
                scope: None,
                resources: &[],
                id_token_key: None,
                origin: &origin,
            };
            node.refresh(request, world.now()).await
        });
        let crowd = join_all(refreshes).await;
        let mut successors: Vec<_> = crowd.into_iter().map(|each| each.unwrap().refresh_token.unwrap()).collect();
        successors.dedup();
        assert_eq!(successors.len(), 1, "round {round}");
        assert_eq!(world.family(family.id).await.counter, round);
        token = successors.remove(0);
        world.clock.advance(Duration::from_mins(1));
    }
    db.close().await;
});

// The replays of a whole crowd end the family once.
on_both_databases!(fifty_replays_at_once_end_the_family_once, async |database| {
    let world = World::new(database).await;
    let (_, token) = world.offline(&world.public).await;
    world.refresh(&world.public, &token).await.unwrap();
    world.advance(60);
    for each in join_all((0..CROWD).map(|_| world.refresh(&world.public, &token))).await {
        assert_eq!(refusal(each), ErrorCode::InvalidGrant);
    }
    assert_eq!(world.events("family.replayed").await.len(), 1);
});
