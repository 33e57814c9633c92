//! What runs beside the requests.

pub(crate) mod backchannel;
mod logos;
mod purge;
mod receivers;

use std::time::Duration;

use actix_web::web::Data;
use tessera::app::App;
use tessera::jobs;

use crate::support::database::{self, SetUp};
use crate::support::world::World;

/// `keys.rotate_every`: every realm's keys are replaced in their time, published before they sign.
#[tokio::test]
async fn every_realm_gets_new_keys_in_their_time() {
    database::run(SetUp::Sqlite, async |database| {
        let world = World::new(database).await;
        let (db, ephemeral) = (database.db.clone(), database.ephemeral.clone());
        let (config, keys, clock) = (world.config.clone(), world.keys.clone(), world.clock.clone());
        let app = App::assemble(config, db, ephemeral, false, keys, clock, world.random.clone()).unwrap();
        let app = Data::new(app);
        jobs::rotate_keys(&app).await.unwrap();
        assert_eq!(world.events("keys.rotated").await.len(), 2, "each realm's first encryption keys");
        jobs::rotate_keys(&app).await.unwrap();
        assert_eq!(world.events("keys.rotated").await.len(), 2, "none is old enough");
        world.clock.advance(Duration::from_hours(24 * 91));
        for _ in 0..2 {
            jobs::rotate_keys(&app).await.unwrap();
        }
        assert_eq!(world.events("keys.rotated").await.len(), 6, "for each realm, signing and encryption keys, once");
    })
    .await;
}
