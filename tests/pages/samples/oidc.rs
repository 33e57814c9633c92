use tessera::oidc::pages::{LoggedOutPage, LogoutConfirmPage, WayBack};

use super::{Ink, render};

pub(crate) fn all(ink: &Ink) -> Vec<(&'static str, String)> {
    vec![
        ("logout-confirm", render(&confirm(ink))),
        ("logged-out", render(&logged_out(ink, None))),
        ("logged-out-app", render(&logged_out(ink, Some(way_back(ink, false))))),
        ("logged-out-on", render(&logged_out(ink, Some(way_back(ink, true))))),
    ]
}

fn confirm(ink: &Ink) -> LogoutConfirmPage {
    LogoutConfirmPage {
        page: ink.own_page("/logout"),
        carried: vec![("client_id", ink.text("paper-boat"))],
        app_name: ink.some("Paper Boat"),
        stay_url: ink.text("/account"),
    }
}

fn way_back(ink: &Ink, goes_on: bool) -> WayBack {
    WayBack { app_name: ink.text("Paper Boat"), url: ink.text("https://paperboat.example/?state=1"), goes_on }
}

fn logged_out(ink: &Ink, way_back: Option<WayBack>) -> LoggedOutPage {
    let frames = vec![ink.text("https://paperboat.example/logout?sid=1")];
    LoggedOutPage { page: ink.page("/logout"), way_back, frames, login_url: ink.text("/login") }
}
