//! `[limits]`: rate limits.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{Period, written_as_text};

/// Rate limits, as "REQUESTS per PERIOD". Above them the answer is 429 with Retry-After.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Attempts to sign in, for each pair of address and account.
    pub sign_in: Limit,
    /// Attempts to sign in from one address, whatever the account.
    pub sign_in_address: Limit,
    /// New accounts from one address.
    pub sign_up: Limit,
    /// One-time links (invitation, first administrator) opened from one address.
    pub link: Limit,
    /// Authorization requests from one address that have to be kept until somebody signs in.
    pub authorize: Limit,
    /// Applications that register themselves from one address.
    pub registration: Limit,
    /// Failed requests to the token, introspection and revocation endpoints, by address, and by client where there is one.
    pub token_failures: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in: Limit::new(5, Period::minutes(15)),
            sign_in_address: Limit::new(100, Period::minutes(15)),
            sign_up: Limit::new(3, Period::hours(1)),
            link: Limit::new(20, Period::minutes(15)),
            authorize: Limit::new(300, Period::minutes(1)),
            registration: Limit::new(60, Period::hours(1)),
            token_failures: Limit::new(60, Period::minutes(1)),
        }
    }
}

/// So many requests in each window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many requests are let through in one window.
    pub requests: u32,
    /// The length of a window.
    pub per: Period,
}

impl Limit {
    /// `requests` in each window of length `per`.
    pub const fn new(requests: u32, per: Period) -> Self {
        Self { requests, per }
    }
}

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a limit is a number of requests and a length of time, as in \"5 per 15m\"";
        let (requests, per) = text.split_once("per").or_else(|| text.split_once('/')).ok_or(FORM)?;
        let requests = requests.trim().parse().map_err(|_| FORM)?;
        let per: Period = per.parse().map_err(|_| FORM)?;
        if requests == 0 || per.as_seconds() == 0 {
            return Err("a limit lets through at least one request, in at least one second");
        }
        Ok(Self { requests, per })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.requests, self.per)
    }
}

written_as_text!(Limit, "5 per 15m");
