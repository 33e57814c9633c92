//! Sends what waits in the outbox. Several receivers side by side, a few requests to each: a slow one holds up only what is meant
//! for it. Of several nodes one sends each; nothing is sent within a transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::app::Shared;
use crate::clients::{self, logo::LogoError};
use crate::outgoing::{OutgoingError, Post};
use crate::store::Result;
use crate::store::clients::Client;
use crate::store::outbox::{Kind, Waiting};
use crate::store::realms::Realm;
use crate::store::session_clients::SessionClient;
use crate::tokens;

/// How many are sent at a time.
const AT_ONCE: u32 = 64;
/// How many of them to one receiver.
const TO_ONE: u32 = 4;
/// While something is on its way, how long until it is asked who else waits.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Sends what is due, and what becomes due meanwhile, until nothing is left and all of it has ended.
///
/// # Errors
/// The database's.
pub async fn deliver(app: &Shared) -> Result<()> {
    let (mut flight, mut look) = (Flight::default(), interval(LOOK_AGAIN));
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => flight.look(app).await?,
            Some(landed) = flight.tasks.join_next() => {
                // Whoever takes one quickly is sent the next: asking who else waits costs more, the more there is.
                if let Some(receiver) = flight.land(landed) {
                    flight.send_to(app, receiver).await?;
                }
                if flight.tasks.is_empty() {
                    flight.look(app).await?;
                }
            }
        }
        if flight.tasks.is_empty() {
            return Ok(());
        }
    }
}

/// What is on its way: how much to each receiver.
#[derive(Default)]
struct Flight {
    tasks: JoinSet<Uuid>,
    receivers: HashMap<Uuid, u32>,
}

impl Flight {
    /// How many more may be sent now.
    fn room(&self) -> u32 {
        AT_ONCE.saturating_sub(u32::try_from(self.tasks.len()).unwrap_or(u32::MAX))
    }

    /// Sends to everyone to whom something is due, as far as there is room.
    async fn look(&mut self, app: &Shared) -> Result<()> {
        if self.room() == 0 {
            return Ok(());
        }
        let full: Vec<_> = self.receivers.iter().filter(|(_, count)| **count >= TO_ONE).map(|(id, _)| *id).collect();
        for receiver in app.outbox.receivers(&full, self.room(), app.clock.now()).await? {
            self.send_to(app, receiver).await?;
        }
        Ok(())
    }

    /// Claims what is due to one receiver, as far as there is room, and sends it.
    async fn send_to(&mut self, app: &Shared, receiver: Uuid) -> Result<()> {
        let on_their_way = self.receivers.get(&receiver).copied().unwrap_or_default();
        let limit = TO_ONE.saturating_sub(on_their_way).min(self.room());
        if limit == 0 {
            return Ok(());
        }
        for waiting in app.outbox.claim(receiver, limit, app.clock.now()).await? {
            *self.receivers.entry(receiver).or_default() += 1;
            self.tasks.spawn(send(app.clone(), waiting));
        }
        Ok(())
    }

    /// One has landed; says to whom it went.
    fn land(&mut self, landed: std::result::Result<Uuid, JoinError>) -> Option<Uuid> {
        let receiver = landed.inspect_err(|error| tracing::error!(%error, "what was being sent broke off")).ok()?;
        let count = self.receivers.get_mut(&receiver)?;
        *count -= 1;
        if *count == 0 {
            self.receivers.remove(&receiver);
        }
        Some(receiver)
    }
}

/// Sends one; says to whom. What fails here - not there - is tried again when its lease has ended, until its time is over.
async fn send(app: Shared, waiting: Waiting) -> Uuid {
    let (id, receiver) = (waiting.id, waiting.receiver);
    let last = (waiting.expires_at <= app.clock.now()).then(|| waiting.clone());
    let sent = match waiting.kind {
        Kind::BackchannelLogout => backchannel_logout(&app, waiting).await,
        Kind::Logo => logo(&app, waiting).await.map_err(tokens::Error::from),
    };
    let Err(error) = sent else { return receiver };
    match last {
        None => tracing::warn!(%error, %id, "what was to be sent could not be; it is tried again"),
        Some(waiting) => {
            tracing::error!(%error, %id, "what was to be sent could not be; it is given up");
            if let Err(error) = app.outbox.done(waiting).await {
                tracing::warn!(%error, %id, "what is given up could not be deleted; it is tried again");
            }
        }
    }
    receiver
}

/// Tells a client that its user's session has ended (OpenID Connect Back-Channel Logout §2.5).
async fn backchannel_logout(app: &Shared, waiting: Waiting) -> std::result::Result<(), tokens::Error> {
    let Some((realm, client, ended)) = notice(app, &waiting).await? else {
        return Ok(app.outbox.done(waiting).await?);
    };
    let token = app.tokens.logout_token(&realm, &client, &ended, app.clock.now()).await?;
    let outcome = match &client.metadata.logout.backchannel_logout_uri {
        Some(uri) => post(app, &client, uri, &token).await,
        None => Ok(()),
    };
    match outcome {
        Ok(()) => app.outbox.done(waiting).await?,
        Err(error) => undelivered(app, waiting, &client, ended.session_id, &error).await?,
    }
    Ok(())
}

/// A client has not taken the token: it is told again, unless it has understood and will not (§2.8), or there was time enough.
async fn undelivered(
    app: &Shared,
    waiting: Waiting,
    client: &Client,
    session: Uuid,
    error: &OutgoingError,
) -> Result<()> {
    let (client_id, attempts, now) = (&client.client_id, waiting.attempts, app.clock.now());
    if matches!(error, OutgoingError::Status { status: 400, .. }) {
        tracing::warn!(%error, client_id, "a client refuses a logout token");
        return app.outbox.give_up(waiting, session, "refused", now).await;
    }
    if try_again(app, &waiting, client_id, error, "a client could not be told of a logout yet").await? {
        return Ok(());
    }
    tracing::warn!(%error, client_id, attempts, "a client could not be told of a logout; it is given up");
    app.outbox.give_up(waiting, session, "no_answer", now).await
}

/// Whom to tell of what; none where realm, client or session is deleted since.
async fn notice(app: &Shared, waiting: &Waiting) -> Result<Option<(Arc<Realm>, Client, SessionClient)>> {
    let Some(realm) = app.db.realm_by_id(waiting.realm_id).await? else { return Ok(None) };
    let Some(ended) = app.db.session_client(realm.id, waiting.id).await? else { return Ok(None) };
    let Some(client) = app.db.client_by_row(realm.id, ended.client_id).await? else { return Ok(None) };
    Ok(Some((realm, client, ended)))
}

async fn post(app: &Shared, client: &Client, uri: &str, token: &str) -> std::result::Result<(), OutgoingError> {
    let url = url::Url::parse(uri).map_err(|_| OutgoingError::Url)?;
    let post = Post::form(&url, clients::on_behalf(client), &[("logout_token", token)]);
    app.outgoing.post(post).await.map(|_| ())
}

/// Fetches the logo of a client. Without one it is shown by its first letter: no event tells of it.
async fn logo(app: &Shared, waiting: Waiting) -> Result<()> {
    let Some(client) = app.db.client_by_row(waiting.realm_id, waiting.receiver).await? else {
        return app.outbox.done(waiting).await;
    };
    let (client_id, attempts) = (&client.client_id, waiting.attempts);
    let error = match app.clients.fetch_logo(&client).await {
        Ok(()) => return app.outbox.done(waiting).await,
        Err(LogoError::Store(error)) => return Err(error),
        Err(error) => error,
    };
    if let LogoError::Outgoing(error) = &error
        && !error.is_final()
        && try_again(app, &waiting, client_id, error, "a logo could not be fetched yet").await?
    {
        return Ok(());
    }
    tracing::info!(%error, client_id, attempts, "a logo could not be fetched; it is given up until the client is changed");
    app.outbox.done(waiting).await
}

/// What a client's server has not taken or given is tried again; false where its time is over. That there was no room to ask was no try.
async fn try_again(
    app: &Shared,
    waiting: &Waiting,
    client_id: &str,
    error: &OutgoingError,
    message: &str,
) -> Result<bool> {
    let (attempts, now) = (waiting.attempts, app.clock.now());
    if matches!(error, OutgoingError::Busy { .. }) && now < waiting.expires_at {
        tracing::debug!(%error, client_id, "{message}");
        app.outbox.not_yet(waiting, now).await?;
        return Ok(true);
    }
    let again = app.outbox.again(waiting, now).await?;
    if again {
        tracing::info!(%error, client_id, attempts, "{message}");
    }
    Ok(again)
}
