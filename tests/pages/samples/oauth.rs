use tessera::oauth::pages::{ConsentApp, ConsentPage, FormPostPage, Target};
use tessera::web::scope_text::scope_message;

use super::{Ink, render};

pub(crate) fn all(ink: &Ink) -> Vec<(&'static str, String)> {
    vec![
        ("consent", render(&consent(ink))),
        ("consent-loopback", render(&consent_to(ink, Target::Loopback(ink.text("127.0.0.1:8400"))))),
        ("consent-scheme", render(&consent_to(ink, Target::PrivateScheme(ink.text("com.example.boat:/callback"))))),
        ("form-post", render(&form_post(ink))),
    ]
}

fn consent(ink: &Ink) -> ConsentPage {
    let described = ink.text("Read your sailing log");
    ConsentPage {
        page: ink.own_page("/consent"),
        interaction: ink.text("0198-51ab"),
        app: ConsentApp {
            name: ink.text("Paper Boat"),
            logo_url: None,
            host: ink.some("paperboat.example"),
            policy_url: ink.some("https://paperboat.example/privacy"),
            terms_url: ink.some("https://paperboat.example/terms"),
            is_self_registered: false,
        },
        shared: vec![
            scope_message("profile", None),
            scope_message("email", None),
            scope_message("offline_access", None),
            scope_message("log:read", Some(&described)),
            scope_message(&ink.text("log:write"), None),
        ],
        already_shared: vec![scope_message("openid", None)],
        shared_with: ink.some("Sailing log, Weather"),
        target: Target::Host(ink.text("app.paperboat.example")),
        switch_url: ink.text("/account-chooser?interaction=0198-51ab"),
    }
}

fn consent_to(ink: &Ink, target: Target) -> ConsentPage {
    let mut page = consent(ink);
    page.app.is_self_registered = true;
    page.app.host = None;
    page.shared.truncate(2);
    page.already_shared.clear();
    page.shared_with = None;
    ConsentPage { target, ..page }
}

fn form_post(ink: &Ink) -> FormPostPage {
    FormPostPage {
        page: ink.page("/oauth2/authorize"),
        app_name: ink.text("Paper Boat"),
        action: ink.text("https://app.paperboat.example/callback"),
        parameters: vec![("code".to_owned(), ink.text("abc")), ("state".to_owned(), ink.text("xyz"))],
    }
}
