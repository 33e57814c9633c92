//! Authlib (PyPI): code + PKCE, ID token, userinfo, introspection, refresh, revocation, logout.

use super::{BASIC, POST, Place, drive};
use crate::support::database::in_every_set_up;
use crate::support::process::Driver;

// Rows D1, D3 and D4: both kinds of client, in both realms, with each way to authenticate.
in_every_set_up!(authlib_passes, async |set_up| {
    let place = Place::new(set_up).await;
    drive(Driver::Authlib, place.default.public()).await;
    drive(Driver::Authlib, place.second.confidential(BASIC)).await;
    drive(Driver::Authlib, place.default.confidential(POST)).await;
});
