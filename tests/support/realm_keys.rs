//! Keys for the template's two realms: RSA keys take long, so that they are made once and given to every test.

use tessera::config::{Config, Period};
use tessera::keys::Keys;
use tessera::keys::keyring::Keyring;
use tessera::keys::rotate::NewRealmKeys;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::random::Random;
use tessera::store::Db;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::database::{Database, START};

static MADE: OnceCell<(Keyring, [(Uuid, NewRealmKeys); 2])> = OnceCell::const_new();

/// The configuration of these tests: everything as it comes, but for what a name says.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.keys.jwks_max_age = Period::minutes(15);
    config
}

/// The keys of both realms, of every algorithm; the same at every call.
pub(crate) async fn keys(database: &Database, config: &Config) -> Keys {
    let realms = [database.realm.id, database.second.id];
    let (keyring, made) = MADE.get_or_init(async || make(&database.db, realms).await).await.clone();
    let ready = || Keys::new(database.db.clone(), keyring.clone(), Random::system(), config);
    if ready().realm(database.realm.id, START).await.unwrap().algorithms().next().is_some() {
        return ready();
    }
    let keys = ready();
    let inserted = database.db.write(async move |tx| {
        for (_, rows) in &made {
            rows.insert(tx).await?;
        }
        Ok(())
    });
    inserted.await.unwrap();
    keys
}

/// The same keys on another node.
pub(crate) fn keys_of_another_node(db: Db, config: &Config) -> Keys {
    Keys::new(db, keyring(), Random::system(), config)
}

/// What they are sealed with.
pub(crate) fn keyring() -> Keyring {
    MADE.get().expect("the first node has made them").0.clone()
}

async fn make(db: &Db, realms: [Uuid; 2]) -> (Keyring, [(Uuid, NewRealmKeys); 2]) {
    let random = Random::seeded(7);
    let keyring = Keyring::generate(&random);
    let keys = Keys::new(db.clone(), keyring.clone(), random, &config());
    let made = async |realm| (realm, keys.new_realm_keys(realm, SigningAlgorithm::ALL, START).await.unwrap());
    (keyring, [made(realms[0]).await, made(realms[1]).await])
}
