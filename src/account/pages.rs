//! What the account's pages show. Plain data: the handlers fill it, the templates lay it out.

mod flow;
mod own;

pub use flow::{
    AskingApp, ChooserPage, InvitationPage, KnownAccount, LoginPage, SetupPage, SignupPage, StepOver, StepOverPage,
    UpdatePasswordPage,
};
pub use own::{ConnectedApp, ConnectedAppsPage, HomePage, SessionRow, SessionsPage, SignedOutPage};
