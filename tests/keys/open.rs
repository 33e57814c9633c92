//! storage.md "At rest": which keyring a start takes, and which it refuses.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, EntityTrait as _};
use tessera::config::{Config, DatabaseUrl};
use tessera::keys::keyring::Keyring;
use tessera::keys::{Keys, StartError, open};
use tessera::protocol::access_token::ClaimSet;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::random::Random;
use tessera::secret::Secret;
use tessera::store::epochs::Cached;
use tessera::store::keys::RESOURCE_SERVER_SECRET;
use tessera::store::resource_servers::{ResourceServer, TokenForm};
use uuid::Uuid;

use crate::support::database::{self, Database, START, SetUp, on_both_databases};

fn in_folder(folder: &Path) -> Config {
    let mut config = Config::default();
    config.server.data_dir = folder.join("data");
    config
}

fn configured(keyring: &Keyring) -> Config {
    let mut config = Config::default();
    config.keys.master = Some(keyring.to_text());
    // Nothing is opened here: only what kind of database it is counts.
    config.database.url = Some("postgres://localhost/tessera".parse::<DatabaseUrl>().unwrap());
    config
}

async fn start(database: &Database, config: &Config) -> Result<Keys, StartError> {
    open(config, database.db.clone(), Random::system(), START).await
}

async fn make_keys(database: &Database, keys: &Keys) {
    let made = keys.new_realm_keys(database.realm.id, &[SigningAlgorithm::Es256], START).await.unwrap();
    database.db.write(async move |tx| made.insert(tx).await).await.unwrap();
}

/// "else `data/keyring` (0600), which is made only for SQLite": the next start takes the same one.
#[tokio::test]
async fn sqlite_makes_its_keyring_at_the_first_start_and_keeps_it() {
    database::run(SetUp::Sqlite, async |database| {
        let folder = tempfile::tempdir().unwrap();
        let config = in_folder(folder.path());
        let keys = start(database, &config).await.unwrap();
        make_keys(database, &keys).await;
        let text = std::fs::read_to_string(config.server.data_dir.join("keyring")).unwrap();
        let again = start(database, &config).await.unwrap();
        assert!(again.realm(database.realm.id, START).await.unwrap().signer(SigningAlgorithm::Es256).is_ok());
        assert_eq!(std::fs::read_to_string(config.server.data_dir.join("keyring")).unwrap(), text);
        assert_eq!(database.db.canaries().await.unwrap().len(), 1);
    })
    .await;
}

/// "only while the database holds no sealed row": a lost keyring is asked for by name, never replaced.
#[tokio::test]
async fn a_lost_keyring_is_never_replaced() {
    database::run(SetUp::Sqlite, async |database| {
        let folder = tempfile::tempdir().unwrap();
        let config = in_folder(folder.path());
        start(database, &config).await.unwrap();
        let path = config.server.data_dir.join("keyring");
        std::fs::remove_file(&path).unwrap();
        let error = start(database, &config).await.unwrap_err();
        assert!(matches!(error, StartError::Lost { .. }), "{error}");
        let (key, _) = database.db.canaries().await.unwrap().remove(0);
        assert!(error.to_string().contains(&key) && error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(!path.exists());
    })
    .await;
}

/// "PostgreSQL without a configured keyring refuses to start and prints the command that makes one."
#[tokio::test]
async fn postgres_without_a_keyring_is_refused_with_the_command_that_makes_one() {
    database::run(SetUp::Sqlite, async |database| {
        let folder = tempfile::tempdir().unwrap();
        let mut config = in_folder(folder.path());
        config.database.url = Some("postgres://localhost/tessera".parse::<DatabaseUrl>().unwrap());
        let error = start(database, &config).await.unwrap_err();
        assert!(matches!(error, StartError::NotConfigured), "{error}");
        assert!(error.to_string().contains("`tessera keyring new`"), "{error}");
        assert!(!config.server.data_dir.exists(), "nothing is made");
    })
    .await;
}

// "A sealed canary per key id: a process that cannot open the active one refuses to start."
on_both_databases!(a_keyring_that_is_not_the_databases_is_refused, async |database| {
    let random = Random::seeded(1);
    let own = Keyring::generate(&random);
    start(database, &configured(&own)).await.unwrap();
    let error = start(database, &configured(&Keyring::generate(&random))).await.unwrap_err();
    assert!(matches!(&error, StartError::Foreign(key) if *key == own.active().to_string()), "{error}");
    assert_eq!(database.db.canaries().await.unwrap().len(), 1, "and leaves no trace");

    // The same id, other bytes.
    let mut config = configured(&own);
    let id = own.to_text().expose().lines().nth(1).unwrap().split_once(':').unwrap().0.to_owned();
    let other = Keyring::generate(&random).to_text();
    let bytes = other.expose().lines().nth(1).unwrap().split_once(':').unwrap().1.to_owned();
    config.keys.master = Some(Secret::from(format!("tessera-keyring-1 {id}:{bytes}")));
    let error = start(database, &config).await.unwrap_err();
    assert!(matches!(error, StartError::WrongKey(_)), "{error}");
});

/// "Rotation: add on all nodes → activate": a new active key gets a canary of its own, the old one still opens what it sealed.
#[tokio::test]
async fn a_new_active_key_is_taken_while_the_old_one_is_there() {
    database::run(SetUp::Sqlite, async |database| {
        let random = Random::seeded(2);
        let mut keyring = Keyring::generate(&random);
        let keys = start(database, &configured(&keyring)).await.unwrap();
        make_keys(database, &keys).await;
        let added = keyring.add(&random);
        keyring.activate(added).unwrap();
        let keys = start(database, &configured(&keyring)).await.unwrap();
        assert!(keys.realm(database.realm.id, START).await.is_ok());
        assert_eq!(database.db.canaries().await.unwrap().len(), 2);
    })
    .await;
}

// "→ reseal in the background → remove (refused while rows use it)."
on_both_databases!(a_key_may_leave_the_keyring_once_nothing_is_sealed_with_it, async |database| {
    let random = Random::seeded(2);
    let mut keyring = Keyring::generate(&random);
    let keys = start(database, &configured(&keyring)).await.unwrap();
    make_keys(database, &keys).await;
    let server = store_shared_secret(database, &keys).await;
    assert_eq!(keys.reseal().await.unwrap(), 0, "nothing to do");
    let jwks = keys.realm(database.realm.id, START).await.unwrap().jwks().clone();
    let old = keyring.active();
    let added = keyring.add(&random);
    keyring.activate(added).unwrap();
    let both = start(database, &configured(&keyring)).await.unwrap();
    keyring.remove(old).unwrap();
    let error = start(database, &configured(&keyring)).await.unwrap_err();
    assert!(matches!(&error, StartError::StillUsed(key) if *key == old.to_string()), "{error}");

    // A signing key, a refresh key and a resource server's secret; two nodes at once.
    let (one, other) = tokio::join!(both.reseal(), both.reseal());
    assert_eq!(one.unwrap() + other.unwrap(), 3);
    let keys = start(database, &configured(&keyring)).await.unwrap();
    let realm = keys.realm(database.realm.id, START).await.unwrap();
    assert!(realm.signer(SigningAlgorithm::Es256).is_ok() && realm.refresh_key(1).is_some());
    assert_eq!(realm.jwks().bytes, jwks.bytes, "they are the same keys");
    database.db.forget(Cached::ResourceServers);
    let stored = database.db.resource_server(database.realm.id, "api").await.unwrap().unwrap();
    let TokenForm::SharedSecret(sealed) = &stored.form else { panic!("{:?}", stored.form) };
    assert_eq!(keys.unseal(RESOURCE_SERVER_SECRET, server, sealed).unwrap().as_slice(), &[9; 32]);
});

/// A resource server whose tokens are HS256's; its row.
async fn store_shared_secret(database: &Database, keys: &Keys) -> Uuid {
    let id = Random::seeded(5).id(START);
    let server = ResourceServer {
        id,
        realm_id: database.realm.id,
        identifier: "api".to_owned(),
        name: "API".to_owned(),
        issuer: None,
        form: TokenForm::SharedSecret(keys.seal(RESOURCE_SERVER_SECRET, id, &[9; 32])),
        claim_set: ClaimSet::Rfc9068,
        access_token_seconds: None,
        scopes: Vec::new(),
        client_id: None,
        created_at: START,
        updated_at: START,
    };
    assert!(database.db.write(async move |tx| tx.create_resource_server(&server).await).await.unwrap());
    id
}

#[tokio::test]
async fn a_configured_keyring_that_is_none_is_refused() {
    database::run(SetUp::Sqlite, async |database| {
        let mut config = Config::default();
        config.keys.master = Some(Secret::from("hunter2"));
        let error = start(database, &config).await.unwrap_err();
        assert!(matches!(error, StartError::Configured(_)), "{error}");
        assert!(!error.to_string().contains("hunter2"));
    })
    .await;
}

/// "The database's private keys are sealed": no member of one is in the file.
#[tokio::test]
async fn private_keys_are_not_in_the_database() {
    database::run(SetUp::Sqlite, async |database| {
        let folder = tempfile::tempdir().unwrap();
        let keys = start(database, &in_folder(folder.path())).await.unwrap();
        make_keys(database, &keys).await;
        let past = database.past_the_store().await;
        past.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        let rows = entity::signing_key::Entity::find().all(&past).await.unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            assert!(row.public_jwk.get("d").is_none(), "{}", row.kid);
            assert!(!row.private_sealed.windows(5).any(|bytes| bytes == b"\"kty\""), "{}", row.kid);
        }
    })
    .await;
}
