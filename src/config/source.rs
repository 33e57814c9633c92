//! The places that values come from: a file, the environment, flags. Each becomes a list of entries.

use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::nearest;
use super::problem::{Place, Problem};
use super::schema::{Key, Section};

const PREFIX: &str = "TESSERA__";

/// The files looked for when none is named, in this order.
const USUAL_FILES: [&str; 2] = ["tessera.toml", "config/tessera.toml"];

/// Where to take a configuration from: the later overrides the earlier.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file; it must exist.
    pub file: Option<PathBuf>,
    /// Environment variables; those that do not begin with `TESSERA__` are ignored.
    pub environment: Vec<(String, String)>,
    /// Flags, as "section.key=value".
    pub flags: Vec<String>,
}

impl Sources {
    /// The file named, else a usual one that exists; the process's environment; the flags given.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<String>) -> Self {
        let usual = || USUAL_FILES.iter().map(PathBuf::from).find(|path| path.is_file());
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        Self { file: file.or_else(usual), environment: environment.collect(), flags }
    }
}

/// One value that somebody set.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) value: toml::Value,
    pub(super) place: Place,
    /// The places of a list's elements, where they are known.
    pub(super) elements: Vec<Place>,
}

/// Reads sources against the known keys, and gathers what is wrong.
pub(super) struct Reader<'a> {
    pub(super) sections: &'a [Section],
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn key(&self, path: &str) -> Option<&Key> {
        self.sections.iter().flat_map(|section| &section.keys).find(|key| key.path == path)
    }

    fn is_section(&self, path: &str) -> bool {
        self.sections.iter().any(|known| known.name == path || known.name.starts_with(&format!("{path}.")))
    }

    pub(super) fn problem(&mut self, place: Place, message: impl Into<String>) {
        self.problems.push(Problem { place, message: message.into() });
    }

    /// The entries of a file.
    pub(super) fn file(&mut self, path: &Path) -> Vec<Entry> {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.problem(Place::Whole(name), format!("cannot be read: {error}"));
                return Vec::new();
            }
        };
        let (document, errors) = DeTable::parse_recoverable(&text);
        let file = File { name, text: &text };
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start);
            self.problem(file.place(at), error.message());
        }
        let mut entries = Vec::new();
        if errors.is_empty() {
            self.table("", document.get_ref(), &file, &mut entries);
        }
        entries.sort_by_key(|(at, _)| *at);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    fn table(&mut self, prefix: &str, table: &DeTable<'_>, file: &File<'_>, entries: &mut Vec<(usize, Entry)>) {
        for (name, value) in table {
            let path =
                if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
            let place = file.place(name.span().start);
            match value.get_ref() {
                DeValue::Table(inner) if self.is_section(&path) => self.table(&path, inner, file, entries),
                _ if self.is_section(&path) => {
                    self.problem(place, format!("`{path}` is a section: write [{path}] above its keys"));
                }
                _ if self.key(&path).is_none() => {
                    let advice = nearest::advice(&path, self.sections, |right| format!("`{right}`"));
                    self.problem(place, format!("unknown key `{path}`; {advice}"));
                }
                _ => {
                    if let Some(entry) = self.entry(path, value, file) {
                        entries.push((value.span().start, entry));
                    }
                }
            }
        }
    }

    fn entry(&mut self, path: String, value: &Spanned<DeValue<'_>>, file: &File<'_>) -> Option<Entry> {
        let place = file.place(value.span().start);
        let elements = match value.get_ref() {
            DeValue::Array(values) => values.iter().map(|value| file.place(value.span().start)).collect(),
            _ => Vec::new(),
        };
        // A number too great for TOML's own types is the only thing that parses and does not convert.
        let Ok(value) = toml::Value::deserialize(ValueDeserializer::from(value.clone())) else {
            self.problem(place, format!("`{path}`: that number is too great"));
            return None;
        };
        Some(Entry { path, value, place, elements })
    }

    /// The entries of the environment.
    pub(super) fn environment(&mut self, variables: &[(String, String)]) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let path = rest.to_lowercase().replace("__", ".");
            let place = Place::Environment(name.clone());
            if self.key(&path).is_none() {
                let advice = nearest::advice(&path, self.sections, variable_name);
                self.problem(place, format!("unknown key; {advice}"));
            } else if let Some(entry) = self.written(path, text, place) {
                entries.push(entry);
            }
        }
        entries
    }

    /// The entries of the flags.
    pub(super) fn flags(&mut self, flags: &[String]) -> Vec<Entry> {
        let mut entries = Vec::new();
        for flag in flags {
            let Some((path, text)) = flag.split_once('=') else {
                self.problem(Place::Flag(flag.clone()), "has no value: write --set section.key=value");
                continue;
            };
            let (path, place) = (path.trim().to_owned(), Place::Flag(path.trim().to_owned()));
            if self.key(&path).is_none() {
                let advice = nearest::advice(&path, self.sections, |right| format!("`{right}`"));
                self.problem(place, format!("unknown key; {advice}"));
            } else if let Some(entry) = self.written(path, text, place) {
                entries.push(entry);
            }
        }
        entries
    }

    /// A value that was written without TOML's marks: its key says what it is.
    fn written(&mut self, path: String, text: &str, place: Place) -> Option<Entry> {
        let key = self.key(&path)?;
        let value = if key.takes("array") {
            list(text)
        } else if key.takes("integer") && !key.takes("string") {
            text.trim().parse().map(toml::Value::Integer).map_err(|_| "expected a whole number")
        } else if key.takes("boolean") {
            text.trim().parse().map(toml::Value::Boolean).map_err(|_| "expected true or false")
        } else {
            Ok(toml::Value::String(text.to_owned()))
        };
        match value {
            Ok(value) => Some(Entry { path, value, place, elements: Vec::new() }),
            Err(message) => {
                self.problem(place, message);
                None
            }
        }
    }
}

/// A list: TOML's `["a", "b"]`, or `a, b`.
fn list(text: &str) -> Result<toml::Value, &'static str> {
    if text.trim_start().starts_with('[') {
        let parsed = toml::from_str::<toml::Table>(&format!("list = {text}"));
        return parsed
            .ok()
            .and_then(|mut table| table.remove("list"))
            .ok_or("expected a list, as in a,b or [\"a\", \"b\"]");
    }
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    Ok(toml::Value::Array(parts.map(|part| toml::Value::String(part.to_owned())).collect()))
}

/// The environment variable of a key.
fn variable_name(path: &str) -> String {
    format!("{PREFIX}{}", path.to_uppercase().replace('.', "__"))
}

struct File<'a> {
    name: String,
    text: &'a str,
}

impl File<'_> {
    fn place(&self, at: usize) -> Place {
        let before = self.text.get(..at).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place::File {
            name: self.name.clone(),
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }
}
