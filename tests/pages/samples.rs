//! Sample data for every page: a plausible one, and one in which every string tries to be a script.

mod account;
mod admin;
mod developer;
mod oauth;
mod oidc;
mod web;

use std::sync::{Arc, LazyLock};

use tessera::clock::Timestamp;
use tessera::locale::Translator;
use tessera::web::assets::Assets;
use tessera::web::page::{Page, RealmLook, SignedInAccount};

static ASSETS: LazyLock<Arc<Assets>> = LazyLock::new(|| Arc::new(Assets::embedded()));

/// 21 November 2026, 10:21 UTC.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_256_504);

/// What every string of a hostile sample ends in.
const SCRIPT: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'&amp;\u{2069}";

/// How samples are written.
pub(crate) struct Ink {
    pub translator: Translator,
    pub hostile: bool,
}

impl Ink {
    /// A string that someone typed.
    pub(crate) fn text(&self, plain: &str) -> String {
        if self.hostile { format!("{plain}{SCRIPT}") } else { plain.to_owned() }
    }

    #[expect(clippy::unnecessary_wraps, reason = "for fields that may be missing")]
    pub(crate) fn some(&self, plain: &str) -> Option<String> {
        Some(self.text(plain))
    }

    /// A page for someone who is not signed in.
    pub(crate) fn page(&self, path: &str) -> Page {
        Page {
            translator: self.translator.clone(),
            now: NOW,
            realm: RealmLook {
                name: self.text("Tessera"),
                logo_url: None,
                support_url: self.some("https://example.com/help"),
                privacy_url: self.some("https://example.com/privacy"),
                terms_url: self.some("https://example.com/terms"),
            },
            realm_path: String::new(),
            base_path: String::new(),
            path: path.to_owned(),
            assets: ASSETS.clone(),
            csrf: self.text("csrf-token"),
            account: None,
        }
    }

    /// A page for Ada, who may do everything.
    pub(crate) fn own_page(&self, path: &str) -> Page {
        let account = SignedInAccount {
            name: self.text("Ada Lovelace"),
            identifier: self.text("ada@example.com"),
            is_administrator: true,
            is_developer: true,
        };
        Page { account: Some(account), ..self.page(path) }
    }
}

/// Every page, by a name for messages and files.
pub(crate) fn all(ink: &Ink) -> Vec<(&'static str, String)> {
    [web::all(ink), account::all(ink), oauth::all(ink), oidc::all(ink), developer::all(ink), admin::all(ink)].concat()
}

/// The page's HTML.
fn render(page: &impl askama::Template) -> String {
    page.render().expect("a page can be rendered")
}
