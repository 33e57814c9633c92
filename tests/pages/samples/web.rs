use tessera::locale::Message;
use tessera::web::error_page::{ErrorPage, OtherHostPage, RedirectDetail, WayOn};

use super::{Ink, render};

pub(crate) fn all(ink: &Ink) -> Vec<(&'static str, String)> {
    vec![("error", render(&error(ink))), ("error-redirect", render(&redirect(ink))), ("other-host", render(&host(ink)))]
}

fn error(ink: &Ink) -> ErrorPage {
    ErrorPage {
        page: ink.page("/login"),
        title: Message::new("error-too-many-title"),
        explanation: Message::new("error-too-many-text").with("wait", ink.text("15 minutes")),
        code: "too_many_requests",
        request_id: ink.text("0198-51ab"),
        way_on: Some(WayOn { url: ink.text("/account"), label: Message::new("error-go-account") }),
        redirect: None,
    }
}

fn redirect(ink: &Ink) -> ErrorPage {
    ErrorPage {
        page: ink.page("/oauth2/authorize"),
        title: Message::new("error-redirect-title"),
        explanation: Message::new("error-redirect-text"),
        code: "invalid_redirect_uri",
        request_id: ink.text("0198-51ab"),
        way_on: None,
        redirect: Some(RedirectDetail {
            app_name: ink.text("Paper Boat"),
            sent: ink.some("https://paperboat.example/callback/"),
            registered: vec![ink.text("https://paperboat.example/callback"), ink.text("http://127.0.0.1/callback")],
            edit_url: ink.text("/developer/applications/paper-boat"),
        }),
    }
}

fn host(ink: &Ink) -> OtherHostPage {
    OtherHostPage {
        page: ink.page("/login"),
        asked_url: ink.text("http://192.168.1.20:8080/login"),
        right_url: ink.text("http://localhost:8080/login"),
        setting: "server.public_url",
        code: "other-host",
        request_id: ink.text("0198-51ab"),
    }
}
