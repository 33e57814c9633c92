//! `[lifetimes]` and `[tokens]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::Period;

/// How long things live. Clients and resource servers may have values of their own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Lifetimes {
    /// An authorization code; at most "60s".
    pub code: Period,
    /// A browser's unfinished request: from the application's redirect to the answer.
    pub interaction: Period,
    /// An access token.
    pub access_token: Period,
    /// An ID token.
    pub id_token: Period,
    /// A session that is not used.
    pub session_idle: Period,
    /// A session, however much it is used.
    pub session_absolute: Period,
    /// A session that is not used, where its owner chose to stay signed in.
    pub remember_idle: Period,
    /// A login's refresh tokens, when none is used.
    pub family_idle: Period,
    /// A login's refresh tokens, however much they are used.
    pub family_absolute: Period,
    /// The link of an invitation.
    pub invitation: Period,
    /// The link that makes the first administrator.
    pub administrator_link: Period,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: Period::seconds(60),
            interaction: Period::minutes(30),
            access_token: Period::minutes(15),
            id_token: Period::minutes(15),
            session_idle: Period::hours(24),
            session_absolute: Period::days(30),
            remember_idle: Period::days(7),
            family_idle: Period::days(30),
            family_absolute: Period::days(180),
            invitation: Period::days(7),
            administrator_link: Period::hours(24),
        }
    }
}

/// How tokens are renewed and checked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// How long a used refresh token still gives the same successor: a lost answer or two tabs do not end a login. "0s" ends it.
    pub refresh_retry_window: Period,
    /// How old the answer of introspection and userinfo may be; at most "5m". "0s" asks the database each time, so that a
    /// revocation counts at the next request; "1s" is several times faster. What another node revokes (a token, a login, a session,
    /// a user) or changes of a user is seen so much later; what this node does, at once; clients and APIs within a second as ever.
    pub introspection_cache: Period,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { refresh_retry_window: Period::seconds(10), introspection_cache: Period::seconds(0) }
    }
}
