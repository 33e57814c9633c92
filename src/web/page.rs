//! The shell around every page: language, realm, who is signed in, where links lead.

use std::fmt;
use std::sync::Arc;

use askama::filters::HtmlSafe;
use fluent_bundle::FluentValue;

use super::assets::Assets;
use crate::clock::Timestamp;
use crate::locale::{END_ISOLATE, ISOLATE, Message, Translator, machine_time};

/// What every page needs, whatever it shows.
#[derive(Clone)]
pub struct Page {
    /// The reader's language.
    pub translator: Translator,
    /// The instant of the request, from which “5 minutes ago” is counted.
    pub now: Timestamp,
    /// Whose pages these are.
    pub realm: RealmLook,
    /// The path of the realm below the host: empty, or as in `/base/r/acme`, without a slash at its end.
    pub realm_path: String,
    /// The path of the public URL below the host, where assets live: empty, or as in `/base`.
    pub base_path: String,
    /// The path of this page below the realm, as in `/account/sessions`: marks the entry of the navigation.
    pub path: String,
    /// Stylesheets, scripts and images.
    pub assets: Arc<Assets>,
    /// The token that every form sends back as `csrf`.
    pub csrf: String,
    /// Who is signed in, if anyone.
    pub account: Option<SignedInAccount>,
}

/// How a realm presents itself.
#[derive(Clone)]
pub struct RealmLook {
    /// Its name, as in “Acme”.
    pub name: String,
    /// Its logo, served by us; without one, Tessera's mark.
    pub logo_url: Option<String>,
    /// Where help is to be had.
    pub support_url: Option<String>,
    /// Its privacy policy.
    pub privacy_url: Option<String>,
    /// Its terms of service.
    pub terms_url: Option<String>,
}

/// The account in the page's header.
#[derive(Clone)]
pub struct SignedInAccount {
    /// The person's name, or the identifier where no name is known.
    pub name: String,
    /// What they sign in with.
    pub identifier: String,
    /// Whether the header links to the administrator's pages.
    pub is_administrator: bool,
    /// Whether the header links to the applications.
    pub is_developer: bool,
}

impl SignedInAccount {
    /// The letter that stands for the person where there is no picture.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// The first letter or digit of a name, in capitals; a dot where there is none.
pub fn initial(name: &str) -> String {
    let first = name.chars().find(|character| character.is_alphanumeric());
    first.map_or_else(|| "·".to_owned(), |first| first.to_uppercase().collect())
}

impl Page {
    /// The message of that id.
    pub fn text(&self, id: &str) -> String {
        self.translator.text(id)
    }

    /// The message of that id as plain text with values put in: for a title or an attribute.
    pub fn plain<'a, V: Copy + Into<FluentValue<'a>>>(&self, id: &str, args: &[(&'a str, V)]) -> String {
        self.translator.text_with(id, args)
    }

    /// The message of that id as HTML, each value in a `<bdi>` of its own.
    pub fn rich<'a, V: Copy + Into<FluentValue<'a>>>(&self, id: &str, args: &[(&'a str, V)]) -> Markup {
        Markup::isolated(&self.translator.text_with(id, args))
    }

    /// A message that was chosen elsewhere, as HTML.
    pub fn message(&self, message: &Message) -> Markup {
        Markup::isolated(&self.translator.message(message))
    }

    /// A page of this realm.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.realm_path)
    }

    /// An asset, as in `css/page.css`.
    pub fn asset(&self, name: &str) -> String {
        format!("{}{}", self.base_path, self.assets.path(name))
    }

    /// Whether this page is the one at `path` or lies below it.
    pub fn is_below(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The day and minute of an instant, as a `<time>`.
    pub fn moment(&self, at: &Timestamp) -> Markup {
        time_element(*at, &self.translator.moment(*at), None)
    }

    /// The day of an instant, as a `<time>`.
    pub fn date(&self, at: &Timestamp) -> Markup {
        time_element(*at, &self.translator.date(*at), Some(&self.translator.moment(*at)))
    }

    /// How long ago an instant was, as a `<time>` that tells the minute when pointed at.
    pub fn ago(&self, at: &Timestamp) -> Markup {
        time_element(*at, &self.translator.ago(*at, self.now), Some(&self.translator.moment(*at)))
    }
}

fn time_element(at: Timestamp, words: &str, title: Option<&str>) -> Markup {
    let title = title.map(|title| format!(r#" title="{}""#, escape(title))).unwrap_or_default();
    Markup(format!(r#"<time datetime="{}"{title}>{}</time>"#, machine_time(at), escape(words)))
}

/// HTML that is ready to be put into a page: every value in it has been escaped.
#[derive(Debug, Clone)]
pub struct Markup(String);

impl Markup {
    /// Escapes a text and makes elements of its isolation marks.
    fn isolated(text: &str) -> Self {
        Self(escape(text).replace(ISOLATE, "<bdi>").replace(END_ISOLATE, "</bdi>"))
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

fn escape(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html).map(|safe| safe.to_string()).unwrap_or_default()
}
