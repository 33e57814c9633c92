//! One browser's request that waits for its user: to sign in, to choose an account, to consent.
//!
//! Owns: the record, its bond to the browser that began it, its single end. Sign-in reads the [`Demand`], which knows nothing of
//! OAuth; what the asking feature needs to go on is an opaque text. Does not own: cookies, pages, or what is demanded.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ephemeral::{self, Ephemeral, Key, Kind};
use crate::random::Random;
use crate::secret::{Secret, same, sha256};

/// The most interactions of one browser at a time; the oldest gives way.
const LIVE: i64 = 20;
/// An id is two digits of its place, 22 letters of randomness (128 bits) and eight of its browser.
const ID_LENGTH: usize = 32;

/// The secret of a browser's cookie: which browser it is, and never who.
#[derive(Debug, Clone)]
pub struct Browser(Secret);

/// What the asking feature wants of its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// Who asks.
    pub app: Option<App>,
    /// Whom the application thinks it has.
    pub login_hint: Option<String>,
    /// Languages for the pages, best first.
    pub ui_locales: Vec<String>,
    /// The user must have proved who they are at this instant or later.
    pub authenticated_since: Option<Timestamp>,
    /// The user is to choose among their accounts.
    pub choose_account: bool,
    /// The user wants to make an account.
    pub sign_up: bool,
    /// The path, below the realm, of where the browser goes back to.
    pub return_path: String,
}

/// The application that asks, for the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Its id: what is not known yet when it asks, such as its logo, a page looks up.
    #[serde(default)]
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// The host of its redirect URI.
    pub host: String,
    /// Its privacy policy.
    pub policy_url: Option<String>,
    /// Its terms.
    pub terms_url: Option<String>,
}

/// A request that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Interaction {
    /// Its id, in the addresses of its pages.
    pub id: String,
    /// What is wanted of the user.
    pub demand: Demand,
    /// The session that the user chose in it.
    pub chosen: Option<Uuid>,
    /// What the asking feature needs to go on.
    pub request: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What an id stands for in this browser.
#[derive(Debug, Clone)]
pub enum Found {
    /// A request that waits.
    Waiting(Box<Interaction>),
    /// One that was answered.
    Done,
    /// One that waited too long, or never was.
    Expired,
    /// One that another browser began.
    OtherBrowser,
}

#[derive(Serialize, Deserialize)]
enum Record {
    Waiting(Box<Interaction>),
    Done { id: String },
}

/// The interactions of every browser.
#[derive(Debug, Clone)]
pub struct Interactions {
    ephemeral: Ephemeral,
    random: Random,
    lifetime: Duration,
}

impl Browser {
    /// A new browser's secret.
    pub fn new(random: &Random) -> Self {
        Self(Secret::from(random.text::<32>()))
    }

    /// From the cookie; none where it is not of the right form.
    pub fn from_cookie(value: &str) -> Option<Self> {
        let letters = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        (value.len() == 43 && letters).then(|| Self(Secret::from(value)))
    }

    /// The cookie's value.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// Eight letters that tell this browser's ids from others'.
    fn mark(&self) -> String {
        URL_SAFE_NO_PAD.encode(&sha256(format!("browser {}", self.0.expose()).as_bytes())[..6])
    }
}

impl Interactions {
    /// Interactions that live for `lifetime`.
    pub const fn new(ephemeral: Ephemeral, random: Random, lifetime: Duration) -> Self {
        Self { ephemeral, random, lifetime }
    }

    /// Begins an interaction of `browser`.
    ///
    /// # Errors
    /// [`ephemeral::Error`] where the store is away.
    pub async fn begin(
        &self,
        realm: Uuid,
        browser: &Browser,
        demand: impl FnOnce(&str) -> Demand,
        request: String,
        now: Timestamp,
    ) -> ephemeral::Result<Interaction> {
        let expires_at = now + self.lifetime;
        let count = Key::new(Kind::Interaction, realm, &format!("count {}", browser.0.expose()));
        let place = self.ephemeral.home().add(&count, 1, now, expires_at).await?.rem_euclid(LIVE);
        let id = format!("{place:02}{}{}", self.random.text::<16>(), browser.mark());
        let interaction = Interaction { demand: demand(&id), id, chosen: None, request, created_at: now, expires_at };
        self.update(realm, browser, &interaction, now).await?;
        Ok(interaction)
    }

    /// What `id` stands for in this browser.
    ///
    /// # Errors
    /// [`ephemeral::Error`] where the store is away.
    pub async fn find(
        &self,
        realm: Uuid,
        browser: Option<&Browser>,
        id: &str,
        now: Timestamp,
    ) -> ephemeral::Result<Found> {
        match own_place(browser, id) {
            Err(found) => Ok(found),
            Ok((browser, place)) => Ok(told(self.ephemeral.get(&key(realm, browser, place), now).await?, id)),
        }
    }

    /// Stores what has changed in an interaction.
    ///
    /// # Errors
    /// [`ephemeral::Error`] where the store is away.
    pub async fn update(
        &self,
        realm: Uuid,
        browser: &Browser,
        interaction: &Interaction,
        now: Timestamp,
    ) -> ephemeral::Result<()> {
        let Some(place) = interaction.id.get(..2) else { return Ok(()) };
        let record = Record::Waiting(Box::new(interaction.clone()));
        self.ephemeral.put(&key(realm, browser, place), &record, now, interaction.expires_at).await
    }

    /// Ends an interaction: of any number of callers one receives it waiting, and may answer.
    ///
    /// # Errors
    /// [`ephemeral::Error`] where the store is away.
    pub async fn finish(
        &self,
        realm: Uuid,
        browser: Option<&Browser>,
        id: &str,
        now: Timestamp,
    ) -> ephemeral::Result<Found> {
        let (browser, place) = match own_place(browser, id) {
            Err(found) => return Ok(found),
            Ok(own) => own,
        };
        let key = key(realm, browser, place);
        // The place may hold a younger interaction by now, which must not be taken in its stead.
        if let found @ (Found::Done | Found::Expired) = told(self.ephemeral.get(&key, now).await?, id) {
            return Ok(found);
        }
        let found = told(self.ephemeral.take(&key, now).await?, id);
        if let Found::Waiting(interaction) = &found {
            let done = Record::Done { id: id.to_owned() };
            self.ephemeral.put(&key, &done, now, interaction.expires_at).await?;
        }
        Ok(found)
    }
}

/// The place of an id that this browser began.
fn own_place<'a>(browser: Option<&'a Browser>, id: &'a str) -> Result<(&'a Browser, &'a str), Found> {
    if id.len() != ID_LENGTH || !id.is_ascii() {
        return Err(Found::Expired);
    }
    match browser {
        Some(browser) if same(browser.mark().as_bytes(), &id.as_bytes()[ID_LENGTH - 8..]) => Ok((browser, &id[..2])),
        _ => Err(Found::OtherBrowser),
    }
}

fn told(record: Option<Record>, id: &str) -> Found {
    match record {
        Some(Record::Waiting(interaction)) if interaction.id == id => Found::Waiting(interaction),
        Some(Record::Done { id: done }) if done == id => Found::Done,
        _ => Found::Expired,
    }
}

/// The browser's secret is part of the key: no other browser finds the record, whatever id it knows.
fn key(realm: Uuid, browser: &Browser, place: &str) -> Key {
    Key::new(Kind::Interaction, realm, &format!("{place} {}", browser.0.expose()))
}
