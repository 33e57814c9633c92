//! A signing key that was made elsewhere (protocol.md "Rotation").

use std::time::Duration;

use serde_json::json;
use tessera::keys::jwk::PrivateJwk;
use tessera::keys::rotate::Start;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::CompactJws;

use crate::support::database::{START, on_both_databases};
use crate::support::realm_keys;

const ES256: SigningAlgorithm = SigningAlgorithm::Es256;

// The imported key signs after two seconds, what the old one signed still verifies, and another import of it is refused.
on_both_databases!(an_imported_key_takes_the_place_of_the_old_one, async |database| {
    let service = realm_keys::keys(database, &realm_keys::config()).await;
    let realm = database.realm.id;
    let before = service.realm(realm, START).await.unwrap();
    let token = before.signer(ES256).unwrap().sign("at+jwt", &json!({})).unwrap();
    let private = PrivateJwk::generate(ES256).unwrap();
    let imported = service.import(realm, &private, Start::Now, START).await.unwrap().unwrap();
    assert_eq!((imported.algorithm, &imported.kid), (ES256, &private.public().unwrap().kid));
    let later = START + Duration::from_secs(2);
    assert_eq!(imported.signs_from, later);

    let after = service.realm(realm, later).await.unwrap();
    assert_eq!(after.signer(ES256).unwrap().kid(), imported.kid);
    assert!(after.verify(&CompactJws::parse(&token).unwrap(), "at+jwt").is_ok());
    let rs256 = |keys: &tessera::keys::realm::RealmKeys| keys.signer(SigningAlgorithm::Rs256).unwrap().kid().to_owned();
    assert_eq!(rs256(&after), rs256(&before), "another algorithm's key goes on");

    let rows = database.db.signing_keys(realm, later).await.unwrap().len();
    assert_eq!(service.import(realm, &private, Start::Now, later).await.unwrap(), None);
    assert_eq!(service.import(realm, &private, Start::Published, later).await.unwrap(), None);
    assert_eq!(database.db.signing_keys(realm, later).await.unwrap().len(), rows);
    assert_eq!(service.realm(realm, later).await.unwrap().signer(ES256).unwrap().kid(), imported.kid);
    let elsewhere = service.import(database.second.id, &private, Start::Now, later).await.unwrap();
    assert!(elsewhere.is_some(), "another realm may have it too");
});

// A key that waited for its time gives way to one that is needed now.
on_both_databases!(a_waiting_key_never_signs_once_another_was_imported, async |database| {
    let service = realm_keys::keys(database, &realm_keys::config()).await;
    let realm = database.realm.id;
    service.rotate(realm, &[ES256], Start::Published, START).await.unwrap();
    let private = PrivateJwk::generate(ES256).unwrap();
    let kid = private.public().unwrap().kid;
    service.import(realm, &private, Start::Now, START).await.unwrap();
    for minutes in [1, 15, 16, 60] {
        let keys = service.realm(realm, START + Duration::from_mins(minutes)).await.unwrap();
        assert_eq!(keys.signer(ES256).unwrap().kid(), kid, "after {minutes} min");
    }
});
