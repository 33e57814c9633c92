//! Languages: the fluent bundles, the choice among them, and times in plain words.
//!
//! Owns every string that a person reads. Knows nothing of pages: a message is plain text here, and what was put into
//! it stands between Unicode isolation marks (see [`Translator::text_with`]).

mod moment;
mod negotiation;

use std::borrow::Cow;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use unic_langid::{CharacterDirection, LanguageIdentifier};

/// The language files, `TAG.ftl` each.
#[derive(RustEmbed)]
#[folder = "static/languages"]
struct Files;

/// The language that speaks where another has no words for something, and where nothing else was asked for.
pub const DEFAULT_LANGUAGE: &str = "en";

/// A language file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("language file {file}: {problem}")]
pub struct LanguageError {
    /// The file's name.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Every language that the server speaks.
#[derive(Clone)]
pub struct Locale {
    languages: Arc<[Arc<Language>]>,
    default: Arc<Language>,
}

struct Language {
    tag: String,
    direction: Direction,
    bundle: FluentBundle<FluentResource>,
}

/// The direction in which a language is written: the value of HTML's `dir`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Direction {
    /// `ltr` or `rtl`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

impl Locale {
    /// The languages embedded in the binary.
    ///
    /// # Errors
    /// If a file is not UTF-8, is not fluent, or names no language; a test holds that the embedded ones are right.
    pub fn embedded() -> Result<Self, LanguageError> {
        let mut sources = Vec::new();
        for file in Files::iter() {
            let data = Files::get(&file).map(|file| file.data).unwrap_or_default();
            let text = String::from_utf8(data.into_owned()).map_err(|error| wrong(&file, &error))?;
            sources.push((file.trim_end_matches(".ftl").to_owned(), text));
        }
        Self::new(sources)
    }

    /// Languages from pairs of a BCP 47 tag and fluent text; [`DEFAULT_LANGUAGE`] must be among them.
    ///
    /// # Errors
    /// If a text is not fluent, a tag is not BCP 47, or the default language is missing.
    pub fn new(sources: impl IntoIterator<Item = (String, String)>) -> Result<Self, LanguageError> {
        let languages = sources.into_iter().map(language).collect::<Result<Arc<[_]>, _>>()?;
        let default = languages.iter().find(|language| language.tag == DEFAULT_LANGUAGE).cloned();
        let default = default.ok_or_else(|| wrong(DEFAULT_LANGUAGE, &"the default language is missing"))?;
        Ok(Self { languages, default })
    }

    /// The tags of all languages, for `ui_locales_supported` (OIDC Discovery §3).
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(|language| language.tag.as_str())
    }

    /// The best language for a request: `ui_locales` (OIDC Core §3.1.2.1), then `Accept-Language` (RFC 9110
    /// §12.5.4), then the default. Tags that are unknown or not tags at all are passed over.
    pub fn negotiate(&self, ui_locales: Option<&str>, accept_language: Option<&str>) -> Translator {
        let wanted = negotiation::wanted(ui_locales.unwrap_or(""), accept_language.unwrap_or(""));
        let found = wanted.iter().find_map(|tag| self.lookup(tag));
        Translator { language: found.unwrap_or(&self.default).clone(), fallback: self.default.clone() }
    }

    fn lookup(&self, tag: &str) -> Option<&Arc<Language>> {
        negotiation::ranges(tag)
            .find_map(|range| self.languages.iter().find(|language| language.tag.eq_ignore_ascii_case(range)))
    }
}

fn language((tag, text): (String, String)) -> Result<Arc<Language>, LanguageError> {
    let id: LanguageIdentifier = tag.parse().map_err(|error| wrong(&tag, &error))?;
    let resource = FluentResource::try_new(text).map_err(|(_, errors)| wrong(&tag, &first(&errors)))?;
    let direction = match id.character_direction() {
        CharacterDirection::RTL => Direction::Rtl,
        _ => Direction::Ltr,
    };
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // On purpose: a name in another script must not turn the sentence around it. Pages make `<bdi>` of the marks.
    bundle.set_use_isolating(true);
    bundle.add_resource(resource).map_err(|errors| wrong(&tag, &first(&errors)))?;
    Ok(Arc::new(Language { tag, direction, bundle }))
}

fn wrong(file: &str, problem: &dyn std::fmt::Display) -> LanguageError {
    LanguageError { file: file.to_owned(), problem: problem.to_string() }
}

fn first<E: std::fmt::Display>(errors: &[E]) -> String {
    errors.first().map(ToString::to_string).unwrap_or_default()
}

/// An instant as machines read it: `2026-11-21T10:21:00Z` (RFC 3339).
pub fn machine_time(at: crate::clock::Timestamp) -> String {
    moment::machine(at)
}

/// One language, for one request.
#[derive(Clone)]
pub struct Translator {
    language: Arc<Language>,
    fallback: Arc<Language>,
}

/// The mark that opens an isolated run (U+2068, FIRST STRONG ISOLATE).
pub const ISOLATE: char = '\u{2068}';
/// The mark that closes an isolated run (U+2069, POP DIRECTIONAL ISOLATE).
pub const END_ISOLATE: char = '\u{2069}';

impl Translator {
    /// The language's tag: the value of HTML's `lang` and of `Content-Language`.
    pub fn tag(&self) -> &str {
        &self.language.tag
    }

    /// The direction in which the language is written.
    pub fn direction(&self) -> Direction {
        self.language.direction
    }

    /// The message of that id; the id itself where no language knows it, which the tests of the pages refuse.
    pub fn text(&self, id: &str) -> String {
        self.format(id, &FluentArgs::new())
    }

    /// The message of that id with values put in. Each value stands between [`ISOLATE`] and [`END_ISOLATE`], unless it
    /// is the whole message; marks that a value brings along itself are taken out.
    pub fn text_with<'a, V: Copy + Into<FluentValue<'a>>>(&self, id: &str, args: &[(&'a str, V)]) -> String {
        let args = args.iter().map(|(name, value)| (*name, unmarked((*value).into()))).collect();
        self.format(id, &args)
    }

    /// A message that was chosen elsewhere.
    pub fn message(&self, message: &Message) -> String {
        let args = message.args.iter().map(|(name, value)| (*name, unmarked(value.into()))).collect();
        self.format(message.id, &args)
    }

    /// Whether some language has a message of that id.
    pub fn knows(&self, id: &str) -> bool {
        [&self.language, &self.fallback].into_iter().any(|language| language.bundle.has_message(id))
    }

    fn format(&self, id: &str, args: &FluentArgs<'_>) -> String {
        let languages = [&self.language, &self.fallback];
        let found = languages.into_iter().find_map(|language| language.format(id, args));
        found.unwrap_or_else(|| {
            tracing::warn!(message_id = id, language = self.tag(), "no such message");
            id.to_owned()
        })
    }
}

impl Language {
    fn format(&self, id: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        if let Some(error) = errors.first() {
            tracing::warn!(message_id = id, language = self.tag, %error, "a message is not right");
        }
        Some(text)
    }
}

/// Takes the marks that steer direction out of a text, so that what a person typed cannot close an isolated run.
fn unmarked(value: FluentValue<'_>) -> FluentValue<'_> {
    let marks = |mark: char| matches!(mark, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match value {
        FluentValue::String(text) if text.contains(marks) => FluentValue::String(Cow::Owned(text.replace(marks, ""))),
        other => other,
    }
}

/// A message and what to put into it, chosen where no language is at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    id: &'static str,
    args: Vec<(&'static str, Argument)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Argument {
    Text(String),
    Number(u64),
}

impl Message {
    /// The message of that id.
    pub const fn new(id: &'static str) -> Self {
        Self { id, args: Vec::new() }
    }

    /// Puts a text into it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, Argument::Text(value.into())));
        self
    }

    /// Puts a number into it, by which its words may be chosen (one day, two days).
    #[must_use]
    pub fn with_number(mut self, name: &'static str, value: u64) -> Self {
        self.args.push((name, Argument::Number(value)));
        self
    }

    /// The id: stable, for machines and tests.
    pub const fn id(&self) -> &'static str {
        self.id
    }
}

impl<'a> From<&'a Argument> for FluentValue<'a> {
    fn from(argument: &'a Argument) -> Self {
        match argument {
            Argument::Text(text) => text.as_str().into(),
            Argument::Number(number) => (*number).into(),
        }
    }
}
