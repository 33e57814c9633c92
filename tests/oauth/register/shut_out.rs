//! A registration that an operator shut out (security.md "every policy × every grant"): it cannot let itself in again.

use actix_web::http::Method;
use serde_json::json;
use tessera::clients::Reach;
use tessera::jobs;

use super::{own, redeem, registered};
use crate::oauth::world::{Asking, REDIRECT_URI, World, redemption};
use crate::support::database::in_every_set_up;

in_every_set_up!(a_registration_that_is_shut_out_is_as_unknown_at_its_own_address, async |set_up| {
    let world = World::on(set_up).await;
    let grants = ["authorization_code", "refresh_token"];
    let made = registered(&world, &json!({"redirect_uris": [REDIRECT_URI], "grant_types": grants})).await;
    let client_id = made["client_id"].as_str().unwrap();
    let browser = world.signed_in().await;
    let code = async || world.allow(&browser, &Asking::of(client_id)).await.code();
    let (first, second) = (code().await, code().await);
    let tokens = redeem(&world, &made, &redemption(&first)).await.json();
    let shut = async |disabled: bool| {
        let (clients, by) = (&world.test.app.clients, world.operator());
        clients.set_disabled(world.realm.id, Reach::All, client_id, disabled, &by).await.unwrap();
    };
    world.advance(1);
    shut(true).await;
    let body = json!({"client_id": client_id, "client_name": "Back again", "redirect_uris": [REDIRECT_URI]});
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let refused = own(&world, method.clone(), &made, Some(&body)).await;
        assert_eq!(refused.refusal(), (401, "invalid_token".to_owned()), "{method}");
    }
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    for form in [&redemption(&second)[..], &refresh] {
        assert_eq!(redeem(&world, &made, form).await.refusal(), (401, "invalid_client".to_owned()));
    }
    // It is not cleared away either, so as to come back as if nothing had been.
    let unused = registered(&world, &json!({"redirect_uris": [REDIRECT_URI]})).await["client_id"].clone();
    let (clients, by) = (&world.test.app.clients, world.operator());
    clients.set_disabled(world.realm.id, Reach::All, unused.as_str().unwrap(), true, &by).await.unwrap();
    world.advance(48 * 3600);
    jobs::purge(&world.test.app).await.unwrap();
    let held = world.test.app.db.client(world.realm.id, unused.as_str().unwrap()).await.unwrap();
    assert!(held.is_some_and(|client| client.disabled));
    shut(false).await;
    let read = own(&world, Method::GET, &made, None).await;
    assert_eq!((read.status.as_u16(), &read.json()["client_name"]), (200, &made["client_name"]), "nothing has changed");
});
