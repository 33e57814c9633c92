//! The logo of a client: fetched ahead of its use and drawn anew, so that no browser of a user asks a stranger's server for it, and no
//! bytes of a stranger reach a page (security.md "Outgoing requests").

use url::Url;

use crate::outgoing::{Get, OutgoingError};
use crate::picture::{self, PictureError};
use crate::store;
use crate::store::clients::Client;

use super::{Clients, on_behalf};

/// Pixels of a side: twice what the pages show, for sharp screens.
const SIDE: u32 = 128;

/// Why there is no logo.
#[derive(Debug, thiserror::Error)]
pub enum LogoError {
    /// It cannot be fetched.
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    /// What was fetched is no picture that is taken.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The database's fault, or the process's own.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Clients {
    /// Fetches the logo of a client, if it has one; no transaction is open.
    ///
    /// # Errors
    /// [`LogoError`].
    pub async fn fetch_logo(&self, client: &Client) -> Result<(), LogoError> {
        let Some(uri) = &client.metadata.logo_uri else { return Ok(()) };
        let url = Url::parse(uri).map_err(|_| OutgoingError::Url)?;
        let (accept, max_bytes) = (picture::MEDIA_TYPES, picture::MAX_BYTES);
        let get = Get { url: &url, on_behalf: on_behalf(client), accept, max_bytes };
        let fetched = self.outgoing.get(&get).await?.body;
        let drawn = tokio::task::spawn_blocking(move || picture::redrawn(&fetched, SIDE)).await;
        // A task that broke off has met a picture which the library cannot take.
        let png = drawn.map_err(|_| PictureError::Broken)??;
        self.db.keep_logo(client.id, uri, png).await?;
        Ok(())
    }
}
