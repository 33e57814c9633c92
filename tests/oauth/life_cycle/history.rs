//! What can happen to grants and tokens, and histories of it.

use proptest::prelude::*;
use proptest::sample::Index;

/// An application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum App {
    /// Confidential: its refresh tokens stay.
    Web,
    /// Public: its refresh tokens rotate.
    Spa,
    /// The operator's own: its users are not asked, and it has access tokens for itself.
    Own,
    /// Of profile legacy-oidc: tokens through the browser.
    Rp,
}

/// Whom access tokens are for, which decides what they look like, and nothing of how long they live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The realm itself: a JWT under one of its keys.
    Signed,
    /// A resource server that holds a secret: a JWT under HS256.
    Shared,
    /// A resource server that introspects: sealed.
    Opaque,
}

/// One user's cookies in one browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Jar {
    pub(super) user: usize,
    pub(super) browser: usize,
}

/// How a code is shown. That it is shown twice, or too late, comes of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redemption {
    Right,
    ByAnother,
    WithoutProof,
}

/// How a refresh token is shown: so many before the newest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refreshing {
    pub(super) behind: usize,
    pub(super) narrowed: bool,
    pub(super) by_another: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A code for an application, redeemed at once or not; signs in first where that is due.
    Authorize {
        jar: Jar,
        app: App,
        form: Form,
        offline: bool,
        redeem: bool,
    },
    /// An access token through the browser, with a code or without. Offline access is the code's alone.
    Answer {
        jar: Jar,
        form: Form,
        with_code: bool,
        offline: bool,
    },
    /// An access token of [`App::Own`] for itself (RFC 6749 §4.4).
    Serve {
        form: Form,
    },
    Redeem {
        code: Index,
        how: Redemption,
    },
    Refresh {
        login: Index,
        how: Refreshing,
    },
    /// Two refreshes with the same token at once.
    RefreshTwice {
        login: Index,
    },
    RevokeAccessToken {
        token: Index,
        by_another: bool,
    },
    RevokeRefreshToken {
        login: Index,
        oldest: bool,
        by_another: bool,
    },
    /// By the page, or by a client's ID token.
    LogOut {
        jar: Jar,
        by_hint: bool,
    },
    SignOutEverywhere {
        jar: Jar,
    },
    /// By an operator: sessions, and what goes on without them.
    EndAll {
        user: usize,
    },
    Disable {
        user: usize,
    },
    Enable {
        user: usize,
    },
    DisableApp {
        app: App,
    },
    EnableApp {
        app: App,
    },
    RaiseEpoch,
    TakeBack {
        jar: Jar,
        app: App,
    },
    /// In seconds.
    Wait {
        seconds: u64,
    },
    /// Until something ends, or so many milliseconds before.
    WaitForAnEnd {
        which: Index,
        before: u64,
    },
}

pub(super) fn histories() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 10..40)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![30 => issuing(), 30 => using(), 12 => ending(), 12 => waiting()]
}

fn app() -> impl Strategy<Value = App> {
    prop::sample::select(vec![App::Web, App::Spa, App::Own, App::Rp])
}

fn form() -> impl Strategy<Value = Form> {
    prop::sample::select(vec![Form::Signed, Form::Shared, Form::Opaque])
}

fn jar() -> impl Strategy<Value = Jar> {
    (0..2_usize, 0..2_usize).prop_map(|(user, browser)| Jar { user, browser })
}

fn issuing() -> impl Strategy<Value = Step> {
    let how = prop_oneof![
        8 => Just(Redemption::Right),
        1 => Just(Redemption::ByAnother),
        1 => Just(Redemption::WithoutProof),
    ];
    prop_oneof![
        8 => (jar(), app(), form(), any::<bool>(), prop::bool::weighted(0.7))
            .prop_map(|(jar, app, form, offline, redeem)| Step::Authorize { jar, app, form, offline, redeem }),
        2 => (jar(), form(), any::<bool>(), any::<bool>())
            .prop_map(|(jar, form, with_code, offline)| Step::Answer { jar, form, with_code, offline }),
        3 => form().prop_map(|form| Step::Serve { form }),
        4 => (any::<Index>(), how).prop_map(|(code, how)| Step::Redeem { code, how }),
    ]
}

fn using() -> impl Strategy<Value = Step> {
    let behind = prop_oneof![5 => Just(0), 2 => Just(1), 1 => Just(2)];
    let how = (behind, any::<bool>(), prop::bool::weighted(0.1))
        .prop_map(|(behind, narrowed, by_another)| Refreshing { behind, narrowed, by_another });
    let rarely = || prop::bool::weighted(0.2);
    prop_oneof![
        10 => (any::<Index>(), how).prop_map(|(login, how)| Step::Refresh { login, how }),
        2 => any::<Index>().prop_map(|login| Step::RefreshTwice { login }),
        2 => (any::<Index>(), rarely()).prop_map(|(token, by_another)| Step::RevokeAccessToken { token, by_another }),
        1 => (any::<Index>(), any::<bool>(), rarely())
            .prop_map(|(login, oldest, by_another)| Step::RevokeRefreshToken { login, oldest, by_another }),
    ]
}

fn ending() -> impl Strategy<Value = Step> {
    let user = || 0..2_usize;
    prop_oneof![
        3 => (jar(), any::<bool>()).prop_map(|(jar, by_hint)| Step::LogOut { jar, by_hint }),
        1 => jar().prop_map(|jar| Step::SignOutEverywhere { jar }),
        2 => user().prop_map(|user| Step::EndAll { user }),
        2 => user().prop_map(|user| Step::Disable { user }),
        2 => user().prop_map(|user| Step::Enable { user }),
        2 => app().prop_map(|app| Step::DisableApp { app }),
        2 => app().prop_map(|app| Step::EnableApp { app }),
        2 => Just(Step::RaiseEpoch),
        2 => (jar(), app()).prop_map(|(jar, app)| Step::TakeBack { jar, app }),
    ]
}

fn waiting() -> impl Strategy<Value = Step> {
    let seconds = prop_oneof![
        4 => 1..70_u64,
        2 => 60..3600_u64,
        1 => 3600..100_000_u64,
        1 => 100_000..3_000_000_u64,
    ];
    let before = prop::sample::select(vec![0, 1, 30_000]);
    prop_oneof![
        2 => seconds.prop_map(|seconds| Step::Wait { seconds }),
        3 => (any::<Index>(), before).prop_map(|(which, before)| Step::WaitForAnEnd { which, before }),
    ]
}

impl App {
    pub(super) fn client_id(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Spa => "spa",
            Self::Own => "own",
            Self::Rp => "rp",
        }
    }

    pub(super) fn rotates(self) -> bool {
        self == Self::Spa
    }

    pub(super) fn asks(self) -> bool {
        self != Self::Own
    }
}

impl Form {
    /// The resource server, if it is one (RFC 8707).
    pub(super) fn resource(self) -> Option<&'static str> {
        match self {
            Self::Signed => None,
            Self::Shared => Some("https://shared.example.com"),
            Self::Opaque => Some("https://opaque.example.com"),
        }
    }
}
