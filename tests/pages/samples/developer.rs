use std::time::Duration;

use tessera::developer::pages::{
    ApplicationCreatedPage, ApplicationDeletePage, ApplicationFormPage, ApplicationKind, ApplicationRow,
    ApplicationsPage, ExistingApplication, PlaygroundClient, PlaygroundPage, PlaygroundResultPage, SecretRow,
};
use tessera::developer::snippets::{Snippet, SnippetClient, snippets};
use tessera::locale::Message;
use tessera::web::form::FormErrors;

use super::{Ink, NOW, render};

const DAY: Duration = Duration::from_hours(24);

pub(crate) fn all(ink: &Ink) -> Vec<(&'static str, String)> {
    vec![
        ("applications", render(&applications(ink))),
        ("applications-empty", render(&applications_empty(ink))),
        ("application-new", render(&form(ink))),
        ("application-errors", render(&form_errors(ink))),
        ("application-edit", render(&edit(ink))),
        ("application-created", render(&created(ink))),
        ("application-delete", render(&delete(ink))),
        ("playground", render(&PlaygroundPage { page: ink.own_page("/playground"), client: client(ink) })),
        ("playground-result", render(&result(ink))),
    ]
}

fn applications(ink: &Ink) -> ApplicationsPage {
    let row = |name: &str, kind| ApplicationRow {
        client_id: ink.text("0kx3mzq7w2"),
        name: ink.text(name),
        kind,
        created_at: NOW - DAY * 40,
    };
    ApplicationsPage {
        page: ink.own_page("/developer/applications"),
        applications: vec![row("Paper Boat", ApplicationKind::Web), row("Field Notes", ApplicationKind::Native)],
        next_cursor: ink.some("b64"),
        notice: Some(Message::new("application-deleted")),
    }
}

fn applications_empty(ink: &Ink) -> ApplicationsPage {
    ApplicationsPage { applications: Vec::new(), next_cursor: None, notice: None, ..applications(ink) }
}

fn form(ink: &Ink) -> ApplicationFormPage {
    ApplicationFormPage {
        page: ink.own_page("/developer/applications/new"),
        existing: None,
        name: ink.text(""),
        kind: ApplicationKind::Web,
        redirect_uris: ink.text(""),
        post_logout_redirect_uris: ink.text(""),
        backchannel_logout_uri: ink.text(""),
        frontchannel_logout_uri: ink.text(""),
        is_first_party: false,
        notice: None,
        errors: FormErrors::none(),
    }
}

fn form_errors(ink: &Ink) -> ApplicationFormPage {
    let mut errors = FormErrors::none();
    let refused = Message::new("error-redirect-uri").with("uri", ink.text("https://*.example")).with("reason", "*");
    errors.add("redirect_uris", refused);
    ApplicationFormPage {
        name: ink.text("Paper Boat"),
        redirect_uris: ink.text("https://*.example"),
        errors,
        ..form(ink)
    }
}

fn edit(ink: &Ink) -> ApplicationFormPage {
    let secret = SecretRow { id: ink.text("1"), created_at: NOW - DAY * 40 };
    let client_id = ink.text("0kx3mzq7w2");
    ApplicationFormPage {
        page: ink.own_page("/developer/applications/0kx3mzq7w2"),
        existing: Some(ExistingApplication { client_id, secrets: vec![secret], snippets: samples(ink) }),
        name: ink.text("Paper Boat"),
        redirect_uris: ink.text("https://paperboat.example/callback"),
        post_logout_redirect_uris: ink.text("https://paperboat.example/"),
        backchannel_logout_uri: ink.text("https://paperboat.example/signed-out"),
        frontchannel_logout_uri: ink.text("https://paperboat.example/frame"),
        notice: Some(Message::new("application-saved")),
        ..form(ink)
    }
}

fn samples(ink: &Ink) -> Vec<Snippet> {
    snippets(&SnippetClient {
        issuer: ink.text("http://localhost:8080"),
        client_id: ink.text("0kx3mzq7w2"),
        secret: ink.some("a9Jx-2mQ7vL0pRt5sYcUeWbZ1kDfGhNn"),
        redirect_uri: ink.text("https://paperboat.example/callback"),
        scopes: vec!["openid".to_owned(), "profile".to_owned(), ink.text("email")],
    })
}

fn created(ink: &Ink) -> ApplicationCreatedPage {
    ApplicationCreatedPage {
        page: ink.own_page("/developer/applications/new"),
        name: ink.text("Paper Boat"),
        client_id: ink.text("0kx3mzq7w2"),
        secret: ink.some("a9Jx-2mQ7vL0pRt5sYcUeWbZ1kDfGhNn"),
        issuer: ink.text("http://localhost:8080"),
        snippets: samples(ink),
    }
}

fn delete(ink: &Ink) -> ApplicationDeletePage {
    ApplicationDeletePage {
        page: ink.own_page("/developer/applications/0kx3mzq7w2/delete"),
        client_id: ink.text("0kx3mzq7w2"),
        name: ink.text("Paper Boat"),
        connected_accounts: 3,
        errors: FormErrors::none(),
    }
}

fn client(ink: &Ink) -> PlaygroundClient {
    PlaygroundClient {
        issuer: ink.text("http://localhost:8080"),
        client_id: ink.text("playground"),
        redirect_uri: ink.text("http://localhost:8080/playground/callback"),
        post_logout_redirect_uri: ink.text("http://localhost:8080/playground"),
        scope: ink.text("openid profile email offline_access"),
        authorization_endpoint: ink.text("http://localhost:8080/oauth2/authorize"),
        token_endpoint: ink.text("http://localhost:8080/oauth2/token"),
        userinfo_endpoint: ink.text("http://localhost:8080/oauth2/userinfo"),
        revocation_endpoint: ink.text("http://localhost:8080/oauth2/revoke"),
        end_session_endpoint: ink.text("http://localhost:8080/oauth2/logout"),
        jwks_uri: ink.text("http://localhost:8080/oauth2/jwks"),
    }
}

fn result(ink: &Ink) -> PlaygroundResultPage {
    PlaygroundResultPage {
        page: ink.own_page("/playground/callback"),
        client: client(ink),
        parameters: vec![("code".to_owned(), ink.text("xyz")), (ink.text("state"), ink.text("abc"))],
        code: ink.text("xyz"),
    }
}
