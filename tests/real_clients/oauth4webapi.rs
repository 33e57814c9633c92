//! oauth4webapi (npm): a client that registers itself, proves itself by its key, sends a signed request object, and receives an
//! encrypted ID token and signed userinfo.

use serde_json::json;

use super::{EMAIL, LIMIT, PASSWORD, Place, WEB};
use crate::support::database::in_every_set_up;
use crate::support::process::Driver;

in_every_set_up!(oauth4webapi_passes, async |set_up| {
    let place = Place::new(set_up).await;
    for realm in [&place.default, &place.second] {
        let task = json!({ "issuer": realm.issuer, "redirect_uri": WEB, "username": EMAIL, "password": PASSWORD });
        let result = Driver::Oauth4webapi.run(&task, LIMIT).await.unwrap();
        assert_eq!((&result["aud"], &result["client_of_token"]), (&result["client_id"], &result["client_id"]));
        assert_eq!(result["email"], EMAIL, "{result:#}");
    }
});
