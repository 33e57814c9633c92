//! What the design says of the life of grants and tokens, and nothing of how: storage.md "Families", "Access tokens"; protocol.md
//! "Basic", "Defaults". Instants are milliseconds since the history began.

use super::history::{App, Form, Jar, Redemption, Refreshing};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const CODE: u64 = MINUTE;
/// Here, and not by default.
const SESSION: u64 = 36 * HOUR;
const ACCESS_TOKEN: u64 = 15 * MINUTE;
const RETRY_WINDOW: u64 = 10 * SECOND;

/// What a request comes to: an error code where it is refused.
pub(super) type Outcome = Result<(), &'static str>;

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) now: u64,
    users: [User; 2],
    apps: [Client; 4],
    /// The realm's `not_before`.
    epoch: Option<u64>,
    /// What each user has allowed each application: a grant that is given anew is another one.
    grants: [[Option<u64>; 4]; 2],
    jars: [[Option<usize>; 2]; 2],
    sessions: Vec<Session>,
    pub(super) codes: Vec<Code>,
    pub(super) families: Vec<Family>,
    pub(super) access_tokens: Vec<AccessToken>,
}

#[derive(Debug, Default)]
struct User {
    disabled: bool,
    not_before: Option<u64>,
}

#[derive(Debug, Default)]
struct Client {
    disabled: bool,
    not_before: Option<u64>,
}

#[derive(Debug)]
struct Session {
    user: usize,
    seen: u64,
    idle_end: u64,
    end: u64,
    ended: bool,
}

/// An authorization, as it waits for its redemption.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code {
    pub(super) app: App,
    form: Form,
    user: usize,
    session: usize,
    offline: bool,
    grant: Option<u64>,
    at: u64,
    taken: bool,
    family: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Family {
    pub(super) app: App,
    /// Of its access tokens.
    pub(super) form: Form,
    pub(super) user: usize,
    /// None for offline access.
    session: Option<usize>,
    pub(super) refreshable: bool,
    pub(super) counter: usize,
    rotated: u64,
    revoked: bool,
    idle_end: u64,
    end: u64,
    created: u64,
}

#[derive(Debug)]
pub(super) struct AccessToken {
    pub(super) app: App,
    /// None for one of the application itself.
    family: Option<usize>,
    /// In whole seconds, as the token says it.
    begin: u64,
    /// So too.
    end: u64,
    revoked: bool,
    pub(super) openid: bool,
}

/// Whether something of `at` is younger than what ended everything older.
fn since(not_before: Option<u64>, at: u64) -> bool {
    not_before.is_none_or(|not_before| at > not_before)
}

/// Which tokens are alive.
impl Model {
    fn session_lives(&self, session: usize) -> bool {
        let Session { ended, idle_end, end, .. } = self.sessions[session];
        !ended && idle_end > self.now && end > self.now
    }

    /// Whether what an application was given at `at` is still believed.
    fn app_holds(&self, app: App, at: u64) -> bool {
        let client = &self.apps[app as usize];
        !client.disabled && since(client.not_before, at) && since(self.epoch, at)
    }

    /// Whether what a user authorized, or what was begun, at `at` is still believed.
    fn holds(&self, user: usize, app: App, at: u64) -> bool {
        let user = &self.users[user];
        !user.disabled && since(user.not_before, at) && self.app_holds(app, at)
    }

    fn family_lives(&self, family: &Family) -> bool {
        let in_time = !family.revoked && family.end > self.now;
        let session_lives = family.session.is_none_or(|session| self.session_lives(session));
        in_time && session_lives && self.holds(family.user, family.app, family.created)
    }

    pub(super) fn access_token_lives(&self, token: &AccessToken) -> bool {
        let rests = match token.family {
            Some(family) => self.family_lives(&self.families[family]),
            None => self.app_holds(token.app, token.begin),
        };
        !token.revoked && token.end > self.now && rests
    }

    /// Of a family's refresh tokens, by counter: the newest alone. One that was used may be sent again for a while, which makes it
    /// no token that is alive.
    pub(super) fn refresh_token_lives(&self, family: &Family, counter: usize) -> bool {
        family.refreshable && counter == family.counter && family.idle_end > self.now && self.family_lives(family)
    }

    /// Everything that ends by itself, from now on.
    pub(super) fn ends(&self) -> Vec<u64> {
        let codes = self.codes.iter().filter(|code| !code.taken).map(|code| code.at + CODE);
        let tokens = self.access_tokens.iter().map(|token| token.end);
        let sessions = self.sessions.iter().filter(|session| !session.ended);
        let sessions = sessions.flat_map(|session| [session.idle_end, session.end]);
        let families = self.families.iter().filter(|family| !family.revoked);
        let families = families.flat_map(|family| [family.idle_end, family.end, family.rotated + RETRY_WINDOW]);
        codes.chain(tokens).chain(sessions).chain(families).filter(|end| *end > self.now).collect()
    }
}

/// The browser.
impl Model {
    pub(super) fn may_sign_in(&self, jar: Jar) -> bool {
        !self.users[jar.user].disabled
    }

    /// The live session of a browser, which this visit keeps from idling: that is noted to the minute.
    pub(super) fn visit(&mut self, jar: Jar) -> Option<usize> {
        let now = self.now;
        let session = self.jars[jar.user][jar.browser].filter(|session| self.session_lives(*session))?;
        let live = &mut self.sessions[session];
        if now - live.seen >= MINUTE {
            (live.seen, live.idle_end) = (now, now + DAY);
        }
        Some(session)
    }

    pub(super) fn sign_in(&mut self, jar: Jar) {
        let now = self.now;
        let new = Session { user: jar.user, seen: now, idle_end: now + DAY, end: now + SESSION, ended: false };
        self.jars[jar.user][jar.browser] = Some(self.sessions.len());
        self.sessions.push(new);
    }

    /// What the user of a live session authorizes; none for an application that is shut out.
    fn authorized(&mut self, jar: Jar, app: App, form: Form, offline: bool) -> Option<Code> {
        let session = self.visit(jar)?;
        if self.apps[app as usize].disabled {
            return None;
        }
        let now = self.now;
        let grant = app.asks().then(|| *self.grants[jar.user][app as usize].get_or_insert(now));
        Some(Code { app, form, user: jar.user, session, offline, grant, at: now, taken: false, family: None })
    }

    /// Says whether there is a code.
    pub(super) fn authorize(&mut self, jar: Jar, app: App, form: Form, offline: bool) -> bool {
        let code = self.authorized(jar, app, form, offline);
        self.codes.extend(code);
        code.is_some()
    }

    /// Tokens through the browser: a family of their own, which ends with its access token, beside the code's. Says whether there is one.
    pub(super) fn answer(&mut self, jar: Jar, form: Form, with_code: bool, offline: bool) -> bool {
        let Some(authorized) = self.authorized(jar, App::Rp, form, offline) else { return false };
        self.codes.extend(with_code.then_some(authorized));
        self.begin(Code { offline: false, ..authorized }, false);
        true
    }

    pub(super) fn log_out(&mut self, jar: Jar) {
        if let Some(session) = self.visit(jar) {
            self.end_sessions(|index, _| index == session);
        }
    }

    pub(super) fn sign_out_everywhere(&mut self, user: usize) {
        self.end_sessions(|_, session| session.user == user);
    }

    fn end_sessions(&mut self, which: impl Fn(usize, &Session) -> bool) {
        for (index, session) in self.sessions.iter_mut().enumerate() {
            session.ended |= which(index, session);
        }
    }

    pub(super) fn take_back(&mut self, jar: Jar, app: App) {
        self.visit(jar);
        self.grants[jar.user][app as usize] = None;
        for family in self.families.iter_mut().filter(|family| family.user == jar.user && family.app == app) {
            family.revoked = true;
        }
    }
}

/// The operator.
impl Model {
    pub(super) fn end_all(&mut self, user: usize) {
        self.users[user].not_before = Some(self.now);
        self.sign_out_everywhere(user);
    }

    pub(super) fn disable(&mut self, user: usize) {
        if !self.users[user].disabled {
            self.users[user].disabled = true;
            self.end_all(user);
        }
    }

    pub(super) fn enable(&mut self, user: usize) {
        self.users[user].disabled = false;
    }

    pub(super) fn is_enabled(&self, app: App) -> bool {
        !self.apps[app as usize].disabled
    }

    pub(super) fn set_app(&mut self, app: App, disabled: bool) {
        let client = &mut self.apps[app as usize];
        client.disabled = disabled;
        if disabled {
            client.not_before = Some(self.now);
        }
    }

    pub(super) fn raise_epoch(&mut self) {
        self.epoch = Some(self.now);
        self.end_sessions(|_, _| true);
    }
}

/// The token endpoint, and revocation.
impl Model {
    fn authenticate(&self, app: App, by_another: bool) -> Outcome {
        if self.apps[app as usize].disabled && !by_another { Err("invalid_client") } else { Ok(()) }
    }

    /// A family on what was authorized, and its first access token.
    fn begin(&mut self, on: Code, refreshable: bool) {
        let (now, index) = (self.now, self.families.len());
        let lives = |long: u64| now + if refreshable { long } else { ACCESS_TOKEN };
        self.families.push(Family {
            app: on.app,
            form: on.form,
            user: on.user,
            session: (!on.offline).then_some(on.session),
            refreshable,
            counter: 0,
            rotated: now,
            revoked: false,
            idle_end: lives(30 * DAY),
            end: lives(180 * DAY),
            created: now,
        });
        self.issue(index, true);
    }

    /// No access token outlives its family.
    fn issue(&mut self, family: usize, openid: bool) {
        let Family { app, end, .. } = self.families[family];
        self.issue_until(end, app, Some(family), openid);
    }

    fn issue_until(&mut self, end: u64, app: App, family: Option<usize>, openid: bool) {
        let left = (end - self.now).min(ACCESS_TOKEN) / SECOND * SECOND;
        let [begin, end] = [self.now, self.now + left.max(SECOND)].map(|at| at / SECOND * SECOND);
        self.access_tokens.push(AccessToken { app, family, begin, end, revoked: false, openid });
    }

    /// It rests on its application alone, and says nothing of a user.
    pub(super) fn serve(&mut self) -> Outcome {
        self.authenticate(App::Own, false)?;
        self.issue_until(self.now + ACCESS_TOKEN, App::Own, None, false);
        Ok(())
    }

    /// A code is good once, for a minute, for its client, while all that it rests on lasts: the session too in which it was authorized,
    /// whether or not its tokens will outlive that. Whoever can prove that it was theirs ends its family by showing it again.
    pub(super) fn redeem(&mut self, index: usize, how: Redemption) -> Outcome {
        let code = self.codes[index];
        self.authenticate(code.app, how == Redemption::ByAnother)?;
        let was_taken = std::mem::replace(&mut self.codes[index].taken, true);
        if was_taken || code.at + CODE <= self.now {
            if let Some(family) = code.family.filter(|_| how == Redemption::Right) {
                self.families[family].revoked = true;
            }
            return Err("invalid_grant");
        }
        let session_lives = self.session_lives(code.session);
        let granted = code.grant.is_none_or(|grant| self.grants[code.user][code.app as usize] == Some(grant));
        let holds = session_lives && granted && self.holds(code.user, code.app, code.at);
        if how != Redemption::Right || !holds {
            return Err("invalid_grant");
        }
        self.codes[index].family = Some(self.families.len());
        self.begin(code, true);
        Ok(())
    }

    /// storage.md "Rotation is one statement", and what follows it.
    pub(super) fn refresh(&mut self, index: usize, how: Refreshing) -> Outcome {
        let family = &self.families[index];
        self.authenticate(family.app, how.by_another)?;
        if how.by_another || !family.refreshable || family.idle_end <= self.now || !self.family_lives(family) {
            return Err("invalid_grant");
        }
        let (now, behind) = (self.now, how.behind.min(family.counter));
        let family = &mut self.families[index];
        match behind {
            0 if family.app.rotates() => {
                (family.counter, family.rotated, family.idle_end) = (family.counter + 1, now, now + 30 * DAY);
            }
            // Its idle end is moved on at most once a day.
            0 if now + 29 * DAY > family.idle_end => family.idle_end = now + 30 * DAY,
            0 => {}
            1 if now - family.rotated < RETRY_WINDOW => {}
            _ => {
                family.revoked = true;
                return Err("invalid_grant");
            }
        }
        self.issue(index, !how.narrowed);
        Ok(())
    }

    pub(super) fn revoke_access_token(&mut self, index: usize, by_another: bool) -> Outcome {
        self.authenticate(self.access_tokens[index].app, by_another)?;
        if by_another {
            return Err("invalid_grant");
        }
        self.access_tokens[index].revoked = true;
        Ok(())
    }

    pub(super) fn revoke_refresh_token(&mut self, index: usize, by_another: bool) -> Outcome {
        self.authenticate(self.families[index].app, by_another)?;
        if by_another {
            return Err("invalid_grant");
        }
        self.families[index].revoked = true;
        Ok(())
    }
}
