//! The commented files that are made from the structs.

use std::fmt::Write as _;

use serde_json::Value;

use super::schema::{Key, sections};

const WIDTH: usize = 118;

const DEFAULT_HEADER: &str = "Every key of Tessera's configuration with its default. Made from the program by `tessera config default`; a key \
that has no default stands in a comment. Tessera reads the file named by --config, else ./tessera.toml, else ./config/tessera.toml; none is \
needed. A key can also be set in the environment (server.listen is TESSERA__SERVER__LISTEN; lists are comma-separated) and on the command line \
(--set server.listen=0.0.0.0:8080). The command line wins over the environment, the environment over the file. A length of time is a number and \
a unit (ms, s, m, h, d), a size a number of bytes or a number and a unit (KiB, MiB, GiB).";

const EXAMPLE_HEADER: &str = "A configuration for several nodes behind a proxy, with PostgreSQL and Redis. What is not named here has its \
default: see default.toml. Secrets are in files, readable by the server alone.";

/// What a larger installation sets.
const EXAMPLE: [(&str, &str); 11] = [
    ("server.public_url", "\"https://id.example.com\""),
    ("server.listen", "\"0.0.0.0:8080\""),
    ("server.trusted_proxies", "[\"10.0.0.0/8\"]"),
    ("database.url_file", "\"/run/secrets/tessera-database-url\""),
    ("redis.url", "\"rediss://redis.example.com:6379/0\""),
    ("redis.password_file", "\"/run/secrets/tessera-redis-password\""),
    ("keys.master_file", "\"/run/secrets/tessera-keyring\""),
    ("log.format", "\"json\""),
    ("metrics.listen", "\"0.0.0.0:9090\""),
    ("administrator.email", "\"admin@example.com\""),
    ("administrator.password_file", "\"/run/secrets/tessera-administrator-password\""),
];

/// `config/default.toml`: every key, its meaning and its default.
pub fn default_toml() -> String {
    render(DEFAULT_HEADER, |key| Some(default_line(key)))
}

/// `config/example.toml`: what a larger installation sets.
pub fn example_toml() -> String {
    let chosen = |key: &Key| EXAMPLE.iter().find(|(path, _)| *path == key.path);
    render(EXAMPLE_HEADER, |key| chosen(key).map(|(_, value)| format!("{} = {value}", key.name())))
}

fn render(header: &str, line: impl Fn(&Key) -> Option<String>) -> String {
    let mut text = comment(header);
    for section in sections() {
        let lines: Vec<_> = section.keys.iter().filter_map(|key| line(key).map(|line| (key, line))).collect();
        if lines.is_empty() {
            continue;
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{}[{}]\n", comment(&section.doc), section.name);
        for (key, line) in lines {
            let _ = writeln!(text, "{}{line}", comment(&key.doc));
        }
    }
    text
}

fn default_line(key: &Key) -> String {
    match (&key.default, &key.example) {
        (Some(value), _) => format!("{} = {}", key.name(), toml_text(value)),
        (None, Some(example)) => format!("# {} = {}", key.name(), toml_text(example)),
        (None, None) => format!("# {} = \"\"", key.name()),
    }
}

fn toml_text(value: &Value) -> String {
    toml::Value::try_from(value).map(|value| value.to_string()).unwrap_or_default()
}

/// A text as comment lines of bounded width.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}
