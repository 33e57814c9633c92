//! Clients and resource servers: who may make and change them, what is refused, and how a client proves who it is.

mod authenticate;
mod create;
mod key_sets;
mod resource_server;
mod sector;
mod update;

use tessera::clients::{Clients, Error};
use tessera::keys::Keys;
use tessera::keys::remote::RemoteJwks;
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use tessera::random::Random;
use tessera::store::Db;
use tessera::store::events::By;

use crate::support::database::{Database, START};
use crate::support::realm_keys;

async fn clients(database: &Database) -> Clients {
    clients_that_reach(database, &[]).await
}

/// With `outgoing.allow`.
async fn clients_that_reach(database: &Database, allow: &[&str]) -> Clients {
    let outgoing = crate::outgoing::outgoing(allow);
    let jwks = RemoteJwks::new(outgoing.clone());
    Clients::new(database.db.clone(), keys(database).await, Random::system(), outgoing, jwks)
}

async fn keys(database: &Database) -> Keys {
    realm_keys::keys(database, &realm_keys::config()).await
}

/// Another service on the same database, with randomness of its own.
fn other_clients(db: Db, seed: u64) -> Clients {
    let keys = realm_keys::keys_of_another_node(db.clone(), &realm_keys::config());
    let outgoing = crate::outgoing::outgoing(&[]);
    let jwks = RemoteJwks::new(outgoing.clone());
    Clients::new(db, keys, Random::seeded(seed), outgoing, jwks)
}

fn by() -> By {
    By::operator(START)
}

fn metadata(method: TokenEndpointAuthMethod) -> ClientMetadata {
    ClientMetadata {
        client_name: Some("Shop".to_owned()),
        redirect_uris: vec!["https://shop.example/cb".to_owned()],
        token_endpoint_auth_method: method,
        ..ClientMetadata::default()
    }
}

/// The fields that were refused.
fn fields<T: std::fmt::Debug>(refused: Result<T, Error>) -> Vec<&'static str> {
    match refused {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("not refused: {other:?}"),
    }
}
