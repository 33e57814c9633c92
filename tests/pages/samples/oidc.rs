use tessera::oidc::pages::{LoggedOutPage, LogoutConfirmPage, WayBack};

use super::{Ink, render};

pub(crate) fn all(ink: &Ink) -> Vec<(&'static str, String)> {
    vec![
        ("logout-confirm", render(&confirm(ink))),
        ("logged-out", render(&logged_out(ink, None))),
        ("logged-out-app", render(&logged_out(ink, Some(way_back(ink))))),
    ]
}

fn confirm(ink: &Ink) -> LogoutConfirmPage {
    LogoutConfirmPage {
        page: ink.own_page("/logout"),
        interaction: ink.text("0198-51ab"),
        app_name: ink.some("Paper Boat"),
        stay_url: ink.text("/account"),
    }
}

fn way_back(ink: &Ink) -> WayBack {
    WayBack { app_name: ink.text("Paper Boat"), url: ink.text("https://paperboat.example/?state=1") }
}

fn logged_out(ink: &Ink, way_back: Option<WayBack>) -> LoggedOutPage {
    let front_channel = vec![ink.text("https://paperboat.example/logout?sid=1")];
    LoggedOutPage { page: ink.page("/logout"), way_back, front_channel, login_url: ink.text("/login") }
}
