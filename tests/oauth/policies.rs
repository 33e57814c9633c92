//! security.md "every policy × every grant": who was shut out, or had something ended, has it ended everywhere.

mod clients;
mod users;

use tessera::clients::NewClient;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::profile::Profile;
use tessera::protocol::response_type::ResponseType;

use super::world::{Asking, World};
use crate::support::app::Answer;

/// A confidential client `rp` that may ask for every response type.
async fn register_legacy(world: &World) {
    let legacy = |new: &mut NewClient| {
        new.settings.profile = Profile::LegacyOidc;
        new.metadata.grant_types.push(GrantType::Implicit);
        new.metadata.response_types = ResponseType::ALL.to_vec();
    };
    world.register("rp", legacy).await;
}

/// A request of `rp`, without PKCE, as such applications send it.
fn asking(response_type: ResponseType) -> Asking {
    let bare = Asking::of("rp").without("code_challenge").without("code_challenge_method");
    bare.with("response_type", response_type.as_str()).with("nonce", "n-0S6")
}

/// Whether it is granted; else it is refused in just this way.
#[track_caller]
fn granted(answer: &Answer, refusal: (u16, &str)) -> bool {
    if answer.status == 200 {
        return true;
    }
    assert_eq!(answer.refusal(), (refusal.0, refusal.1.to_owned()));
    false
}
