//! What programs do: redeem, refresh, revoke, and ask what a token is worth.

use actix_web::http::header;
use actix_web::test::TestRequest;
use futures_util::future::join;

use super::history::{App, Form, Redemption, Refreshing};
use super::model::Outcome;
use super::server::{ANOTHER, Agreed, Server};
use crate::oauth::world::{SECRET, basic, redemption};
use crate::support::app::Answer;

impl Server {
    /// A request of `app`, or of another client.
    async fn ask(&self, app: App, by_another: bool, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = match app {
            App::Spa if !by_another => {
                let form: Vec<_> = form.iter().copied().chain([("client_id", "spa")]).collect();
                TestRequest::post().set_form(form)
            }
            _ => {
                let client_id = if by_another { ANOTHER } else { app.client_id() };
                TestRequest::post().insert_header((header::AUTHORIZATION, basic(client_id, SECRET))).set_form(form)
            }
        };
        self.world.machine(request, path).await
    }

    pub(super) async fn redeem(&mut self, index: usize, how: Redemption) -> Agreed {
        let app = self.model.codes[index].app;
        self.say(format!("{app:?} redeems code {index}: {how:?}"));
        let mut form = redemption(&self.codes[index]);
        if how == Redemption::WithoutProof {
            form[3].1 = "a-verifier-that-is-another-one-0123456789-abcdef";
        }
        let answer = self.ask(app, how == Redemption::ByAnother, "/oauth2/token", &form).await;
        let expected = self.model.redeem(index, how);
        agree(&answer, expected)?;
        if expected.is_ok() {
            self.refresh_tokens.push(Vec::new());
            self.received(self.refresh_tokens.len() - 1, &answer)?;
        }
        Ok(())
    }

    pub(super) async fn refresh(&mut self, index: usize, how: Refreshing) -> Agreed {
        let (app, tokens) = (self.model.families[index].app, &self.refresh_tokens[index]);
        let counter = tokens.len().saturating_sub(1 + how.behind);
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", &tokens[counter])];
        if how.narrowed {
            form.push(("scope", "profile"));
        }
        let answer = self.ask(app, how.by_another, "/oauth2/token", &form).await;
        self.say(format!("{app:?} refreshes login {index} with token {counter}: {how:?}"));
        let expected = self.model.refresh(index, how);
        agree(&answer, expected)?;
        if expected.is_ok() { self.received(index, &answer) } else { Ok(()) }
    }

    pub(super) async fn refresh_twice(&mut self, index: usize) -> Agreed {
        let app = self.model.families[index].app;
        let token = self.refresh_tokens[index].last().ok_or("a login without a refresh token")?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let at_once = || self.ask(app, false, "/oauth2/token", &form);
        let answers = join(at_once(), at_once()).await;
        self.say(format!("{app:?} refreshes login {index} twice at once"));
        for (answer, behind) in [(answers.0, 0), (answers.1, 1)] {
            let expected = self.model.refresh(index, Refreshing { behind, narrowed: false, by_another: false });
            agree(&answer, expected)?;
            if expected.is_ok() {
                self.received(index, &answer)?;
            }
        }
        Ok(())
    }

    pub(super) async fn serve(&mut self, form: Form) -> Agreed {
        self.say(format!("{:?} gets an access token of its own, {form:?}", App::Own));
        let grant = [("grant_type", "client_credentials")];
        let request: Vec<_> = grant.into_iter().chain(form.resource().map(|resource| ("resource", resource))).collect();
        let answer = self.ask(App::Own, false, "/oauth2/token", &request).await;
        let expected = self.model.serve();
        agree(&answer, expected)?;
        if expected.is_ok() { self.hold(text(&answer, "access_token"), form) } else { Ok(()) }
    }

    /// Tokens that came for a login: the refresh token is the newest one of the model, and never another for the same counter.
    fn received(&mut self, index: usize, answer: &Answer) -> Agreed {
        self.hold(text(answer, "access_token"), self.model.families[index].form)?;
        let family = &self.model.families[index];
        let refresh_token = text(answer, "refresh_token").ok_or("no refresh token")?;
        self.id_tokens.extend(text(answer, "id_token").map(|token| (family.user, family.app, token)));
        let known = &mut self.refresh_tokens[index];
        if known.len() == family.counter && !known.contains(&refresh_token) {
            known.push(refresh_token);
        } else if known.len() != family.counter + 1 || known.last() != Some(&refresh_token) {
            return Err("the refresh token is not the one that follows".to_owned());
        }
        Ok(())
    }

    pub(super) async fn revoke_access_token(&mut self, index: usize, by_another: bool) -> Agreed {
        let app = self.model.access_tokens[index].app;
        self.say(format!("access token {index} of {app:?} is revoked, by another: {by_another}"));
        let answer = self.ask(app, by_another, "/oauth2/revoke", &[("token", &self.access_tokens[index])]).await;
        agree(&answer, self.model.revoke_access_token(index, by_another))
    }

    pub(super) async fn revoke_refresh_token(&mut self, index: usize, oldest: bool, by_another: bool) -> Agreed {
        let app = self.model.families[index].app;
        self.say(format!("login {index} of {app:?} is revoked, oldest: {oldest}, by another: {by_another}"));
        let tokens = &self.refresh_tokens[index];
        let token = if oldest { tokens.first() } else { tokens.last() }.ok_or("a login without a refresh token")?;
        let answer = self.ask(app, by_another, "/oauth2/revoke", &[("token", token)]).await;
        agree(&answer, self.model.revoke_refresh_token(index, by_another))
    }

    /// Asks about every token that ever was.
    pub(super) async fn compare(&self) -> Agreed {
        for (index, token) in self.model.access_tokens.iter().enumerate() {
            let (lives, text) = (self.model.access_token_lives(token), &self.access_tokens[index]);
            let name = || format!("access token {index} of {:?}", token.app);
            same_life(&name(), "introspection", lives, self.is_active(text).await)?;
            let expected = if !lives {
                401
            } else if token.openid {
                200
            } else {
                403
            };
            let status = self.userinfo(text).await;
            if status != expected {
                return Err(format!("userinfo answers {status} to {}, not {expected}", name()));
            }
        }
        for (index, family) in self.model.families.iter().enumerate() {
            for (counter, text) in self.refresh_tokens[index].iter().enumerate() {
                let (world, now) = (&self.world, self.world.test.clock.now());
                let realm = world.test.app.db.realm_by_id(world.realm.id).await.map_err(|error| error.to_string())?;
                let realm = realm.ok_or("no realm")?;
                let live = world.test.app.tokens.inspect(&realm, text, now).await.map_err(|error| error.to_string())?;
                let lives = self.model.refresh_token_lives(family, counter);
                let name = format!("refresh token {counter} of login {index}");
                same_life(&name, "introspection", lives, live.is_some())?;
            }
        }
        Ok(())
    }

    async fn is_active(&self, token: &str) -> bool {
        let answer = self.ask(App::Web, true, "/oauth2/introspect", &[("token", token)]).await;
        answer.json()["active"] == true
    }

    async fn userinfo(&self, token: &str) -> u16 {
        let bearer = (header::AUTHORIZATION, format!("Bearer {token}"));
        self.world.machine(TestRequest::get().insert_header(bearer), "/oauth2/userinfo").await.status.as_u16()
    }
}

fn text(answer: &Answer, name: &str) -> Option<String> {
    answer.json()[name].as_str().map(str::to_owned)
}

/// The server answers what the model says.
fn agree(answer: &Answer, expected: Outcome) -> Agreed {
    let error = || answer.json()["error"].as_str().unwrap_or_default().to_owned();
    match expected {
        Ok(()) if answer.status == 200 => Ok(()),
        Err(code) if answer.status != 200 && error() == code => Ok(()),
        _ => Err(format!("the server answers {} {}, and the model {expected:?}", answer.status, answer.text())),
    }
}

fn same_life(token: &str, place: &str, model: bool, server: bool) -> Agreed {
    let word = |lives| if lives { "alive" } else { "dead" };
    if model == server {
        return Ok(());
    }
    Err(format!("{token} is {} at {place}, and {} in the model", word(server), word(model)))
}
