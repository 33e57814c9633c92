//! security.md "redirect_uri": what nobody may register, whichever way and for whatever it is meant.

use actix_web::http::Method;
use serde_json::{Value, json};
use tessera::config::Config;

use super::{own, register, registered, sound};
use crate::oauth::world::{REDIRECT_URI, SIGNED_OUT, World};
use crate::support::redirect_uris::UNREGISTRABLE;

/// A public client, which may register the most, with `value` in the place of what is sound.
fn with(name: &str, value: &str) -> Value {
    let mut asked = sound();
    asked["token_endpoint_auth_method"] = json!("none");
    asked["post_logout_redirect_uris"] = json!([SIGNED_OUT]);
    asked[name] = json!([value]);
    asked
}

/// RFC 7591 §3.2.2, RFC 7592 §2.2: the error names what is at fault, and nothing is stored or changed.
#[actix_web::test]
async fn what_nobody_may_register_is_refused_at_first_and_in_a_replacement() {
    let world = World::with(|config: &mut Config| config.limits.registration = "1000 per 1h".parse().unwrap()).await;
    let made = registered(&world, &with("post_logout_redirect_uris", SIGNED_OUT)).await;
    let before = own(&world, Method::GET, &made, None).await.json();
    for (name, code) in
        [("redirect_uris", "invalid_redirect_uri"), ("post_logout_redirect_uris", "invalid_client_metadata")]
    {
        for (uri, fault) in UNREGISTRABLE {
            let mut asked = with(name, uri);
            let first = register(&world, &asked).await;
            asked["client_id"] = made["client_id"].clone();
            let later = own(&world, Method::PUT, &made, Some(&asked)).await;
            for answer in [first, later] {
                assert_eq!(answer.refusal(), (400, code.to_owned()), "{uri:?} {fault:?} in {name}");
                let said = answer.json()["error_description"].as_str().unwrap().to_owned();
                assert!(said.starts_with(&format!("{name} ")), "{uri:?}: {said}");
            }
        }
    }
    assert_eq!(own(&world, Method::GET, &made, None).await.json(), before);
    assert_eq!(before["redirect_uris"], json!([REDIRECT_URI]));
    let known = world.test.app.db.clients(world.realm.id, None, None, 100).await.unwrap();
    assert_eq!(known.len(), 4, "those of the world, and the one that is sound");
}
