//! The server beside the model: each step of browser and operator by the server's own endpoints.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::sample::Index;
use tessera::clients::{NewClient, NewResourceServer, NewTokenForm, Reach};
use tessera::config::{Config, Limit, Period};
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::profile::Profile;
use tessera::protocol::response_type::ResponseType;
use uuid::Uuid;

use super::history::{App, Form, Jar, Redemption, Step};
use super::model::Model;
use crate::oauth::world::{Asking, EMAIL, Place, SECRET, SIGNED_OUT, World, came, first_party, jose_header};
use crate::support::app::Answer;
use crate::support::browser::Browser;
use crate::support::database::SetUp;

/// A client that has nothing to do with any of it: it introspects, and tries what is not its own.
pub(super) const ANOTHER: &str = "another";
const EMAILS: [&str; 2] = [EMAIL, "eve@example.com"];

pub(super) struct Server {
    pub(super) world: World,
    pub(super) model: Model,
    users: [Uuid; 2],
    /// By user, then by browser.
    jars: [[Browser; 2]; 2],
    pub(super) codes: Vec<String>,
    pub(super) access_tokens: Vec<String>,
    /// Of each family, by counter.
    pub(super) refresh_tokens: Vec<Vec<String>>,
    /// What a user may log out with.
    pub(super) id_tokens: Vec<(usize, App, String)>,
    words: Vec<String>,
}

/// The parameters that came to a client.
type Parameters = BTreeMap<String, String>;

/// What is wrong, if anything is.
pub(super) type Agreed = Result<(), String>;

impl Server {
    pub(super) async fn new(set_up: SetUp) -> Self {
        let world = World::at(set_up, Place::Root, calm).await;
        world.register("own", own).await;
        world.register("rp", legacy).await;
        world.register(ANOTHER, |_| {}).await;
        for form in [Form::Shared, Form::Opaque] {
            world.register_server(form.resource().unwrap(), &["read"], |new| introspecting(new, form)).await;
        }
        let eve = world.test.user(EMAILS[1]).await;
        let jar = || [world.browser(), world.browser()];
        Self {
            users: [world.user.id, eve.id],
            jars: [jar(), jar()],
            model: Model::default(),
            codes: Vec::new(),
            access_tokens: Vec::new(),
            refresh_tokens: Vec::new(),
            id_tokens: Vec::new(),
            words: Vec::new(),
            world,
        }
    }

    /// The history so far.
    pub(super) fn words(&self) -> String {
        self.words.join("\n")
    }

    pub(super) fn say(&mut self, words: impl std::fmt::Display) {
        self.words.push(format!("{:>12} ms  {words}", self.model.now));
    }

    fn wait(&mut self, millis: u64) {
        self.model.now += millis;
        self.world.test.clock.advance(Duration::from_millis(millis));
    }

    /// Takes one step, a millisecond after the last one; the answer must be the model's.
    pub(super) async fn take(&mut self, step: &Step) -> Agreed {
        self.wait(1);
        match *step {
            Step::Authorize { jar, app, form, offline, redeem } => {
                let codes = self.codes.len();
                self.authorize(jar, app, form, offline).await?;
                if redeem && self.codes.len() > codes {
                    self.redeem(codes, Redemption::Right).await?;
                }
            }
            Step::Answer { jar, form, with_code, offline } => self.answer(jar, form, with_code, offline).await?,
            Step::Serve { form } => self.serve(form).await?,
            Step::Redeem { code, how } if !self.codes.is_empty() => {
                self.redeem(recent(self.codes.len(), code), how).await?;
            }
            Step::RevokeAccessToken { token, by_another } if !self.access_tokens.is_empty() => {
                self.revoke_access_token(token.index(self.access_tokens.len()), by_another).await?;
            }
            Step::Wait { seconds } => self.wait_and_say(seconds * 1000),
            Step::WaitForAnEnd { which, before } => {
                let ends = self.model.ends();
                if !ends.is_empty() {
                    let until = ends[which.index(ends.len())] - self.model.now;
                    self.wait_and_say(until.saturating_sub(before));
                }
            }
            _ => self.end_or_use(step).await?,
        }
        // Visits are noted at once: how long that may take is none of this test's business.
        self.world.test.app.sessions.flush_seen().await.map_err(|error| error.to_string())?;
        Ok(())
    }

    async fn end_or_use(&mut self, step: &Step) -> Agreed {
        let is_login = |index: &usize| self.model.families[*index].refreshable;
        let logins: Vec<_> = (0..self.model.families.len()).rev().filter(is_login).take(6).collect();
        match *step {
            Step::Refresh { login, how } if !logins.is_empty() => self.refresh(*login.get(&logins), how).await,
            Step::RefreshTwice { login } if !logins.is_empty() => self.refresh_twice(*login.get(&logins)).await,
            Step::RevokeRefreshToken { login, oldest, by_another } if !logins.is_empty() => {
                self.revoke_refresh_token(*login.get(&logins), oldest, by_another).await
            }
            Step::LogOut { jar, by_hint } => self.log_out(jar, by_hint).await,
            Step::SignOutEverywhere { jar } => self.sign_out_everywhere(jar).await,
            Step::TakeBack { jar, app } => self.take_back(jar, app).await,
            Step::DisableApp { app } => self.set_app(app, true).await,
            Step::EnableApp { app } => self.set_app(app, false).await,
            _ => self.operate(step).await,
        }
    }

    fn wait_and_say(&mut self, millis: u64) {
        self.wait(millis);
        self.say(format!("after {millis} ms"));
    }

    async fn operate(&mut self, step: &Step) -> Agreed {
        let (realm, by) = (self.world.realm.id, self.world.operator());
        let users = &self.world.test.app.users;
        let done = match *step {
            Step::EndAll { user } => {
                self.model.end_all(user);
                users.sign_out(realm, self.users[user], &by).await.map(drop)
            }
            Step::Disable { user } => {
                self.model.disable(user);
                users.disable(realm, self.users[user], &by).await.map(drop)
            }
            Step::Enable { user } => {
                self.model.enable(user);
                users.enable(realm, self.users[user], &by).await.map(drop)
            }
            Step::RaiseEpoch => {
                self.model.raise_epoch();
                let keys = &self.world.test.app.keys;
                keys.raise_epoch(&[realm], by.at).await.map_err(|error| error.to_string())?;
                Ok(())
            }
            _ => return Ok(()),
        };
        self.say(format!("the operator: {step:?}"));
        done.map_err(|error| error.to_string())
    }

    async fn set_app(&mut self, app: App, disabled: bool) -> Agreed {
        self.model.set_app(app, disabled);
        self.say(format!("the operator sets {app:?} disabled: {disabled}"));
        let (realm, by) = (self.world.realm.id, self.world.operator());
        let clients = &self.world.test.app.clients;
        let set = clients.set_disabled(realm, Reach::All, app.client_id(), disabled, &by).await;
        set.map(drop).map_err(|error| error.to_string())
    }
}

/// In the browser.
impl Server {
    fn jar(&self, jar: Jar) -> &Browser {
        &self.jars[jar.user][jar.browser]
    }

    /// Signs in where that is due; says whether the user is.
    async fn signed_in(&mut self, jar: Jar) -> Result<bool, String> {
        if self.model.visit(jar).is_some() {
            return Ok(true);
        }
        if !self.model.may_sign_in(jar) {
            return Ok(false);
        }
        // For the token of its form: the one of before was the old session's.
        self.jar(jar).get("/login?step=identifier-password").await;
        let answer = self.jar(jar).sign_in(EMAILS[jar.user]).await;
        if answer.header("location").is_none() {
            return Err(format!("user {} cannot sign in: {} {}", jar.user, answer.status, answer.text()));
        }
        self.model.sign_in(jar);
        self.say(format!("user {} signs in, browser {}", jar.user, jar.browser));
        Ok(true)
    }

    async fn authorize(&mut self, jar: Jar, app: App, form: Form, offline: bool) -> Agreed {
        if !self.signed_in(jar).await? {
            return Ok(());
        }
        self.say(format!(
            "user {} authorizes {app:?}, browser {}, {form:?}, offline: {offline}",
            jar.user, jar.browser
        ));
        let asking = asking(app, form, offline);
        let expected = self.model.authorize(jar, app, form, offline);
        let parameters = self.brought(jar, &asking, expected).await?;
        self.codes.extend(parameters.and_then(|came| came.get("code").cloned()));
        same("codes", self.codes.len(), self.model.codes.len())
    }

    async fn answer(&mut self, jar: Jar, form: Form, with_code: bool, offline: bool) -> Agreed {
        if !self.signed_in(jar).await? {
            return Ok(());
        }
        let response_type = if with_code { "code id_token token" } else { "id_token token" };
        let words = format!("user {} gets {response_type}, browser {}", jar.user, jar.browser);
        self.say(format!("{words}, {form:?}, offline: {offline}"));
        let asking = asking(App::Rp, form, offline).with("response_type", response_type).with("nonce", "n");
        let expected = self.model.answer(jar, form, with_code, offline);
        let Some(mut came) = self.brought(jar, &asking, expected).await? else {
            return Ok(());
        };
        self.codes.extend(came.remove("code"));
        self.hold(came.remove("access_token"), form)?;
        self.id_tokens.extend(came.remove("id_token").map(|token| (jar.user, App::Rp, token)));
        self.refresh_tokens.push(Vec::new());
        same("codes", self.codes.len(), self.model.codes.len())?;
        same("access tokens", self.access_tokens.len(), self.model.access_tokens.len())
    }

    /// Keeps an access token, which must have come in its form.
    pub(super) fn hold(&mut self, token: Option<String>, form: Form) -> Agreed {
        let token = token.ok_or("no access token")?;
        let came = form_of(&token);
        self.access_tokens.push(token);
        if came == form { Ok(()) } else { Err(format!("the access token is {came:?}, not {form:?}")) }
    }

    /// What a request brings to the client, which must be something exactly where `expected`.
    async fn brought(&self, jar: Jar, asking: &Asking, expected: bool) -> Result<Option<Parameters>, String> {
        if expected {
            return Ok(Some(self.world.allow(self.jar(jar), asking).await.parameters));
        }
        let answer = self.jar(jar).get(&asking.path()).await;
        if let Some(came) = came(&answer) { Err(format!("the client is answered: {came:?}")) } else { Ok(None) }
    }

    /// By the page, or by an ID token that an application holds of the user.
    async fn log_out(&mut self, jar: Jar, by_hint: bool) -> Agreed {
        if self.model.visit(jar).is_none() {
            return Ok(());
        }
        let mut hints = self.id_tokens.iter().filter(|(user, app, _)| *user == jar.user && self.model.is_enabled(*app));
        let hint = hints.next_back().filter(|_| by_hint).map(|(_, _, token)| token.clone());
        self.say(format!("user {} logs out, browser {}, by hint: {}", jar.user, jar.browser, hint.is_some()));
        let answer = match &hint {
            Some(hint) => {
                let path = format!("/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={SIGNED_OUT}");
                self.jar(jar).get(&path).await
            }
            None => self.page_post(jar, "/logout", &[]).await,
        };
        self.model.log_out(jar);
        moved_on(&answer)
    }

    async fn sign_out_everywhere(&mut self, jar: Jar) -> Agreed {
        if self.model.visit(jar).is_none() {
            return Ok(());
        }
        self.say(format!("user {} signs out everywhere", jar.user));
        let answer = self.page_post(jar, "/account/sessions/end-all", &[]).await;
        self.model.sign_out_everywhere(jar.user);
        moved_on(&answer)
    }

    async fn take_back(&mut self, jar: Jar, app: App) -> Agreed {
        if !self.signed_in(jar).await? {
            return Ok(());
        }
        self.say(format!("user {} takes back what {app:?} was allowed", jar.user));
        let answer = self.page_post(jar, "/account/apps/revoke", &[("client_id", app.client_id())]).await;
        self.model.take_back(jar, app);
        moved_on(&answer)
    }

    /// Sends a form of a page that was opened just now.
    async fn page_post(&self, jar: Jar, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.jar(jar).get("/account/apps").await;
        self.jar(jar).post(path, fields).await
    }
}

fn moved_on(answer: &Answer) -> Agreed {
    if answer.header("location").is_some() { Ok(()) } else { Err(format!("{} {}", answer.status, answer.text())) }
}

fn same(what: &str, here: usize, there: usize) -> Agreed {
    if here == there { Ok(()) } else { Err(format!("the server gave {here} {what}, the model {there}")) }
}

/// One of the last few of so many: what is long dead is asked about, and seldom used.
fn recent(count: usize, which: Index) -> usize {
    count - 1 - which.index(count.min(4))
}

/// A request, with consent asked for anew where offline access needs it (OpenID Connect Core §11).
fn asking(app: App, form: Form, offline: bool) -> Asking {
    let asking = Asking::of(app.client_id()).with("scope", "openid profile");
    let asking = form.resource().into_iter().fold(asking, |asking, resource| asking.with("resource", resource));
    match offline {
        true if app.asks() => asking.with("scope", "openid profile offline_access").with("prompt", "consent"),
        true => asking.with("scope", "openid profile offline_access"),
        false => asking,
    }
}

/// Nothing is limited, passwords cost nothing, and a history comes to the end of a session that is in use.
fn calm(config: &mut Config) {
    let much = Limit::new(1_000_000, Period::minutes(1));
    let limits = &mut config.limits;
    (limits.sign_in, limits.sign_in_address, limits.authorize, limits.token_failures) = (much, much, much, much);
    config.lifetimes.session_absolute = Period::hours(36);
    (config.passwords.memory_kib, config.passwords.iterations) = (8, 1);
}

fn own(new: &mut NewClient) {
    first_party(new);
    new.metadata.grant_types.push(GrantType::ClientCredentials);
}

fn legacy(new: &mut NewClient) {
    new.settings.profile = Profile::LegacyOidc;
    new.metadata.grant_types.push(GrantType::Implicit);
    new.metadata.response_types = ResponseType::ALL.to_vec();
}

/// A resource server whose tokens have this form, and may be asked about by [`ANOTHER`].
fn introspecting(new: &mut NewResourceServer, form: Form) {
    new.form = if form == Form::Opaque { NewTokenForm::Opaque } else { NewTokenForm::SharedSecret(SECRET.into()) };
    new.client_id = Some(ANOTHER.to_owned());
}

fn form_of(access_token: &str) -> Form {
    if !access_token.contains('.') {
        Form::Opaque
    } else if jose_header(&access_token.into())["alg"] == "HS256" {
        Form::Shared
    } else {
        Form::Signed
    }
}
