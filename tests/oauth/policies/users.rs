//! What is held of a user, and what becomes of it.

use serde_json::Value;
use tessera::protocol::response_type::ResponseType;
use tessera::secret::Secret;
use tessera::store::epochs::Cached;
use tessera::store::users::User;
use tessera::users::NewPassword;

use super::{asking, granted, register_legacy};
use crate::oauth::world::{Asking, REDIRECT_URI, World, came, decide};
use crate::support::browser::Browser;
use crate::support::database::in_every_set_up;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// None: the requests themselves are sound.
    Nothing,
    Disabled,
    DisabledAndEnabledAgain,
    SignedOutEverywhere,
    PasswordReset,
    PasswordMadeTemporary,
    ConsentTakenBack,
    LoggedOut,
    /// For every user of the realm.
    Epoch,
}

/// What something is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Session,
    /// offline_access.
    Grant,
}

/// The one that is for all comes last.
const ENDINGS: [Ending; 9] = [
    Ending::Nothing,
    Ending::Disabled,
    Ending::DisabledAndEnabledAgain,
    Ending::SignedOutEverywhere,
    Ending::PasswordReset,
    Ending::PasswordMadeTemporary,
    Ending::ConsentTakenBack,
    Ending::LoggedOut,
    Ending::Epoch,
];

impl Ending {
    async fn happens(self, world: &World, user: &User, browser: &Browser) {
        let (users, realm, by) = (&world.test.app.users, world.realm.id, world.operator());
        let new = NewPassword { password: Secret::from("a new one that nobody knows"), temporary: true };
        match self {
            Self::Nothing => {}
            Self::Disabled => drop(users.disable(realm, user.id, &by).await.unwrap()),
            Self::DisabledAndEnabledAgain => {
                users.disable(realm, user.id, &by).await.unwrap();
                users.enable(realm, user.id, &by).await.unwrap();
            }
            Self::SignedOutEverywhere => assert_eq!(users.sign_out(realm, user.id, &by).await.unwrap(), 1),
            Self::PasswordReset => users.set_password(realm, user.id, new, true, &by).await.unwrap(),
            Self::PasswordMadeTemporary => users.set_password(realm, user.id, new, false, &by).await.unwrap(),
            Self::ConsentTakenBack => {
                for client_id in ["web", "rp"] {
                    browser.post("/account/apps/revoke", &[("client_id", client_id)]).await;
                }
            }
            Self::LoggedOut => drop(browser.post("/logout", &[]).await),
            Self::Epoch => {
                world.test.app.keys.raise_epoch(&[realm], by.at).await.unwrap();
                world.test.app.db.forget(Cached::Realms);
            }
        }
    }

    const fn spares(self, bound: Bound) -> bool {
        match self {
            Self::Nothing | Self::PasswordMadeTemporary => true,
            Self::PasswordReset | Self::LoggedOut => matches!(bound, Bound::Grant),
            Self::Disabled
            | Self::DisabledAndEnabledAgain
            | Self::SignedOutEverywhere
            | Self::ConsentTakenBack
            | Self::Epoch => false,
        }
    }

    /// What is told to a request that may ask nobody (OpenID Connect Core §3.1.2.6).
    const fn told_silently(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::PasswordMadeTemporary => "interaction_required",
            Self::ConsentTakenBack => "consent_required",
            _ => "login_required",
        }
    }

    /// The page that the user who answers a consent is led to.
    const fn leads_to(self) -> &'static str {
        match self {
            Self::PasswordMadeTemporary => "update-password",
            _ => "identifier-password",
        }
    }
}

/// A code that was not redeemed yet, and tokens of each way.
struct Held {
    code: String,
    hybrid_code: String,
    front_channel: String,
    of_session: Value,
    offline: Value,
}

impl Held {
    async fn by(world: &World, browser: &Browser) -> Self {
        let code = async |scope: &str| world.allow(browser, &Asking::of("web").with("scope", scope)).await.code();
        let offline = code("openid offline_access").await;
        let of_session = code("openid").await;
        let hybrid = world.allow(browser, &asking(ResponseType::CodeIdTokenToken)).await;
        Self {
            offline: world.redeem("web", &offline).await.json(),
            of_session: world.redeem("web", &of_session).await.json(),
            code: code("openid").await,
            hybrid_code: hybrid.code(),
            front_channel: hybrid.parameters["access_token"].clone(),
        }
    }

    /// What of it is still good for something.
    async fn uses(&self, world: &World) -> Vec<(Bound, &'static str, bool)> {
        let dead = (400, "invalid_grant");
        let mut uses = vec![(Bound::Session, "code", granted(&world.redeem("web", &self.code).await, dead))];
        let form = [("grant_type", "authorization_code"), ("code", &self.hybrid_code), ("redirect_uri", REDIRECT_URI)];
        uses.push((Bound::Session, "hybrid code", granted(&world.token("rp", &form).await, dead)));
        let access = self.front_channel.as_str();
        uses.push((Bound::Session, "front-channel token at userinfo", at_userinfo(world, access).await));
        uses.push((Bound::Session, "front-channel token introspected", is_active(world, "rp", access).await));
        for (bound, tokens) in [(Bound::Session, &self.of_session), (Bound::Grant, &self.offline)] {
            let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap());
            uses.push((bound, "access token at userinfo", at_userinfo(world, access).await));
            uses.push((bound, "access token introspected", is_active(world, "web", access).await));
            uses.push((bound, "refresh token introspected", is_active(world, "web", refresh).await));
            uses.push((bound, "refresh token", granted(&world.refresh("web", refresh).await, dead)));
        }
        uses
    }
}

async fn at_userinfo(world: &World, access_token: &str) -> bool {
    granted(&world.userinfo(access_token).await, (401, "invalid_token"))
}

async fn is_active(world: &World, client_id: &str, token: &str) -> bool {
    world.introspect(client_id, token).await["active"].as_bool().unwrap()
}

/// A user of their own for each ending, and the browser in which they are signed in.
async fn signed_in(world: &World, ending: Ending) -> (User, Browser) {
    let email = format!("{}@example.com", format!("{ending:?}").to_lowercase());
    let (user, browser) = (world.test.user_of(&world.realm, &email, |_| {}).await, world.browser());
    assert!(browser.sign_in(&email).await.location().ends_with("/account"));
    (user, browser)
}

in_every_set_up!(what_ends_for_a_user_ends_at_every_endpoint_and_for_every_grant, async |set_up| {
    let world = World::on(set_up).await;
    register_legacy(&world).await;
    for ending in ENDINGS {
        let (user, browser) = signed_in(&world, ending).await;
        let held = Held::by(&world, &browser).await;
        // A verdict that was remembered a moment ago is none.
        assert!(at_userinfo(&world, &held.front_channel).await && is_active(&world, "rp", &held.front_channel).await);
        world.advance(1);
        ending.happens(&world, &user, &browser).await;
        for (bound, what, lives) in held.uses(&world).await {
            assert_eq!(lives, ending.spares(bound), "{ending:?}: {what}, bound to {bound:?}");
        }
        for response_type in ResponseType::ALL.iter().copied() {
            let silent = browser.get(&asking(response_type).with("prompt", "none").path()).await;
            let told = came(&silent).unwrap_or_else(|| panic!("{ending:?} {response_type}: {}", silent.text()));
            assert_eq!(told.error(), ending.told_silently(), "{ending:?} {response_type}");
        }
    }
});

in_every_set_up!(who_was_shut_out_at_the_consent_page_sends_nothing_to_the_client, async |set_up| {
    let world = World::on(set_up).await;
    register_legacy(&world).await;
    // A consent that was taken back is given again here: nothing else has ended.
    for ending in ENDINGS.into_iter().filter(|ending| !matches!(ending, Ending::Nothing | Ending::ConsentTakenBack)) {
        let (user, browser) = signed_in(&world, ending).await;
        let mut waiting = Vec::new();
        for response_type in ResponseType::ALL.iter().copied() {
            let page = browser.follow(browser.get(&asking(response_type).path()).await).await;
            assert_eq!(page.step(), Some("consent"), "{}", page.text());
            waiting.push((response_type, page.value("interaction").unwrap()));
        }
        world.advance(1);
        ending.happens(&world, &user, &browser).await;
        for (response_type, interaction) in waiting {
            let page = browser.follow(decide(&browser, &interaction, "allow").await).await;
            assert_eq!(page.step(), Some(ending.leads_to()), "{ending:?} {response_type}: {}", page.text());
        }
    }
});
