//! oauth4webapi (npm): a client that registers itself, proves itself by its key, sends a signed request object, and receives an
//! encrypted ID token and signed userinfo.

use serde_json::json;

use super::{EMAIL, LIMIT, PASSWORD, Place, WEB};
use crate::support::database::SetUp;
use crate::support::process::Driver;

async fn passes(set_up: SetUp) {
    let place = Place::new(set_up).await;
    for realm in [&place.default, &place.second] {
        let task = json!({ "issuer": realm.issuer, "redirect_uri": WEB, "username": EMAIL, "password": PASSWORD });
        let result = Driver::Oauth4webapi.run(&task, LIMIT).await.unwrap();
        assert_eq!((&result["aud"], &result["client_of_token"]), (&result["client_id"], &result["client_id"]));
        assert_eq!(result["email"], EMAIL, "{result:#}");
    }
}

#[tokio::test]
async fn oauth4webapi_passes_on_sqlite() {
    passes(SetUp::Sqlite).await;
}

#[tokio::test]
async fn oauth4webapi_passes_on_postgres_and_redis() {
    passes(SetUp::PostgresRedis).await;
}
