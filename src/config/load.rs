//! From the sources to a `Config`: one over the other, secrets read from their files, every value checked by itself.

use std::collections::BTreeMap;

use serde::Deserialize as _;
use toml::Value;

use super::problem::{Place, Problems};
use super::schema::{Key, sections};
use super::source::{Entry, Reader, Sources};
use super::{Config, PublicUrl};

/// The port of `tls.development`.
const DEVELOPMENT_PORT: u16 = 8443;

type Entries = BTreeMap<String, Entry>;

impl Config {
    /// Reads the file, the environment and the flags: the later over the earlier, all over the defaults.
    ///
    /// # Errors
    /// Everything that is wrong, together: unknown keys, values of the wrong kind, files that cannot be read.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        let sections = sections();
        let mut reader = Reader { sections: &sections, problems: Vec::new() };
        let layers = [
            sources.file.as_deref().map(|path| reader.file(path)).unwrap_or_default(),
            reader.environment(&sources.environment),
            reader.flags(&sources.flags),
        ];
        let mut entries = Entries::new();
        for layer in layers {
            lay_over(&mut entries, layer, &mut reader);
        }
        read_secret_files(&mut entries, &mut reader);
        for entry in entries.values() {
            check(entry, &mut reader);
        }
        if reader.problems.is_empty() {
            let config =
                Self::deserialize(document(entries.values())).map_err(|error| Problems(vec![whole(&error)]))?;
            Ok(config.with_addresses_of_development(&entries))
        } else {
            reader.problems.sort_by(|left, right| left.place.cmp(&right.place));
            Err(Problems(reader.problems))
        }
    }

    /// https has a port of its own, beside a plain server on this machine; what was set stays.
    fn with_addresses_of_development(mut self, set: &Entries) -> Self {
        if !self.tls.development {
            return self;
        }
        if !set.contains_key("server.listen") {
            self.server.listen.set_port(DEVELOPMENT_PORT);
        }
        if !set.contains_key("server.public_url") {
            self.server.public_url = PublicUrl::localhost_over_tls(self.server.listen.port());
        }
        self
    }

    /// The configuration as TOML, its secrets as `[redacted]`.
    ///
    /// # Panics
    /// Never: a configuration consists of tables, texts, numbers and lists.
    pub fn redacted(&self) -> String {
        toml::to_string(self).expect("a configuration consists of tables, texts, numbers and lists")
    }
}

/// Values that are right by themselves are right together; should a future rule break that, it is still told.
fn whole(error: &toml::de::Error) -> super::Problem {
    super::Problem { place: Place::Whole("configuration".to_owned()), message: error.message().to_owned() }
}

/// A secret's `*_file` key, where it has one.
fn file_key(path: &str) -> String {
    format!("{path}_file")
}

/// The secret that a `*_file` key holds the file of.
fn secret_of(path: &str, reader: &Reader<'_>) -> Option<String> {
    let secret = path.strip_suffix("_file")?;
    reader.key(secret).is_some_and(|key| key.secret).then(|| secret.to_owned())
}

/// A value replaces an earlier layer's, and so does its `*_file` form; both in one layer contradict each other.
fn lay_over(entries: &mut Entries, layer: Vec<Entry>, reader: &mut Reader<'_>) {
    for entry in &layer {
        if let Some(secret) = secret_of(&entry.path, reader)
            && layer.iter().any(|other| other.path == secret)
        {
            reader.problem(entry.place.clone(), format!("`{secret}` and `{}` are both set: keep one", entry.path));
        }
    }
    for entry in &layer {
        entries.remove(&file_key(&entry.path));
        if let Some(secret) = secret_of(&entry.path, reader) {
            entries.remove(&secret);
        }
    }
    entries.extend(layer.into_iter().map(|entry| (entry.path.clone(), entry)));
}

fn read_secret_files(entries: &mut Entries, reader: &mut Reader<'_>) {
    let files: Vec<_> =
        entries.values().filter_map(|entry| Some((secret_of(&entry.path, reader)?, entry.clone()))).collect();
    for (secret, entry) in files {
        let Value::String(name) = &entry.value else { continue };
        match std::fs::read_to_string(name) {
            Ok(text) if text.trim().is_empty() => reader.problem(entry.place, format!("the file {name} is empty")),
            Ok(text) => {
                let value = Value::String(text.trim_end_matches(['\r', '\n']).to_owned());
                entries.insert(secret.clone(), Entry { path: secret, value, ..entry });
            }
            Err(error) => reader.problem(entry.place, format!("the file {name} cannot be read: {error}")),
        }
    }
}

/// Checks one value by itself: as every key has a default, whatever fails is this value's fault.
fn check(entry: &Entry, reader: &mut Reader<'_>) {
    let Some(key) = reader.key(&entry.path) else { return };
    if let Some(fault) = fault(key, &entry.value) {
        let elements = entry.value.as_array().map(Vec::as_slice).unwrap_or_default();
        let wrong =
            elements.iter().position(|element| self::fault(key, &Value::Array(vec![element.clone()])).is_some());
        let place = wrong.and_then(|index| entry.elements.get(index)).unwrap_or(&entry.place).clone();
        reader.problem(place, format!("`{}`: {fault}", entry.path));
    }
}

fn fault(key: &Key, value: &Value) -> Option<String> {
    let found = match value {
        Value::String(_) => "string",
        Value::Integer(_) => "integer",
        Value::Boolean(_) => "boolean",
        Value::Array(_) => "array",
        Value::Table(_) => "object",
        Value::Float(_) | Value::Datetime(_) => "number",
    };
    if !key.takes(found) {
        return Some(wrong_kind(key, found));
    }
    let entry = Entry {
        path: key.path.clone(),
        value: value.clone(),
        place: Place::Whole(String::new()),
        elements: Vec::new(),
    };
    let error = Config::deserialize(document([&entry])).err()?;
    Some(with_example(key, in_our_words(error.message())))
}

fn wrong_kind(key: &Key, found: &str) -> String {
    let wanted: Vec<_> = key.types.iter().map(|kind| in_words(kind)).collect();
    format!("{}, found {}", with_example(key, &format!("expected {}", wanted.join(" or "))), in_words(found))
}

fn in_words(kind: &str) -> &'static str {
    match kind {
        "string" => "a text in quotes",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a section",
        _ => "a fraction or a date",
    }
}

/// The libraries' messages that speak of Rust's types rather than of the setting.
fn in_our_words(message: &str) -> &str {
    match message {
        message if message.starts_with("invalid value: integer") => "that number is out of range",
        message if message.starts_with("invalid socket address") => "expected an IP address and a port",
        message => message,
    }
}

fn with_example(key: &Key, message: &str) -> String {
    let message = message.trim_end();
    match &key.example {
        Some(example) if !message.contains('"') => format!("{message}, as in {example}"),
        _ => message.to_owned(),
    }
}

/// The nested tables of some entries.
fn document<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> toml::Table {
    let mut document = toml::Table::new();
    for entry in entries {
        let mut parts: Vec<_> = entry.path.split('.').collect();
        let name = parts.pop().unwrap_or_default();
        let section = parts.into_iter().fold(&mut document, |table, part| {
            let inner = table.entry(part).or_insert_with(|| Value::Table(toml::Table::new()));
            inner.as_table_mut().expect("a section's name is no key's")
        });
        section.insert(name.to_owned(), entry.value.clone());
    }
    document
}
