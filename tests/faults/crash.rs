//! kill -9 under load, twenty times: nothing that was acknowledged is lost, and no consumed code or refresh token works again.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::future::join_all;

use super::site::{Visitor, assert_invalid_grant, installed, refresh_token};
use crate::support::app::Answer;
use crate::support::browser::Browser;
use crate::support::database::SetUp;
use crate::support::eventually;

const ROUNDS: usize = 20;
const WORKERS: usize = 6;

/// How far a request had come when the server was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    NotAsked,
    Asked,
    Answered,
}

/// What a client knows of one login.
#[derive(Debug, Clone)]
struct Login {
    code: String,
    redeemed: Step,
    /// Refresh tokens that came, the newest last.
    tokens: Vec<String>,
    revoked: Step,
}

/// What all clients know, and how many answers they got.
#[derive(Default)]
struct Known {
    logins: RefCell<Vec<Login>>,
    answers: Cell<usize>,
}

impl Known {
    fn change(&self, login: usize, change: impl FnOnce(&mut Login)) {
        change(&mut self.logins.borrow_mut()[login]);
    }

    /// Only tokens are good while the server lives: a refusal is a fault.
    fn answered(&self, answer: &Answer) {
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        self.answers.set(self.answers.get() + 1);
    }
}

/// One client after another: a code, tokens, three refreshes; every third login is revoked.
async fn work(visitor: &Visitor, browser: &Browser, known: &Known) {
    loop {
        let code = visitor.code(browser).await;
        let login = known.logins.borrow().len();
        let new = Login { code: code.clone(), redeemed: Step::Asked, tokens: Vec::new(), revoked: Step::NotAsked };
        known.logins.borrow_mut().push(new);
        let mut answer = visitor.redeem(&code).await;
        known.answered(&answer);
        known.change(login, |login| login.redeemed = Step::Answered);
        for _ in 0..3 {
            let token = refresh_token(&answer.json());
            known.change(login, |login| login.tokens.push(token.clone()));
            answer = visitor.refresh(&token).await;
            known.answered(&answer);
        }
        let last = refresh_token(&answer.json());
        known.change(login, |login| login.tokens.push(last.clone()));
        if login.is_multiple_of(3) {
            known.change(login, |login| login.revoked = Step::Asked);
            known.answered(&visitor.revoke(&last).await);
            known.change(login, |login| login.revoked = Step::Answered);
        }
    }
}

/// What must hold of a login after the server has started again.
async fn check(visitor: &Visitor, login: &Login, replays_code: bool) {
    let Some(newest) = login.tokens.last() else {
        // Asked and not answered: the code is good for one login at the most, and never for a fault.
        let answers = [visitor.redeem(&login.code).await, visitor.redeem(&login.code).await];
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 400)), "{answers:?}");
        assert_eq!(answers[1].status.as_u16(), 400, "{login:?}");
        return;
    };
    let next = visitor.refresh(newest).await;
    if login.revoked == Step::Answered {
        return assert_invalid_grant(&next);
    }
    // Asked and not answered: either.
    if login.revoked == Step::Asked && next.status == 400 {
        return assert_invalid_grant(&next);
    }
    // Nothing acknowledged is lost; what was asked and not answered is answered now.
    assert_eq!(next.status.as_u16(), 200, "{login:?}: {}", next.text());
    // And what was used up stays used up: it ends the login.
    match login.tokens.len() {
        2.. if !replays_code => assert_invalid_grant(&visitor.refresh(&login.tokens[login.tokens.len() - 2]).await),
        _ => assert_invalid_grant(&visitor.redeem(&login.code).await),
    }
    assert_invalid_grant(&visitor.refresh(&refresh_token(&next.json())).await);
}

async fn survives_kills(set_up: SetUp) {
    let installation = installed(set_up).await;
    let mut server = installation.start().await;
    let browser = Visitor::new(&installation, &server).signed_in().await;
    let mut logins = 0;
    for round in 0..ROUNDS {
        let (known, visitor) = (Known::default(), Visitor::new(&installation, &server).patient(&server));
        let browser = browser.clone().through(&visitor.browser());
        let load = join_all((0..WORKERS).map(|_| work(&visitor, &browser, &known)));
        let goal = 10 + round * 13 % 50;
        let enough = eventually(Duration::from_mins(1), async || (known.answers.get() >= goal).then_some(()));
        tokio::select! {
            _ = load => unreachable!("it works until the server is gone"),
            () = async { enough.await; server.kill().await } => {}
        }
        server.restart(&installation).await;
        let (visitor, known) = (Visitor::new(&installation, &server), known.logins.into_inner());
        logins += known.len();
        join_all(known.iter().enumerate().map(|(n, login)| check(&visitor, login, n % 2 == 0))).await;
    }
    assert!(logins >= ROUNDS, "{logins} logins are no load");
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn twenty_kills_lose_nothing_and_revive_nothing_on_sqlite() {
    survives_kills(SetUp::Sqlite).await;
}

#[tokio::test]
async fn twenty_kills_lose_nothing_and_revive_nothing_on_postgresql() {
    survives_kills(SetUp::Postgres).await;
}
