//! What a command has to say: the same for people, as lines and tables, and for programs, as JSON.

use std::io::Write as _;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::locale::machine_time;

/// A command's answer.
#[derive(Debug)]
pub(super) struct Report {
    json: Value,
    text: String,
    code: u8,
}

impl Report {
    /// Lines for people, and the same for programs.
    pub(super) fn new(text: impl Into<String>, json: Value) -> Self {
        Self { json, text: text.into(), code: 0 }
    }

    /// A table for people.
    pub(super) fn table(headers: &[&str], rows: &[Vec<String>], json: Value) -> Self {
        Self::new(table(headers, rows), json)
    }

    /// Names and values, one a line.
    pub(super) fn record(pairs: &[(&str, String)], json: Value) -> Self {
        Self::new(record(pairs), json)
    }

    /// The same, with a line before it.
    pub(super) fn headed(mut self, line: &str) -> Self {
        self.text = format!("{line}\n{}", self.text);
        self
    }

    /// The same, with a line after it.
    pub(super) fn followed_by(mut self, line: &str) -> Self {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self
    }

    /// The same, with an exit code that says that something is not well.
    pub(super) const fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// The exit code.
    pub(super) const fn code(&self) -> u8 {
        self.code
    }

    /// Prints it on standard output.
    pub(super) fn print(&self, as_json: bool) {
        let mut stdout = std::io::stdout().lock();
        // A reader that has gone, as `head` does, has read enough.
        let _ = if as_json {
            writeln!(stdout, "{:#}", self.json)
        } else {
            writeln!(stdout, "{}", self.text.trim_end_matches('\n'))
        };
    }
}

/// An instant for people and programs alike.
pub(super) fn instant(at: Timestamp) -> String {
    machine_time(at)
}

/// An instant that may be absent.
pub(super) fn instant_or(at: Option<Timestamp>, absent: &str) -> String {
    at.map_or_else(|| absent.to_owned(), instant)
}

/// `yes` or `no`.
pub(super) fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn table(headers: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headers[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..headers.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, width) in cells.zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        line.trim_end().to_owned()
    };
    let mut lines = vec![line(&mut headers.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

fn record(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = pairs.iter().filter(|(_, value)| !value.is_empty());
    lines.map(|(name, value)| format!("{name:width$}  {value}")).collect::<Vec<_>>().join("\n")
}
