//! The logos of clients: which are to be fetched, and those that were.

use std::time::Duration;

use entity::client_logo;
use uuid::Uuid;

use crate::secret::sha256;

use super::clients::Client;
use super::epochs::Cached;
use super::outbox::Kind;
use super::statement::Run as _;
use super::{Db, Result, Tx};

/// A logo that cannot be had for so long is given up, until the client is changed.
const FETCHED_FOR: Duration = Duration::from_hours(24);

impl Db {
    /// The logo of the client in this row, a PNG, if this is the SHA-256 of it.
    ///
    /// # Errors
    /// The database's.
    pub async fn logo(&self, client: Uuid, hash: [u8; 32]) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT client_logos.* FROM client_logos JOIN clients ON clients.id = client_logos.client_id \
                   WHERE clients.id = $1 AND clients.logo_hash = $2";
        let logo: Option<client_logo::Model> = self.one(sql, [client.into(), hash.to_vec().into()]).await?;
        Ok(logo.map(|logo| logo.png))
    }

    /// Keeps the logo that was fetched from `uri`, a PNG, unless the client has another address of it by now; says whether it is kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_logo(&self, client: Uuid, uri: &str, png: Vec<u8>) -> Result<bool> {
        let (uri, hash) = (uri.to_owned(), sha256(&png).to_vec());
        let kept = self.write(async move |tx| {
            tx.changed(Cached::Clients).await?;
            let sql = "UPDATE clients SET logo_hash = $1 WHERE id = $2 AND metadata ->> 'logo_uri' = $3";
            if tx.change(sql, [hash.clone().into(), client.into(), uri.clone().into()]).await? == 0 {
                return Ok(false);
            }
            let sql = "INSERT INTO client_logos (client_id, png) VALUES ($1, $2) \
                       ON CONFLICT (client_id) DO UPDATE SET png = excluded.png";
            tx.change(sql, [client.into(), png.clone().into()]).await?;
            Ok(true)
        });
        kept.await
    }
}

impl Tx {
    /// Asks for the logo of a client that has an address of one and no picture, with the statement that stores the client.
    pub(super) async fn want_logo(&self, client: &Client) -> Result<()> {
        if client.logo.is_some() || client.metadata.logo_uri.is_none() {
            return Ok(());
        }
        let now = client.updated_at;
        // Asked for again while somebody fetches it from the address of before, it is due anew.
        self.change(
            "INSERT INTO outbox (id, realm_id, kind, receiver, payload, attempts, next_at, expires_at, created_at) \
             VALUES ($1, $2, $3, $1, NULL, 0, $4, $5, $4) \
             ON CONFLICT (id) DO UPDATE SET attempts = 0, next_at = excluded.next_at, expires_at = excluded.expires_at",
            [
                client.id.into(),
                client.realm_id.into(),
                Kind::Logo.as_str().into(),
                now.millis().into(),
                (now + FETCHED_FOR).millis().into(),
            ],
        )
        .await?;
        self.sends.set(true);
        Ok(())
    }

    /// Lets go of the picture of a client whose logo has another address, or none.
    pub(super) async fn drop_logo(&self, client: &Client) -> Result<()> {
        self.change("DELETE FROM client_logos WHERE client_id = $1", [client.id.into()]).await?;
        Ok(())
    }
}
