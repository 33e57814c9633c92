//! Families: all tokens that came of one authorization. One row a login, none a refresh.

use entity::family;
use sea_orm::{DbBackend, EntityTrait as _, FromQueryResult, Value};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::protocol::Scope;
use crate::protocol::acr::{Acr, Amr};
use crate::protocol::claims_request::RequestedClaims;

use super::ended::token_id;
use super::events::{self, Event};
use super::statement::Run as _;
use super::{Db, Error, Result, Tx, tally};

/// A family.
#[derive(Debug, Clone)]
pub struct Family {
    /// The row's id, which its access tokens carry.
    pub id: Uuid,
    /// The realm.
    pub realm_id: Uuid,
    /// The client's row.
    pub client_id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// The session that it ends with; none for offline_access.
    pub session_id: Option<Uuid>,
    /// What was granted.
    pub scope: Scope,
    /// The resource servers, by identifier.
    pub resources: Vec<String>,
    /// The claims that were asked for by name.
    pub claims: RequestedClaims,
    /// The subject as issued.
    pub sub: String,
    /// When the user signed in.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: Acr,
    /// By what.
    pub amr: Vec<Amr>,
    /// The session id that its ID tokens carry.
    pub sid: Option<String>,
    /// SHA-256 of the kind and text of what it was redeemed for: unique.
    pub origin_hash: [u8; 32],
    /// SHA-256 of redirect URI and code challenge: what a replay must know to end the family.
    pub origin_proof: [u8; 32],
    /// Its refresh token; none where none was issued.
    pub refresh: Option<Refresh>,
    /// How often the refresh token was rotated.
    pub counter: u32,
    /// When it was last rotated.
    pub rotated_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it ends if it is not refreshed.
    pub idle_expires_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
}

/// What the database knows of a family's refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refresh {
    /// The number of the key that it is tagged with.
    pub key: u32,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
}

/// Whether a family could begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It has begun.
    Created,
    /// What it was to be redeemed for has been redeemed already.
    AlreadyRedeemed,
    /// The user, the client, the session or the grant is gone since.
    Refused,
}

/// What a family is begun on: it must still hold when the code is redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// When the user authorized it: what ended everything older since has ended it too.
    pub authorized_at: Timestamp,
    /// The grant that it rests on; none where the client needs none.
    pub grant_id: Option<Uuid>,
    /// The session in which that was.
    pub session_id: Uuid,
}

/// A refresh token as presented, its tag checked already.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    /// The realm.
    pub realm_id: Uuid,
    /// The family that it names.
    pub family_id: Uuid,
    /// The authenticated client's row.
    pub client_id: Uuid,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// Its counter.
    pub counter: u32,
    /// Nothing issued before this instant is alive: the later one of client and realm.
    pub not_before: Timestamp,
    /// When.
    pub now: Timestamp,
}

/// Whether a family's tokens are alive. `$1` is now, `$2` the later `not_before` of client and realm.
const ALIVE: &str = "families.revoked_at IS NULL AND families.expires_at > $1 AND families.created_at > $2 \
    AND EXISTS (SELECT 1 FROM users WHERE users.id = families.user_id AND users.status = 'active' \
    AND users.deleted_at IS NULL AND users.not_before < families.created_at) \
    AND (families.session_id IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE sessions.id = families.session_id \
    AND sessions.ended_at IS NULL AND sessions.idle_expires_at > $1 AND sessions.expires_at > $1))";

/// What a family is begun on is asked of the rows themselves, not of what this process remembers of them. The session in which it was
/// authorized must be alive, for offline access too: whoever ends everything of a user or a realm ends it. Who does that, or takes the grant
/// back, waits for this row on PostgreSQL or is waited for (`{share}`), so that they find it or it finds them.
const INSERT: &str = "INSERT INTO families (id, realm_id, client_id, user_id, session_id, scope, resources, sub, auth_time, \
    acr, amr, sid, origin_hash, origin_proof, refresh_key, secret_hash, counter, rotated_at, revoked_at, idle_expires_at, \
    expires_at, created_at, claims) \
    SELECT $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39 \
    WHERE EXISTS (SELECT 1 FROM users WHERE users.id = $20 AND users.status = 'active' AND users.deleted_at IS NULL \
    AND users.not_before < $40) AND EXISTS (SELECT 1 FROM clients WHERE clients.id = $19 AND NOT clients.disabled \
    AND clients.not_before < $40) AND EXISTS (SELECT 1 FROM sessions WHERE sessions.id = $42 AND sessions.ended_at IS NULL \
    AND sessions.idle_expires_at > $38 AND sessions.expires_at > $38 {share}) \
    AND ($41 IS NULL OR EXISTS (SELECT 1 FROM grants WHERE grants.id = $41 AND grants.user_id = $20 {share}))";

impl Db {
    /// Begins a family and records `event`, if what it is redeemed for was not redeemed before.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_family(&self, family: Family, basis: Basis, event: Event) -> Result<Creation> {
        let origin = family.origin_hash;
        let created = match self.backend() {
            DbBackend::Postgres => self.create_in_one_statement(&family, basis, &event).await?,
            _ => self.write(async move |tx| tx.create_family(&family, basis, &event).await).await?,
        };
        match created {
            true => Ok(Creation::Created),
            false if self.family_of_origin(origin).await?.is_some() => Ok(Creation::AlreadyRedeemed),
            false => Ok(Creation::Refused),
        }
    }

    /// PostgreSQL: family and event in one round trip, without a transaction around it.
    async fn create_in_one_statement(&self, family: &Family, basis: Basis, event: &Event) -> Result<bool> {
        let sql = format!(
            "WITH family AS ({} ON CONFLICT (origin_hash) DO NOTHING RETURNING id) \
             INSERT INTO events ({}) SELECT $1::uuid, $2::uuid, $3::bigint, $4::text, $5::bigint, $6::text, $7::uuid, \
             $8::uuid, $9::uuid, $10::uuid, $11::text, $12::text, $13::text, $14::text, $15::text, $16::jsonb \
             FROM family RETURNING id",
            typed(INSERT),
            events::COLUMNS
        );
        let mut values = event.values();
        values.extend(written(family)?);
        values.extend(basis.values());
        let created = self.write_one(sql, values).await?.is_some();
        if created {
            self.0.tally.count(tally::of(event));
        }
        Ok(created)
    }

    /// The next refresh token's counter is recorded, in one statement, if the one presented is alive and not behind. A token ahead of
    /// the row is accepted: the database has lost a commit, as in a failover.
    ///
    /// # Errors
    /// The database's.
    pub async fn rotate(&self, presented: Presented, idle_expires_at: Timestamp) -> Result<Option<Family>> {
        let sql = format!(
            "UPDATE families SET counter = $7 + 1, rotated_at = $1, idle_expires_at = $8 \
             WHERE id = $3 AND realm_id = $4 AND client_id = $5 AND secret_hash = $6 AND counter <= $7 \
             AND idle_expires_at > $1 AND {ALIVE} RETURNING *"
        );
        let mut values = presented.values();
        values.push(i64::from(presented.counter).into());
        values.push(idle_expires_at.millis().into());
        let row = self.write_one(sql, values).await?;
        row.map(|row| read(family::Model::from_query_result(&row, "")?)).transpose()
    }

    /// Undoes the family's last rotation, of which nobody has the successor. There is no token before the last one then.
    ///
    /// # Errors
    /// The database's.
    pub async fn go_back(&self, rotated: &Family) -> Result<()> {
        let sql = "UPDATE families SET counter = counter - 1, rotated_at = created_at WHERE id = $1 AND realm_id = $2 \
                   AND counter = $3 AND revoked_at IS NULL RETURNING id";
        let values = vec![rotated.id.into(), rotated.realm_id.into(), i64::from(rotated.counter).into()];
        self.write_one(sql.to_owned(), values).await?;
        Ok(())
    }

    /// The family of a refresh token that does not rotate, if it is alive: a read.
    ///
    /// # Errors
    /// The database's.
    pub async fn refreshable(&self, presented: Presented) -> Result<Option<Family>> {
        let row: Option<family::Model> = self
            .one(
                &format!(
                    "SELECT * FROM families WHERE id = $3 AND realm_id = $4 AND client_id = $5 AND secret_hash = $6 \
                     AND idle_expires_at > $1 AND {ALIVE}"
                ),
                presented.values(),
            )
            .await?;
        row.map(read).transpose()
    }

    /// Moves on when a family ends that is not refreshed, for one whose refresh token does not rotate.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_family(&self, realm: Uuid, id: Uuid, idle_expires_at: Timestamp) -> Result<()> {
        let sql = "UPDATE families SET idle_expires_at = $1 WHERE id = $2 AND realm_id = $3 AND idle_expires_at < $1 \
                   AND revoked_at IS NULL RETURNING id";
        self.write_one(sql.to_owned(), vec![idle_expires_at.millis().into(), id.into(), realm.into()]).await?;
        Ok(())
    }

    /// The family, if its tokens are alive, and the access token with this hashed `jti` was not revoked: introspection's one read.
    ///
    /// # Errors
    /// The database's.
    pub async fn live_family(
        &self,
        realm: Uuid,
        id: Uuid,
        jti_hash: [u8; 32],
        not_before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Family>> {
        let row: Option<family::Model> = self
            .one(
                &format!(
                    "SELECT * FROM families WHERE id = $3 AND realm_id = $4 AND {ALIVE} \
                     AND NOT EXISTS (SELECT 1 FROM revoked_tokens WHERE jti_hash = $5)"
                ),
                [now.millis().into(), not_before.millis().into(), id.into(), realm.into(), jti_hash.to_vec().into()],
            )
            .await?;
        row.map(read).transpose()
    }

    /// Whether the access token with this hashed `jti`, which belongs to no family, was revoked.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_revoked(&self, jti_hash: [u8; 32]) -> Result<bool> {
        self.any("SELECT 1 FROM revoked_tokens WHERE jti_hash = $1", [jti_hash.to_vec().into()]).await
    }

    /// A family, dead or alive.
    ///
    /// # Errors
    /// The database's.
    pub async fn family(&self, realm: Uuid, id: Uuid) -> Result<Option<Family>> {
        let row = family::Entity::find_by_id(id).one(self.reader()).await?;
        row.filter(|row| row.realm_id == realm).map(read).transpose()
    }

    /// The families of a user that may still be refreshed, the newest first: what acts for the user at `now`.
    ///
    /// # Errors
    /// The database's.
    pub async fn families_of(&self, realm: Uuid, user: Uuid, now: Timestamp) -> Result<Vec<Family>> {
        let rows: Vec<family::Model> = self
            .all(
                "SELECT * FROM families WHERE realm_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3 \
                 AND idle_expires_at > $3 ORDER BY created_at DESC",
                [realm.into(), user.into(), now.millis().into()],
            )
            .await?;
        rows.into_iter().map(read).collect()
    }

    /// The family that was redeemed for this, dead or alive.
    ///
    /// # Errors
    /// The database's.
    pub async fn family_of_origin(&self, origin_hash: [u8; 32]) -> Result<Option<Family>> {
        let row: Option<family::Model> =
            self.one("SELECT * FROM families WHERE origin_hash = $1", [origin_hash.to_vec().into()]).await?;
        row.map(read).transpose()
    }
}

impl Tx {
    /// SQLite: two statements in one hop to its thread, the second only where the first made a row.
    async fn create_family(&self, family: &Family, basis: Basis, event: &Event) -> Result<bool> {
        let insert = INSERT.replace("{share}", "");
        let sql = format!(
            "{insert} ON CONFLICT (origin_hash) DO NOTHING; INSERT INTO events ({}) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 WHERE changes() > 0",
            events::COLUMNS
        );
        let mut values = event.values();
        values.extend(written(family)?);
        values.extend(basis.values());
        let created = self.change(&sql, values).await? > 0;
        if created {
            self.count(event);
        }
        Ok(created)
    }

    /// Ends a family; says whether it was alive.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_family(&self, realm: Uuid, id: Uuid, now: Timestamp) -> Result<bool> {
        self.ends(id);
        let revoked = self
            .change(
                "UPDATE families SET revoked_at = $1 WHERE id = $2 AND realm_id = $3 AND revoked_at IS NULL",
                [now.millis().into(), id.into(), realm.into()],
            )
            .await?;
        Ok(revoked == 1)
    }

    /// Ends every family of a user that is alive, whatever it rests on.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn revoke_families_of(&self, realm: Uuid, user: Uuid, now: Timestamp) -> Result<()> {
        self.change(
            "UPDATE families SET revoked_at = $1 WHERE user_id = $2 AND realm_id = $3 AND revoked_at IS NULL",
            [now.millis().into(), user.into(), realm.into()],
        )
        .await?;
        Ok(())
    }

    /// Revokes one access token until it would have ended by itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_token(&self, realm: Uuid, jti_hash: [u8; 32], expires_at: Timestamp) -> Result<()> {
        self.ends(token_id(&jti_hash));
        self.change(
            "INSERT INTO revoked_tokens (jti_hash, realm_id, expires_at) VALUES ($1, $2, $3) ON CONFLICT (jti_hash) DO NOTHING",
            [jti_hash.to_vec().into(), realm.into(), expires_at.millis().into()],
        )
        .await?;
        Ok(())
    }
}

impl Basis {
    fn values(self) -> [Value; 3] {
        [self.authorized_at.millis().into(), self.grant_id.into(), self.session_id.into()]
    }
}

impl Presented {
    fn values(&self) -> Vec<Value> {
        vec![
            self.now.millis().into(),
            self.not_before.millis().into(),
            self.family_id.into(),
            self.realm_id.into(),
            self.client_id.into(),
            self.secret_hash.to_vec().into(),
        ]
    }
}

/// PostgreSQL cannot know the types of a SELECT's bare parameters, and has no single writer.
fn typed(insert: &str) -> String {
    const TYPES: [(&str, &str); 7] = [
        ("uuid", "$17 $18 $19 $20 $21 $41 $42"),
        ("text", "$22"),
        ("jsonb", "$23"),
        ("text", "$24 $26 $28"),
        ("bigint", "$25 $31 $33 $34 $35 $36 $37 $38 $40"),
        ("jsonb", "$27 $39"),
        ("bytea", "$29 $30 $32"),
    ];
    let mut sql = insert.replace("{share}", "FOR SHARE");
    for (name, places) in TYPES {
        for place in places.split(' ') {
            sql = sql.replace(place, &format!("{place}::{name}"));
        }
    }
    sql
}

/// The columns, in the order of `INSERT`.
fn written(family: &Family) -> Result<Vec<Value>> {
    let json = |value| serde_json::to_value(value).map_err(|error| Error::unreadable("families", error));
    let claims = (!family.claims.is_empty()).then(|| serde_json::to_value(&family.claims)).transpose();
    let claims = claims.map_err(|error| Error::unreadable("families", error))?;
    let amr = serde_json::to_value(&family.amr).map_err(|error| Error::unreadable("families", error))?;
    Ok(vec![
        family.id.into(),
        family.realm_id.into(),
        family.client_id.into(),
        family.user_id.into(),
        family.session_id.into(),
        family.scope.as_str().into(),
        json(&family.resources)?.into(),
        family.sub.clone().into(),
        family.auth_time.millis().into(),
        family.acr.as_str().into(),
        amr.into(),
        family.sid.clone().into(),
        family.origin_hash.to_vec().into(),
        family.origin_proof.to_vec().into(),
        family.refresh.map(|refresh| i64::from(refresh.key)).into(),
        family.refresh.map(|refresh| refresh.secret_hash.to_vec()).into(),
        i64::from(family.counter).into(),
        family.rotated_at.millis().into(),
        family.revoked_at.map(Timestamp::millis).into(),
        family.idle_expires_at.millis().into(),
        family.expires_at.millis().into(),
        family.created_at.millis().into(),
        claims.into(),
    ])
}

fn read(row: family::Model) -> Result<Family> {
    let unreadable = |what: &str| Error::unreadable("families", what);
    let hash = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).map_err(|_| unreadable("a hash of another length"));
    let refresh = match (row.refresh_key, row.secret_hash) {
        (Some(key), Some(secret_hash)) => Some(Refresh {
            key: u32::try_from(key).map_err(|_| unreadable("no key number"))?,
            secret_hash: hash(secret_hash)?,
        }),
        _ => None,
    };
    Ok(Family {
        id: row.id,
        realm_id: row.realm_id,
        client_id: row.client_id,
        user_id: row.user_id,
        session_id: row.session_id,
        scope: row.scope.parse().map_err(|_| unreadable("not a scope"))?,
        resources: serde_json::from_value(row.resources).map_err(|error| unreadable(&error.to_string()))?,
        claims: row
            .claims
            .map_or_else(|| Ok(RequestedClaims::default()), serde_json::from_value)
            .map_err(|error| unreadable(&error.to_string()))?,
        sub: row.sub,
        auth_time: Timestamp::from_millis(row.auth_time),
        acr: row.acr.parse().map_err(|_| unreadable("not an acr"))?,
        amr: serde_json::from_value(row.amr).map_err(|error| unreadable(&error.to_string()))?,
        sid: row.sid,
        origin_hash: hash(row.origin_hash)?,
        origin_proof: hash(row.origin_proof)?,
        refresh,
        counter: u32::try_from(row.counter).map_err(|_| unreadable("no counter"))?,
        rotated_at: Timestamp::from_millis(row.rotated_at),
        revoked_at: row.revoked_at.map(Timestamp::from_millis),
        idle_expires_at: Timestamp::from_millis(row.idle_expires_at),
        expires_at: Timestamp::from_millis(row.expires_at),
        created_at: Timestamp::from_millis(row.created_at),
    })
}
