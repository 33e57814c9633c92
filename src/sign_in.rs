//! Signing in: what is still due, and the steps that show it.
//!
//! Owns: [`next`], which every page and every API asks before a session opens anything; the check of a password with its limits
//! and lockout. Does not own: pages, cookies, or what is opened.

pub mod password;

use crate::interaction::Demand;
use crate::protocol::acr::{Acr, Amr};
use crate::store::sessions::{Live, Session};

/// What is due before a session opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A proof of who the user is: the present one is too old for what is demanded.
    Factor,
    /// A new password in place of a temporary one.
    UpdatePassword,
    /// Nothing.
    Done,
}

/// What is due of `live` for `demand`; outside an interaction, for anything at all.
pub fn next(live: &Live, demand: Option<&Demand>) -> Next {
    let too_old =
        demand.and_then(|demand| demand.authenticated_since).is_some_and(|since| live.session.auth_time < since);
    if too_old {
        Next::Factor
    } else if live.password_due {
        Next::UpdatePassword
    } else {
        Next::Done
    }
}

/// How strongly the session's user was authenticated, and by what (RFC 8176).
pub fn strength(session: &Session) -> (Acr, Vec<Amr>) {
    (Acr::OneFactor, session.factors.iter().map(|factor| factor.amr).collect())
}
