use std::time::Duration;

use tessera::account::pages::{
    AskingApp, ChooserPage, ConnectedApp, ConnectedAppsPage, HomePage, InvitationPage, KnownAccount, LoginPage,
    SessionRow, SessionsPage, SetupPage, SignedOutPage, SignupPage, StepOver, StepOverPage, UpdatePasswordPage,
};
use tessera::locale::Message;
use tessera::web::form::FormErrors;
use tessera::web::scope_text::scope_message;

use super::{Ink, NOW, render};

pub(crate) fn all(ink: &Ink) -> Vec<(&'static str, String)> {
    vec![
        ("login", render(&login(ink))),
        ("login-errors", render(&login_errors(ink))),
        ("signup", render(&signup(ink))),
        ("chooser", render(&chooser(ink))),
        ("update-password", render(&update_password(ink, false))),
        ("temporary-password", render(&update_password(ink, true))),
        ("setup", render(&setup(ink))),
        ("invitation", render(&invitation(ink))),
        ("signed-out", render(&signed_out(ink))),
        ("step-expired", render(&step_over(ink, StepOver::Expired))),
        ("step-done", render(&step_over(ink, StepOver::AlreadyDone))),
        ("step-browser", render(&step_over(ink, StepOver::OtherBrowser))),
        ("step-link", render(&step_over(ink, StepOver::DeadLink))),
        ("step-form", render(&step_over(ink, StepOver::StaleForm))),
        ("home", render(&home(ink))),
        ("sessions", render(&sessions(ink, 3))),
        ("sessions-one", render(&sessions(ink, 1))),
        ("apps", render(&apps(ink))),
        ("apps-empty", render(&ConnectedAppsPage { apps: Vec::new(), notice: None, ..apps(ink) })),
    ]
}

fn app(ink: &Ink) -> AskingApp {
    AskingApp {
        name: ink.text("Paper Boat"),
        logo_url: None,
        host: ink.text("paperboat.example"),
        policy_url: ink.some("https://paperboat.example/privacy"),
        terms_url: ink.some("https://paperboat.example/terms"),
    }
}

fn login(ink: &Ink) -> LoginPage {
    LoginPage {
        page: ink.page("/login"),
        interaction: ink.text("0198-51ab"),
        next: ink.text(""),
        app: Some(app(ink)),
        identifier: ink.text(""),
        remember: false,
        notice: None,
        signup_url: ink.some("/signup"),
        cancel_url: ink.some("/oauth2/authorize/cancel"),
        errors: FormErrors::none(),
    }
}

fn login_errors(ink: &Ink) -> LoginPage {
    let mut errors = FormErrors::none();
    errors.add_general(Message::new("error-login-wrong"));
    errors.add("password", Message::new("error-password-missing"));
    LoginPage {
        identifier: ink.text("ada@example.com"),
        remember: true,
        notice: Some(Message::new("login-again")),
        errors,
        ..login(ink)
    }
}

fn signup(ink: &Ink) -> SignupPage {
    let mut errors = FormErrors::none();
    errors.add("email", Message::new("error-email-wrong"));
    errors.add("new_password", Message::new("error-password-short").with_number("min", 8));
    SignupPage {
        page: ink.page("/signup"),
        interaction: ink.text("0198-51ab"),
        next: ink.text(""),
        app: Some(app(ink)),
        email: ink.text("ada@"),
        name: ink.text("Ada Lovelace"),
        password_min: 8,
        login_url: ink.text("/login"),
        errors,
    }
}

fn chooser(ink: &Ink) -> ChooserPage {
    let account = |name: &str, identifier: &str, is_active| KnownAccount {
        handle: ink.text(identifier),
        name: ink.text(name),
        identifier: ink.text(identifier),
        is_active,
    };
    ChooserPage {
        page: ink.page("/account-chooser"),
        interaction: ink.text("0198-51ab"),
        next: ink.text(""),
        app: Some(app(ink)),
        accounts: vec![
            account("Ada Lovelace", "ada@example.com", true),
            account("שרה כהן", "sarah.cohen.with.a.rather.long.address@mail.example.org", false),
        ],
        other_url: ink.text("/login?other=yes"),
    }
}

fn update_password(ink: &Ink, is_temporary: bool) -> UpdatePasswordPage {
    let mut errors = FormErrors::none();
    if !is_temporary {
        errors.add("password", Message::new("error-password-wrong"));
    }
    UpdatePasswordPage {
        page: ink.page("/login/update-password"),
        interaction: if is_temporary { ink.text("0198-51ab") } else { String::new() },
        next: ink.text(""),
        app: None,
        identifier: ink.text("ada@example.com"),
        is_temporary,
        password_min: 8,
        errors,
    }
}

fn setup(ink: &Ink) -> SetupPage {
    SetupPage {
        page: ink.page("/setup"),
        token: ink.text("token"),
        email: ink.text(""),
        name: ink.text(""),
        password_min: 8,
        errors: FormErrors::none(),
    }
}

fn invitation(ink: &Ink) -> InvitationPage {
    InvitationPage {
        page: ink.page("/invitation"),
        token: ink.text("token"),
        email: ink.text("ada@example.com"),
        name: ink.text(""),
        password_min: 8,
        errors: FormErrors::none(),
    }
}

fn step_over(ink: &Ink, why: StepOver) -> StepOverPage {
    let app = if why == StepOver::Expired { Some(app(ink)) } else { None };
    StepOverPage { page: ink.page("/login"), why, app, next_url: ink.some("/login") }
}

const DAY: Duration = Duration::from_hours(24);

fn home(ink: &Ink) -> HomePage {
    HomePage {
        page: ink.own_page("/account"),
        name: ink.text("Ada Lovelace"),
        email: ink.text("ada@example.com"),
        email_verified: true,
        subject: ink.text("b1946ac92492d2347c6235b4d2611184"),
        created_at: NOW - DAY * 400,
        password_set_at: Some(NOW - DAY * 30),
        notice: Some(Message::new("home-saved")),
        errors: FormErrors::none(),
    }
}

fn sessions(ink: &Ink, count: usize) -> SessionsPage {
    let session = |browser: Option<&str>, system: Option<&str>, days: u32, is_current| SessionRow {
        id: ink.text("0198-51ab"),
        browser: browser.map(|browser| ink.text(browser)),
        system: system.map(|system| ink.text(system)),
        address: ink.text("203.0.113.7"),
        signed_in_at: NOW - DAY * (days + 2),
        last_seen_at: NOW - DAY * days,
        is_current,
    };
    let mut sessions = vec![
        session(Some("Firefox 145"), Some("Linux"), 0, true),
        session(Some("Safari"), Some("iPhone"), 3, false),
        session(None, None, 20, false),
    ];
    sessions.truncate(count);
    SessionsPage { page: ink.own_page("/account/sessions"), sessions, notice: None }
}

fn apps(ink: &Ink) -> ConnectedAppsPage {
    let app = |name: &str, used| ConnectedApp {
        client_id: ink.text("paper-boat"),
        name: ink.text(name),
        logo_url: None,
        host: ink.text("paperboat.example"),
        shared: vec![
            scope_message("openid", None),
            scope_message("email", None),
            scope_message(&ink.text("log:read"), None),
        ],
        granted_at: NOW - DAY * 90,
        last_used_at: used,
    };
    ConnectedAppsPage {
        page: ink.own_page("/account/apps"),
        apps: vec![app("Paper Boat", Some(NOW - DAY * 2)), app("Field Notes", None)],
        notice: Some(Message::new("apps-revoked").with("app", ink.text("Old Clock"))),
    }
}

fn signed_out(ink: &Ink) -> SignedOutPage {
    let frames = vec![ink.text("https://paperboat.example/logout?sid=1")];
    SignedOutPage { page: ink.page("/signed-out"), login_url: ink.text("/login"), frames }
}
