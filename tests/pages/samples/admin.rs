use std::time::Duration;

use tessera::admin::pages::{InvitePage, InvitedPage, UserPage, UserRow, UserState, UserStatePage, UsersPage};
use tessera::locale::Message;
use tessera::web::form::FormErrors;

use super::{Ink, NOW, render};

const DAY: Duration = Duration::from_hours(24);

pub(crate) fn all(ink: &Ink) -> Vec<(&'static str, String)> {
    vec![
        ("users", render(&users(ink))),
        ("users-empty", render(&UsersPage { users: Vec::new(), next_cursor: None, notice: None, ..users(ink) })),
        ("user", render(&user(ink, UserState::Active))),
        ("user-disabled", render(&user(ink, UserState::Disabled))),
        ("invite", render(&invite(ink))),
        ("invited", render(&invited(ink))),
        ("user-disable", render(&state(ink, true))),
        ("user-enable", render(&state(ink, false))),
    ]
}

fn row(ink: &Ink, name: &str, identifier: &str, state: UserState) -> UserRow {
    UserRow {
        id: ink.text("0198-51ab"),
        name: ink.text(name),
        identifier: ink.text(identifier),
        state,
        is_administrator: name.starts_with("Ada"),
        last_sign_in_at: (state != UserState::Invited).then_some(NOW - DAY * 2),
    }
}

fn users(ink: &Ink) -> UsersPage {
    UsersPage {
        page: ink.own_page("/admin/users"),
        search: ink.text("a"),
        users: vec![
            row(ink, "Ada Lovelace", "ada@example.com", UserState::Active),
            row(ink, "שרה כהן", "sarah.cohen@mail.example.org", UserState::Invited),
            row(ink, "Charles Babbage", "charles@example.com", UserState::Disabled),
        ],
        next_cursor: ink.some("b64"),
        is_later_page: true,
        notice: Some(Message::new("user-disabled-notice").with("name", ink.text("Charles Babbage"))),
    }
}

fn user(ink: &Ink, state: UserState) -> UserPage {
    UserPage {
        page: ink.own_page("/admin/users/0198-51ab"),
        user: row(ink, "Charles Babbage", "charles@example.com", state),
        email_verified: false,
        subject: ink.text("b1946ac92492d2347c6235b4d2611184"),
        created_at: NOW - DAY * 200,
        sessions: 2,
        connected_apps: 1,
        is_self: false,
        notice: None,
    }
}

fn invite(ink: &Ink) -> InvitePage {
    let mut errors = FormErrors::none();
    errors.add("email", Message::new("error-email-wrong"));
    let page = ink.own_page("/admin/users/invite");
    InvitePage { page, email: ink.text("grace@"), name: ink.text("Grace Hopper"), administrator: false, errors }
}

fn invited(ink: &Ink) -> InvitedPage {
    InvitedPage {
        page: ink.own_page("/admin/users/invite"),
        email: ink.text("grace@example.com"),
        link: ink.text("http://localhost:8080/invitation?token=a9Jx-2mQ7vL0pRt5sYcUeWbZ1kDfGhNn"),
        expires_at: NOW + DAY * 7,
    }
}

fn state(ink: &Ink, disable: bool) -> UserStatePage {
    let state = if disable { UserState::Active } else { UserState::Disabled };
    let user = row(ink, "Charles Babbage", "charles@example.com", state);
    UserStatePage { page: ink.own_page("/admin/users/0198-51ab/disable"), user, disable }
}
